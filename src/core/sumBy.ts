/** Adds up entries with the same key, in order of first appearance. */
export function sumBy<T>(
	entries: Iterable<T>,
	keyOf: (entry: T) => string,
	add: (sum: T, entry: T) => T,
): readonly T[] {
	const sums = new Map<string, T>();
	for (const entry of entries) {
		const key = keyOf(entry);
		const before = sums.get(key);
		sums.set(key, before === undefined ? entry : add(before, entry));
	}
	return [...sums.values()];
}
