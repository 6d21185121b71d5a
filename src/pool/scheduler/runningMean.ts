/** A running mean: plain for the first samples, then with a fixed weight for the newest. */
export class RunningMean {
	readonly #weight: number;
	#value: number | undefined;
	#samples = 0;

	/** @param weight of the newest sample in the long run, 0 to 1 */
	constructor(weight: number) {
		this.#weight = weight;
	}

	/** Undefined before the first sample. */
	get value(): number | undefined {
		return this.#value;
	}

	add(sample: number): void {
		this.#samples++;
		const weight = Math.max(this.#weight, 1 / this.#samples);
		this.#value = this.#value === undefined ? sample : this.#value + weight * (sample - this.#value);
	}
}
