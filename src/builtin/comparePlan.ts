import { askPlan } from './askPlan.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { python, subjectPattern } from './python.ts';
import type { Question } from './question.ts';
import { reader } from './reading.ts';

const NOTE = 'names were compared by code and sentences chosen by their words; what they mean was not judged.';

/** Compares two things: files, folders or names in the text. */
export function comparePlan(question: Question): readonly Step[] {
	const sides = [...question.paths, ...question.subjects].slice(0, 2);
	if (sides.length < 2) return askPlan(question);
	const patterns = sides.map((side) => subjectPattern([side]).pattern);
	return [
		{
			words: 'I find both sides first: as files or folders, else as names in the text.',
			code: python({ sides, patterns }, 'compare.sides'),
		},
		{
			words: 'Now I take both apart: definitions and names by code, what is said about them by sub-calls.',
			code: [python({}, 'common.lines'), reader(question, true), python({}, 'compare.parts')].join('\n'),
		},
		{
			words: 'I set the two side by side and hand that in.',
			code: [python({}, 'compare.report'), handIn(engineNote(NOTE))].join('\n'),
		},
	];
}
