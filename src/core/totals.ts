import type { Totals } from './events.ts';
import type { Usage } from './ports/model.ts';

/** Nothing used. */
export const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, isEstimate: false };

/** Totals of nothing. */
export const NO_TOTALS: Totals = { usage: NO_USAGE, costUsd: 0, unpricedCalls: 0, calls: 0 };

/** Totals of one model call. An absent `costUsd` means that its price is unknown. */
export function totalsOfCall(usage: Usage, costUsd: number | undefined): Totals {
	return { usage, costUsd: costUsd ?? 0, unpricedCalls: costUsd === undefined ? 1 : 0, calls: 1 };
}

/** Adds two totals. Optional figures are summed over the calls that report them. */
export function addTotals(a: Totals, b: Totals): Totals {
	return {
		usage: addUsage(a.usage, b.usage),
		costUsd: a.costUsd + b.costUsd,
		unpricedCalls: a.unpricedCalls + b.unpricedCalls,
		calls: a.calls + b.calls,
	};
}

function addUsage(a: Usage, b: Usage): Usage {
	return {
		promptTokens: a.promptTokens + b.promptTokens,
		completionTokens: a.completionTokens + b.completionTokens,
		...optionalSum('cachedPromptTokens', a.cachedPromptTokens, b.cachedPromptTokens),
		...optionalSum('cacheWriteTokens', a.cacheWriteTokens, b.cacheWriteTokens),
		...optionalSum('reasoningTokens', a.reasoningTokens, b.reasoningTokens),
		isEstimate: a.isEstimate || b.isEstimate,
	};
}

function optionalSum<K extends string>(key: K, a: number | undefined, b: number | undefined): { [P in K]?: number } {
	return a === undefined && b === undefined ? {} : ({ [key]: (a ?? 0) + (b ?? 0) } as { [P in K]?: number });
}

/** Usage of a run so far, and of its current iteration. */
export class Spending {
	#earlier = NO_TOTALS;
	#own = NO_TOTALS;
	#below = NO_TOTALS;

	/** Usage of the run, its sub-calls and its child runs. */
	get totals(): Totals {
		return addTotals(this.#earlier, addTotals(this.#own, this.#below));
	}

	/** Adds a request of the root model itself. */
	addOwn(totals: Totals): void {
		this.#own = addTotals(this.#own, totals);
	}

	/** Adds a sub-call or a child run. */
	addBelow(totals: Totals): void {
		this.#below = addTotals(this.#below, totals);
	}

	/** Usage since this was last called. */
	takeIteration(): { readonly own: Totals; readonly subtree: Totals } {
		const taken = { own: this.#own, subtree: addTotals(this.#own, this.#below) };
		this.#earlier = addTotals(this.#earlier, taken.subtree);
		this.#own = NO_TOTALS;
		this.#below = NO_TOTALS;
		return taken;
	}
}
