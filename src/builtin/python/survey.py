"""Lists that only the text can give: files about a subject, all of a kind, where to start, what a package offers and needs."""
from common import lines_of, paths, where
from units import ASIDE, CONTAINERS, TEST, class_factor, clean, fenced, headed, in_prose, is_doc, is_item, name_parts, opening_of, paragraph, parts_of, sentence_of, stem, terms, units_of, weight_of_all

# %% values
noun, manifest_words = "routers", "dependencies"

# %% opening
def about(path):
    """What a file says of itself at its beginning, in one sentence; '' if it says nothing."""
    if is_doc(path):
        unit = next((unit for unit in units_of(path) if unit.title), None)
        return clean(unit.title) if unit else ''
    units = [unit for unit in units_of(path) if unit.kind not in ('key', 'lines')]
    place = ''.join(sorted(name_parts(re.sub(r'/?(index|mod|__init__|main)?\.\w+$', '', path).rsplit('/', 1)[-1])))
    for unit in sorted([unit for unit in units if unit.kind == 'opening' or not unit.title.startswith('_')], key=lambda unit: (unit.kind != 'opening', ''.join(sorted(name_parts(unit.title))) != place, unit.kind not in CONTAINERS))[:5]:
        sentence = sentence_of(re.sub(r'^@(?:module|fileoverview|file)\s*|^[\w/.-]+\.\w+\s+', '', opening_of(unit, 400)))
        if len(sentence.split()) > 2:
            return sentence if unit.kind == 'opening' else f'`{unit.title}`: {sentence}'
    return ', '.join(f'`{name}`' for name in dict.fromkeys([unit.title for unit in units if unit.title and unit.kind != 'impl'][:5]))
def listed(path, note=''):
    told = about(path)
    cite(path, lines_of(path)[1])
    return f'- **{path}**{note}' + (f': {told}' if told else '')

# %% files
counts = collections.Counter()
allowed = set(paths)
for term in terms:
    for form in term.forms:
        for hit in grep(re.escape(form), None, True, 20_000):
            if hit.path in allowed and hit.path not in counts or hit.path in counts:
                counts[hit.path] += bool(term.count(hit.text)) * term.weight
def standing(path):
    named = sum(term.weight for term in terms if term.is_in(name_parts(path))) / weight_of_all
    return (counts[path] ** 0.5 / (1 + (files.size(path) / 8_000) ** 0.5) + 6 * named) * class_factor(path)
ranked = sorted((p for p in {*counts, *(p for p in paths if any(term.is_in(name_parts(p)) for term in terms))} if standing(p) > 0), key=lambda p: (-standing(p), p))
ranked = [p for p in ranked if standing(p) >= 0.15 * standing(ranked[0])]
print(f'{len(ranked)} of {len(paths)} files{where} are about it')
print(ranked[:8])
if not ranked:
    print('nothing found:', 'files about it')

# %% report_files
numbers = {p: len([hit for hit in grep('|'.join(re.escape(form) for term in terms for form in term.forms[:1]), [p], True, 5_000)]) for p in ranked[:12]}
subject = ', '.join(term.forms[0] for term in terms)
report = [f'{len(ranked):,} of {len(paths):,} files{where} deal with it, the most important first:', '']
report += [listed(p, f' ({numbers[p]:,} {"line" if numbers[p] == 1 else "lines"})' if numbers[p] else '') for p in ranked[:12]]
if len(ranked) > 12:
    report.append(f'- … and {len(ranked) - 12:,} more')

# %% members
kind = stem(noun.lower())
def is_kind(word):
    return stem(word.lower()) == kind
code = [p for p in paths if not re.search(TEST, p) and not re.search(ASIDE, p)] or paths
members = {}   # name -> (path, line, what it says)
def folder_of(p):
    return p.split('/')[:-1]
holding = collections.Counter('/'.join(folder_of(p)[:i + 1]) for p in code for i, part in enumerate(folder_of(p)) if is_kind(part) and not is_doc(p))
if holding:
    folder = max(holding, key=lambda name: (holding[name], -name.count('/')))
    inside = collections.defaultdict(list)
    for p in code:
        if p.startswith(folder + '/'):
            inside[p[len(folder) + 1:].split('/')[0]].append(p)
    for name, held in sorted(inside.items()):
        first = min(held, key=lambda p: (not re.search(r'(^|/)(index|mod|__init__|main)\.\w+$', p), p.count('/'), p))
        bare = name.rsplit('.', 1)[0] if len(held) == 1 and held[0].endswith(name) else name
        if bare not in ('index', 'mod', '__init__', 'utils', 'types'):
            members[bare] = (first, lines_of(first)[1], about(first))
