import { readdirSync } from 'node:fs';
import path from 'node:path';

/** Names that a person may have meant, nearest first, at most three. */
export function nearNames(name: string, candidates: readonly string[]): string[] {
	const wanted = name.toLowerCase();
	const limit = Math.max(2, Math.floor(name.length / 3));
	return candidates
		.map((candidate) => ({ candidate, distance: distanceTo(wanted, candidate.toLowerCase()) }))
		.filter(({ distance }) => distance <= limit)
		.sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
		.slice(0, 3)
		.map(({ candidate }) => candidate);
}

/** Paths that exist and look like one that does not: entries of the deepest folder of it that is there. */
export function nearPaths(missing: string): string[] {
	const folder = path.dirname(missing);
	if (folder === missing) return [];
	try {
		return nearNames(path.basename(missing), readdirSync(folder)).map((name) => path.join(folder, name));
	} catch {
		// That folder is not there either: the mistake is further up.
		return nearPaths(folder);
	}
}

/** Edits that turn one text into the other; a name that goes on after the wanted text counts one edit. */
function distanceTo(wanted: string, candidate: string): number {
	if (wanted.length >= 3 && candidate.startsWith(wanted)) return 1;
	let previous = Array.from({ length: candidate.length + 1 }, (_, index) => index);
	for (const [row, character] of [...wanted].entries()) {
		const current = [row + 1];
		for (const [column, other] of [...candidate].entries()) {
			const replaced = (previous[column] ?? 0) + (character === other ? 0 : 1);
			current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
		}
		previous = current;
	}
	return previous[candidate.length] ?? 0;
}
