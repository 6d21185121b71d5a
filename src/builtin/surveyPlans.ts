import { units } from './askPlan.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { python } from './python.ts';
import { membersOf, type Question, type QuestionKind } from './question.ts';

/** A plan of two steps: cells that look, cells that report. */
interface Survey {
	readonly look: string;
	readonly find: readonly string[];
	readonly report: readonly string[];
	readonly note: string;
	readonly values?: (question: Question) => Readonly<Record<string, string>>;
}

const BY_FORM = 'places were found by patterns of lines, not by a compiler.';

const SURVEYS: Partial<Record<QuestionKind, Survey>> = {
	risks: {
		look: 'I look for what the authors warn of, and for forms of code that often hide trouble.',
		find: ['risks.find'],
		report: ['risks.report'],
		note: BY_FORM,
	},
	changes: {
		look: 'I look for a list of changes and its versions.',
		find: ['changes.find'],
		report: ['changes.report'],
		note: 'the entries are quoted from the list of changes.',
		values: ({ english }) => ({ version: /(?<![\w.])v?(\d+(?:\.\d+)+|(?<=version |v)\d+)/i.exec(english)?.[1] ?? '' }),
	},
	handling: {
		look: 'I look for definitions about errors, for the lines that catch them, and for what the documents say.',
		find: ['survey.handling'],
		report: ['survey.report_handling'],
		note: BY_FORM,
	},
	start: {
		look: 'I look for entry points: by the manifest, by the names of files, by what others import.',
		find: ['survey.opening', 'survey.manifest', 'survey.start'],
		report: ['survey.report_start'],
		note: 'entry points were told by names and imports.',
	},
	api: {
		look: 'I look for the file that offers the names of the package.',
		find: ['survey.api'],
		report: ['survey.report_api'],
		note: BY_FORM,
	},
	files: {
		look: 'I rank the files by what their names and lines have to do with the question.',
		find: ['survey.opening', 'survey.files'],
		report: ['survey.report_files'],
		note: 'files were ranked by the words that they share with the question.',
	},
	manifest: {
		look: 'I read what the manifests say.',
		find: ['survey.manifest'],
		report: ['survey.report_manifest'],
		note: 'the lines are quoted from the manifests.',
		values: ({ english }) => ({
			manifest_words: /licen[cs]e/i.test(english)
				? 'licence'
				: /\bversions?\b|require/i.test(english)
					? 'version'
					: 'dependencies',
		}),
	},
	members: {
		look: 'I look for a folder of that name, for definitions named or declared so, and for a section that lists them.',
		find: ['survey.opening', 'survey.members'],
		report: ['survey.report_members'],
		note: BY_FORM,
		values: ({ english }) => ({ noun: membersOf(english) }),
	},
};

/** The plan for a kind of question that is answered by a look over everything; undefined for other kinds. */
export function surveyPlan(question: Question): readonly Step[] | undefined {
	const survey = SURVEYS[question.kind];
	if (!survey) return undefined;
	const { look, find, report, note, values } = survey;
	return [
		{ words: look, code: [units(question), python(values?.(question) ?? {}, ...find)].join('\n') },
		{
			words: 'I put together what was found and hand it in with its places.',
			code: [python({}, ...report), handIn(engineNote(note))].join('\n'),
		},
	];
}
