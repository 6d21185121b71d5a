"""What is new: the entries of a change log for the newest version, or for the one that the question names."""
from common import paths, where
from units import clean, headings_of, is_item, lines_of

# %% values
version = "3.1"

# %% find
VERSION = r'v?\d+\.\d+(?:\.\d+)*(?:[.-]?\w+)?'
NAMED = r'(^|/)(change\w*|history|news|releases?(?:[-_]?notes)?|migrat\w*|upgrad\w*)[^/]*\.(md|rst|txt|adoc)$'
logs = sorted((p for p in paths if re.search(NAMED, p, re.I)), key=lambda p: (not re.search(r'chang', p, re.I), p.count('/'), p)) or [p for p in paths if len(paths) == 1]
sections = []   # path, index of the heading, index after the end, heading
for path in logs:
    lines, offset = lines_of(path)
    heads = [(i, line) for i, line in enumerate(lines) if re.match(r'#{1,3} .*' + VERSION, line)] or [(i, title) for i, title in headings_of(lines) if re.search(VERSION, title)]
    sections += [(path, at, end, clean(title)) for (at, title), (end, _) in itertools.zip_longest(heads, heads[1:], fillvalue=(len(lines), ''))]
    if sections:
        break
def entries_of(section):
    """The entries of a version, each with all of its lines: (first line, last line, text)."""
    path, at, end, _ = section
    lines, offset = lines_of(path)
    found = []
    for i in range(at + 1, end):
        line = lines[i]
        if is_item(line, path) and (not found or len(line) - len(line.lstrip()) <= found[0][3]):
            found.append([i, i, re.sub(r'^\s*(?:[-*+]|\d+[.)])\s+', '', line), len(line) - len(line.lstrip())])
        elif found and line.strip() and (line[:1].isspace() or i == found[-1][1] + 1) and not re.match(r'#|=|-{3}', line) and i - found[-1][1] <= 2:
            found[-1][1], found[-1][2] = i, found[-1][2] + ' ' + line.strip()
    return [(first + offset, last + offset, clean(text)[:400]) for first, last, text, _ in found]
def is_version(section):
    return bool(re.search(r'(?<![\d.])' + re.escape(version) + r'(?![\d])', section[3]))
if version:
    wanted = [section for section in sections if is_version(section)][::-1]
else:
    wanted = [section for section in sections if entries_of(section)][:1]
print(f'{len(sections)} versions in {logs[:1]}{where}; asked for: {version or "the newest"}')
for section in wanted[:5]:
    print(f'{section[0]}:{section[1] + 1}: {section[3]}')
if not any(map(entries_of, wanted)):
    print('nothing found:', version or 'a list of changes')

# %% report
path = wanted[0][0]
offset = lines_of(path)[1]
report = []
shown_sections = [section for section in wanted if entries_of(section)][:4]
budget = 40 // max(1, len(shown_sections))
for section in shown_sections:
    entries = entries_of(section)
    report += ['', f'**{section[3]}** ({path}:{section[1] + offset}), {len(entries):,} {"entry" if len(entries) == 1 else "entries"}:', '']
    cite(path, section[1] + offset)
    for first, last, text in entries[:budget]:
        cite(path, first, last)
        report.append(f'- {text} ({path}:{first})')
    if len(entries) > budget:
        report.append(f'- … and {len(entries) - budget:,} more')
report = report[1:]
if not version and len(sections) > 1:
    others = [section[3] for section in sections if section not in shown_sections][:3]
    report += ['', 'Before that: ' + ', '.join(others) + '.']
