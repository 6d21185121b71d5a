const GROWTH_PAUSE_MS = 30_000;

/**
 * Places of one server: as many as the settings say, fewer after it refused calls, and slowly more again (additive
 * increase, multiplicative decrease; the decrease goes straight to what it was serving when it refused).
 */
export class AdaptiveLimit {
	/** The limit of the settings. */
	readonly max: number;
	#ceiling: number;
	#value: number;
	#cutAt = Number.NEGATIVE_INFINITY;

	constructor(max: number) {
		this.max = max;
		this.#ceiling = max;
		this.#value = max;
	}

	/** Calls at a time, at least 1. */
	get slots(): number {
		return Math.floor(this.#value);
	}

	/** The server refused a call while it was serving others. */
	refused(inFlight: number, now: number): void {
		this.#value = Math.max(1, Math.min(this.slots, inFlight));
		this.#cutAt = now;
	}

	succeeded(now: number): void {
		if (this.#value < this.#ceiling && now - this.#cutAt >= GROWTH_PAUSE_MS) {
			this.#value = Math.min(this.#ceiling, this.#value + 1 / this.#value);
		}
	}

	/** What the server says it has; never more than the settings allow. */
	lower(slots: number): void {
		this.#ceiling = Math.max(1, Math.min(this.max, Math.floor(slots)));
		this.#value = Math.min(this.#value, this.#ceiling);
	}
}
