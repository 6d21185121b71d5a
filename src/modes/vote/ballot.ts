import type { Citation } from '../../core/events.ts';
import { present } from '../../core/present.ts';
import type { RunResult } from '../../core/request.ts';
import { agree } from './agreement.ts';

/** An answer and who gave it. */
export interface Vote {
	/** Number of the voter, from 1. */
	readonly voter: number;
	readonly result: RunResult;
}

/** What decided. */
export type DecidedBy = 'agreement' | 'evidence' | 'confidence' | 'order';

/** The answer that was chosen. */
export interface Choice {
	readonly chosen: Vote;
	/** All who gave it. */
	readonly agreeing: readonly Vote[];
	readonly by: DecidedBy;
}

/** Sorts votes into groups that agree. A vote joins the first group whose votes it agrees with, each of them. */
export function groups(question: string, votes: readonly Vote[]): readonly (readonly Vote[])[] {
	const found: Vote[][] = [];
	for (const vote of votes) {
		const group = found.find((others) => others.every((other) => same(question, vote, other)));
		if (group) group.push(vote);
		else found.push([vote]);
	}
	return found;
}

function same(question: string, { result: one }: Vote, { result: other }: Vote): boolean {
	if (!isStructure(one) || !isStructure(other)) return agree(question, one.answer, other.answer);
	return withoutSpace(one.answerJson) === withoutSpace(other.answerJson);
}

/** Whether an answer is a list or an object; texts and figures are compared as what they say. */
function isStructure(result: RunResult): result is RunResult & { readonly answerJson: string } {
	return result.answerJson !== undefined && /^\s*[[{]/.test(result.answerJson);
}

/** JSON without white space between its parts. Parsing it could take any amount of time and memory. */
function withoutSpace(json: string): string {
	return json.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => (part.startsWith('"') ? part : ''));
}

/** Chooses by agreement, then by evidence, then by stated confidence. Undefined without votes. */
export function choose(question: string, votes: readonly Vote[]): Choice | undefined {
	const ranked = groups(question, votes)
		.map((group) => ({ group, evidence: most(group, evidenceOf), confidence: most(group, confidenceOf) }))
		.sort((a, b) => b.group.length - a.group.length || b.evidence - a.evidence || b.confidence - a.confidence);
	const [first, second] = ranked;
	if (!first) return undefined;
	const chosen = [...first.group].sort((a, b) => evidenceOf(b) - evidenceOf(a) || confidenceOf(b) - confidenceOf(a))[0];
	return present({ chosen, agreeing: first.group, by: decidedBy(first, second) }) as Choice;
}

interface Ranked {
	readonly group: readonly Vote[];
	readonly evidence: number;
	readonly confidence: number;
}

function decidedBy(first: Ranked, second: Ranked | undefined): DecidedBy {
	if (!second || first.group.length > second.group.length) return 'agreement';
	if (first.evidence > second.evidence) return 'evidence';
	return first.confidence > second.confidence ? 'confidence' : 'order';
}

function most(group: readonly Vote[], measure: (vote: Vote) => number): number {
	return Math.max(...group.map(measure));
}

/** What a citation adds. One that is not there tells of a model that makes things up. */
const WORTH: Readonly<Record<Citation['check'], number>> = { exact: 2, folded: 2, place: 1, 'not-found': -2 };
/** Citations beyond so many prove nothing more. */
const ENOUGH = 6;

/** How well the text bears an answer out: what it cites, less the sentences that rest on nothing read. */
function evidenceOf({ result: { citations, unsupported = [] } }: Vote): number {
	const cited = citations.reduce((sum, { check }) => sum + WORTH[check], 0);
	return Math.min(ENOUGH, cited) - unsupported.length;
}

const STATED =
	/\b(?:confidence|certainty|sicherheit)\b[^\n\d]{0,20}?(?:(\d+(?:\.\d+)?)\s*(%?)|\b(high|medium|low|hoch|mittel|gering)\b)/i;
const HEDGED =
	/\b(?:probably|perhaps|possibly|likely|might|may be|maybe|not sure|unsure|uncertain|unclear|i think|i guess|vermutlich|vielleicht|wahrscheinlich)\b/i;
const LEVELS: Readonly<Record<string, number>> = {
	high: 0.9,
	hoch: 0.9,
	medium: 0.5,
	mittel: 0.5,
	low: 0.2,
	gering: 0.2,
};
/** What answers are taken for that say nothing of it, and those that only say that they are not sure. */
const [PLAIN, UNSURE] = [0.6, 0.3];
/** Characters in which a confidence is looked for. */
const LOOKED_AT = 4_000;

/** How sure an answer says it is, 0 to 1. */
export function confidenceOf({ result: { answer } }: Vote): number {
	const text = answer.slice(0, LOOKED_AT);
	const [, figure, percent, level] = STATED.exec(text) ?? [];
	if (level !== undefined) return LEVELS[level.toLowerCase()] ?? PLAIN;
	if (figure === undefined) return HEDGED.test(text) ? UNSURE : PLAIN;
	const stated = Number(figure) / (percent === '%' || Number(figure) > 1 ? 100 : 1);
	return Math.min(1, stated);
}
