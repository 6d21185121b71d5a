"""Counts or lists: collect all, look at a sample, then report the total with places."""
from common import find, paths, where

# %% values
kinds, endings, what = ["function"], ".ts .py", "functions"
pattern, patterns, ignore_case = r"\bTODO\b", {".ts .js": r"^import"}, False
how, needle, wanted, with_what = "startswith", "test", ["retry"], "retry"
one, many, group = "function", "functions", "place"
is_file_list, is_outline, is_named = False, True, False

# %% outline
found = []   # name, path, line, text
for path in paths:
    if path.lower().endswith(tuple(endings.split())):
        found += [(item.name, path, item.line, item.kind) for item in outline(path) if item.kind in kinds]

# %% holding
# What holds a line that names the subject: the innermost definition of the kinds asked for.
found = []   # name, path, line, text
hits = [hit for hit in find(pattern, paths, ignore_case) or find(pattern, paths, True) if not re.match(r'\s*(import|from|use|#include)\b', hit.text)]
for path in dict.fromkeys(hit.path for hit in hits):
    items = [item for item in outline(path) if item.kind in kinds]
    for item in items:
        inside = [hit.line for hit in hits if hit.path == path and item.line <= hit.line <= (item.end_line or item.line)]
        inner = [other for other in items if item.line < other.line and (other.end_line or other.line) <= (item.end_line or item.line)]
        if any(not any(other.line <= line <= (other.end_line or other.line) for other in inner) for line in inside):
            found.append((item.name, path, item.line, item.kind))
found.sort(key=lambda f: bool(re.search(r'(^|[/_.-])(tests?|spec)([/_.-]|$)', f[1])))
where += f' with {with_what} inside'

# %% matches
found = []   # name, path, line, text
for endings, pattern in patterns.items():
    chosen = [p for p in paths if p.lower().endswith(tuple(endings.split()) or '')]
    for hit in find(pattern, chosen):
        for match in re.finditer(pattern, hit.text):
            name = next((group for group in match.groups() if group), match.group())
            found.append((name.strip().rstrip('.,;:'), hit.path, hit.line, hit.text.strip()))

# %% occurrences
hits = find(pattern, paths, ignore_case)
if not hits and not ignore_case:
    ignore_case = True   # nothing in this spelling, so capitals do not matter
    hits = find(pattern, paths, ignore_case)
expression = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
found = []   # name, path, line, text
for hit in hits:
    for match in expression.finditer(hit.text):
        found.append((match.group(), hit.path, hit.line, hit.text.strip()))

# %% shapes
# Messages of logs that differ in figures only are the same.
found = [(re.sub(r'\d+', '#', name)[:140], *rest) for name, *rest in found]

# %% named
def is_asked(name):
    return needle in name if how == 'contains' else name.startswith(needle) if how == 'startswith' else name.endswith(needle)
found = [f for f in found if is_asked(f[0].lower())]

# %% narrowed
narrowed = [f for f in found if any(w in f"{f[0]} {f[3]}".lower() for w in wanted)]
if narrowed:
    found, where = narrowed, where + f' with {", ".join(wanted)}'

# %% sample
holding = {f[1] for f in found}
print(f'{len(found)} {what} in {len(holding)} of {len(paths)} files{where}')
for name, path, line, text in found[:8]:
    print(f'{path}:{line}: {name} | {text[:120]}')
if not found:
    print('nothing found:', what)

# %% totals
what = one if len(found) == 1 else many
by_file = collections.Counter(f[1] for f in found)
lines = len({(f[1], f[2]) for f in found})
among = f', in {len(by_file):,} of {len(paths):,} files' if len(paths) > 1 else ''
head = f'**{len(found):,} {what}**{where}{among}.'
if is_file_list:
    head = f'**{len(by_file):,} of {len(paths):,} files**{where}, with {len(found):,} {what}.'

# %% count
report = [head]
if lines != len(found):
    report.append(f'They stand on {lines:,} lines.')
tally = collections.Counter(f[3 if is_outline else 0] for f in found)
if 1 < len(tally) <= 6 and len(tally) < len(found):
    report.append('By kind: ' + ', '.join(f'{kind} {n:,}' for kind, n in tally.most_common()) + '.')
if len(by_file) > 1:
    report += ['', 'Files with the most:'] + [f'- {path}: {n:,}' for path, n in by_file.most_common(10)]
    if len(by_file) > 10:
        report.append(f'- … and {len(by_file) - 10:,} more files')
report += ['', 'The first of them:']
for name, path, line, text in found[:5]:
    cite(path, line)
    report.append(f'- {path}:{line}: `{(name if is_outline else text)[:140]}`')

# %% list
key_of = {'file': lambda f: f[1], 'name': lambda f: f[0], 'place': lambda f: f[1:3]}[group]
groups = {}   # what is listed -> its places
for f in found:
    groups.setdefault(key_of(f), []).append(f)
repeats = len(groups) < len(found)
report = [head]
if repeats and len(groups) > 1:
    report.append(f'{len(groups):,} different {"files" if is_file_list else "ones"}; the most frequent first:')
entries = sorted(groups.items(), key=lambda entry: -len(entry[1])) if repeats else list(groups.items())
report.append('')
for key, places in entries[:80]:
    name, path, line, text = places[0]
    more = f' and {len(places) - 1:,} more' if len(places) > 1 else ''
    report.append(f'- `{name[:120]}`: {path}:{line}{more}' if is_named else f'- {path}:{line}{more}: `{text[:140]}`')
    if len(report) < 30:
        cite(path, line)
if len(entries) > 80:
    report += ['', f'… and {len(entries) - 80:,} more. Where most of them are:']
    report += [f'- {path}: {n:,}' for path, n in by_file.most_common(10)]
