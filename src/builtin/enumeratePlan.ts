import { engineNote, handIn, type Step } from './plan.ts';
import { FIND, LINES, literal, NOTHING_FOUND, scope, subjectPattern, subjectWords } from './python.ts';
import type { NameFilter, Question } from './question.ts';
import { ANY_FILE, type Topic, type TopicSearch } from './topics.ts';

/** Counts or lists: collect all, look at a sample, then report the total with places. */
export function enumeratePlan(question: Question): readonly Step[] {
	const { topic } = question;
	if (topic && isAboutFiles(topic.find)) return measurePlan(question, topic);
	const what = topic?.plural ?? `occurrences of ${subjectWords(question)}`;
	return [
		{
			words: `I collect the ${what} with code, which counts exactly, and look at a sample before I report.`,
			code: [scope(question), FIND, collect(question), shapes(question), filterNames(question), sample(what)]
				.filter(Boolean)
				.join('\n'),
		},
		{
			words: `The sample looks right. I ${question.kind === 'count' ? 'count by file' : 'group them'}, cite the places and hand in the result.`,
			code: question.kind === 'count' ? reportCount(question, what) : reportList(question, what),
		},
	];
}

function isAboutFiles(find: TopicSearch): boolean {
	return find.kind !== 'outline' && find.kind !== 'grep';
}

/** Python that fills `found` with (name, path, line, text). */
function collect({ topic, subjects }: Question): string {
	if (!topic) return collectOccurrences(subjects);
	if (topic.find.kind === 'outline') {
		return `kinds = ${literal(topic.find.kinds)}
endings = tuple(${literal(topic.find.endings)}.split())
found = []   # name, path, line, text
for path in paths:
    if path.lower().endswith(endings):
        found += [(item.name, path, item.line, item.kind) for item in outline(path) if item.kind in kinds]`;
	}
	return topic.find.kind === 'grep' ? collectMatches(topic.find.patterns) : '';
}

function collectMatches(patterns: Readonly<Record<string, string>>): string {
	const isForAll = Object.keys(patterns).join() === ANY_FILE;
	const body = (indent: string, chosen: string) =>
		[
			`for hit in find(pattern, ${chosen}):`,
			'    for match in re.finditer(pattern, hit.text):',
			'        name = next((group for group in match.groups() if group), match.group())',
			"        found.append((name.strip().rstrip('.,;:'), hit.path, hit.line, hit.text.strip()))",
		]
			.map((line) => indent + line)
			.join('\n');
	if (isForAll)
		return `pattern = ${literal(patterns[ANY_FILE] ?? '')}\nfound = []   # name, path, line, text\n${body('', 'paths')}`;
	return `patterns = ${literal(patterns)}
found = []   # name, path, line, text
for endings, pattern in patterns.items():
    chosen = [p for p in paths if p.lower().endswith(tuple(endings.split()))]
    if not chosen:
        continue
${body('    ', 'chosen')}`;
}

function collectOccurrences(subjects: readonly string[]): string {
	const { pattern, ignoreCase } = subjectPattern(subjects);
	return `pattern = ${literal(pattern)}
ignore_case = ${literal(ignoreCase)}
hits = find(pattern, paths, ignore_case)
if not hits and not ignore_case:
    ignore_case = True   # nothing in this spelling, so capitals do not matter
    hits = find(pattern, paths, ignore_case)
expression = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
found = []   # name, path, line, text
for hit in hits:
    for match in expression.finditer(hit.text):
        found.append((match.group(), hit.path, hit.line, hit.text.strip()))`;
}

/** Python that makes messages of logs that differ in figures only the same. */
function shapes({ topic }: Question): string {
	return topic?.isMessage ? "found = [(re.sub(r'\\d+', '#', name)[:140], *rest) for name, *rest in found]" : '';
}

function filterNames({ nameFilter, topic, subjects }: Question): string {
	if (!topic) return '';
	const lines = nameFilter ? [condition(nameFilter)] : [];
	if (subjects.length > 0) {
		lines.push(
			`wanted = ${literal(subjects.map((subject) => subject.toLowerCase()))}`,
			'narrowed = [f for f in found if any(w in f"{f[0]} {f[3]}".lower() for w in wanted)]',
			'if narrowed:\n    found, where = narrowed, where + f\' with {", ".join(wanted)}\'',
		);
	}
	return lines.join('\n');
}

function condition({ how, value }: NameFilter): string {
	const needle = literal(value.toLowerCase());
	const test = how === 'contains' ? `${needle} in f[0].lower()` : `f[0].lower().${how}(${needle})`;
	return `found = [f for f in found if ${test}]`;
}

function sample(what: string): string {
	return `holding = {f[1] for f in found}
print(f'{len(found)} ' + ${literal(what)} + f' in {len(holding)} of {len(paths)} files{where}')
for name, path, line, text in found[:8]:
    print(f'{path}:{line}: {name} | {text[:120]}')
if not found:
    print(${literal(NOTHING_FOUND)}, ${literal(what)})`;
}

/** "2 functions", with the singular where it is one. */
function totals(question: Question): string {
	const { topic, subjects } = question;
	const [one, many] = topic
		? [topic.singular, topic.plural]
		: [`occurrence of \`${subjects.join('`, `')}\``, `occurrences of \`${subjects.join('`, `')}\``];
	return `what = ${literal(one)} if len(found) == 1 else ${literal(many)}
by_file = collections.Counter(f[1] for f in found)
lines = len({(f[1], f[2]) for f in found})
among = f', in {len(by_file):,} of {len(paths):,} files' if len(paths) > 1 else ''
head = ${
		isFileList(question)
			? "f'**{len(by_file):,} of {len(paths):,} files**{where}, with {len(found):,} {what}.'"
			: "f'**{len(found):,} {what}**{where}{among}.'"
	}`;
}

