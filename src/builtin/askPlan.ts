import { engineNote, handIn, type Step } from './plan.ts';
import { python, scope, subjectWords } from './python.ts';
import type { Question } from './question.ts';
import { readPassages } from './reading.ts';
import { wordGroups } from './vocabulary.ts';

/**
 * Handles questions in plain words: ranks sections and definitions by name, place and words, has sub-calls read them,
 * and shows the best ones whole.
 */
export function askPlan(question: Question): readonly Step[] {
	return [
		{
			words: 'I look for the sections and definitions whose names, places and words fit the question.',
			code: [
				units(question),
				python(
					{
						query: searchWords(question),
						wants_meaning: MEANING.test(question.english),
						wants_place: PLACE.test(question.english),
					},
					'ask.rank',
				),
			].join('\n'),
		},
		{
			words: 'Now sub-calls read the best of them and answer from what they say.',
			code: [python({}, 'ask.passages'), readPassages(question)].join('\n'),
		},
		{
			words: 'I show the best places whole, cite them and hand them in; if there are none, I say so.',
			code: [
				python({ what: subjectWords(question), question_in_english: question.english }, 'common.state', 'ask.report'),
				handIn(engineNote('places and sentences were chosen by the words they share with the question.')),
			].join('\n'),
		},
	];
}

/** The question for ranking passages. Names in it count double, so they appear twice. */
export function searchWords({ text, english, subjects }: Question): string {
	return [...new Set([text, english]), ...subjects].join(' ');
}

const MEANING = /^\s*what(?:'s| is| are| does) (?:an? |the )?[\w-]+(?: [\w-]+)?(?: mean)?\s*\?*\s*$/i;
const PLACE = /\bwhere\b.*\b(?:set|defined|declared|stored|configured|kept|assigned|computed|calculated)\b/i;
const WANTS_DOCS =
	/\bhow (?:do|can|should|would|to)\b|\bcan (?:i|we|you)\b|\b(?:why|supported|supports?|install|deploy|configure|contribute|documentation|docs|tutorial|usage|recommended?)\b|\bwhat (?:is|are) (?:a|an|the)?\b|\bis (?:there|it|this)\b|\bmay i\b|\bbreaks?\b/i;
const WANTS_CODE =
	/\bwhere (?:is|are|does|do|was|were)\b|\b(?:implement\w*|code|function|method|class|module|internally|under the hood|source|computed|calculated|parsed)\b|\bwhich (?:function|class|method|module|file|code)\b/i;
const WANTS_STEPS =
	/\bhow (?:do|can|should|would|to)\b|\b(?:run|start|install|build|deploy|configure|set up|setup|use|write|create|add|contribute|send|steps?|command to)\b.*\?|\bcan i\b/i;

/** Python with the words of a question and the units of the text: sections, definitions, paragraphs. */
export function units(question: Question): string {
	const { english, names, text } = question;
	const values = {
		groups: wordGroups(text).map((forms) => forms.join(' ')),
		names,
		wants_docs: WANTS_DOCS.test(english),
		wants_code: WANTS_CODE.test(english),
		wants_tests: /\btest\w*|\bspecs?\b/i.test(english) && !/\bhow (?:do|can) (?:i|we) (?:run|test)\b/i.test(english),
		wants_changes:
			/\b(?:chang\w*|new|release\w*|upgrad\w*|migrat\w*|version \d|since|dropped|removed|deprecated|breaks?|history)\b/i.test(
				english,
			),
		wants_steps: WANTS_STEPS.test(english),
	};
	const isAboutFiles = /\b(?:files?|code|scripts?|sources?)\b/i.test(english);
	const scoped = scope(isAboutFiles ? question : { ...question, endings: [] });
	return [scoped, python(values, 'common.lines', 'units.terms', 'units.units', 'units.prose')].join('\n');
}
