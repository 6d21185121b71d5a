/**
 * Listens to signals on behalf of many: one listener for each signal, however many calls share it, because a signal looks
 * through all its listeners whenever one is added.
 */
export class Cancellation<T> {
	readonly #cancel: (item: T) => void;
	readonly #items = new Map<AbortSignal, Set<T>>();

	/** @param cancel called for each item of a signal that fires */
	constructor(cancel: (item: T) => void) {
		this.#cancel = cancel;
	}

	/** @returns how to stop listening for the item */
	watch(signal: AbortSignal, item: T): () => void {
		let items = this.#items.get(signal);
		if (!items) {
			items = new Set();
			this.#items.set(signal, items);
			signal.addEventListener('abort', this.#onAbort, { once: true });
		}
		items.add(item);
		return () => this.#leave(signal, item);
	}

	readonly #onAbort = (event: Event): void => {
		const signal = event.target as AbortSignal;
		const items = [...(this.#items.get(signal) ?? [])];
		this.#items.delete(signal);
		for (const item of items) this.#cancel(item);
	};

	#leave(signal: AbortSignal, item: T): void {
		const items = this.#items.get(signal);
		if (!items?.delete(item) || items.size > 0) return;
		this.#items.delete(signal);
		signal.removeEventListener('abort', this.#onAbort);
	}
}
