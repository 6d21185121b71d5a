/** Keeps the most recently used entries, up to a total size. */
export class BoundedCache<K, V> {
	readonly #entries = new Map<K, { value: V; size: number }>();
	readonly #capacity: number;
	readonly #largest: number;
	#size = 0;

	/**
	 * @param capacity total size of the entries, in the unit that `set` counts
	 * @param largest larger entries are not kept
	 */
	constructor(capacity: number, largest: number) {
		this.#capacity = capacity;
		this.#largest = largest;
	}

	get(key: K): V | undefined {
		const entry = this.#entries.get(key);
		if (!entry) return undefined;
		this.#entries.delete(key);
		this.#entries.set(key, entry);
		return entry.value;
	}

	/** Adds an entry that is not in the cache yet. */
	set(key: K, value: V, size: number): void {
		if (size > this.#largest) return;
		this.#entries.set(key, { value, size });
		this.#size += size;
		for (const [oldest, entry] of this.#entries) {
			if (this.#size <= this.#capacity) return;
			this.#entries.delete(oldest);
			this.#size -= entry.size;
		}
	}
}
