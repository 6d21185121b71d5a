import { locate } from './locate.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { python, subjectWords } from './python.ts';
import type { Question } from './question.ts';

/** Places listed at most: more when they are what is asked for. */
const [USES, FURTHER_USES] = [25, 10];

/** Where something is defined, used or set: definition patterns over languages, then the uses by file. */
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

/** Uses that questions ask for, and how their lines look; NAME stands for the pattern of the subject. */
const VERBS: readonly (readonly [asks: RegExp, verb: string, looks: string])[] = [
	[/\b(?:thrown|raised|throws?|raises?)\b/i, 'raised', String.raw`\b(?:throw|raise)\b.*(?:NAME)`],
	[/\b(?:set|sets|assigned|changed|written)\b/i, 'set', String.raw`(?:NAME)['"\]]*\s*[:=](?!=)`],
	[/\b(?:called|calls|invoked|invokes)\b/i, 'called', String.raw`(?:NAME)\s*(?:<[^>]*>)?\(`],
	[/\b(?:imported|imports?)\b/i, 'imported', String.raw`\b(?:import|require|include|use|from)\b.*(?:NAME)`],
];

/** Python that narrows the uses to those that the question asks for, when there are any. */
function askedUses({ text }: Question): string[] {
	const asked = VERBS.find(([asks]) => asks.test(text));
	if (!asked) return [];
	const [, verb, looks] = asked;
	return [python({ asked_verb: verb, asked_looks: looks }, 'where.asked_uses')];
}

/** A subject as it stands in prose. */
export function code(subject: string): string {
	return `\`${subject.replaceAll('`', "'")}\``;
}