if len(members) < 2:
    folder, members = '', {}
    for path in code:
        if is_doc(path) or not any(is_kind(part) for part in re.findall(r'[A-Z]?[a-z]+', files[path][:200_000])):
            continue
        lines, offset = lines_of(path)
        for unit in units_of(path):
            parts = re.findall(r'[A-Z]+(?![a-z])|[A-Z]?[a-z]+', unit.title)
            head = '\n'.join(lines[unit.first - offset:unit.first - offset + 6])
            declared = re.search(r'@' + re.escape(kind) + r'\w*\b', head, re.I) or re.search(r'class\s+\w+.*(?:extends|implements|\(|:)\s*[\w., ]*' + re.escape(kind), head, re.I)
            if unit.kind in ('class', 'struct', 'interface', 'trait', 'enum', 'type', 'record') and (declared or len(parts) > 1 and is_kind(parts[-1])):
                members.setdefault(unit.title, (path, unit.first, sentence_of(opening_of(unit, 300))))
sections = []
for path in paths:
    if is_doc(path) and not re.search(r'(^|/)(change\w*|history|news|code_of_conduct)[^/]*$', path, re.I):
        sections += [unit for unit in units_of(path) if unit.kind == 'heading' and any(is_kind(word) for word in re.findall(r'\w+', unit.title)) and len(unit.title.split()) <= 4]
sections.sort(key=lambda unit: (not re.search(r'readme', unit.path, re.I), unit.path.count('/'), len(unit.title)))
def items_of(unit):
    lines, offset = lines_of(unit.path)
    return [(i + offset, clean(re.sub(r'^\s*(?:[-*+]|\d+[.)])\s+', '', lines[i]))) for i in range(unit.first - offset, unit.last - offset + 1) if is_item(lines[i], unit.path) and not lines[i].startswith('    ')]
section = next((unit for unit in sections if len(items_of(unit)) > 1 or len(parts_of(unit)) > 1), None)
print(f'{len(members)} {noun} by folder or name, {len(sections)} sections about them{where}')
for name, (path, line, told) in list(members.items())[:8]:
    print(f'{path}:{line}: {name} | {told[:100]}')
if len(members) < 2 and not section:
    print('nothing found:', noun)

# %% report_members
report = []
def by_section():
    below = parts_of(section)
    report.extend([f'The section {headed(section).split(", section ")[-1]} of **{section.path}:{section.first}** lists them:', ''])
    cite(section.path, section.first)
    for unit in below[:40] if len(below) > 1 else []:
        report.append(f'- `{clean(unit.title)}` ({unit.path}:{unit.first})')
        cite(unit.path, unit.first)
    for line, text in items_of(section)[:40] if len(below) <= 1 else []:
        report.append(f'- {text[:200]} ({section.path}:{line})')
        cite(section.path, line)
def by_name():
    report.extend([f'**{len(members):,} {noun}**{where}' + (f' in the folder {folder}:' if folder else ', by their names and declarations:'), ''])
    for name, (path, line, told) in list(members.items())[:60]:
        report.append(f'- `{name}` ({path}:{line})' + (f': {told}' if told else ''))
        if len(report) < 45:
            cite(path, line)
if section and (len(members) < 2 or re.search(r'readme', section.path, re.I) and not folder):
    by_section()
else:
    by_name()
    if section and not folder:
        report += ['']
        by_section()

