"""Questions in plain words: finds the sections and definitions they are about, has them read, shows the best ones whole."""
from common import evidence, paths, said, stated, where
from units import best_lines, class_factor, clean, excerpt, fenced, headed, in_prose, is_doc, lines_of, name_parts, names, opening_of, paragraph, parts_of
from units import share_of, starts_block, steps_after, terms, text_of, units_of, wants_steps, weight_of_all

# %% values
question_in_english = "How do I deploy?"
query, what, wants_meaning, wants_place = "How do I deploy?", "deploy", False, False

# %% rank
COMMAND = r'(?m)^\s*(?:\$ |> )?(?:pip|npm|npx|yarn|pnpm|bun|deno|cargo|go|pytest|tox|uv|make|docker|python3?|flask|git|curl|\./\w+|java|mvn|gradle) [\w.-]'
asked = '|'.join(re.escape(term.forms[0]) for term in terms) or '(?!)'
meaning = re.compile(rf'(?i)\b(?:{asked})\w*[`*]*\s+(?:is|are|means|refers to)\s+(?:an?|the|not)\b|\b(?:concept|idea) of \W*(?:{asked})')
def score(unit):
    """How well a unit fits, and the share of the question that it covers."""
    text = text_of(unit)
    size = 0.4 + 0.6 * len(text) / 1_500
    title, place = name_parts(unit.title), name_parts(unit.path)
    value = covered = 0
    for term in terms:
        count, in_title, in_path = term.count(text), term.is_in(title), term.is_in(place)
        if count or in_title or in_path:
            covered += term.weight * (1 if count or in_title else 0.7)
        value += term.weight * (count / (count + 1.2 * size) + 1.0 * in_title + 0.6 * in_path)
    if unit.title in names:
        value += 2 * weight_of_all
    share = covered / weight_of_all
    if wants_meaning and meaning.search(text):
        value *= 1.6
    if wants_place and any(sum(term.weight for term in terms if term.is_in(name_parts(name))) >= 0.6 * weight_of_all for name in re.findall(r'(?m)^\s*(?:[a-z]+ )*([A-Za-z_]\w*)\s*(?::[^=\n]+)?=[^=>]', text)):
        value *= 1.6
    if wants_steps and re.search(COMMAND, text):
        value *= 1.3
    return value * share * class_factor(unit.path), share
allowed = set(paths)
forms = sorted({form for term in terms for form in term.forms}, key=len, reverse=True)
any_form = '|'.join(map(re.escape, forms)) or '(?!)'
MODIFIERS = r'^\s*(?:(?:export|default|declare|public|private|protected|internal|static|abstract|final|async|unsafe|override|pub(?:\([^)]*\))?)\s+)*'
DEFINING = MODIFIERS + r'(?:function\s*\*?|class|interface|enum|struct|trait|def|fn|func(?:\s*\([^)]*\))?|fun|module|record|object|type|const|static|macro_rules!)\s+\w*(?:'
places = {(hit.path, hit.start_line, hit.end_line) for hit in search(query, 40)}
places |= {(hit.path, hit.line, hit.line) for hit in grep(DEFINING + any_form + ')', None, True, 1_500)}
places |= {(hit.path, hit.line, hit.line) for hit in grep('^#{1,6} .*(?:' + any_form + ')', None, True, 300)}
places |= {(p, 1, 1) for p in paths if sum(term.weight for term in terms if term.is_in(name_parts(p.rsplit('/', 1)[-1]))) * 2 >= weight_of_all}
near_files = collections.Counter(path for path, *_ in places if path in allowed)
for path in [p for p, _ in near_files.most_common(60) if is_doc(p)]:
    places |= {(path, unit.first, unit.first) for unit in units_of(path) if any(term.is_in(name_parts(unit.title)) for term in terms)}
candidates = set()
by_path = collections.defaultdict(list)
for path, first, last in places:
    if path in allowed:
        by_path[path].append((first, last))
for path, ranges in sorted(by_path.items(), key=lambda entry: -len(entry[1]) * class_factor(entry[0]))[:150]:
    candidates |= {unit for unit in units_of(path) if any(first <= unit.last and last >= unit.first for first, last in ranges)}
scored = sorted(((*score(unit), unit) for unit in candidates), key=lambda entry: (-entry[0], entry[2]))
chosen, per_file = [], collections.Counter()
for value, share, unit in scored:
    if value > 0 and per_file[unit.path] < 4 and sum(other.title == unit.title != '' for _, _, other in chosen) < 2 and len(chosen) < 10 and value >= 0.2 * scored[0][0]:
        chosen.append((value, share, unit))
        per_file[unit.path] += 1
