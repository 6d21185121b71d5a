/**
 * Suggests names for a misspelt one, best first: at most a third of the characters differ, or one is a prefix of the
 * other.
 */
export function nearNames(name: string, candidates: readonly string[], count = 3): string[] {
	const wanted = name.toLowerCase();
	const most = Math.max(1, wanted.length / 3);
	return candidates
		.filter((candidate) => Math.abs(candidate.length - wanted.length) <= most || isBeginning(wanted, candidate))
		.map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
		.filter(({ candidate, distance }) => distance <= most || isBeginning(wanted, candidate))
		.sort((left, right) => left.distance - right.distance)
		.slice(0, count)
		.map(({ candidate }) => candidate);
}

function isBeginning(wanted: string, candidate: string): boolean {
	return wanted.length >= 3 && candidate.toLowerCase().startsWith(wanted);
}

/** Levenshtein distance. */
function distance(left: string, right: string): number {
	let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
	for (let row = 1; row <= left.length; row++) {
		const current = [row];
		for (let column = 1; column <= right.length; column++) {
			const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
			current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
		}
		previous = current;
	}
	return previous[right.length] ?? 0;
}