function reportCount(question: Question, what: string): string {
	const line = question.topic?.find.kind === 'outline' ? 'name' : 'text';
	return `${totals(question)}
report = [head]
if lines != len(found):
    report.append(f'They stand on {lines:,} lines.')
tally = collections.Counter(f[${line === 'name' ? 3 : 0}] for f in found)
if 1 < len(tally) <= 6 and len(tally) < len(found):
    report.append('By kind: ' + ', '.join(f'{kind} {n:,}' for kind, n in tally.most_common()) + '.')
if len(by_file) > 1:
    report += ['', 'Files with the most:'] + [f'- {path}: {n:,}' for path, n in by_file.most_common(10)]
    if len(by_file) > 10:
        report.append(f'- … and {len(by_file) - 10:,} more files')
report += ['', 'The first of them:']
for name, path, line, text in found[:5]:
    cite(path, line)
    report.append(f'- {path}:{line}: \`{${line}[:140]}\`')
${handIn(engineNote(`the ${what} were counted by code, by patterns of lines.`))}`;
}

function reportList(question: Question, what: string): string {
	return `${totals(question)}
groups = {}   # what is listed -> its places
for f in found:
    groups.setdefault(${groupKey(question)}, []).append(f)
repeats = len(groups) < len(found)
report = [head]
if repeats and len(groups) > 1:
    report.append(f'{len(groups):,} different ${isFileList(question) ? 'files' : 'ones'}; the most frequent first:')
entries = sorted(groups.items(), key=lambda entry: -len(entry[1])) if repeats else list(groups.items())
report.append('')
for key, places in entries[:80]:
    name, path, line, text = places[0]
    more = f' and {len(places) - 1:,} more' if len(places) > 1 else ''
    report.append(${question.topic && !question.topic.isText ? "f'- `{name[:120]}`: {path}:{line}{more}'" : "f'- {path}:{line}{more}: `{text[:140]}`'"})
    if len(report) < 30:
        cite(path, line)
if len(entries) > 80:
    report += ['', f'… and {len(entries) - 80:,} more. Where most of them are:']
    report += [f'- {path}: {n:,}' for path, n in by_file.most_common(10)]
${handIn(engineNote(`the ${what} were collected by code, by patterns of lines.`))}`;
}

function isFileList({ unit, topic }: Question): boolean {
	return unit === 'files' && !topic;
}

/** What makes two finds the same entry of a list: the file, the place, or the name. */
function groupKey(question: Question): string {
	if (isFileList(question)) return 'f[1]';
	return question.topic && !question.topic.isText ? 'f[0]' : 'f[1:3]';
}

const MEASURES = { lines: 'len(files[p].splitlines())', words: 'len(files[p].split())', bytes: 'files.size(p)' };

/** Files, lines, words and bytes: sizes instead of places. */
function measurePlan(question: Question, topic: Topic): readonly Step[] {
	const isSmallest = /\b(?:smallest|shortest)\b/i.test(question.text);
	const byLines =
		topic.find.kind === 'lines' ||
		(topic.find.kind === 'files' && /\blongest|most lines|shortest\b/i.test(question.text));
	const measure = byLines ? 'lines' : topic.find.kind === 'words' ? 'words' : 'bytes';
	return [
		{
			words: 'I measure the files with code and look at the figures.',
			code: `${scope(question)}
${LINES}
sizes = {p: ${MEASURES[measure]} for p in paths}
total = sum(sizes.values())
kinds = collections.Counter(('.' + p.rsplit('.', 1)[1]) if '.' in p.rsplit('/', 1)[-1] else '(no ending)' for p in paths)
print(f'{len(paths)} of {len(files)} files{where}, {total} ${measure}')
print(kinds.most_common(12))
if not paths:
    print(${literal(NOTHING_FOUND)}, 'files of this kind')`,
		},
		{
			words: 'I check the sum against the parts and hand in the figures.',
			code: `ranked = sorted(paths, key=lambda p: ${isSmallest ? '' : '-'}sizes[p])
${measuredHead(question, topic, measure)}
if len(kinds) > 1:
    report += ['', 'By ending: ' + ', '.join(f'{kind} {n:,}' for kind, n in kinds.most_common(12)) + '.']
if len(paths) > 1:
    report += ['', ${literal(question.kind === 'list' ? 'The files:' : isSmallest ? 'The smallest:' : 'The largest:')}]
shown = ${question.kind === 'list' ? 'sorted(paths)[:100]' : 'ranked[:10]'}
report += [f'- {p}: {sizes[p]:,} ${measure}' for p in shown]
if len(paths) > len(shown):
    report.append(f'- … and {len(paths) - len(shown):,} more')
for p in ranked[:5]:
    if files.size(p):
        start = lines_of(p)[1]
        cite(p, start)
${handIn(engineNote('the figures were counted by code.'))}`,
		},
	];
}

function measuredHead(question: Question, topic: Topic, measure: string): string {
	if (question.kind === 'largest') {
		return `report = [f'**{ranked[0]}** with {sizes[ranked[0]]:,} ${measure}, of {len(paths):,} files{where}.']`;
	}
	if (topic.find.kind === 'files') {
		return 'report = [f\'**{len(paths):,} {"file" if len(paths) == 1 else "files"}**{where}, of {len(files):,} in all.\']';
	}
	return `report = [f'**{total:,} ${measure}**{where}, in {len(paths):,} {"file" if len(paths) == 1 else "files"}.']`;
}
