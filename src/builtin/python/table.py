"""Rows of CSV files, or of JSON: figures of the columns that the question names, rows that match its values."""

from common import lines_of

# %% values
named, words, subjects = ["data/sales.csv"], ["total", "cents"], ["bread"]
text_asked, what = "What is the total?", "total"

# %% read_csv
import csv
tables = [p for p in files.paths if p.lower().endswith(('.csv', '.tsv'))] or list(files.paths)[:1]
source = next((p for p in tables if any(n in p.lower() for n in named)), tables[0])
text = files[source]
offset = lines_of(source)[1]
try:
    dialect = csv.Sniffer().sniff(text[:8_000], delimiters=',;\t|')
except csv.Error:
    dialect = csv.excel
reader = csv.reader(text.splitlines(keepends=True), dialect)
columns = [name.strip() for name in next(reader, [])]
rows = []
before = reader.line_num
for cells in reader:
    if cells:
        rows.append(dict(zip(columns, cells)) | {'_line': before + offset})
    before = reader.line_num

# %% read_json
source = 'the JSON value'
def tables_in(value, path=''):
    """Every list of objects, with its path."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield path or '(the whole)', value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in itertools.islice(items, 500):
        if isinstance(item, (dict, list)):
            yield from tables_in(item, f'{path}.{key}' if path else str(key))
print(type(context).__name__, len(context) if hasattr(context, '__len__') else '', list(context)[:20] if isinstance(context, dict) else '')
found = sorted(tables_in(context), key=lambda entry: -len(entry[1]))
if found:
    source, rows = found[0][0], found[0][1]
elif isinstance(context, dict):
    source, rows = 'the entries of the object', [{'key': key, 'value': value} for key, value in context.items()]
else:
    rows = [{'value': item} for item in (context if isinstance(context, list) else [context])]
columns = list(dict.fromkeys(key for row in rows[:1_000] for key in row))

# %% look
print(f'{source}: {len(rows)} rows, columns: {columns[:30]}')
for row in rows[:3]:
    print({key: str(value)[:60] for key, value in list(row.items())[:12]})

# %% figures
def number(value):
    try:
        return float(str(value).replace(',', '').strip().lstrip('$€£').rstrip('%'))
    except ValueError:
        return None
def same(word, name):
    word, name = word.rstrip('s'), str(name).lower()
    return word == name.rstrip('s') or word in re.split(r'[^a-z0-9]+', name)
asked = [column for column in columns if any(same(word, column) for word in words)]
matching, conditions = rows, []
for column in columns:
    values = {str(row.get(column, '')).strip().lower() for row in rows}
    for value in sorted(values & {*words, *subjects, *(word.rstrip('s') for word in words)} - {column.lower()}, key=len, reverse=True):
        if len(values) <= max(50, len(rows) // 2) or value in subjects:
            narrowed = [row for row in matching if str(row.get(column, '')).strip().lower() == value]
            if narrowed:
                matching = narrowed
                conditions.append(f'{column} = {value}')
                break
numeric = {c: [number(row.get(c)) for row in matching if number(row.get(c)) is not None] for c in columns}
numeric = {c: values for c, values in numeric.items() if values and len(values) >= 0.8 * len(matching)}
report = [f'**{len(matching):,} rows**' + (f' where {" and ".join(conditions)}, of {len(rows):,}' if conditions else '') + f' in {source}; {len(columns)} columns: ' + ', '.join(f'`{c}`' for c in columns[:20]) + '.']
shown = [c for c in asked if c in numeric] or ([] if conditions else list(numeric)[:6])
for c in shown:
    v = numeric[c]
    report.append(f'- `{c}`: sum {sum(v):,.6g}, average {statistics.fmean(v):,.6g}, median {statistics.median(v):,.6g}, lowest {min(v):,.6g}, highest {max(v):,.6g}')
for c in [c for c in asked if c not in numeric] or ([] if asked or conditions else [c for c in columns if c not in numeric][:4]):
    tally = collections.Counter(str(row.get(c, '')) for row in matching)
    report.append(f'- `{c}`: {len(tally):,} different values; ' + ', '.join(f'{value[:40]!r} {n:,}' for value, n in tally.most_common(10)))
superlative = re.search(r'\b(highest|largest|most|maximum|max|top|lowest|smallest|least|minimum|min|best|worst)\b', text_asked, re.I)
down = not re.search(r'\b(lowest|smallest|least|minimum|min|worst)\b', text_asked, re.I)
groups = [c for c in asked if c not in numeric and len({str(row.get(c)) for row in matching}) < len(matching)]
if groups and shown and groups[0] not in [condition.split(' = ')[0] for condition in conditions]:
    sums = collections.defaultdict(list)
    for row in matching:
        if number(row.get(shown[0])) is not None:
            sums[str(row.get(groups[0]))].append(number(row.get(shown[0])))
    report += ['', f'`{shown[0]}` by `{groups[0]}`:'] + [f'- {key}: sum {sum(v):,.6g}, average {statistics.fmean(v):,.6g}, {len(v):,} rows' for key, v in sorted(sums.items(), key=lambda item: -sum(item[1]))[:15]]
def shown_row(row):
    cells = ', '.join(f'{k}={str(v)[:40]}' for k, v in list(row.items())[:8] if k != '_line')
    return f'- {cells}' + (f' ({source}:{row["_line"]})' if '_line' in row else '')
if shown and superlative:
    ordered = sorted((row for row in matching if number(row.get(shown[0])) is not None), key=lambda row: number(row[shown[0]]), reverse=down)
    report += ['', f'By `{shown[0]}`, {"highest" if down else "lowest"} first:', *map(shown_row, ordered[:5])]
elif conditions:
    report += ['', 'The first of them:', *map(shown_row, matching[:5])]
if groups and shown and superlative:
    average = bool(re.search(r'\b(average|mean)\b', text_asked, re.I))
    value = (lambda v: statistics.fmean(v)) if average else sum
    winner = (max if down else min)(sums, key=lambda key: value(sums[key]))
    report.insert(0, f'**{winner}** has the {"highest" if down else "lowest"} {"average" if average else "total"} `{shown[0]}`: {value(sums[winner]):,.6g}.\n')

# %% cite_table
cite(source, offset)
for row in (matching if conditions else rows)[:3]:
    cite(source, row['_line'])
report += ['', f'Evidence: {source}:{offset}' + (f', {source}:{matching[0]["_line"]}' if matching else '')]

# %% mentions
# For JSON: the paths at which keys or values hold the words of the question.
def walk(value, path='context'):
    if isinstance(value, dict):
        for key, item in value.items():
            yield f'{path}[{key!r}]', item, str(key)
            yield from walk(item, f'{path}[{key!r}]')
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield f'{path}[{index}]', item, ''
            yield from walk(item, f'{path}[{index}]')
wanted = [w for w in (subjects or words) if len(w) > 2]
places = [(path, item) for path, item, key in itertools.islice(walk(context), 200_000) if any(w in key.lower() or (not isinstance(item, (dict, list)) and w in str(item).lower()) for w in wanted)]
if places and not asked and not conditions:
    report = [] if wanted and not re.search(r'\b(rows?|records?|entries)\b', text_asked, re.I) else report + ['']
    report += [f'Places that name {what} ({len(places):,}):'] + [f'- {path} = {json.dumps(item, ensure_ascii=False, default=str)[:160]}' for path, item in places[:10]]
