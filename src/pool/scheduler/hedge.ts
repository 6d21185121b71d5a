import type { Attempt } from './attempt.ts';
import type { Placement, Plan } from './plan.ts';
import type { Cancel, Clock } from './types.ts';

/** A call that takes this many times its predicted duration is a straggler. */
const STRAGGLER = 3;
/** Share of calls that may be tried at two servers. */
const MOST_HEDGES = 0.05;
/** Calls before which the share cannot be judged. */
const FIRST_HEDGES = 20;

/** Counts calls, and how many of them were tried twice. */
export interface Hedging {
	jobs: number;
	hedges: number;
}

/** What hedging needs from the scheduler. */
export interface HedgeOptions {
	readonly clock: Clock;
	/** Whether no other call wants the place. */
	readonly canHedge: () => boolean;
	readonly plan: () => Plan;
	readonly start: (placement: Placement) => void;
}

/**
 * Watches a sub-call. If it takes far too long while a free server without a price has its model loaded, the call is
 * tried there too, and the first to finish wins (Dean and Barroso, The Tail at Scale, 2013).
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
