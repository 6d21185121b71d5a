import { STOP_WORDS, stem } from '../words.ts';

/** Longest answer that may be judged by its figures alone. */
const FIGURE_CHARACTERS = 200;
/** A figure in a text. */
export const NUMBER = /\d+(?:[.,]\d+)*/g;
const YES_OR_NO = /^\W*(?:is|are|was|were|does|do|did|can|could|has|have|had|will|should)\b/i;

/**
 * Whether an answer rests on what the model was shown: its figures stand there, or it has a word that is neither in the
 * question nor one of those that say nothing. What small models invent has neither.
 */
export function isSupported(answer: string, evidence: string, question: string): boolean {
	const figures = answer.match(NUMBER) ?? [];
	const known = (`${evidence}\n${question}`.match(NUMBER) ?? []).map(figureValue);
	if (!figures.every((figure) => known.some((value) => isRounded(figure, value)))) return false;
	if (YES_OR_NO.test(question) && /^\W*(?:yes|no)\b/i.test(answer)) return true;
	// An answer like `38 orders` is its figure, whatever it calls what it counts.
	if (figures.length > 0 && answer.length < FIGURE_CHARACTERS) return true;
	const said = wordsOf(evidence);
	const asked = wordsOf(question);
	const own = [...wordsOf(answer)].filter((word) => !asked.has(word));
	const found = own.filter((word) => said.has(word));
	return found.length > 0 && 2 * found.length >= own.length;
}

/** The value of a figure, however it is grouped. */
export function figureValue(figure: string): number {
	return Number(figure.replace(/,(?=\d{3}\b)/g, '').replace(',', '.'));
}

/** Whether a figure is the value, as exactly as it is written. */
export function isRounded(figure: string, value: number): boolean {
	const decimals = /[.,](\d+)$/.exec(figure.replace(/,(?=\d{3}\b)/g, ''))?.[1]?.length ?? 0;
	return Math.abs(figureValue(figure) - value) <= 0.5 * 10 ** -decimals + 1e-9;
}

function wordsOf(text: string): Set<string> {
	const words = text.toLowerCase().match(/\p{L}[\p{L}\p{N}_]*/gu) ?? [];
	return new Set(words.filter((word) => !STOP_WORDS.has(word)).map(stem));
}
