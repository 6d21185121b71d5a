import { engineNote, handIn, type Step } from './plan.ts';
import { python, scope } from './python.ts';
import type { Question } from './question.ts';
import { readPassages } from './reading.ts';

/** Gives an overview: first what the text says about itself, then its structure with sizes and its main definitions. */
export function summaryPlan(question: Question): readonly Step[] {
	return [
		{
			words: 'First I look at the structure: folders, sizes, kinds of files, and what describes the whole.',
			code: [scope(question), python({}, 'summary.structure')].join('\n'),
		},
		{
			words:
				'Sub-calls read what describes the whole, and the beginnings of the largest parts; code reads the manifest and the definitions.',
			code: [
				python({}, 'common.lines', 'summary.passages'),
				readPassages(question, true),
				python({}, 'summary.definitions'),
			].join('\n'),
		},
		{
			words: 'I put the overview together and hand it in with its evidence.',
			code: [python({}, 'summary.report'), handIn(engineNote(summaryNote(question)))].join('\n'),
		},
	];
}

function summaryNote({ paths }: Question): string {
	const what = paths.length > 0 ? 'the parts asked for' : 'the whole';
	return `sentences are quoted from ${what} by how central their words are, not rewritten.`;
}
