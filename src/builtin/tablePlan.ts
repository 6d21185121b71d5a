import { engineNote, handIn, type Step } from './plan.ts';
import { python, subjectWords } from './python.ts';
import type { Question } from './question.ts';
import { isStopWord } from './words.ts';

/** Words that ask for figures from rows and columns. */
const TABLE_WORDS =
	/\b(?:rows?|records?|columns?|entries|average|mean|median|sum of|total of|highest|lowest|maximum|minimum|per|group(?:ed)? by|csv|tsv)\b/i;

/** Whether a question over files asks for figures from a table. */
export function asksForTable(question: Question): boolean {
	return TABLE_WORDS.test(question.english) || question.paths.some((path) => /\.(?:csv|tsv)$/i.test(path));
}

/** Rows of CSV or JSON files: figures of the columns that the question names, rows that match its values. */
export function tablePlan(question: Question, isJson: boolean): readonly Step[] {
	const { text, paths, subjects } = question;
	const words = (text.match(/[\p{L}\p{N}_.-]+/gu) ?? []).filter((word) => !isStopWord(word));
	const values = {
		words: words.map((word) => word.toLowerCase()),
		subjects: subjects.map((subject) => subject.toLowerCase()),
		text_asked: text,
	};
	return [
		{
			words: isJson
				? 'I look at the value: its type, its keys, its size.'
				: 'I read the table and look at its columns.',
			code: isJson
				? python({}, 'table.read_json', 'table.look')
				: python({ named: paths.map((path) => path.toLowerCase()) }, 'common.lines', 'table.read_csv', 'table.look'),
		},
		{
			words: 'I match the words of the question with columns and values, compute the figures and hand them in.',
			code: [
				python(values, 'table.figures'),
				isJson ? python({ what: subjectWords(question) }, 'table.mentions') : python({}, 'table.cite_table'),
				handIn(engineNote('the figures were computed by code.')),
			].join('\n'),
		},
	];
}
