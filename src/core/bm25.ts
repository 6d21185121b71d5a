/** Saturation of repeated terms. */
const K1 = 1.2;

// The parts of BM25 (Robertson and Zaragoza 2009). The caller decides what to count and where.

/** Inverse document frequency: how distinctive a term is. */
export function termWeight(documents: number, holding: number): number {
	return Math.log(1 + (documents - holding + 0.5) / (holding + 0.5));
}

/**
 * Score that the occurrences of one term add to a document.
 * @param relativeLength length of the document divided by the average
 * @param lengthShare how strongly the length counts, 0 to 1
 */
export function termScore(weight: number, count: number, relativeLength: number, lengthShare: number): number {
	return (weight * count * (K1 + 1)) / (count + K1 * (1 - lengthShare + lengthShare * relativeLength));
}
