import { onAbort } from './abort.ts';
import { CancelledError } from './errors.ts';

interface Waiter {
	readonly enter: () => void;
}

/** Admits a limited number of holders at a time, first come, first served. */
export class Semaphore {
	readonly #size: number;
	readonly #waiting = new Set<Waiter>();
	#held = 0;

	constructor(size: number) {
		this.#size = size;
	}

	/** Runs the work once a place is free, then frees the place. @throws CancelledError while waiting */
	async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
		await this.#enter(signal);
		try {
			return await work();
		} finally {
			this.#leave();
		}
	}

	#enter(signal: AbortSignal): Promise<void> {
		if (signal.aborted) return Promise.reject(new CancelledError());
		if (this.#held < this.#size) {
			this.#held++;
			return Promise.resolve();
		}
		return new Promise((resolve, reject) => {
			const waiter: Waiter = {
				enter: () => {
					stopListening();
					resolve();
				},
			};
			this.#waiting.add(waiter);
			const stopListening = onAbort(signal, () => {
				this.#waiting.delete(waiter);
				reject(new CancelledError());
			});
		});
	}

	#leave(): void {
		const [next] = this.#waiting;
		if (next) {
			this.#waiting.delete(next);
			next.enter();
		} else {
			this.#held--;
		}
	}
}