# %% manifest
MANIFEST = r'(^|/)(package\.json|pyproject\.toml|Cargo\.toml|go\.mod|setup\.(?:cfg|py)|pom\.xml|build\.gradle(?:\.kts)?|composer\.json|Gemfile|requirements[^/]*\.txt|[^/]+\.csproj|[^/]+\.gemspec|pubspec\.yaml|mix\.exs|Package\.swift)$'
manifests = sorted((p for p in paths if re.search(MANIFEST, p) and not re.search(TEST, p)), key=lambda p: (bool(re.search(ASIDE, p)), p.count('/'), p))
top = [p for p in manifests if p.count('/') == manifests[0].count('/')][:4] if manifests else []
ASKED = {
    'dependencies': r'dependenc|^\s*require\b|^require \(|install_requires|implementation |<artifactId>',
    'version': r'requires-python|python_requires|"engines"|rust-version|^go \d|java\.version|sourceCompatibility|languageVersion|JavaVersion|Programming Language|"node"|minimum|edition',
    'licence': r'licen[cs]e',
    'entry': r'^\s*"(?:main|module|bin)"\s*:|\[(?:project\.scripts|project\.entry-points[^\]]*|\[?bin\]?|lib)\]|mainClass|console_scripts|^default-run',
}
def block(lines, at, limit=40):
    """A line of a manifest with what belongs to it: the rest of a table, a list or an object."""
    line = lines[at]
    if re.match(r'\s*\[', line):
        return [line, *itertools.takewhile(lambda text: not re.match(r'\s*\[', text), lines[at + 1:at + limit])]
    if re.search(r'[\[{(]\s*$', line):
        indent = len(line) - len(line.lstrip())
        rest = list(itertools.takewhile(lambda text: not text.strip() or len(text) - len(text.lstrip()) > indent, lines[at + 1:at + limit]))
        return [line, *rest, *lines[at + 1 + len(rest):at + 2 + len(rest)]]
    return [line]
def told_by_manifests(what, limit=4):
    told = []
    for path in top:
        lines, offset = lines_of(path)
        seen = -1
        for at, line in enumerate(lines):
            if at > seen and re.search(ASKED[what], line, re.I) and len(line) < 300:
                part = block(lines, at)
                seen = at + len(part) - 1
                told.append((path, at + offset, part))
    return told[:limit]
print(f'manifests: {top}')

# %% report_manifest
told = told_by_manifests(manifest_words, 8)
if not told:
    print('nothing found:', manifest_words)
report = [f'What {", ".join(dict.fromkeys(f"**{path}**" for path, _, _ in told))} says:']
merged = []
for path, line, part in told:
    if merged and merged[-1][0] == path and line == merged[-1][1] + len(merged[-1][2]):
        merged[-1][2].extend(part)
    else:
        merged.append((path, line, list(part)))
for path, line, part in merged:
    report += ['', f'{path}:{line}', *fenced(part)]
    cite(path, line)

# %% start
readme = sorted((p for p in paths if re.search(r'(^|/)readme[^/]*$', p, re.I)), key=lambda p: (p.count('/'), p))[:1]
entry = told_by_manifests('entry', 5) if top else []
code = [p for p in paths if files.size(p) and not is_doc(p) and not re.search(TEST, p) and not re.search(ASIDE, p)] if len(paths) < 3_000 else []
SOURCE = r'\.([mc]?[tj]sx?|pyi?|rs|go|java|kts?|scala|rb|php|cs|c|h|cc|cpp|hpp|m|swift|lua|ex|exs|erl|hs|clj|dart|sh|pl|r|jl|vue|svelte|zig|nim)$'
code = [p for p in code if re.search(SOURCE, p, re.I) and not re.search(r'(^|/)\.|(^|/)docs?/', p)]
def is_main(p):
    return bool(re.search(r'(^|/)(main|__main__|index|app|cli|server|lib|mod|run|core|__init__|extension|application|program)\.\w+$|Application\.java$', p, re.I))
def bare(p):
    return re.sub(r'\.\w+$', '', p.rsplit('/', 1)[-1])
bares = collections.Counter(map(bare, code))
def mentions(p):
    name = bare(p)
    return imported[name] / bares[name] if len(name) > 3 and not re.match(r'(util|type|constant|common|helper)s?$', name) else 0
imports = '\n'.join(hit.text for hit in grep(r'^\s*(?:import|from|use|mod|pub mod|#include|require)\b|\bfrom [\'"]|require\(', None, False, 20_000) if hit.path in set(code))
imported = collections.Counter(re.findall(r'[\w.-]*\w', imports))
imported.update(word.rsplit('.', 1)[0] for word in list(imported.elements()) if re.search(r'\.(?:ts|js|tsx|jsx|mjs|cjs|py)$', word))
imported.update(part for word in list(imported.elements()) if '.' in word for part in word.split('.'))
shallow = min((p.count('/') for p in code), default=0)
starts = sorted((p for p in code if is_main(p) and p.count('/') <= shallow + 2), key=lambda p: (p.count('/'), not re.search(r'(^|/)(index|main|__init__|lib|app)\.', p), -files.size(p)))[:6]
central = sorted((p for p in code if p not in starts), key=lambda p: (-mentions(p), -files.size(p)))[:6]
print('readme:', readme, 'entry points:', starts, 'most imported:', central)
if not (readme or starts or central or 'manifest' in globals()):
    print('nothing found:', 'a place to start')

