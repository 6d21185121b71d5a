import type { Breather } from '../node/breather.ts';

/** Items sorted between two checks of the clock. */
const SLICE = 2048;

/** Sorts by name, in code unit order. Long lists are sorted in slices, so that nothing else has to wait. */
export async function sortByName<T extends { readonly name: string }>(
	items: readonly T[],
	breather: Breather,
): Promise<readonly T[]> {
	let runs: (readonly T[])[] = [];
	for (let start = 0; start < items.length; start += SLICE) {
		runs.push(items.slice(start, start + SLICE).sort((left, right) => (left.name < right.name ? -1 : 1)));
		await breather.breathe();
	}
	while (runs.length > 1) {
		const merged: (readonly T[])[] = [];
		for (let index = 0; index < runs.length; index += 2) {
			merged.push(await merge(runs[index] ?? [], runs[index + 1] ?? [], breather));
		}
		runs = merged;
	}
	return runs[0] ?? [];
}

async function merge<T extends { readonly name: string }>(
	left: readonly T[],
	right: readonly T[],
	breather: Breather,
): Promise<readonly T[]> {
	const merged: T[] = [];
	for (let [one, other] = [0, 0]; one < left.length || other < right.length; ) {
		const [first, second] = [left[one], right[other]];
		if (first && (!second || first.name < second.name)) {
			merged.push(first);
			one++;
		} else if (second) {
			merged.push(second);
			other++;
		}
		if (merged.length % SLICE === 0) await breather.breathe();
	}
	return merged;
}
