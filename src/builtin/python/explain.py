"""What something does: its definition, the comment before it, who uses it, what the text says of it."""
from common import best, lines_of, paths
from where import defined, hits, uses

# %% values
subject, query, named_files = "Budget", "What does Budget do? Budget", []

# %% passages
def body(hit):
    """First line, end and lines of a definition: the comment before it, then the indented body."""
    lines, offset = lines_of(hit.path)
    at = hit.line - offset
    start = at
    while start > 0 and re.match(r'\s*(/?\*|//|#|@|"""|--|\*/)', lines[start - 1]) and at - start < 30:
        start -= 1
    heading = re.match(r'(#+)\s', lines[at])
    if heading:
        ends = (i for i in range(at + 1, len(lines)) if re.match('#{1,' + str(len(heading[1])) + r'}\s', lines[i]))
        return hit.line, lines[at:min(next(ends, len(lines)), at + 60)]
    indent = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and end - at <= 80:
        line = lines[end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent and not re.match(r'\s*[)\]}>{]', line):
            break
        end += 1
        if re.match(r'\s*\}', line) and len(line) - len(line.lstrip()) == indent:
            break
    return start + offset, lines[start:end]
passages = []
for hit in defined[:3]:
    first, lines = body(hit)
    passages.append((hit.path, first, '\n'.join(lines)))
allowed = set(paths)
passages += [(hit.path, hit.start_line, hit.text) for hit in search(query, 8) if hit.path in allowed]

# %% report
report = []
comment = []
if defined:
    hit = defined[0]
    first, lines = body(hit)
    above = lines[:hit.line - first]
    shown = next((index for index, line in enumerate(lines[hit.line - first:]) if re.search(r'[{:]\s*$|=>|;\s*$', line)), 0)
    below = lines[hit.line - first + min(shown, 8) + 1:]
    docstring = re.match(r'\s*[rR]?("""|\'\'\')(.*?)\1', '\n'.join(below), re.S)
    if docstring:
        comment = docstring[2].strip().splitlines()[:14]
    elif above and not hit.text.startswith('#'):
        comment = [re.sub(r'^\s*(/\*\*?|\*/|\*|//[/!]?|#+|--|@\w.*)\s?|\s*\*/$', '', line) for line in above]
    elif hit.text.lstrip().startswith('#'):
        comment = [line for line in below if line.strip()][:12]
    comment = [line.strip() for line in comment if line.strip()][:14]
    is_heading = hit.text.startswith('#')
    report.append(f'There is a section on `{subject}` in **{hit.path}:{hit.line}**.' if is_heading else f'`{subject}` is defined in **{hit.path}:{hit.line}**:')
    if not is_heading:
        report += [''] + ['```', *(line[:200] for line in lines[hit.line - first:hit.line - first + min(shown, 8) + 1]), '```']
    cite(hit.path, first, first + len(lines) - 1)
    if comment:
        report += ['', ' '.join(comment)]
    calls = collections.Counter(re.findall(r'\b([A-Za-z_]\w+)\(', '\n'.join(below)))
    inner = [called for called, _ in calls.most_common() if called not in ('if', 'for', 'while', 'switch', 'catch', 'return', 'function', 'super', subject)]
    if inner and not is_heading:
        report += ['', f'Inside ({len(below):,} lines) it calls: ' + ', '.join(f'`{called}`' for called in inner[:10]) + '.']
bare = {(hit.path, hit.line, hit.text.strip()) for hit in hits}
said = [e for e in best if e[2] not in ' '.join(comment) and e not in bare]
if said:
    report += ['', 'What the text says about it:'] if report else ['What the text says about it, the best evidence first:', '']
    for path, line, text in said[:6]:
        cite(path, line)
        report.append(f'- {text[:400]} ({path}:{line})')
if named_files:
    report += ['', 'Files named after it:']
    for p in named_files:
        items = [item.name for item in outline(p) if item.depth == 0]
        report.append(f'- {p}:1' + (': ' + ', '.join(f'`{name}`' for name in items[:6]) if items else ''))
callers = [hit for hit in uses if not re.match(r'\s*(import|from|export \{|//|\*|#)', hit.text)]
if defined and callers:
    report += ['', f'It is used on {len(callers):,} other lines, for example:']
    report += [f'- {hit.path}:{hit.line}: `{hit.text.strip()[:120]}`' for hit in callers[:5]]
if not report:
    report.append(f'`{subject}` is named on {len(hits):,} lines, but none of them explains it:')
    for hit in hits[:6]:
        cite(hit.path, hit.line)
        report.append(f'- {hit.path}:{hit.line}: `{hit.text.strip()[:120]}`')
