import { lastLine } from './normal.ts';

/** Digits with separators of thousands, or plain digits; a point before decimals. */
const NUMBER = /(?<![\p{L}\p{N}_.,-]|\d-)-?(?:\d{1,3}(?:[,\u00a0\u202f ]\d{3})+|\d+)(?:\.\d+)?(?![\p{L}_])/gu;

function numbersIn(text: string): readonly number[] {
	const found = text.match(NUMBER) ?? [];
	return [...new Set(found.map((digits) => Number(digits.replace(/[,\u00a0\u202f ]/g, ''))))];
}

/**
 * The one number of an answer. Where there are several, those that the question names do not count, and then the last
 * line decides. Undefined when more than one remains: guessing would favour answers that list everything.
 */
export function numberOf(answer: string, question: string): number | undefined {
	const asked = new Set(numbersIn(question));
	for (const text of [answer, lastLine(answer)]) {
		const found = numbersIn(text);
		const fresh = found.filter((number) => !asked.has(number));
		const one = found.length === 1 ? found : fresh;
		if (one.length === 1) return one[0];
	}
	return undefined;
}

/** 0.75 to the power of the distance, as OOLONG scores numbers (arXiv 2511.02817). */
export function closeness(gold: number, answered: number): number {
	return 0.75 ** Math.abs(gold - answered);
}
