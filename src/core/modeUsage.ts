import type { RunEvent } from './events.ts';
import type { Way } from './modes.ts';
import { sumBy } from './sumBy.ts';

/** What the runs of a mode brought, and what they took. All counts are additive. */
export interface ModeUsage {
	readonly mode: Way;
	/** The plan that gave the answer, or was the last to be tried; empty outside of the mode `guided`. */
	readonly plan: string;
	readonly runs: number;
	readonly answered: number;
	readonly partial: number;
	/** Failed or cancelled. */
	readonly failed: number;
	readonly calls: number;
	/** Of prompts and completions. */
	readonly tokens: number;
	/** USD of the calls whose price is known. */
	readonly costUsd: number;
	/** Calls with an unknown price. If there are any, `costUsd` is a lower bound. */
	readonly unpricedCalls: number;
	readonly durationMs: number;
}

/** Converts the events of a run to what its mode is counted with, once, when it ends. Child runs and voters are parts of it. */
export class ModeFold {
	#plan = '';

	/** @returns the run, as one of its mode; undefined before its end, and when it ended before its first mode */
	add(event: RunEvent): ModeUsage | undefined {
		if (event.parentId !== undefined) return undefined;
		if (event.type === 'mode-start') this.#plan = '';
		if (event.type === 'plan-start') this.#plan = event.plan;
		if (event.type !== 'run-end' || event.mode === undefined) return undefined;
		const { mode, outcome, totals, durationMs } = event;
		const { usage, calls, costUsd, unpricedCalls } = totals;
		return {
			mode,
			plan: this.#plan,
			runs: 1,
			answered: Number(outcome === 'answered'),
			partial: Number(outcome === 'partial'),
			failed: Number(outcome === 'failed' || outcome === 'cancelled'),
			calls,
			tokens: usage.promptTokens + usage.completionTokens,
			costUsd,
			unpricedCalls,
			durationMs,
		};
	}
}

/** Sums by mode and plan, in order of first appearance. */
export function sumByMode(entries: Iterable<ModeUsage>): readonly ModeUsage[] {
	return sumBy(entries, ({ mode, plan }) => `${mode}/${plan}`, added);
}

function added(a: ModeUsage, b: ModeUsage): ModeUsage {
	return {
		mode: a.mode,
		plan: a.plan,
		runs: a.runs + b.runs,
		answered: a.answered + b.answered,
		partial: a.partial + b.partial,
		failed: a.failed + b.failed,
		calls: a.calls + b.calls,
		tokens: a.tokens + b.tokens,
		costUsd: a.costUsd + b.costUsd,
		unpricedCalls: a.unpricedCalls + b.unpricedCalls,
		durationMs: a.durationMs + b.durationMs,
	};
}
