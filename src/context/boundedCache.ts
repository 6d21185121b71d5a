/** Keeps what was used last, up to a total size. Entries larger than a quarter of it are not kept. */
export class BoundedCache<K, V> {
	readonly #entries = new Map<K, { value: V; size: number }>();
	readonly #capacity: number;
	#size = 0;

	/** @param capacity total size of the entries, in whatever unit `set` counts */
	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	get(key: K): V | undefined {
		const entry = this.#entries.get(key);
		if (!entry) return undefined;
		this.#entries.delete(key);
		this.#entries.set(key, entry);
		return entry.value;
	}

	/** Adds an entry that is not there yet. */
	set(key: K, value: V, size: number): void {
		if (size > this.#capacity / 4) return;
		this.#entries.set(key, { value, size });
		this.#size += size;
		for (const [oldest, entry] of this.#entries) {
			if (this.#size <= this.#capacity) return;
			this.#entries.delete(oldest);
			this.#size -= entry.size;
		}
	}
}
