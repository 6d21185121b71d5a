import { termScore, termWeight } from '../core/bm25.ts';
import { tokens } from './words.ts';

/** How strongly the length of a text counts against it. */
const LENGTH_SHARE = 0.6;
/** Share of its neighbours' scores that a unit gains: the answer is often beside the words of the question. */
const NEIGHBOUR_SHARE = 0.2;

/** How well one text fits a query. */
export interface Score {
	readonly value: number;
	/** Distinct query tokens in the text. */
	readonly covered: number;
}

/** BM25 scores of consecutive texts for the tokens of a query. */
export function bm25(texts: readonly string[], query: readonly string[]): Score[] {
	const counts = texts.map((text) => countTokens(text));
	const average = counts.reduce((sum, { length }) => sum + length, 0) / Math.max(1, texts.length);
	const weights = new Map(query.map((token) => [token, weight(token, counts)]));
	const plain = counts.map(({ of, length }) => {
		const relativeLength = length / Math.max(1, average);
		let value = 0;
		let covered = 0;
		for (const [token, idf] of weights) {
			const count = of.get(token) ?? 0;
			if (count === 0) continue;
			covered++;
			value += termScore(idf, count, relativeLength, LENGTH_SHARE);
		}
		return { value, covered };
	});
	return plain.map(({ value, covered }, index) => {
		const beside = (plain[index - 1]?.value ?? 0) + (plain[index + 1]?.value ?? 0);
		const share = query.length === 0 ? 0 : covered / query.length;
		return { value: value * (0.6 + 0.8 * share) + NEIGHBOUR_SHARE * beside, covered };
	});
}

/**
 * How central each text is: the mean weight of the words that it shares with the others, with more for the first ones,
 * where authors say what a text is about.
 */
export function centrality(texts: readonly string[]): number[] {
	const counts = texts.map((text) => countTokens(text));
	const frequency = new Map<string, number>();
	for (const { of } of counts) {
		for (const token of of.keys()) if (token.length > 3) frequency.set(token, (frequency.get(token) ?? 0) + 1);
	}
	return counts.map(({ of, length }, index) => {
		let shared = 0;
		for (const token of of.keys()) shared += Math.log1p((frequency.get(token) ?? 1) - 1);
		const lead = 1 + 1 / (1 + index / 2);
		return (shared / Math.max(8, length)) * lead;
	});
}

interface TokenCounts {
	readonly of: ReadonlyMap<string, number>;
	readonly length: number;
}

function countTokens(text: string): TokenCounts {
	const all = tokens(text);
	const of = new Map<string, number>();
	for (const token of all) of.set(token, (of.get(token) ?? 0) + 1);
	return { of, length: all.length };
}

function weight(token: string, counts: readonly TokenCounts[]): number {
	const holding = counts.filter(({ of }) => of.has(token)).length;
	return termWeight(counts.length, holding);
}
