import { throwIfCancelled } from '../../core/errors.ts';

/** Runs pieces of work one after the other, in the order in which they were added. */
export class CommandQueue {
	#last: Promise<unknown> = Promise.resolve();

	/** Runs the work when all earlier work has ended. @throws CancelledError, and what the work throws */
	run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
		const result = this.#last.then(() => {
			throwIfCancelled(signal);
			return work();
		});
		this.#last = result.catch(() => undefined);
		return result;
	}

	/** Resolves when all work added so far has ended. */
	async idle(): Promise<void> {
		await this.#last;
	}
}
