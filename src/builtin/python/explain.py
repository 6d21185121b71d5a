"""What something does: its definition, the comment before it, who uses it, what the text says of it."""
from common import best, lines_of, paths, said, stated
from units import class_factor, clean, is_doc, paragraph, in_prose
from where import defined, hits, name, uses

# %% values
subject, query = "Budget", "What does Budget do? Budget"

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
passages += [(hit.path, hit.start_line, hit.text) for hit in sorted(search(query, 24), key=lambda hit: -(hit.score or 0) * class_factor(hit.path))[:8] if hit.path in allowed]

# %% report
report = [*stated(said), ''] if said else []
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
        comment = [re.sub(r'^\s*(/\*\*?|\*/|\*|//[/!]?|#+|--)\s?|\s*\*/$', '', line) for line in above]
    elif hit.text.lstrip().startswith('#'):
        comment = [line for line in below if line.strip()][:12]
    comment = [clean(line) for line in itertools.takewhile(lambda line: not re.match(r'\s*(@|:param|:return)', line), [line for line in comment if line.strip()])][:14]
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
hits_of = re.compile(name, re.I)
bare = {(hit.path, hit.line, hit.text.strip()) for hit in hits}
told, seen = [], set()
for path, line, text in best:
    lines, offset = lines_of(path)
    if text in ' '.join(comment) or (path, line, text) in bare or not in_prose(path, lines, line - offset):
        continue
    start, end, whole = paragraph(path, line, 500)
    if (path, start) not in seen and len(whole) > 30 and whole[:50] not in ' '.join(comment):
        seen.add((path, start))
        told.append((not re.search(hits_of, whole), -class_factor(path), path, start, end, whole))
told = [entry for entry in told if not entry[0]] or told[:3]
if told:
    report += ['', 'What the text says about it:'] if report else ['What the text says about it, the best evidence first:', '']
    for _, _, path, start, end, whole in sorted(told, key=lambda entry: entry[:2])[:5]:
        cite(path, start, end)
        report.append(f'- {whole} ({path}:{start})')
callers = [hit for hit in uses if not is_doc(hit.path) and not re.match(r'\s*(import|from|export \{|//|\*|#)', hit.text)]
callers.sort(key=lambda hit: -class_factor(hit.path))
if defined and callers:
    report += ['', f'It is used on {len(callers):,} other {"line" if len(callers) == 1 else "lines"} of code, for example:']
    report += [f'- {hit.path}:{hit.line}: `{hit.text.strip()[:120]}`' for hit in callers[:5]]
if not report:
    report.append(f'`{subject}` is named on {len(hits):,} lines, but none of them explains it:')
    for hit in hits[:6]:
        cite(hit.path, hit.line)
        report.append(f'- {hit.path}:{hit.line}: `{hit.text.strip()[:120]}`')
