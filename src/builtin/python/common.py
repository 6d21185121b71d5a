"""What several plans do: the files in question, lines, reading by sub-models, and handing in."""
# %% values
endings, where_endings = [".ts"], " (only .ts)"
named, missing = ["src/core"], " (nothing here is called src/core, so everything was searched)"
asked_words = ["oven", "planning"]
question, instruction = "How does it work?", "Which sentences answer the question?"
passages, report, note = [("a.md", 1, "text")], ["found"], "built-in engine"

# %% scope
paths = list(files.paths)
where = ''

# %% scope_endings
paths = [p for p in paths if p.lower().endswith(tuple(endings))]
where = where_endings

# %% scope_named
inside = [p for p in paths if any(f'/{n}/'.lower() in whole.lower() for n in named for whole in (f'/{p}/', '/' + re.sub(r'\.\w+$', '', p) + '/'))]
where += f' in {", ".join(named)}' if inside else missing
paths = inside or paths

# %% scope_tests
paths = [p for p in paths if re.search(r'(^|[/_.-])tests?([/_.-]|$)', p)]
where += ' in test files'

# %% find
def find(pattern, chosen, ignore_case=False, limit=100_000):
    wanted = set(chosen)
    hits = grep(pattern, chosen if len(chosen) < 20 else None, ignore_case, limit) if chosen else []
    return [hit for hit in hits if hit.path in wanted]

# %% lines
def lines_of(path):
    """The lines of a file, and the number of the first one."""
    first = next((hit.line for hit in grep('^', [path], max_results=1)), 1)
    return files[path].removesuffix('\n').split('\n'), first

# %% openings
# Authors say at the beginning of a file what it is for.
def named(p):
    folder, _, name = p.lower().rpartition('/')
    return 2 * (name.rsplit('.', 1)[0] in asked_words) + (folder.rsplit('/', 1)[-1] in asked_words)
named_files = sorted((p for p in paths if named(p)), key=lambda p: (-named(p), p.count('/'), -files.size(p)))[:5]
passages += [(p, 1, files[p][:3_000]) for p in named_files]

# %% reader
PROMPT_CHARACTERS = 9_000   # several prompts at a time read faster than one long one
known = set(files.paths)
def prompt_for(texts):
    return instruction + '\n\n<question>\n' + question + '\n</question>\n\n<passages>\n' + '\n'.join(texts) + '\n</passages>'
def keep(reply, into):
    for quoted in reply.splitlines():
        match = re.match(r'[-*\s]*(.+?):(\d+)(?:-\d+)?: *(\S.*)', quoted)
        if match and match[1] in known and (match[1], int(match[2]), match[3]) not in into:
            into.append((match[1], int(match[2]), match[3]))
def read_passages(passages):
    """Has sub-models read passages (path, first line, text). Their replies, and the lines that they quote, the best first."""
    parts, size = [[]], 0
    for path, first, text in passages:
        if parts[-1] and size + len(text) > PROMPT_CHARACTERS:
            parts.append([])
            size = 0
        parts[-1].append(f'=== {path}:{first}\n{text[:PROMPT_CHARACTERS]}')
        size += len(text)
    replies = llm_query_batched([prompt_for(texts) for texts in parts[:20]])
    evidence = []
    for reply in replies:
        keep(reply, evidence)
    print(f'{len(replies)} sub-calls read {len(passages)} passages and quoted {len(evidence)} lines')
    for path, line, text in evidence[:12]:
        print(f'{path}:{line}: {text[:160]}')
    return replies, evidence

# %% read
replies, evidence = read_passages(passages)

# %% choose
# Has one more sub-call choose among the evidence of several.
best = []
if len(replies) > 1 and evidence:
    keep(llm_query(prompt_for([f'=== {path}:{line}\n{text}' for path, line, text in evidence])), best)
best = best or evidence

# %% hand_in
report += ['', note]
FINAL('\n'.join(report))
