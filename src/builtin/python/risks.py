"""What could go wrong: places that the authors mark themselves, and forms of code that often hide trouble."""
from common import paths, where
from units import ASIDE, TEST, in_prose, is_doc, lines_of, paragraph

# %% values
asked_kinds = ["prose"]

# %% find
KINDS = {
    'Errors that are caught broadly or swallowed': r'except\s*:\s*(?:pass|$)|except (?:Base)?Exception(?: as \w+)?\s*:\s*(?:pass|$)|catch\s*(?:\([^)]*\))?\s*\{\s*\}|catch\s*\{|\.catch\(\(\)\s*=>|rescue\s*(?:=>|$)'
        r'|contextlib\.suppress\(|,\s*_\s*:?=\s*\w+[\w.]*\(.*\)\s*$',
    'Places that end the program or the task': r'\.unwrap\(\)|\.expect\(|\bpanic!?\(|\bunreachable!?\(|\bunimplemented!?\(|\btodo!\(|\bos\.Exit\(|\bsys\.exit\(|\bprocess\.exit\(|\blog\.Fatal|\babort\(\)|System\.exit\(',
    'Errors that are raised on purpose': r'^\s*(?:raise\s+\w|throw\s+\S|return\s+(?:Err\(|errors\.New\(|fmt\.Errorf\())',
    'Code or commands made from text': r'\beval\(|\bexec\(|\bshell\s*=\s*True|child_process|\binnerHTML\b|dangerouslySetInnerHTML|\bpickle\.loads?\(|yaml\.load\((?!.*Safe)|new Function\(|Runtime\.getRuntime\(\)\.exec',
    'Checks of the compiler that are switched off': r'@ts-ignore|@ts-expect-error|\bas any\b|eslint-disable|# type: ignore|# noqa|#\[allow\(|\bunsafe\s*\{|@SuppressWarnings|//nolint',
    'Threads, locks and waiting': r'\b(?:Mutex|RwLock|RLock|Lock)\b.*[(:<]|\block\(\)|\bsynchronized\b|go func\(|\bspawn\(|setTimeout\(|\bThread\(|create_task\(',
}
MARKED = r'\b(?:TODO|FIXME|XXX|HACK|BUG)\b'
WARNED = (
    r'(?i)\b(?:warning|caution|danger(?:ous)?|beware|careful|insecure|vulnerab\w+|not (?:thread[- ]?)?safe|race condition|deadlock|memory leak|data loss|untrusted|must not|do not|don.t'
    r'|never|breaks?|fails? (?:if|when)|may (?:fail|block|panic|raise|lose)|can (?:fail|block|panic|deadlock)|limitation|known issue|not supported|deprecated)\b'
)
def weight_of(path):
    is_aside = re.search(ASIDE, path) or re.search(r'(^|/)\.|licen[cs]e|code_of_conduct|change|history|news|\.lock$|-lock\.', path, re.I)
    return (2 * bool(re.search(TEST, path)) + 2 * bool(is_aside), is_doc(path) and any(not is_doc(p) for p in paths), path.count('/'))
allowed = {p for p in paths if len(paths) == 1 or weight_of(p)[0] == 0} or set(paths)
found = {}   # kind -> places
for kind, pattern in {'Notes of the authors': MARKED, **KINDS}.items():
    hits = [hit for hit in grep(pattern, None, False, 20_000) if hit.path in allowed and not is_doc(hit.path) and len(hit.text) < 400]
    hits = [hit for hit in hits if kind.startswith('Notes') or not re.match(r'\s*(import|use|from)\b', hit.text) and not in_prose(hit.path, lines_of(hit.path)[0], hit.line - lines_of(hit.path)[1])]
    if hits:
        found[kind] = hits
warned, seen = [], set()
for hit in grep(WARNED, None, False, 20_000):
    lines, offset = lines_of(hit.path)
    if hit.path in allowed and len(hit.text) < 400 and in_prose(hit.path, lines, hit.line - offset):
        first, last, text = paragraph(hit.path, hit.line, 330)
        strong = len(re.findall(r'(?i)^\W*(?:warning|caution|danger)|insecure|vulnerab|deadlock|race condition|leak|panic|careful|untrusted|security|must not|\bnever\b|not (?:thread[- ]?)?safe|unsafe|data loss', text))
        if (hit.path, first) not in seen and len(text) > 40 and not any(text[:60] in other[5] for other in warned[-3:]) and not re.match(r':(?:param|type|return)', text):
            seen.add((hit.path, first))
            warned.append((2 * is_doc(hit.path) - strong, weight_of(hit.path), hit.path, first, last, text))
warned.sort()
if sum(entry[0] < 2 * is_doc(entry[2]) for entry in warned) > 2:
    warned = [entry for entry in warned if entry[0] < 2 * is_doc(entry[2])]   # the others only say what is not done
print(f'{sum(map(len, found.values()))} lines of {len(found)} kinds, {len(warned)} warnings in comments and documents, in {len(allowed)} of {len(files)} files{where}')
if not found and not warned:
    print('nothing found:', 'signs of trouble')

# %% report
total = collections.Counter(hit.path for hits in found.values() for hit in hits)
report = [f'Places worth a look{where}: what the authors warn of, and forms of code that often hide trouble. Whether they are wrong was not judged.']
if warned:
    report += ['', '**What the authors warn of:**']
    per_file = collections.Counter()
    for _, _, path, first, last, text in warned:
        per_file[path] += 1
        if per_file[path] <= (3 if len(allowed) > 1 else 8) and len(report) < 11:
            report.append(f'- {text} ({path}:{first})')
            cite(path, first, last)
for kind, hits in sorted(found.items(), key=lambda entry: (not entry[0].startswith('Notes'), list(KINDS).index(entry[0]) if entry[0] in KINDS else -1)):
    by_file = collections.Counter(hit.path for hit in hits)
    report += ['', f'**{kind}**: {len(hits):,} {"line" if len(hits) == 1 else "lines"} in {len(by_file):,} {"file" if len(by_file) == 1 else "files"}']
    shown_of = collections.Counter()
    for hit in sorted(hits, key=lambda hit: (weight_of(hit.path), -by_file[hit.path], hit.path, hit.line)):
        shown_of[hit.path] += 1
        if shown_of[hit.path] <= (2 if len(by_file) > 2 else 4) and sum(shown_of.values()) <= 12 and sum(1 for line in report if line.startswith('- ')) < 40 and shown_of['(shown)'] < 4:
            shown_of['(shown)'] += 1
            report.append(f'- {hit.path}:{hit.line}: `{hit.text.strip()[:140]}`')
            cite(hit.path, hit.line)
if len(total) > 3:
    report += ['', 'Most of these lines are in: ' + ', '.join(f'{path} ({n:,})' for path, n in total.most_common(5)) + '.']
