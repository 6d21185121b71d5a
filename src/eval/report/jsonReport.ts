import type { Result } from '../run/results.ts';
import { crossovers } from './crossover.ts';
import { summarise } from './summary.ts';

/** A report as one JSON value, for programs. */
export function jsonReport(results: readonly Result[]): object {
	const summary = summarise(results);
	return {
		...summary,
		contenders: summary.contenders.map(({ byKind, bySize, ...contender }) => ({
			...contender,
			byKind: Object.fromEntries(byKind),
			bySize: Object.fromEntries(bySize),
		})),
		crossovers: crossovers(summary),
	};
}
