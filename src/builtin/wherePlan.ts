import { locate } from './locate.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { python, subjectWords } from './python.ts';
import type { Question } from './question.ts';

/** Maximum of listed places, with more room when the question asks for them. */
const [USES, FURTHER_USES] = [25, 10];

/** Finds where something is defined, used or set: definition patterns over languages, then the uses by file. */
export function wherePlan(question: Question): readonly Step[] {
	const subject = subjectWords(question);
	return [
		{
			words: `I look for the lines that name ${code(subject)} and tell definitions from uses by their form.`,
			code: locate(question),
		},
		{
			words: 'I check the best places by reading the lines around them, then hand them in with citations.',
			code: [
				python({ subject, most: question.wantsUses ? USES : FURTHER_USES }, 'common.lines', 'where.report'),
				...askedUses(question),
				python({}, 'where.uses'),
				handIn(engineNote('places were found by patterns of lines, not by a compiler.')),
			].join('\n'),
		},
	];
}

/** Uses that questions ask for, and what their lines look like; NAME stands for the subject's pattern. */
const VERBS: readonly (readonly [asks: RegExp, verb: string, looks: string])[] = [
	[/\b(?:thrown|raised|throws?|raises?)\b/i, 'raised', String.raw`\b(?:throw|raise)\b.*(?:NAME)`],
	[/\b(?:set|sets|assigned|changed|written)\b/i, 'set', String.raw`(?:NAME)['"\]]*\s*[:=](?!=)`],
	[/\b(?:called|calls|invoked|invokes)\b/i, 'called', String.raw`(?:NAME)\s*(?:<[^>]*>)?\(`],
	[/\b(?:imported|imports?)\b/i, 'imported', String.raw`\b(?:import|require|include|use|from)\b.*(?:NAME)`],
];

/** Python that keeps only the uses that the question asks for, if there are any. */
function askedUses({ english }: Question): string[] {
	const asked = VERBS.find(([asks]) => asks.test(english));
	if (!asked) return [];
	const [, verb, looks] = asked;
	return [python({ asked_verb: verb, asked_looks: looks }, 'where.asked_uses')];
}

/** A subject as written in prose. */
export function code(subject: string): string {
	return `\`${subject.replaceAll('`', "'")}\``;
}
