import { onAbort } from './abort.ts';
import { CancelledError } from './errors.ts';

/** The most that a call can use. */
export interface Risk {
	readonly tokens: number;
	readonly usd: number;
	/** The call may use the share of the limits that others leave. */
	readonly isSalvage: boolean;
}

/**
 * The calls in progress. A call enters as long as all of them together stay within the limits at worst; else it waits
 * until others have left, so that no more than one call can overshoot. One call at a time always enters.
 */
export class InFlight {
	readonly #fits: (together: Risk) => boolean;
	readonly #inside = new Set<Risk>();
	readonly #waiting = new Map<Risk, () => void>();
	#tokens = 0;
	#usd = 0;

	/** @param fits tells whether so much, on top of what was used, stays within the limits */
	constructor(fits: (together: Risk) => boolean) {
		this.#fits = fits;
	}

	/** @throws CancelledError while waiting */
	enter(risk: Risk, signal: AbortSignal): Promise<void> {
		if (signal.aborted) return Promise.reject(new CancelledError());
		if (this.#waiting.size === 0 && this.#hasRoomFor(risk)) {
			this.#add(risk);
			return Promise.resolve();
		}
		return new Promise((resolve, reject) => {
			const stopListening = onAbort(signal, () => {
				this.#waiting.delete(risk);
				reject(new CancelledError());
			});
			this.#waiting.set(risk, () => {
				stopListening();
				resolve();
			});
		});
	}

	/** Idempotent; also for a call that never entered. */
	leave(risk: Risk): void {
		if (!this.#inside.delete(risk)) return;
		const isEmpty = this.#inside.size === 0;
		this.#tokens = isEmpty ? 0 : this.#tokens - risk.tokens;
		this.#usd = isEmpty ? 0 : this.#usd - risk.usd;
		for (const [next, enter] of this.#waiting) {
			if (!this.#hasRoomFor(next)) return;
			this.#waiting.delete(next);
			this.#add(next);
			enter();
		}
	}

	#add(risk: Risk): void {
		this.#inside.add(risk);
		this.#tokens += risk.tokens;
		this.#usd += risk.usd;
	}

	#hasRoomFor({ tokens, usd, isSalvage }: Risk): boolean {
		return this.#inside.size === 0 || this.#fits({ tokens: this.#tokens + tokens, usd: this.#usd + usd, isSalvage });
	}
}
