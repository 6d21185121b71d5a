"""Compares two things: files, folders or names in the text."""
from common import lines_of, read_passages

# %% values
sides, patterns = ["src/prices.ts", "src/ovens.ts"], [r"prices", r"ovens"]

# %% sides
def find_side(side, pattern):
    """The files of a side, and the lines that name it when it is no file."""
    bare = side.strip('/').lower()
    owned = [p for p in files.paths if f'/{bare}/' in f'/{p}/'.lower() or re.sub(r'\.\w+$', '', p.rsplit('/', 1)[-1]).lower() == bare]
    hits = [] if owned else grep(pattern, None, ignore_case=True, max_results=2_000)
    words = r'\b(?:class|interface|function|def|fn|func|type|struct|enum|const|let|trait|module)\s+(?:' + pattern + ')|^#+ .*(?:' + pattern + ')'
    defined = [hit for hit in hits if re.search(words, hit.text, re.I)]
    return owned, defined + [hit for hit in hits if hit not in defined]
found = [find_side(side, pattern) for side, pattern in zip(sides, patterns)]
for side, (owned, hits) in zip(sides, found):
    print(f'{side}: ' + (f'{len(owned)} files, {sum(map(files.size, owned))} bytes' if owned else f'named on {len(hits)} lines'))
    for hit in hits[:3]:
        print(f'  {hit.path}:{hit.line}: {hit.text.strip()[:120]}')
if not all(owned or hits for owned, hits in found):
    print('nothing found:', ', '.join(side for side, (owned, hits) in zip(sides, found) if not owned and not hits))

# %% parts
def passage(hit):
    lines, offset = lines_of(hit.path)
    start = max(0, hit.line - offset - 7)
    return hit.path, start + offset, '\n'.join(lines[start:hit.line - offset + 31])
def text_of(owned, hits):
    if owned:
        return '\n'.join(files[p] for p in owned[:60])
    return '\n'.join(passage(hit)[2] for hit in hits[:5])
texts = [text_of(*side) for side in found]
outlines = [[(item.name, p, item.line, item.kind) for p in owned[:200] for item in outline(p)] for owned, _ in found]
names = [set(re.findall(r'[A-Za-z_]\w{3,}', text)) for text in texts]
evidences = []
for side, (owned, hits) in zip(sides, found):
    passages = [(p, 1, files[p][:6_000]) for p in sorted(owned, key=lambda p: ('index' not in p and 'readme' not in p.lower(), -files.size(p)))[:5]] or [passage(hit) for hit in hits[:5]]
    evidences.append(read_passages(passages)[1])

# %% report
report = ['| | ' + ' | '.join(sides) + ' |', '|---|---:|---:|']
rows = [
    ('files', [len(owned) or len({hit.path for hit in hits}) for owned, hits in found]),
    ('lines' if all(owned for owned, _ in found) else 'lines read', [len(text.splitlines()) for text in texts]),
    ('definitions and headings', [len(items) for items in outlines]),
    ('lines that name it', [len(hits) for _, hits in found]),
]
report += [f'| {label} | {left:,} | {right:,} |' for label, (left, right) in rows if left or right]
for index, side in enumerate(sides):
    owned, hits = found[index]
    report += ['', f'**{side}**' + (f' ({owned[0]}:1)' if len(owned) == 1 else f' ({hits[0].path}:{hits[0].line})' if hits else f' ({len(owned)} files)')]
    for path, line, text in evidences[index][:4]:
        cite(path, line)
        report.append(f'- {text[:300]} ({path}:{line})')
    others = {item[0] for item in outlines[1 - index]}
    own = [item for item in outlines[index] if item[0] not in others]
    if own:
        report.append('- Only here: ' + ', '.join(f'`{name}` ({path}:{line})' for name, path, line, kind in own[:8]) + (f' and {len(own) - 8} more' if len(own) > 8 else ''))
        cite(own[0][1], own[0][2])
shared = sorted({item[0] for item in outlines[0]} & {item[0] for item in outlines[1]})
common = sorted(names[0] & names[1], key=lambda name: (-len(name), name))
if shared:
    report += ['', f'Defined in both ({len(shared)}): ' + ', '.join(f'`{name}`' for name in shared[:15])]
if common:
    report += ['', f'Names and words in both: {len(common):,} (only in {sides[0]}: {len(names[0] - names[1]):,}, only in {sides[1]}: {len(names[1] - names[0]):,}), for example ' + ', '.join(f'`{name}`' for name in common[:8])]
