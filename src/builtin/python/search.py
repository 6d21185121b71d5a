"""Anything else: rank passages by their words, have sub-calls read them, rank what they quote."""
from common import best, paths, where

# %% values
query, what, terms = "Why is it slow?", "slow", ["slow"]

# %% find
hits = [hit for hit in search(query, 24) if hit.path in set(paths)][:12]
print(f'{len(hits)} passages in {len({hit.path for hit in hits})} of {len(paths)} files{where}')
for hit in hits[:8]:
    print(f'{hit.path}:{hit.start_line}: {hit.text.strip().splitlines()[0][:120]}')

# %% passages
passages = [(hit.path, hit.start_line, hit.text) for hit in hits]
if not passages and sum(files.size(p) for p in paths) < 60_000:
    passages = [(piece.path, piece.start_line, str(piece)) for piece in chunks(paths, size=8_000)]

# %% report
report = []
if best:
    told = max(sum(term in e[2].lower() for term in terms) for e in best[:3])
    is_direct = 2 * told >= len(terms)
    report += ['What the text says to this, the best evidence first:' if is_direct else 'No sentence answers this directly. The nearest ones:', '']
    for path, line, text in best[:6]:
        cite(path, line)
        report.append(f'- {text[:400]} ({path}:{line})')
    report += ['', f'Read: {len(passages)} passages of {len({p for p, _, _ in passages})} files out of {len(files):,}{where}.']
else:
    report.append(f'Nothing in the text answers this. It was searched for: {what}' + f'; {len(paths):,} files{where}, {len(passages)} passages read.')
    for hit in hits[:3]:
        cite(hit.path, hit.start_line)
    if hits:
        report += ['', 'Passages that share words with the question:'] + [f'- {hit.path}:{hit.start_line}' for hit in hits[:3]]
