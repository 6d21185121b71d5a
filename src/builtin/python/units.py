"""Words of a question, and the sections, definitions and paragraphs of a text that plans choose among and show."""
from common import lines_of, paths

# %% values
groups, names = ["deploy host", "production"], ["url_for"]   # the stem of each word of the question, then related ones
wants_docs, wants_code, wants_tests, wants_changes, wants_steps = True, False, False, False, True

# %% terms
def stem(word):
    stemmed = re.sub(r'(?:ies|ing|ed|es|s|e|y)$', '', word)
    return stemmed if len(stemmed) >= 4 else re.sub(r'(?<=\w{3})s$', '', word)
def name_parts(text):
    """The parts of the names in a text, as stems."""
    return {stem(part.lower()) for part in re.findall(r'[A-Z]+(?![a-z])\d*|[A-Z]?[^\W\d_A-Z]+\d*|\d+', text)}
def pattern_of(term):
    """Finds a stem at the beginning of a word, also of one inside a name in camelCase."""
    literal, ending = re.escape(term), '' if len(term) > 3 else '(?:s|ed|ing)?(?![a-z])'
    return re.compile(f'(?i:(?<![a-z]){literal}{ending})|(?<=[a-z]){re.escape(term[:1].upper() + term[1:])}')
class Term:
    """A word of the question with those that are related to it, and how telling it is."""
    def __init__(self, forms):
        self.forms, self.patterns = forms, [pattern_of(form) for form in forms]
        counts = [grep(re.escape(form), None, True, 1).total for form in forms]
        self.is_known = any(counts)
        self.weight = math.log(1 + total_lines / (1 + (counts[0] or max(counts))))
    def count(self, text):
        found = len(self.patterns[0].findall(text))
        return found or 0.7 * max((len(pattern.findall(text)) for pattern in self.patterns[1:]), default=0)
    def is_in(self, parts):
        """Whether one of its forms is among the parts of a name: `config` is one of `configuration`."""
        return any(part == form or min(len(part), len(form)) >= 4 and (part.startswith(form) or form.startswith(part)) for form in self.forms for part in parts)
