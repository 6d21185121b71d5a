"""An overview: what the text says of itself first, then its structure with sizes and its main definitions."""
from common import evidence, keep, lines_of, paths, prompt_for, replies, where

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
    for line in files[p].splitlines()[:200]:
        match = re.match(r'\s*"?(name|description|version|summary)"?\s*[:=]\s*"?(.+?)"?,?\s*$', line, re.I)
        if match and match[1].lower() not in manifest:
            manifest[match[1].lower()] = match[2]
ranked = {p: [item for item in outline(p) if item.depth == 0] for p in (code_files[:8] if len(paths) > 1 else paths)}
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
print(len(logs), 'logs,', manifest, sum(map(len, ranked.values())), 'definitions,', len(headings), 'headings')

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
if evidence and not logs:
    report += ['', 'In its own words:']
    chosen = evidence if len(replies) == 1 else [line for group in itertools.zip_longest(*[[e for e in evidence if e[0] == p] for p in dict.fromkeys(e[0] for e in evidence)]) for line in group if line]
    if len(paths) == 1 and len(replies) > 1:
        chosen = []
        keep(llm_query(prompt_for([f'=== {path}:{line}\n{text}' for path, line, text in evidence])), chosen)
        chosen = sorted(chosen or evidence[:8], key=lambda e: e[1])
    for path, line, text in chosen[:9]:
        cite(path, line)
        report.append(f'- {text[:350]} ({path}:{line})')
if len(folders) > 1:
    report += ['', 'Structure:']
    report += [f'- {folder}: {counts[folder]:,} {"file" if counts[folder] == 1 else "files"}, {size:,} bytes' for folder, size in folders.most_common(12)]
    if len(folders) > 12:
        report.append(f'- … and {len(folders) - 12:,} more folders')
if headings:
    report += ['', 'Headings: ' + '; '.join(item.name for item, _ in headings[:15]) + (f' … ({len(headings):,} in all)' if len(headings) > 15 else '')]
main = [(p, items) for p, items in ranked.items() if [item for item in items if item.kind not in ('heading', 'key', 'table')]]
if main:
    report += ['', 'Main definitions:']
    for p, items in main[:8]:
        report.append(f'- {p}:{items[0].line}: ' + ', '.join(f'`{item.name}`' for item in items[:8]) + (f' and {len(items) - 8:,} more' if len(items) > 8 else ''))
