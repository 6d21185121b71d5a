import { units } from './askPlan.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { python } from './python.ts';
import type { Question } from './question.ts';
import { readPassages } from './reading.ts';

/** Gives an overview: first what the text says about itself, then its structure with sizes and its main definitions. */
export function summaryPlan(question: Question): readonly Step[] {
	return [
		{
			words: 'First I look at the structure: folders, sizes, kinds of files, and what describes the whole.',
			code: [units(question), python({}, 'summary.structure')].join('\n'),
		},
		{
			words:
				'Sub-calls read what describes the whole, and the beginnings of the largest parts; code reads the manifest and the definitions.',
			code: [
				python({}, 'summary.passages'),
				readPassages(question, true),
				python({}, 'summary.definitions', 'survey.opening', 'survey.manifest', 'survey.start'),
			].join('\n'),
		},
		{
			words: 'I put the overview together and hand it in with its evidence.',
			code: [
				python({}, 'common.state', 'summary.parts', 'summary.report'),
				handIn(engineNote(summaryNote(question))),
			].join('\n'),
		},
	];
}

function summaryNote({ paths }: Question): string {
	const what = paths.length > 0 ? 'the parts asked for' : 'the whole';
	return `sentences are quoted from ${what}, not rewritten.`;
}
