import { onAbort } from '../../core/abort.ts';

/**
 * Shares one listener per signal among all its calls, because adding a listener makes a signal scan the existing ones.
 */
export class Cancellation<T> {
	readonly #cancel: (item: T) => void;
	readonly #watched = new Map<AbortSignal, { readonly items: Set<T>; stopListening: () => void }>();

	/** @param cancel called for each item of a signal that fires */
	constructor(cancel: (item: T) => void) {
		this.#cancel = cancel;
	}

	/** @returns a function that stops listening for the item */
	watch(signal: AbortSignal, item: T): () => void {
		const known = this.#watched.get(signal);
		const watched = known ?? { items: new Set<T>(), stopListening: () => {} };
		watched.items.add(item);
		if (!known) {
			this.#watched.set(signal, watched);
			watched.stopListening = onAbort(signal, () => this.#fire(signal));
		}
		return () => this.#leave(signal, item);
	}

	#fire(signal: AbortSignal): void {
		const items = [...(this.#watched.get(signal)?.items ?? [])];
		this.#watched.delete(signal);
		for (const item of items) this.#cancel(item);
	}

	#leave(signal: AbortSignal, item: T): void {
		const watched = this.#watched.get(signal);
		if (!watched?.items.delete(item) || watched.items.size > 0) return;
		this.#watched.delete(signal);
		watched.stopListening();
	}
}
