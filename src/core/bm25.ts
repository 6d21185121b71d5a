/** Saturation of repeated terms. */
const K1 = 1.2;

// The parts of BM25 (Robertson and Zaragoza 2009). What is counted, and where, is up to the caller.

/** How telling a term is: its inverse document frequency. */
export function termWeight(documents: number, holding: number): number {
	return Math.log(1 + (documents - holding + 0.5) / (holding + 0.5));
}

/**
 * What the occurrences of one term add to the score of a document.
 * @param relativeLength length of the document over the average
 * @param lengthShare how much the length counts, 0 to 1
 */
export function termScore(weight: number, count: number, relativeLength: number, lengthShare: number): number {
	return (weight * count * (K1 + 1)) / (count + K1 * (1 - lengthShare + lengthShare * relativeLength));
}
