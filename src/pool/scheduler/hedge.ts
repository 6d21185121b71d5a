import type { Attempt } from './attempt.ts';
import type { Placement, Plan } from './plan.ts';
import type { Cancel, Clock } from './types.ts';

/** A call that takes this many times as long as predicted is a straggler. */
const STRAGGLER = 3;
/** Share of calls that may be tried at two servers. */
const MOST_HEDGES = 0.05;
/** Before so many calls no share can be told. */
const FIRST_HEDGES = 20;

/** How many calls there were, and how many of them were tried twice. */
export interface Hedging {
	jobs: number;
	hedges: number;
}

/** What hedging needs of the scheduler. */
export interface HedgeOptions {
	readonly clock: Clock;
	/** Whether no other call wants the place. */
	readonly canHedge: () => boolean;
	readonly plan: () => Plan;
	readonly start: (placement: Placement) => void;
}

/**
 * Watches a sub-call: when it takes far too long while a free server that costs nothing has its model loaded, the call
 * is tried there as well, and whichever ends first counts (Dean and Barroso, The Tail at Scale, 2013).
 */
export function armHedge(attempt: Attempt, hedging: Hedging, options: HedgeOptions): void {
	const { job, start } = attempt;
	if (job.request.role !== 'sub') return;
	hedging.jobs++;
	let cancel: Cancel = () => {};
	const look = (time: number) => {
		cancel = options.clock.at(time, () => {
			if (attempt.isOver || job.running.size > 1) return;
			const placement = mayHedge(hedging, options) ? secondPlacement(attempt, options.plan()) : undefined;
			if (placement) {
				hedging.hedges++;
				options.start(placement);
			} else {
				look(time + start.prediction.totalMs);
			}
		});
	};
	look(start.startedAt + STRAGGLER * start.prediction.totalMs);
	job.cleanUps.push(() => cancel());
}

function mayHedge({ jobs, hedges }: Hedging, { canHedge }: HedgeOptions): boolean {
	return canHedge() && hedges < MOST_HEDGES * Math.max(FIRST_HEDGES, jobs);
}

function secondPlacement({ job, target }: Attempt, plan: Plan): Placement | undefined {
	const wasExhausted = job.exhausted.has(target.server);
	job.exhausted.add(target.server);
	const placement = plan.choose(job);
	if (!wasExhausted) job.exhausted.delete(target.server);
	if (!placement) return undefined;
	const { server } = placement.target;
	const isIdle = placement.prediction.loadMs === 0 && server.busy === 0 && server.breaker.state === 'closed';
	return isIdle && !server.isPaid ? placement : undefined;
}