print(f'{len(candidates)} sections and definitions in {len(by_path)} of {len(paths)} files{where} share words with the question')
for value, share, unit in chosen[:8]:
    print(f'{unit.path}:{unit.first}: {unit.title or "(beginning)"}')

# %% passages
def window(unit, limit=4_000):
    """The part of a long unit that fits the question best: (first line, text)."""
    lines = text_of(unit, 60_000).split('\n')
    if sum(map(len, lines)) <= limit:
        return unit.first, '\n'.join(lines)
    values = [sum(term.weight * bool(term.count(line)) for term in terms) for line in lines]
    size = max(10, min(len(lines), limit * len(lines) // max(1, sum(map(len, lines)))))
    start = max(range(max(1, len(lines) - size + 1)), key=lambda at: sum(values[at:at + size]))
    return unit.first + start, '\n'.join(lines[start:start + size])[:limit]
passages = [(unit.path, *window(unit)) for _, _, unit in chosen]
if not passages and sum(files.size(p) for p in paths) < 60_000:
    passages = [(piece.path, piece.start_line, str(piece)) for piece in chunks(paths, size=8_000)]

# %% report
units_chosen = [unit for _, _, unit in chosen]
quotes = collections.defaultdict(list)   # unit -> (order, line, text)
for order, (path, line, text) in enumerate(evidence):
    unit = next((unit for unit in units_chosen if unit.path == path and unit.first <= line <= unit.last), None)
    if unit:
        quotes[unit].append((order, line, text))
ranked = []
for value, share, unit in chosen:
    told = max((share_of(text) for _, _, text in quotes[unit]), default=0)
    ranked.append((value * (0.4 + 0.6 * told), share, unit))
ranked.sort(key=lambda entry: -entry[0])
def shown(unit, most, with_code=True):
    """What is shown of a unit: its best paragraphs in the order of the text, and the code that fits."""
    parts, seen = [], set()
    lines, offset = lines_of(unit.path)
    if is_doc(unit.path):
        fits_title = sum(term.weight for term in terms if term.is_in(name_parts(unit.title))) >= 0.6 * weight_of_all
        wanted = sorted(line for _, line, _ in sorted(quotes[unit])[:most])
        if fits_title or not wanted:
            start = unit.first + (unit.kind == 'heading')
            body = [line for line in range(start, unit.last + 1) if in_prose(unit.path, lines, line - offset) and not starts_block(lines[line - offset])]
            nearest = body[:1] if fits_title else [max(body, key=lambda line: (share_of(lines[line - offset]), -line))] if body else []
            wanted = sorted({*nearest, *wanted[:most - 1]})
        for line in wanted:
            first, last, whole = paragraph(unit.path, line, 4_000)
            quoted = next((text for _, at, text in quotes[unit] if at == line), '')
            text = excerpt(whole, quoted or ' '.join(form for term in terms for form in term.forms))
            if first in seen or not re.search(r'\w', text) or not in_prose(unit.path, lines, line - offset):
                continue
            seen.add(first)
            # A sentence that stands in one line is there; one that is broken over several begins where its paragraph does.
            is_whole_line = bool(quoted) and bool(re.search(r'[.!?:"”)\]]\s*$', lines[line - offset])) and clean(lines[line - offset]) in clean(quoted)
            cite(unit.path, line if is_whole_line else first, line if is_whole_line else last)
            parts.append(f'{text} ({unit.path}:{line if is_whole_line or quoted and text != whole else first})')
            following, is_list = steps_after(unit.path, last)
            if following and (wants_steps or is_list or text.endswith(':') or fits_title) and len(parts) < 6:
                parts.append('\n'.join(following if is_list else fenced(following)))
        below = parts_of(unit) if fits_title and sum(map(len, parts)) < 500 else []
        if below:
            parts.append('\n'.join(['Its sections:', *(f'- {clean(part.title)} ({part.path}:{part.first})' for part in below[:12])]))
        return parts
    told = opening_of(unit)
    if told and share_of(told) or told and unit.kind != 'opening':
        parts.append(f'{told} ({unit.path}:{unit.first})')
    for _, line, text in sorted(quotes[unit])[:most]:
        if in_prose(unit.path, lines, line - offset):
            first, last, whole = paragraph(unit.path, line, 400)
            if first not in seen and whole and whole not in told and whole[:60] not in told:
                seen.add(first)
                parts.append(f'{whole} ({unit.path}:{first})')
    if unit.kind == 'lines':
        for _, line, text in sorted(quotes[unit])[:most]:
            parts.append(f'`{text[:200]}` ({unit.path}:{line})')
            cite(unit.path, line)
    if with_code and (unit.kind != 'lines' or not parts):
        first, code = best_lines(unit)
        if share_of('\n'.join(code)) or unit.title and not parts:
            parts.append('\n'.join([f'{unit.path}:{first}', *fenced(code)] if first > unit.first + 12 or not unit.title else fenced(code)))
            cite(unit.path, first)
    cite(unit.path, unit.first)
    return parts or [f'{unit.path}:{unit.first}']
VERBS = {'test': 'test|check', 'run': 'run|start|serve|dev', 'start': 'run|start|serve|dev', 'build': 'build|compile|package', 'install': 'install', 'lint': 'lint|format', 'deploy': 'deploy'}
USUAL = {
    'Cargo.toml': {'test': 'cargo test', 'run': 'cargo run', 'start': 'cargo run', 'build': 'cargo build'},
    'go.mod': {'test': 'go test ./...', 'build': 'go build ./...'},
    'pom.xml': {'test': './mvnw test', 'build': './mvnw package'},
    'package.json': {'install': 'npm install'},
}
def conventional():
    """What manifests offer for what the question wants done, and what is usual where there is such a manifest."""
    verbs = [verb for verb in VERBS if re.search(rf'\b{verb}', question_in_english, re.I)]
    verbs = ['test'] if 'test' in verbs else verbs[:1]
    if not verbs:
        return []
    lines = []
    named = r'(^|/)(package\.json|Makefile|justfile|Cargo\.toml|go\.mod|pom\.xml|tox\.ini|pyproject\.toml|deno\.jsonc?)$'
    for p in sorted((p for p in paths if p.count('/') < 2 and re.search(named, p)), key=lambda p: p.count('/'))[:4]:
        if re.search(r'package\.json|deno|Makefile|justfile', p):
            found = [hit for hit in grep(r'^\s*"[\w:-]*(?:' + VERBS[verbs[0]] + r')[\w:-]*"\s*:\s*"[^"]*\s[^"]*"|^(?:' + VERBS[verbs[0]] + r')[\w-]*:', [p], False, 12)]
            lines += [f'- {p}:{hit.line}: `{hit.text.strip()[:140]}`' for hit in found]
            for hit in found:
                cite(p, hit.line)
        usual = USUAL.get(p.rsplit('/', 1)[-1], {}).get(verbs[0])
        if usual and p.count('/') == 0:
            lines.append(f'- `{usual}` is usual where there is a {p} ({p}:1)')
    return ['', 'By the manifests:', *lines] if lines else []
report = []
best_share = max((share for _, share, _ in ranked[:3]), default=0)
absent = [term.forms[0] for term in terms if not term.is_known]
if said:
    report += [*stated(said), '']
if ranked and best_share >= 0.3:
    if not said and best_share < 0.62:
        report += ['No passage answers this directly. The nearest ones:', '']
    lead, others = ranked[0][2], [entry for entry in ranked[1:] if entry[0] >= 0.3 * ranked[0][0]]
    report += [headed(lead), '', *('\n\n'.join(shown(lead, 3)).split('\n'))]
    for _, _, unit in others[:2]:
        report += ['', headed(unit), '', *('\n\n'.join(shown(unit, 2)).split('\n'))]
    if wants_steps:
        report += conventional()
    further = [entry[2] for entry in others[2:6]]
    if further:
        report += ['', 'See also:']
        for unit in further:
            told = '' if is_doc(unit.path) else opening_of(unit, 160)
            report.append(f'- {headed(unit)}' + (f': {told}' if told else ''))
            cite(unit.path, unit.first)
    if absent:
        report += ['', f'Nothing here names {", ".join(absent)}.']
    report += ['', f'Read: {len(passages)} sections of {len({p for p, *_ in passages})} files out of {len(files):,}{where}.']
else:
    report.append(f'Nothing in the text answers this. It was searched for: {what}; {len(paths):,} files{where}, {len(passages)} passages read.')
    if ranked:
        report += ['', 'Passages that share a word with the question:'] + [f'- {headed(unit)}' for _, _, unit in ranked[:3]]
        for _, _, unit in ranked[:3]:
            cite(unit.path, unit.first)
