import { askPlan, searchWords, units } from './askPlan.ts';
import { locate } from './locate.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { python, subjectWords } from './python.ts';
import type { Question } from './question.ts';
import { readPassages } from './reading.ts';
import { code } from './wherePlan.ts';

/**
 * Explains what something is or how it works: its definition, the comment before it, its users, and what the text says
 * about it.
 */
export function explainPlan(question: Question): readonly Step[] {
	if (question.subjects.length === 0) return askPlan(question);
	const subject = subjectWords(question);
	return [
		{ words: `I look for the definition of ${code(subject)} and for the places that use it.`, code: locate(question) },
		{
			words:
				'I take the definition with its comment and body, add the passages that fit the question best, and have sub-calls read them.',
			code: [
				units(question),
				python({ query: searchWords(question) }, 'explain.passages'),
				readPassages(question),
			].join('\n'),
		},
		{
			words: 'I put together the definition, what is said about it and who uses it, and hand that in with citations.',
			code: [
				python({ subject }, 'common.state', 'common.choose', 'explain.report'),
				handIn(engineNote('definitions were found by patterns and sentences chosen by their words.')),
			].join('\n'),
		},
	];
}
