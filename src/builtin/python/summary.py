"""An overview: what the text says of itself first, then its structure with sizes and its main definitions."""
from common import evidence, lines_of, paths, said, stated, where
from survey import central, listed, readme, starts
from units import clean, in_prose, is_doc, opening_of, paragraph, starts_block, units_of

# %% structure
sizes = {p: files.size(p) for p in paths}
def common_start(paths):
    folders = [p.split('/')[:-1] for p in paths]
    shared = [parts[0] for parts in itertools.takewhile(lambda parts: len(set(parts)) == 1, zip(*folders))]
    return len(shared)
depth = common_start(paths) + 1
folders = collections.Counter()
counts = collections.Counter()
for p, size in sizes.items():
    folder = '/'.join(p.split('/')[:-1][:depth]) or '(top)'
    folders[folder] += size
    counts[folder] += 1
kinds = collections.Counter(('.' + p.rsplit('.', 1)[1]) if '.' in p.rsplit('/', 1)[-1] else '(no ending)' for p in paths)
about = sorted((p for p in paths if re.search(r'(^|/)(readme|index|overview|architecture|introduction|about)[^/]*\.(md|rst|txt|mdx)$|(^|/)readme$', p, re.I)), key=lambda p: (p.count('/'), 'readme' not in p.lower(), p))
manifests = sorted((p for p in paths if re.search(r'(^|/)(package\.json|pyproject\.toml|Cargo\.toml|go\.mod|setup\.cfg|pom\.xml|composer\.json|METADATA)$', p)), key=lambda p: p.count('/'))
print(f'{len(paths)} files, {sum(sizes.values()):,} bytes{where}; {kinds.most_common(6)}')
print('folders:', folders.most_common(10))
print('descriptions:', about[:3], manifests[:2])

# %% passages
def opening(path, limit=7_000):
    return path, 1, files[path][:limit]
prose = [p for p in sorted(paths, key=lambda p: -sizes[p]) if re.search(r'\.(md|mdx|rst|txt|adoc|html?)$', p, re.I)]
def reading_order(p):
    is_main = re.search(r'(^|/)(main|index|app|cli|engine|server|run|core|__init__|extension)\.\w+$', p)
    is_aside = re.search(r'test|spec|\.min\.|\.d\.ts$|lock|vendor|dist/', p)
    return not is_main, bool(is_aside), -sizes[p]