# %% report_start
report = []
if readme:
    unit = next((unit for unit in units_of(readme[0]) if unit.title or unit.kind == 'opening'), None)
    lines, offset = lines_of(readme[0])
    at = next((i for i, line in enumerate(lines) if len(clean(line).split()) > 7 and not re.match(r'\s*(#|<|!|\[!)', line)), 0)
    report += [f'Begin with **{readme[0]}:{at + offset}**: {paragraph(readme[0], at + offset)[2]}']
    cite(readme[0], at + offset)
if starts:
    report += ['', 'Entry points by their names:'] + [listed(p) for p in starts]
if entry:
    report += ['', 'What the manifest names:']
    for path, line, part in entry:
        report += [f'{path}:{line}', *fenced(part[:12])]
        cite(path, line)
if central:
    report += ['', 'The files that others import most, so the core:'] + [listed(p) for p in central]

# %% api
OFFERS = (
    r'\s*from\s+\S+\s+import\s+(.+)|\s*export\s+(?:type\s+)?\{([^}]*)\}?'
    r'|\s*export\s+(?:default\s+)?(?:async\s+)?(?:abstract\s+)?(?:const|function|class|interface|type|enum)\s+(\w+)'
    r'|\s*pub\s+(?:use\s+.*?(\w+);|(?:mod|fn|struct|enum|trait|const|type)\s+(\w+))|\s*def\s+([a-z]\w*)|class\s+([A-Z]\w*)'
)
offered = []   # name, path, line
roots = [p for p in paths if re.search(r'(^|/)(__init__\.pyi?|index\.(?:[mc]?[tj]sx?)|mod\.(?:[mc]?[tj]s)|lib\.rs)$', p) and not re.search(TEST, p) and not re.search(ASIDE, p)]
roots.sort(key=lambda p: (p.count('/'), -files.size(p)))
root = next((p for p in roots if files.size(p) > 40), '')
if root:
    lines, offset = lines_of(root)
    for number, line in enumerate(lines, offset):
        match = re.match(OFFERS, line)
        named_here = next((group for group in match.groups() if group), '') if match else ''
        offered += [(name, root, number) for name in re.findall(r'(?:\w+\s+as\s+)?(\w+)', re.sub(r'#.*|\btype\b', '', named_here)) if not name.startswith('_')]
    if re.search(r'\.[mc]?[tj]sx?$', root) and '{' in files[root]:
        inside = re.sub(r'//.*', '', files[root])
        for group in re.finditer(r'export\s+(?:type\s+)?\{([^}]*)\}', inside):
            number = files[root][:group.start()].count('\n') + offset
            offered += [(name, root, number) for name in re.findall(r'(?:\w+\s+as\s+)?(\w+)', re.sub(r'\btype\b', '', group[1])) if name not in {o[0] for o in offered}]
else:
    chosen = [p for p in paths if p.endswith('.go') and not re.search(TEST, p) and '/' not in p]
    for hit in grep(r'^(?:func (?:\(\w+ \*?\w+\) )?|type |const |var )[A-Z]\w*', chosen or None, False, 3_000) if chosen else []:
        offered.append((re.search(r'(?:\) |func |type |const |var )([A-Z]\w*)', hit.text)[1], hit.path, hit.line))
offered = [entry for index, entry in enumerate(offered) if entry[0] not in {other[0] for other in offered[:index]}]
print(f'{len(offered)} names are offered by {root or "the files at the top"}')
if len(offered) < 2:
    print('nothing found:', 'names that are offered')

# %% report_api
report = [f'**{len(offered):,} public names**{where}' + (f', offered by {root}:' if root else ':'), '']
definitions = {}
wanted = '|'.join(re.escape(name) for name, *_ in offered[:150])
for hit in grep(r'^(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:async\s+)?(?:pub\s+)?(?:def|class|function|const|type|interface|struct|enum|trait|fn)\s+(?:' + wanted + r')\b', None, False, 3_000):
    if hit.path in set(paths) and not re.search(TEST, hit.path):
        definitions.setdefault(re.search(r'(?:def|class|function|const|type|interface|struct|enum|trait|fn)\s+(\w+)', hit.text)[1], hit)
