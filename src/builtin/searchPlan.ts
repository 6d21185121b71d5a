import { engineNote, handIn, type Step } from './plan.ts';
import { python, scope, subjectWords } from './python.ts';
import type { Question } from './question.ts';
import { openingsOfNamedFiles, readPassages } from './reading.ts';

/** Handles every other question: ranks passages by their words, has sub-calls read them, ranks what they quote. */
export function searchPlan(question: Question): readonly Step[] {
	return [
		{
			words: 'I search for the passages that share the most telling words with the question.',
			code: [scope(question), python({ query: searchWords(question) }, 'search.find')].join('\n'),
		},
		{
			words: 'Now sub-calls read these passages and quote what answers the question.',
			code: [python({}, 'search.passages'), openingsOfNamedFiles(question), readPassages(question)].join('\n'),
		},
		{
			words: 'I have the best of the quoted lines chosen, cite them and hand them in; if there are none, I say so.',
			code: [
				python({ terms: question.terms, what: subjectWords(question) }, 'common.choose', 'search.report'),
				handIn(engineNote('sentences were chosen by the words they share with the question.')),
			].join('\n'),
		},
	];
}

/** The question for ranking passages. Names in it count double, so they appear twice. */
export function searchWords({ text, subjects }: Question): string {
	return [text, ...subjects].join(' ');
}
