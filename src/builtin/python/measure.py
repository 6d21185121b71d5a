"""Files, lines, words and bytes: sizes instead of places."""
from common import lines_of, paths, where

# %% values
measure, asks_smallest, asks_all, heading = "bytes", False, False, "The largest:"

# %% sizes
measures = {'lines': lambda p: len(files[p].splitlines()), 'words': lambda p: len(files[p].split()), 'bytes': files.size}
sizes = {p: measures[measure](p) for p in paths}
total = sum(sizes.values())
kinds = collections.Counter(('.' + p.rsplit('.', 1)[1]) if '.' in p.rsplit('/', 1)[-1] else '(no ending)' for p in paths)
print(f'{len(paths)} of {len(files)} files{where}, {total} {measure}')
print(kinds.most_common(12))
if not paths:
    print('nothing found:', 'files of this kind')

# %% ranked
ranked = sorted(paths, key=lambda p: sizes[p] if asks_smallest else -sizes[p])

# %% largest
report = [f'**{ranked[0]}** with {sizes[ranked[0]]:,} {measure}, of {len(paths):,} files{where}.']

# %% files
report = [f'**{len(paths):,} {"file" if len(paths) == 1 else "files"}**{where}, of {len(files):,} in all.']

# %% total
report = [f'**{total:,} {measure}**{where}, in {len(paths):,} {"file" if len(paths) == 1 else "files"}.']

# %% report
if len(kinds) > 1:
    report += ['', 'By ending: ' + ', '.join(f'{kind} {n:,}' for kind, n in kinds.most_common(12)) + '.']
if len(paths) > 1:
    report += ['', heading]
shown = sorted(paths)[:100] if asks_all else ranked[:10]
report += [f'- {p}: {sizes[p]:,} {measure}' for p in shown]
if len(paths) > len(shown):
    report.append(f'- … and {len(paths) - len(shown):,} more')
for p in ranked[:5]:
    if files.size(p):
        start = lines_of(p)[1]
        cite(p, start)
