/** Stands for every value beyond the first ones. */
export const OTHER = 'other';

/**
 * Bounds the number of values of a label. Model names come from servers and model-written code, and every new value is
 * a new time series forever.
 */
export class LabelValues {
	readonly #most: number;
	readonly #seen = new Set<string>();

	/** @param most values that keep their names */
	constructor(most: number) {
		this.#most = most;
	}

	/** The value itself, or `other` when there are too many. Absent values become `none`. */
	of(value: string | undefined): string {
		if (value === undefined || value === '') return 'none';
		const name = value.slice(0, 120);
		if (this.#seen.size >= this.#most && !this.#seen.has(name)) return OTHER;
		this.#seen.add(name);
		return name;
	}
}