total_lines = max(1, sum(files.size(p) for p in paths) // 40)
terms = [Term(forms.split()) for forms in groups]
weight_of_all = sum(term.weight for term in terms) or 1

# %% units
TEST = r'(^|[/_.-])(tests?|specs?|testdata|__tests__|runtime-tests)([/_.-]|$)|_test\.\w+$|Tests?\.(java|kt|cs)$'
ASIDE = r'(^|[/_.-])(examples?|fixtures?|bench\w*|perf[\w-]*|samples?|vendor|third_party|scripts?|build|node_modules)([/_.-]|$)'
def is_doc(path):
    return bool(re.search(r'\.(md|mdx|markdown|rst|txt|adoc)$|(^|/)readme[^/]*$', path, re.I))
def class_factor(path):
    """How likely a file of this kind holds the answer to a question of this kind."""
    factor = 1.0
    if re.search(r'(^|/)([^/]*[.-]lock|[^/]*-lock\.\w+|[^/]*\.(lock|snap|svg|min\.js|sum))$', path):
        factor *= 0.05
    if re.search(TEST, path) and not wants_tests:
        factor *= 0.3
    if re.search(ASIDE, path):
        factor *= 0.4
    if re.search(r'(^|/)(change\w*|history|news|releases?|migrat\w*|upgrad\w*)[^/]*\.\w+$', path, re.I):
        factor *= 1.5 if wants_changes else 0.35
    if re.search(r'(^|/)(licen[cs]e|copying|code_of_conduct|security)[^/]*$|(^|/)\.(github|devcontainer)/', path, re.I):
        factor *= 0.5
    if re.search(r'(^|/)\.', path):
        factor *= 0.6
    if is_doc(path):
        factor *= 1.5 if wants_docs else 0.6 if wants_code else 1.0
        if wants_steps and re.search(r'(^|/)(readme|contributing|install\w*|quickstart|getting.?started|usage|develop\w*)[^/]*$', path, re.I):
            factor *= 1.25
    elif re.search(r'\.(json|ya?ml|toml|ini|cfg|xml|html?|css|csv|properties)$', path, re.I):
        factor *= 0.6
    else:
        factor *= 0.8 if wants_docs and not wants_code else 1.1
    return factor
CONTAINERS = ('class', 'struct', 'impl', 'trait', 'interface', 'module', 'namespace', 'object', 'enum', 'mod', 'record', 'protocol')
Unit = collections.namedtuple('Unit', 'path first last title kind')
def headings_of(lines):
    """Headings that are underlined, as in reStructuredText: (index, title)."""
    return [(i - 1, lines[i - 1].strip()) for i in range(1, len(lines)) if re.match(r'([=\-~^*+#"\'`])\1{2,}\s*$', lines[i]) and 0 < len(lines[i - 1].strip()) <= len(lines[i].rstrip()) + 2 and not lines[i - 1].startswith((' ', '..'))]
known_units = {}
def units_of(path):
    """Sections of a document, or definitions of a file of code: each up to the next one."""
    if path in known_units:
        return known_units[path]
    lines, offset = lines_of(path)
    starts = []   # index, index after the end, title, kind
    items = outline(path)
    if items and items[0].kind != 'key':
        inside = -1
        for item in sorted(items, key=lambda item: item.line):
            at = item.line - offset
            if at < inside:
                continue
            if item.kind not in CONTAINERS and item.kind != 'heading':
                inside = (item.end_line or item.line) - offset + 1
            while item.kind != 'heading' and at > 0 and re.match(r'\s*(/\*|\*(?=\s|/|$)|//|#|@|--\s)', lines[at - 1]):
                at -= 1
            starts.append((at, item.name, item.kind, inside if inside > at else len(lines)))
    elif is_doc(path):
        starts = [(at, title, 'heading', len(lines)) for at, title in headings_of(lines)]
    if not starts:
        starts = [(at, '', 'lines', len(lines)) for at in range(0, len(lines), 40)]
    if starts[0][0] > 0:
        starts.insert(0, (0, '', 'opening', len(lines)))
    units = []
    for (at, title, kind, end), (following, *_) in itertools.zip_longest(starts, starts[1:], fillvalue=(len(lines),)):
        last = min(end, following) if kind not in ('lines', 'opening', 'heading') else following
        if last > at:
            units.append(Unit(path, at + offset, last + offset - 1, title, kind))
    known_units[path] = units
    return units
def text_of(unit, limit=8_000):
    lines, offset = lines_of(unit.path)
    return '\n'.join(lines[unit.first - offset:unit.last - offset + 1])[:limit]

# %% prose
MARK = r'^\s*(?:/\*\*?|\*/|\*(?!\*)|//[/!]?|#:|#+(?=\s|$)|--(?=\s)|<!--|>|:(?=\s)|"""|\'\'\')\s?'
def is_comment(line):
    return bool(re.match(r'\s*(//|/\*|\*(?=\s|/|$)|#(?!\[|include|define)|--\s)', line))
def clean(line):
    """A line without the marks of comments and markup."""
    line = re.sub(r'\s*(\*/|-->|"""|\'\'\')\s*$', '', re.sub(MARK, '', line))
    line = re.sub(r'^\.\. (?:warning|note|tip|caution|important|danger|admonition|versionadded|versionchanged|deprecated)::\s*', '', line)
    line = re.sub(r':[a-z:]+:`~?([^`<]+?)(?:\s*<[^>]*>)?`', r'`\1`', line).replace('``', '`')
    line = re.sub(r'`([^`<]+?)\s*<[^>`]*>`_', r'\1', line)
    return re.sub(r'!?\[([^\]]+)\]\([^)]*\)', r'\1', line).replace('**', '').strip()
def is_item(line, path):
    """Whether a line begins an item of a list, or the description of a parameter."""
    body = line if is_doc(path) else re.sub(MARK, '', line)
    return bool(re.match(r'\s*(?:[-+]|\*(?!\*)|\d+[.)]|#\.)\s+\S|\s*(?:@\w|:(?:param|returns?|raises?|r?type|ivar|cvar)\b)', body))
def starts_block(line):
    return not clean(line) or bool(re.match(r'\s*(```|~~~|\.\. |#{1,6} |[=\-~^*+]{3,}\s*$|\|)', line))
known_prose = {}
def prose_of(path):
    """For each line of a file whether it is text that people read: not code, not the code that a document shows."""
    if path in known_prose:
        return known_prose[path]
    lines, flags = lines_of(path)[0], []
    if is_doc(path):
        fenced_by, indent = '', None
        is_markdown, is_rst = bool(re.search(r'\.(md|mdx|markdown)$', path, re.I)), bool(re.search(r'\.(rst|txt)$', path, re.I))
        remark = r'\s*\.\. (?:warning|note|tip|caution|important|danger|admonition|versionadded|versionchanged|deprecated|seealso)'
        shows = r'::\s*$|^\s*\.\. (?:code-block|sourcecode|code|literalinclude|image|toctree|_)'
        titles = {index for at, _ in headings_of(lines) for index in (at, at + 1)} if not is_markdown else set()
        for at, line in enumerate(lines):
            mark = None if titles else re.match(r'\s*(```|~~~)', line)
            depth = len(line) - len(line.lstrip())
            if fenced_by or mark:
                flags.append(False)
                fenced_by = '' if fenced_by and mark else fenced_by or mark[1]
                continue
            if indent is not None and line.strip() and depth <= indent:
                indent = None
            goes_on = at > 0 and flags[at - 1] and bool(lines[at - 1].strip())
            is_block = is_markdown and line.startswith(('    ', '\t')) and not is_item(line, path) and not goes_on
            flags.append(at not in titles and not re.match('#{1,6} ', line) and indent is None and not is_block)
            if is_rst and indent is None and re.search(shows, line) and not re.match(remark, line):
                indent = depth
    else:
        quote, is_python = '', path.endswith(('.py', '.pyi'))
        for line in lines:
            mark = re.match(r'\s*[rR]?("""|\'\'\')', line) if is_python else None
            flags.append(bool(quote or mark or is_comment(line)))
            if is_python:
                for found in re.findall(r'"""|\'\'\'', line):
                    quote = '' if quote == found else quote or found
    known_prose[path] = flags
    return flags
def in_prose(path, lines, at):
    """Whether a line belongs to text that people read: a document, a comment or a docstring."""
    flags = prose_of(path)
    return at < len(flags) and flags[at]
def paragraph(path, line, limit=700):
    """The paragraph or list item at a line: (first line, last line, its text in one piece)."""
    lines, offset = lines_of(path)
    at = min(len(lines) - 1, line - offset)
    first = last = at
    same = is_comment(lines[at])
    def goes_on(index):
        return 0 <= index < len(lines) and not starts_block(lines[index]) and (is_doc(path) or is_comment(lines[index]) == same) and in_prose(path, lines, index)
    def is_wrapped(index):
        """Whether a line runs on in the next one. In plain texts each line may be a record: prose is broken where it is full."""
        if not re.search(r'\.txt$', path, re.I):
            return True
        near = [len(row.rstrip()) for row in lines[max(0, index - 6):index + 7]]
        return max(near) >= 50 and len(lines[index].rstrip()) + 1 + len(lines[index + 1].split(' ')[0]) > 0.85 * max(near)
    opens, closes = r'\s*(/\*|[rR]?"""|[rR]?\'\'\')', r'(\*/|\S.*("""|\'\'\'))\s*$'
    while not is_item(lines[first], path) and not re.match(opens, lines[first]) and goes_on(first - 1) and is_wrapped(first - 1) and at - first < 12:
        first -= 1
    while not re.search(closes, lines[last]) and goes_on(last + 1) and is_wrapped(last) and not is_item(lines[last + 1], path) and last - at < 12:
        last += 1
    text = ' '.join(filter(None, map(clean, lines[first:last + 1])))
    text = re.sub(r'^(?:[-*+]|\d+[.)]|#\.)\s+|\s*::?$(?<=::)', '', text)
    if len(text) > limit:
        text = text[:limit].rsplit('. ', 1)[0].rstrip('.') + '. …'
    return first + offset, last + offset, text
def excerpt(text, quoted, limit=450):
    """Whole sentences of a paragraph around the one that was quoted, where the paragraph is long."""
    sentences = re.split(r'(?<=[.!?])\s+(?=[`"“(A-Z0-9])', text)
    wanted = set(re.findall(r'\w{3,}', quoted.lower()))
    if len(text) <= limit or len(sentences) < 3 or not wanted:
        return text
    at = max(range(len(sentences)), key=lambda index: len(wanted & set(re.findall(r'\w{3,}', sentences[index].lower()))))
    first = max(0, at - 1)
    last = at
    while last + 1 < len(sentences) and sum(map(len, sentences[first:last + 2])) < limit:
        last += 1
    return ('… ' if first else '') + ' '.join(sentences[first:last + 1]) + (' …' if last + 1 < len(sentences) else '')
def steps_after(path, line, limit=14):
    """The block of code or the list that follows a paragraph: lines of code, or items of a list as text; and which of them."""
    lines, offset = lines_of(path)
    flags = prose_of(path)
    at = line - offset + 1
    while at < len(lines) and (not lines[at].strip() or re.match(r'\s*\.\. (?:code|source|tab)|\s*:\w+:', lines[at])) and at - (line - offset) < 6:
        at += 1
    if at >= len(lines):
        return [], False
    if re.match(r'\s*(```|~~~)', lines[at]):
        return [*itertools.takewhile(lambda text: not re.match(r'\s*(```|~~~)', text), lines[at + 1:at + 1 + limit])], False
    if is_item(lines[at], path) and flags[at]:
        items, index = [], at
        while index < len(lines) and len(items) < limit and (is_item(lines[index], path) or not lines[index].strip()):
            if lines[index].strip():
                _, last, text = paragraph(path, index + offset, 300)
                items.append(f'- {text}')
                index = max(index, last - offset)
            index += 1
        return items, True
    if lines[at][:1].isspace() and not flags[at]:
        return [*itertools.takewhile(lambda text: not text.strip() or text[:1].isspace(), lines[at:at + limit])], False
    return [], False
def parts_of(unit):
    """The sections below a section of a document."""
    lines, offset = lines_of(unit.path)
    level = re.match(r'#*', lines[unit.first - offset])[0]
    following = (other for other in units_of(unit.path) if other.first > unit.first)
    return list(itertools.takewhile(lambda other: re.match(r'#*', lines[other.first - offset])[0] > level, following)) if level else []
def fenced(lines):
    """Lines of code as a block, without their common indent."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return ['```', *(line[indent:][:160] for line in lines), '```'] if lines else []
def opening_of(unit, limit=500):
    """What a definition says of itself: the first paragraph of the comment before it or of its docstring; '' if it says nothing."""
    lines, offset = lines_of(unit.path)
    flags, is_python = prose_of(unit.path), unit.path.endswith(('.py', '.pyi'))
    is_signed = False
    for at in range(unit.first - offset, min(unit.last - offset + 1, unit.first - offset + 25)):
        line = lines[at].strip()
        if flags[at] and re.search(r'\w{3}', clean(line)) and not is_item(line, unit.path) and not re.match(r'[\s/*#!]*(?:eslint|ts-|type:|noqa|pylint|-\*-|usr/bin|copyright|SPDX|\[|prettier)', line, re.I):
            return paragraph(unit.path, at + offset, limit)[2]
        if line and not flags[at] and not line.startswith(('@', '#[', '#!')):
            if is_signed or not is_python and unit.kind != 'opening':
                return ''
            is_signed = is_python and unit.kind != 'opening' and line.endswith(':')
    return ''
def sentence_of(text, limit=170):
    """The first sentence of a text."""
    return re.split(r'(?<![ie]\.[ge])(?<=[.!?])\s+(?=[`A-Z])', text)[0][:limit].strip(' -=#')
def best_lines(unit, size=8):
    """The lines of a definition that fit the question best, below its first line: (first line, lines)."""
    lines, offset = lines_of(unit.path)
    flags = prose_of(unit.path)
    code = [at for at in range(unit.first - offset, min(len(lines), unit.last - offset + 1)) if not flags[at] and not lines[at].lstrip().startswith('@')]
    code = [at for at in code if lines[at].strip()] or [unit.first - offset]
    values = [0 if re.match(r'\s*(import|from|use|using|#include|package|export \{)\b', lines[at]) else sum(term.weight * bool(term.count(lines[at])) for term in terms) for at in code]
    start = max(range(max(1, len(code) - size + 1)), key=lambda at: (sum(values[at:at + size]), -at))
    shown = code[start:start + size]
    if not unit.title:   # between definitions only the lines themselves say something
        shown = [at for at, value in zip(shown, values[start:start + size]) if value] or shown
    text = []
    if start > 1 and unit.title:
        text = [lines[code[0]], ' ' * (len(lines[shown[0]]) - len(lines[shown[0]].lstrip())) + '…']
    for before, at in zip([shown[0] - 1, *shown], shown):
        if at - before > 1 and text and not text[-1].endswith('…') and any(not flags[between] and lines[between].strip() for between in range(before + 1, at)):
            text.append('…')
        text.append(lines[at])
    return shown[0] + offset, text
def share_of(text):
    """The share of the question that a text covers."""
    return sum(term.weight * bool(term.count(text)) for term in terms) / weight_of_all
def headed(unit):
    title = f', {"section “" + unit.title + "”" if unit.kind == "heading" else "`" + unit.title + "`"}' if unit.title else ''
    return f'**{unit.path}:{unit.first}**{title}' if title else f'**{unit.path}**'
