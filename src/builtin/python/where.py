"""Where something is defined and used: definition patterns over languages, then the uses by file."""
from common import find, lines_of, paths, where

# %% values
name, ignore_case, what, subject = r"Budget", False, "Budget", "Budget"
owners, owner_pattern = ["budget"], r"def[ \t]+left"
asked_verb, asked_looks, most = "called", r"(?:NAME)\(", 25

# %% locate
# Forms of lines that define a name, the surest first. NAME stands for the pattern of the subject.
DEFINITIONS = [
    r'''^\s*(?:(?:export|default|declare|public|private|protected|internal|static|abstract|final|async|unsafe|pub(?:\([^)]*\))?)\s+)*(?:function\s*\*?|class|interface|enum|struct|union|trait|def|fn|func|fun|module|namespace|record|object|macro_rules!|typedef|#\s*define|type|protocol)\s+(?:\([^)]*\)\s*)?\w*?(?:NAME)\b(?![.'])''',
    r'''^\s*(?:(?:export|declare|public|private|protected|static|final|readonly|pub)\s+)*(?:const|let|var|val)\s+(?:mut\s+)?(?:NAME)''',
    r'''^\s*(?:(?:public|private|protected|static|readonly|async|override|abstract|get|set)\s+)*[*#]?(?:NAME)\s*(?:<[^>]*>)?\([^;]*(?:\{|=>)\s*$''',
    r'''^(?:[\w:*&<>,]+\s+)+[*&]*(?:NAME)\s*\([^;=]*$''',
    r'''^#{1,6}\s+.*(?:NAME)''',
    r'''^\s*(?:(?:public|private|protected|static|readonly)\s+)*["']?(?:NAME)["']?\s*\??\s*:\s*\S''',
    r'''^\s*(?:self\.|this\.|[\w.]+\.)?(?:NAME)\s*(?::[^=]+)?=(?![=>])''',
    r'''^\s*["'\x60]?(?:-\w,? *)?(?:NAME)["'\x60]?\s*(?:[,:=]|\s{2,})''',
]
hits = find(name, paths, ignore_case, 20_000)
flags = re.IGNORECASE if ignore_case or not hits else 0
hits = hits or find(name, paths, True, 20_000)
hits = [hit for hit in hits if len(hit.text) < 400] or hits   # longer lines are data or minified code
forms = [re.compile(form.replace('NAME', name), flags) for form in DEFINITIONS]
def rank(hit):
    form = next((index for index, form in enumerate(forms) if form.search(hit.text[:500])), 99)
    is_test = bool(re.search(r'(^|[/_.-])(tests?|spec|examples?|fixtures?|dist|min)([/_.-]|$)', hit.path))
    is_comment = bool(re.match(r'\s*(//|\*|#(?!#*\s|\s*define)|--|<!--)', hit.text)) and form < 99
    is_local = form == 1 and hit.text[:1].isspace()
    return form if form == 99 else form + 3 * is_test + 4 * is_comment + 5 * is_local
defined = sorted((hit for hit in hits if rank(hit) < 99), key=lambda hit: (rank(hit), not hit.path.startswith('src/'), len(hit.path)))

# %% owners
# Of a dotted name the last part is what a definition holds; the parts before it name the file or the class.
owned = find(owner_pattern, paths)
owned.sort(key=lambda hit: (-sum(owner in hit.path.lower() for owner in owners), hit.text[:1].isspace(), len(hit.path)))
if owned and (not defined or rank(defined[0]) > 3):
    nearest = [hit for hit in owned if any(owner in hit.path.lower() for owner in owners)]
    defined = (nearest or owned)[:3]

# %% places
places = {(hit.path, hit.line) for hit in defined if rank(hit) <= rank(defined[0]) + 1}
uses = [hit for hit in hits if (hit.path, hit.line) not in places]
defined = [hit for hit in defined if (hit.path, hit.line) in places]
print(f'{len(hits)} lines name it, {len(defined)} of them look like its definition')
for hit in (defined + uses)[:8]:
    print(f'{hit.path}:{hit.line}: {hit.text.strip()[:140]}')
if not hits and not defined:
    print('nothing found:', what)

# %% report
def around(hit, after):
    lines, first = lines_of(hit.path)
    return '\n'.join(itertools.takewhile(str.strip, lines[hit.line - first:hit.line - first + after + 1]))
report = []
if defined:
    first = defined[0]
    report += [f'`{subject}` is defined in **{first.path}:{first.line}**{where}:', '', '```', around(first, 5)[:600], '```']
    if len(defined) > 1:
        report += ['', f'Other lines that may define it ({len(defined) - 1:,}):']
        report += [f'- {hit.path}:{hit.line}: `{hit.text.strip()[:120]}`' for hit in defined[1:8]]
else:
    report.append(f'No line{where} looks like a definition of `{subject}`.')
verb = 'used'

# %% asked_uses
looks = re.compile(asked_looks.replace('NAME', name), flags)
exact = [hit for hit in uses if looks.search(hit.text)]
verb, uses = (asked_verb, exact) if exact else ('used', uses)

# %% uses
by_file = {}
for hit in uses:
    by_file.setdefault(hit.path, []).append(hit)
ranked = sorted(by_file.items(), key=lambda item: -len(item[1]))
listing = [f'- {path}:{found[0].line}' + (f' and {len(found) - 1:,} more' if len(found) > 1 else '') + f': `{found[0].text.strip()[:120]}`' for path, found in ranked]
if uses:
    report += ['', f'It is {verb} on {len(uses):,} {"more " if defined and verb == "used" else ""}{"line" if len(uses) == 1 else "lines"} of {len(by_file):,} {"file" if len(by_file) == 1 else "files"}:'] + listing[:most]
    if len(listing) > most:
        report.append(f'- … and {len(listing) - most:,} more files')
elif defined:
    report += ['', 'It is named nowhere else.']
for hit in defined[:5] + [found[0] for _, found in ranked[:8]]:
    cite(hit.path, hit.line)
    print(f'{hit.path}:{hit.line}: {hit.text.strip()[:120]}')