for name, path, line in offered[:80]:
    hit = definitions.get(name)
    told = ''
    if hit:
        path, line = hit.path, hit.line
        unit = next((unit for unit in units_of(path) if unit.title == name), None)
        told = sentence_of(opening_of(unit, 300)) if unit else ''
    report.append(f'- `{name}` ({path}:{line})' + (f': {told}' if told else ''))
    if len(report) < 60:
        cite(path, line)
if len(offered) > 80:
    report.append(f'- … and {len(offered) - 80:,} more')

# %% handling
HANDLERS = (
    r'^\s*(?:(?:export|default|public|private|protected|static|async|pub|override)\s+)*(?:def|function|fn|func(?:\s*\([^)]*\))?|class|const|let|type|interface|struct|enum)\s+\w*(?:error|exception|recover|panic|failure)\w*'
    r'|^\s*(?:(?:public|private|protected|async|override|static)\s+)*(?:on|handle)\w*(?:Error|Exception)\w*\s*[(=]|@\w*(?:errorhandler|ExceptionHandler|ControllerAdvice)'
)
CATCHES = r'^\s*(?:except\b.*:|\}?\s*catch\b|rescue\b)|\.catch\(|\brecover\(\)|if err != nil|\bif let Err\(|\bErr\(\w+\)\s*=>|\.map_err\(|\.(?:onError|errorHandler)\('
inside = {p for p in paths if not is_doc(p) and (len(paths) == 1 or not re.search(TEST, p) and not re.search(ASIDE, p) and not re.search(r'(^|/)\.', p))}
handlers = [hit for hit in grep(HANDLERS, None, True, 5_000) if hit.path in inside and len(hit.text) < 300 and not re.match(r'\s+(const|let|type)\b', hit.text)]
catches = [hit for hit in grep(CATCHES, None, False, 20_000) if hit.path in inside and len(hit.text) < 300 and not in_prose(hit.path, lines_of(hit.path)[0], hit.line - lines_of(hit.path)[1])]
def rank_of(hit):
    is_kind_of_error = bool(re.search(r'class|type|struct|interface|enum', hit.text))
    return (not re.search(r'handl|recover|on_?error', hit.text, re.I), bool(re.match(r'\s*(export )?(const|let)\b(?!.*(=>|\())', hit.text)), is_kind_of_error, hit.path.count('/'), hit.path, hit.line)
handlers.sort(key=rank_of)
print(f'{len(handlers)} definitions about errors, {len(catches)} lines that catch them, in {len(inside)} files{where}')
for hit in handlers[:8]:
    print(f'{hit.path}:{hit.line}: {hit.text.strip()[:120]}')
if not handlers and not catches:
    print('nothing found:', 'code that handles errors')

# %% report_handling
report = []
handling = [hit for hit in handlers if re.search(r'handl|recover|on_?error', hit.text, re.I)]
others = [hit for hit in handlers if hit not in handling]
def definition(hit):
    unit = next((unit for unit in units_of(hit.path) if unit.first <= hit.line <= unit.last), None)
    told = sentence_of(opening_of(unit, 300)) if unit else ''
    cite(hit.path, hit.line)
    return f'- **{hit.path}:{hit.line}**: `{hit.text.strip()[:110]}`' + (f': {told}' if told else '')
if handling:
    report += [f'Errors are handled here{where} (by name):', '', *map(definition, handling[:10])]
by_file = collections.Counter(hit.path for hit in catches)
if catches:
    report += ['', f'They are caught or checked on {len(catches):,} lines of {len(by_file):,} files, most of them here:']
    for path, n in by_file.most_common(8):
        hit = next(hit for hit in catches if hit.path == path)
        cite(path, hit.line)
        report.append(f'- {path}:{hit.line} ({n:,}): `{hit.text.strip()[:110]}`')
if others:
    report += ['', 'Kinds of errors and other definitions about them:', *map(definition, others[:8])]
documented = [unit for p in paths if is_doc(p) for unit in units_of(p) if unit.kind == 'heading' and re.search(r'\b(error|exception)s?\b', unit.title, re.I) and not re.search(r'chang', p, re.I)][:4]
if documented:
    report += ['', 'The documents on it: ' + ', '.join(f'{unit.path}:{unit.first} (“{unit.title}”)' for unit in documented) + '.']
