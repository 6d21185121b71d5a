/** A share with the interval that holds the true one in 95 of 100 cases. All 0 to 1. */
export interface Interval {
	readonly share: number;
	readonly low: number;
	readonly high: number;
}

/** Standard deviations that 95 % of a normal distribution lie within. */
const Z = 1.959_964;

/**
 * Wilson's score interval (E. B. Wilson, 1927), which stays within 0 and 1 and is honest for few tries.
 * @param successes may be a fraction, where several tries of one task count as one
 */
export function wilson(successes: number, tries: number): Interval {
	if (tries === 0) return { share: 0, low: 0, high: 1 };
	const share = successes / tries;
	const square = Z * Z;
	const middle = (share + square / (2 * tries)) / (1 + square / tries);
	const half = (Z / (1 + square / tries)) * Math.sqrt((share * (1 - share)) / tries + square / (4 * tries * tries));
	return {
		share,
		low: share === 0 ? 0 : Math.max(0, middle - half),
		high: share === 1 ? 1 : Math.min(1, middle + half),
	};
}
