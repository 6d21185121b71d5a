/** A binary heap: the smallest item first, in the given order. */
export class Heap<T> {
	readonly #items: T[];
	readonly #isBefore: (a: T, b: T) => boolean;

	constructor(items: T[], isBefore: (a: T, b: T) => boolean) {
		this.#items = items;
		this.#isBefore = isBefore;
		for (let index = (items.length >> 1) - 1; index >= 0; index--) this.#sink(index);
	}

	/** The smallest item. */
	peek(): T | undefined {
		return this.#items[0];
	}

	push(item: T): void {
		const items = this.#items;
		let index = items.length;
		while (index > 0) {
			const parent = (index - 1) >> 1;
			if (!this.#isBefore(item, items[parent] as T)) break;
			items[index] = items[parent] as T;
			index = parent;
		}
		items[index] = item;
	}

	/** Removes the smallest item. */
	pop(): void {
		const last = this.#items.pop();
		if (last === undefined || this.#items.length === 0) return;
		this.#items[0] = last;
		this.#sink(0);
	}

	/** Restores the order after the smallest item has grown. */
	moveFirst(): void {
		this.#sink(0);
	}

	#sink(start: number): void {
		const items = this.#items;
		const item = items[start] as T;
		let index = start;
		for (;;) {
			let child = 2 * index + 1;
			if (child >= items.length) break;
			if (child + 1 < items.length && this.#isBefore(items[child + 1] as T, items[child] as T)) child++;
			if (!this.#isBefore(items[child] as T, item)) break;
			items[index] = items[child] as T;
			index = child;
		}
		items[index] = item;
	}
}
