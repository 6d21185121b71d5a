"""What several plans do: the files in question, lines, reading by sub-models, and handing in."""
# %% values
endings, where_endings = [".ts"], " (only .ts)"
named, missing = ["src/core"], " (nothing here is called src/core, so everything was searched)"
question, instruction, quoted_mark = "How does it work?", "Answer the question from the passages.", "Quoted:"
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

# %% reader
PROMPT_CHARACTERS = 9_000   # several prompts at a time read faster than one long one
known = set(files.paths)
said, readers = [], collections.Counter()
def prompt_for(texts):
    return '<passages>\n' + '\n'.join(texts) + '\n</passages>\n\n<question>\n' + question + '\n</question>\n\n' + instruction
def keep(reply, into):
    for quoted in reply.splitlines():
        match = re.match(r'[-*\s]*(.+?):(\d+)(?:-\d+)?: *(\S.*)', quoted)
        if match and match[1] in known and (match[1], int(match[2]), match[3]) not in into:
            into.append((match[1], int(match[2]), match[3]))
def words_of(text):
    return {word[:7] for word in re.findall(r'\w{4,}|\d+', text.lower())}
def lines_behind(statement, texts):
    """The lines of the passages that share most words with a statement, the best first: (path, line, text)."""
    wanted, lines = words_of(statement), []
    for path, first, text in texts:
        lines += [(len(wanted & words_of(line)), path, number, line.strip()) for number, line in enumerate(text.split('\n'), first) if line.strip()]
    return [found[1:] for found in sorted(lines, key=lambda found: -found[0])[:3] if found[0] > 1 or found[0] == len(wanted)]
def take(reply, texts, into):
    """Takes the reply to a prompt over passages: quotes of the built-in engine, or a statement of a language model."""
    is_quoted = reply.startswith(quoted_mark)
    readers['quotes' if is_quoted else 'statements' if reply.ok else 'failures'] += 1
    if is_quoted:
        keep(reply, into)
    elif reply.ok and reply.strip() and not re.match(r'\W*(nothing (was )?found|(the|these) (passages?|text|context) (do(es)?|did) ?n[o\'’]t|there is no|no (answer|information))', reply.strip(), re.I):
        statement = ' '.join(reply.split())[:900]
        behind = lines_behind(statement, texts)
        if behind:
            said.append(statement)
            into += [found for found in behind if found not in into]
def read_passages(passages):
    """Has sub-models read passages (path, first line, text). Their replies, and the lines that they rest on, the best first."""
    parts, size = [[]], 0
    for path, first, text in passages:
        if parts[-1] and size + len(text) > PROMPT_CHARACTERS:
            parts.append([])
            size = 0
        parts[-1].append((path, first, text[:PROMPT_CHARACTERS]))
        size += len(text)
    parts = [texts for texts in parts[:20] if texts]
    replies = llm_query_batched([prompt_for([f'=== {path}:{first}\n{text}' for path, first, text in texts]) for texts in parts])
    evidence = []
    for reply, texts in zip(replies, parts):
        take(reply, texts, evidence)
    print(f'{len(replies)} sub-calls read {len(passages)} passages, {len(evidence)} lines were kept; answered by a language model: {readers["statements"]}')
    for path, line, text in evidence[:12]:
        print(f'{path}:{line}: {text[:160]}')
    return replies, evidence

# %% read
replies, evidence = read_passages(passages)

# %% state
def stated(notes):
    """The answer that a language model gives from what it said of several parts."""
    if len(notes) == 1:
        return notes
    listed = '\n'.join(f'- {note}' for note in notes[:12])
    reply = llm_query(f'Notes of readers of one text:\n{listed}\n\nQuestion: {question}\n\nState the answer in one to three sentences, from these notes alone. Do not mention the notes.')
    return [' '.join(reply.split())] if reply.ok and reply.strip() else [f'- {note}' for note in notes]

# %% choose
# Has one more sub-call choose among the evidence of several.
best = []
if len(replies) > 1 and evidence and not said:
    keep(llm_query(prompt_for([f'=== {path}:{line}\n{text}' for path, line, text in evidence])), best)
best = best or evidence

# %% hand_in
if (readers if 'readers' in globals() else {}).get('statements'):
    asked = sum(readers.values())
    answered = 'its sub-call' if asked == 1 else f'{"all" if readers["statements"] == asked else readers["statements"]} of its {asked} sub-calls'
    note = note.replace('no language model was used', f'the plan is a program, and a language model answered {answered}')
report += ['', note]
FINAL('\n'.join(report))
