import type { Contender, Summary } from './summary.ts';
import { type Interval, wilson } from './wilson.ts';

/** From which size of context on a mode is better than a direct call with the same model. */
export interface Crossover {
	readonly model: string;
	readonly mode: string;
	/** Bytes of the smallest size class from which the mode is better at every size; undefined when there is none. */
	readonly fromBytes: number | undefined;
	/**
	 * Whether the intervals of accuracy over all tasks from that size on do not overlap. If they do, it may be chance.
	 * False without a size.
	 */
	readonly isClear: boolean;
	/** Size classes that both have results for. */
	readonly sizes: readonly number[];
}

/** Compares every mode with the direct calls of its model, where there are any. */
export function crossovers({ contenders }: Summary): readonly Crossover[] {
	return contenders
		.filter(({ mode }) => mode !== 'direct')
		.flatMap((contender) => {
			const direct = contenders.find(({ mode, model }) => mode === 'direct' && model === contender.model);
			return direct ? [crossover(contender, direct)] : [];
		});
}

function crossover(contender: Contender, direct: Contender): Crossover {
	const { mode, model } = contender;
	const sizes = [...contender.bySize.keys()].filter((size) => direct.bySize.has(size)).sort((a, b) => a - b);
	const shareAt = (of: Contender, size: number) => of.bySize.get(size)?.accuracy.share ?? 0;
	const worse = sizes.findLastIndex((size) => shareAt(contender, size) <= shareAt(direct, size));
	const better = sizes.slice(worse + 1);
	const fromBytes = better[0];
	const isClear = fromBytes !== undefined && pooled(contender, better).low > pooled(direct, better).high;
	return { mode, model, fromBytes, isClear, sizes };
}

/** Accuracy over all tasks of these sizes. */
function pooled({ bySize }: Contender, sizes: readonly number[]): Interval {
	const figures = sizes.flatMap((size) => bySize.get(size) ?? []);
	const right = figures.reduce((sum, { accuracy, tasks }) => sum + accuracy.share * tasks, 0);
	return wilson(
		right,
		figures.reduce((sum, { tasks }) => sum + tasks, 0),
	);
}
