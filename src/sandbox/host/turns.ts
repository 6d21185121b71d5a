import { throwIfCancelled } from '../../core/errors.ts';

/** Work that is done one piece after the other, in the order of asking. */
export class Turns {
	#last: Promise<unknown> = Promise.resolve();

	/** Does the work when all that was asked for before is over. @throws CancelledError, and what the work throws */
	take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
		const turn = this.#last.then(() => {
			throwIfCancelled(signal);
			return work();
		});
		this.#last = turn.catch(() => undefined);
		return turn;
	}

	/** Resolves when everything asked for so far is over. */
	async over(): Promise<void> {
		await this.#last;
	}
}
