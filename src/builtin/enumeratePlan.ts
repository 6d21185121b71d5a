import { engineNote, handIn, type Step } from './plan.ts';
import { python, scope, subjectPattern, subjectWords } from './python.ts';
import { INSIDE, type Question } from './question.ts';
import type { Topic, TopicSearch } from './topics.ts';

/** Counts or lists: collects everything, looks at a sample, then reports the total with places. */
export function enumeratePlan(question: Question): readonly Step[] {
	const { topic } = question;
	if (topic && isAboutFiles(topic.find)) return measurePlan(question, topic);
	const what = topic?.plural ?? `occurrences of ${subjectWords(question)}`;
	const isCount = question.kind === 'count';
	return [
		{
			words: `I collect the ${what} with code, which counts exactly, and look at a sample before I report.`,
			code: [
				scope(question),
				python({}, 'common.find'),
				collect(question),
				...(topic?.isMessage ? [python({}, 'enumerate.shapes')] : []),
				...filterNames(question),
				python({ what }, 'enumerate.sample'),
			].join('\n'),
		},
		{
			words: `The sample looks right. I ${isCount ? 'count by file' : 'group them'}, cite the places and hand in the result.`,
			code: isCount ? reportCount(question, what) : reportList(question, what),
		},
	];
}

function isAboutFiles(find: TopicSearch): boolean {
	return find.kind !== 'outline' && find.kind !== 'grep';
}

/** Python that fills `found` with (name, path, line, text). */
function collect({ topic, subjects, nameFilter, english }: Question): string {
	if (topic?.find.kind === 'outline' && subjects.length > 0 && !nameFilter && INSIDE.test(english)) {
		const { pattern, ignoreCase } = subjectPattern(subjects);
		const wanted = { pattern, ignore_case: ignoreCase, kinds: topic.find.kinds, with_what: subjects.join(', ') };
		return python(wanted, 'enumerate.holding');
	}
	if (topic?.find.kind === 'outline') {
		return python({ kinds: topic.find.kinds, endings: topic.find.endings }, 'enumerate.outline');
	}
	if (topic?.find.kind === 'grep') return python({ patterns: topic.find.patterns }, 'enumerate.matches');
	const { pattern, ignoreCase } = subjectPattern(subjects);
	return python({ pattern, ignore_case: ignoreCase }, 'enumerate.occurrences');
}

/** Python that keeps only what the question narrows it down to. */
function filterNames({ nameFilter, topic, subjects, english }: Question): string[] {
	if (!topic || (topic.find.kind === 'outline' && INSIDE.test(english) && !nameFilter)) return [];
	const named = nameFilter
		? [python({ how: nameFilter.how, needle: nameFilter.value.toLowerCase() }, 'enumerate.named')]
		: [];
	const wanted = subjects.map((subject) => subject.toLowerCase());
	return wanted.length === 0 ? named : [...named, python({ wanted }, 'enumerate.narrowed')];
}

/** The words for what was found, in the singular if there is one. */
function totals(question: Question) {
	const { topic, subjects } = question;
	const names = `\`${subjects.join('`, `')}\``;
	return {
		one: topic?.singular ?? `occurrence of ${names}`,
		many: topic?.plural ?? `occurrences of ${names}`,
		is_file_list: isFileList(question),
	};
}

function reportCount(question: Question, what: string): string {
	const isOutline = question.topic?.find.kind === 'outline';
	return [
		python({ ...totals(question), is_outline: isOutline }, 'enumerate.totals', 'enumerate.count'),
		handIn(engineNote(`the ${what} were counted by code, by patterns of lines.`)),
	].join('\n');
}

function reportList(question: Question, what: string): string {
	const group = groupOf(question);
	return [
		python({ ...totals(question), group, is_named: isNamed(question) }, 'enumerate.totals', 'enumerate.list'),
		handIn(engineNote(`the ${what} were collected by code, by patterns of lines.`)),
	].join('\n');
}

function isFileList({ unit, topic }: Question): boolean {
	return unit === 'files' && !topic;
}

/** Whether the name of a listed item says everything about it. */
function isNamed({ topic }: Question): boolean {
	return topic !== undefined && !topic.isText;
}

/** What makes two finds the same entry of a list. */
function groupOf(question: Question): 'file' | 'name' | 'place' {
	if (isFileList(question)) return 'file';
	return isNamed(question) ? 'name' : 'place';
}

/** Files, lines, words and bytes: sizes instead of places. */
function measurePlan(question: Question, topic: Topic): readonly Step[] {
	const isSmallest = /\b(?:smallest|shortest)\b/i.test(question.english);
	const isAll = question.kind === 'list';
	const heading = isAll ? 'The files:' : isSmallest ? 'The smallest:' : 'The largest:';
	return [
		{
			words: 'I measure the files with code and look at the figures.',
			code: [scope(question), python({ measure: measureOf(question, topic) }, 'common.lines', 'measure.sizes')].join(
				'\n',
			),
		},
		{
			words: 'I check the sum against the parts and hand in the figures.',
			code: [
				python({ asks_smallest: isSmallest, asks_all: isAll, heading }, 'measure.ranked'),
				python({}, headOf(question, topic), 'measure.report'),
				handIn(engineNote('the figures were counted by code.')),
			].join('\n'),
		},
	];
}

function measureOf({ english }: Question, { find }: Topic): 'lines' | 'words' | 'bytes' {
	if (find.kind === 'lines' || find.kind === 'words') return find.kind;
	return find.kind === 'files' && /\blongest|most lines|shortest\b/i.test(english) ? 'lines' : 'bytes';
}

function headOf({ kind }: Question, { find }: Topic): string {
	if (kind === 'largest') return 'measure.largest';
	return find.kind === 'files' ? 'measure.files' : 'measure.total';
}
