import { CancelledError } from '../core/errors.ts';

interface Waiter {
	readonly isUrgent: boolean;
	readonly start: () => void;
}

/** The places of one server. Who waits is served in order, root turns before sub-calls. */
export class Slots {
	readonly max: number;
	#inFlight = 0;
	#waiters: Waiter[] = [];

	constructor(max: number) {
		this.max = max;
	}

	get inFlight(): number {
		return this.#inFlight;
	}

	get waiting(): number {
		return this.#waiters.length;
	}

	get hasFree(): boolean {
		return this.#inFlight < this.max;
	}

	/** Runs the work in a place of its own. @throws CancelledError when the signal fires while waiting */
	async use<T>(isUrgent: boolean, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
		await this.#enter(isUrgent, signal);
		try {
			return await work();
		} finally {
			this.#leave();
		}
	}

	async #enter(isUrgent: boolean, signal: AbortSignal): Promise<void> {
		if (signal.aborted) throw new CancelledError();
		if (this.hasFree) {
			this.#inFlight++;
			return;
		}
		await new Promise<void>((resolve, reject) => {
			const cancel = () => {
				this.#waiters = this.#waiters.filter((other) => other !== waiter);
				reject(new CancelledError());
			};
			const start = () => {
				signal.removeEventListener('abort', cancel);
				resolve();
			};
			const waiter = { isUrgent, start };
			signal.addEventListener('abort', cancel, { once: true });
			this.#waiters.push(waiter);
		});
	}

	/** Hands the place on to the next in line, so that nobody can slip in between. */
	#leave(): void {
		const next = this.#waiters.find((waiter) => waiter.isUrgent) ?? this.#waiters[0];
		if (!next) {
			this.#inFlight--;
			return;
		}
		this.#waiters = this.#waiters.filter((other) => other !== next);
		next.start();
	}
}