code_files = [p for p in sorted(paths, key=reading_order) if outline(p) and p not in prose] if len(paths) < 3_000 else []
if len(paths) == 1:
    pieces = chunks(paths[0], size=max(3_000, min(9_000, sizes[paths[0]] // 12 + 1)))
    passages = [(piece.path, piece.start_line, str(piece)) for piece in pieces[:18]]
else:
    passages = [opening(p) for p in (about[:2] or prose[:4])] + [opening(p, 2_500) for p in code_files[:6]]
    passages = passages or [opening(p, 3_000) for p in sorted(paths, key=lambda p: -sizes[p])[:6]]

# %% definitions
manifest = {}
for p in manifests[:1]:
    for line in re.sub(r'(description\s*=\s*)"""\s*', r'\1"', files[p], count=1).splitlines()[:200]:
        match = re.match(r'\s*"?(name|description|version|summary)"?\s*[:=]\s*"?([^"{\[]{2,}?)"?,?\s*$', line, re.I)
        if match and match[1].lower() not in manifest:
            manifest[match[1].lower()] = match[2]
headings = [(item, p) for p in (about[:1] or prose[:6] if len(paths) > 1 else paths) for item in outline(p) if item.kind == 'heading' and item.depth <= 1]
def log_of(path):
    """Levels, first and last time and the commonest messages of a log; None when it is none."""
    lines, offset = lines_of(path)
    lines = [line for line in lines if line] or lines
    stamp = re.compile(r'\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?|^\w{3} +\d+ \d\d:\d\d:\d\d')
    if not lines or sum(bool(stamp.search(line[:40])) for line in lines[:200]) * 2 < len(lines[:200]):
        return None
    stamps = [m.group().strip('[') for m in (stamp.search(line[:40]) for line in (lines[0], lines[-1])) if m]
    levels = collections.Counter(m.group().upper() for m in (re.search(r'\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b', line[:120], re.I) for line in lines) if m)
    first, shapes = {}, collections.Counter()
    for number, line in enumerate(lines_of(path)[0], offset):
        if not line:
            continue
        shape = re.sub(r'\d+', '#', stamp.sub('', line, 1))[:120].strip(' ]')
        shapes[shape] += 1
        first.setdefault(shape, number)
    return stamps, levels, shapes, first
logs = {p: found for p in paths[:20] if p.lower().endswith(('.log', '.txt')) or len(paths) == 1 for found in [log_of(p)] if found}
logs = logs if 2 * len(logs) > len(paths) else {}   # in a mixed folder they are not what it is about
print(len(logs), 'logs,', manifest, len(headings), 'headings')

# %% parts
def parts_of_file(path, most=14):
    """The parts of one file, each with what it says first: sections of a document, definitions of code."""
    lines, offset = lines_of(path)
    units = [unit for unit in units_of(path) if unit.kind != 'lines' and (unit.title or unit.kind == 'opening')]
    parts = []
    for unit in units:
        if is_doc(path):
            at = next((at for at in range(unit.first - offset + (unit.kind == 'heading'), unit.last - offset + 1) if in_prose(path, lines, at) and not starts_block(lines[at]) and len(clean(lines[at]).split()) > 3), None)
            first, last, text = paragraph(path, at + offset, 320) if at is not None else (unit.first, unit.first, '')
        else:
            first, last, text = unit.first, unit.first, opening_of(unit, 320)
        parts.append((unit, first, last, text))
    told = [part for part in parts if part[3] and part[0].kind != 'opening'] or parts
    opening = next((part for part in parts if part[0].kind == 'opening' and part[3] and len(part[3].split()) > 3), None)
    shown = []
    if opening:
        shown += ['', f'{opening[3]} ({path}:{opening[1]})']
        cite(path, opening[1], opening[2])
    if not told:
        for entry in [entry for entry in evidence if entry[0] == path][:8]:
            first, last, text = paragraph(path, entry[1], 350)
            cite(path, first, last)
            shown.append(f'- {text} ({path}:{first})')
        return ['', 'In its own words:', *dict.fromkeys(shown)] if shown else []
    shown += ['', f'Its {"sections" if is_doc(path) else "definitions"}{", the first " + str(most) + " of " + str(len(told)) if len(told) > most else ""}:']
    for unit, first, last, text in told[:most]:
        cite(path, first, last)
        shown.append(f'- **{clean(unit.title) or "(beginning)"}** ({path}:{unit.first})' + (f': {text}' if text else ''))
    if not is_doc(path) and len(told) <= 3:
        for unit, *_ in told:
            body = lines[unit.first - offset:unit.last - offset + 1]
            comments = [at + unit.first for at in range(len(body)) if in_prose(path, lines, at + unit.first - offset) and len(clean(body[at]).split()) > 4]
            notes = dict.fromkeys(paragraph(path, at, 260)[::2] for at in comments)
            shown += [f'  - {text} ({path}:{first})' for first, text in list(notes)[:5] if text not in (opening_of(unit, 320)) and not re.match(r'@|:', text)]
            calls = collections.Counter(re.findall(r'\b([A-Za-z_]\w+)\(', '\n'.join(body[1:])))
            inner = [called for called, _ in calls.most_common() if called not in ('if', 'for', 'while', 'switch', 'catch', 'return', 'function', 'super', 'match', unit.title)]
            if inner:
                shown.append(f'  - It has {len(body):,} lines and calls: ' + ', '.join(f'`{called}`' for called in inner[:8]))
    return shown

# %% report
report = []
if manifest:
    title = ' '.join(filter(None, [manifest.get('name'), manifest.get('version')]))
    report += [f'**{title}**: {manifest.get("description") or manifest.get("summary") or "(no description)"} ({manifests[0]}:1)', '']
    cite(manifests[0], 1)
lines = sum(len(files[p].splitlines()) for p in paths) if sum(sizes.values()) < 20_000_000 else None
by_kind = ': ' + ', '.join(f'{kind} {n:,}' for kind, n in kinds.most_common(6)) if len(paths) > 1 else ''
counted = f'{lines:,} lines, ' if lines is not None else ''
report.append(f'{len(paths):,} {"file" if len(paths) == 1 else "files"}{where}, {counted}{sum(sizes.values()):,} bytes{by_kind}.')
for p, (stamps, levels, shapes, first) in logs.items():
    span = f' from {stamps[0]} to {stamps[-1]}' if stamps else ''
    shares = ': ' + ', '.join(f'{level} {n:,}' for level, n in levels.most_common()) if levels else ''
    kinds_of = f'{len(shapes):,} kinds of messages (figures left out); the commonest and the rarest:'
    report += ['', f'{p} is a log{span}{shares}. It has {kinds_of}']
    chosen = shapes.most_common(8)
    for shape, n in chosen + [entry for entry in shapes.most_common()[-3:] if entry not in chosen]:
        cite(p, first[shape])
        report.append(f'- `{shape}`: {n:,}, first at {p}:{first[shape]}')
if said:
    report += ['', *stated(said)]
single = paths[0] if len(paths) == 1 and not logs else ''
if single:
    report += parts_of_file(single)
elif not logs:
    readme_lines, offset = lines_of(readme[0]) if readme else ([], 1)
    told = []   # first line, text
    for at, line in enumerate(readme_lines):
        if len(told) < 4 and in_prose(readme[0], readme_lines, at) and len(clean(line).split()) > 4 and not starts_block(line) and not re.match(r'\s*(<|\[?!\[|\.\. )', line):
            first, last, text = paragraph(readme[0], at + offset, 450)
            if first not in [entry[0] for entry in told] and len(text.split()) > 7:
                told.append((first, text))
                cite(readme[0], first, last)
    if told:
        report += ['', 'In its own words:'] + [f'- {text} ({readme[0]}:{first})' for first, text in told]
    elif evidence:
        report += ['', 'In its own words:']
        for path, line, text in [entry for entry in evidence if in_prose(entry[0], lines_of(entry[0])[0], entry[1] - lines_of(entry[0])[1])][:6]:
            first, last, whole = paragraph(path, line, 350)
            cite(path, first, last)
            report.append(f'- {whole} ({path}:{first})')
if len(folders) > 1:
    report += ['', 'Structure:']
    report += [f'- {folder}: {counts[folder]:,} {"file" if counts[folder] == 1 else "files"}, {size:,} bytes' for folder, size in folders.most_common(12)]
    if len(folders) > 12:
        report.append(f'- … and {len(folders) - 12:,} more folders')
if not single and not logs and (starts or central):
    report += ['', 'The most important places:']
    report += [listed(p) for p in [*starts[:4], *central[:6]]]
if headings and not single:
    report += ['', 'Headings: ' + '; '.join(item.name for item, _ in headings[:15]) + (f' … ({len(headings):,} in all)' if len(headings) > 15 else '')]
