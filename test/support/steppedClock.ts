import { CancelledError } from '../../src/core/errors.ts';
import type { HealthClock } from '../../src/pool/health/healthCheck.ts';

interface Sleeper {
	readonly at: number;
	readonly wake: () => void;
}

/** A clock that stands still until a test moves it. Everything that was waited for happens in its order. */
export class SteppedClock implements HealthClock {
	#now: number;
	#sleepers: Sleeper[] = [];
	readonly #random: () => number;

	constructor(now = Date.UTC(2026, 10, 21, 12), random: () => number = () => 0.5) {
		this.#now = now;
		this.#random = random;
	}

	now(): number {
		return this.#now;
	}

	random(): number {
		return this.#random();
	}

	/** Waits that have not ended. */
	get sleeping(): number {
		return this.#sleepers.length;
	}

	sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			const leave = () => {
				this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
				signal.removeEventListener('abort', cancel);
			};
			const cancel = () => {
				leave();
				reject(new CancelledError());
			};
			const wake = () => {
				leave();
				resolve();
			};
			const sleeper = { at: this.#now + milliseconds, wake };
			if (signal.aborted) {
				reject(new CancelledError());
				return;
			}
			signal.addEventListener('abort', cancel, { once: true });
			this.#sleepers.push(sleeper);
		});
	}

	/** Moves the time on; who sleeps less wakes on the way, each at its moment. */
	async advance(milliseconds: number): Promise<void> {
		const end = this.#now + milliseconds;
		await settle();
		for (;;) {
			const next = this.#sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
			if (!next) break;
			this.#now = Math.max(this.#now, next.at);
			next.wake();
			await settle();
		}
		this.#now = end;
		await settle();
	}

	/** The machine sleeps: the time is later, and everybody who waited meanwhile wakes only now. */
	async sleepMachine(milliseconds: number): Promise<void> {
		await settle();
		this.#now += milliseconds;
		await this.advance(0);
	}
}

/** Lets everything happen that needs no more time. */
async function settle(): Promise<void> {
	for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
