import type { PassageFinder } from '../core/ports/context.ts';
import type { Compute } from './compute.ts';
import { packed } from './findPassages.ts';

/** Time limit of one search, ms. Texts of 100 MB take some seconds. */
const SEARCH_MS = 60_000;

/** Searches contexts on a compute thread: a hundred megabytes would hold up the host's for seconds. */
export function passageFinder(compute: Compute): PassageFinder {
	return {
		find(contexts, question, extent, signal) {
			const texts = contexts.filter((context) => context.kind !== 'json').map(packed);
			return compute.run('findPassages', { contexts: texts, question, ...extent }, SEARCH_MS, signal);
		},
	};
}
