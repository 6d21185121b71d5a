const GROWTH_PAUSE_MS = 30_000;

/**
 * Places of one server: as many as the settings say, fewer after it refused calls, then slowly more again (additive
 * increase, multiplicative decrease; the decrease goes straight to what it was serving when it refused).
 */
export class AdaptiveLimit {
	/** The limit from the settings. */
	readonly max: number;
	#ceiling: number;
	#value: number;
	#cutAt = Number.NEGATIVE_INFINITY;

	constructor(max: number) {
		this.max = max;
		this.#ceiling = max;
		this.#value = max;
	}

	/** Concurrent calls, at least 1. */
	get places(): number {
		return Math.floor(this.#value);
	}

	/** Lowers the limit after the server refused a call while it was serving others. */
	refused(inFlight: number, now: number): void {
		this.#value = Math.max(1, Math.min(this.places, inFlight));
		this.#cutAt = now;
	}

	succeeded(now: number): void {
		if (this.#value < this.#ceiling && now - this.#cutAt >= GROWTH_PAUSE_MS) {
			this.#value = Math.min(this.#ceiling, this.#value + 1 / this.#value);
		}
	}

	/** Lowers the limit to what the server reports; never raises it above the settings. */
	lower(places: number): void {
		this.#ceiling = Math.max(1, Math.min(this.max, Math.floor(places)));
		this.#value = Math.min(this.#value, this.#ceiling);
	}
}
