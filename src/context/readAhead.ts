/** Files read at a time: enough to hide the latency of a disk or a remote file system. */
const CONCURRENCY = 16;

/** Result of reading one item. */
export interface ReadItem<T, R> {
	readonly item: T;
	readonly result: R;
	/** Position among the items, from 0. */
	readonly index: number;
}

/** Reads several items at a time and yields them in order. @param read must not reject */
export async function* readAhead<T, R>(
	items: readonly T[],
	read: (item: T) => Promise<R>,
): AsyncGenerator<ReadItem<T, R>> {
	const pending = items.slice(0, CONCURRENCY).map(read);
	for (const [index, item] of items.entries()) {
		const first = pending.shift();
		if (!first) return;
		const result = await first;
		const next = items[index + CONCURRENCY];
		if (next !== undefined) pending.push(read(next));
		yield { item, result, index };
	}
}
