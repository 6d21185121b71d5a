import { Budget, LimitReached } from './budget.ts';
import { Emitter } from './emitter.ts';
import { CancelledError } from './errors.ts';
import type { LimitName, RunEvent } from './events.ts';
import { Seen } from './evidence/seen.ts';
import { openRun } from './openRun.ts';
import { OpenTexts } from './openTexts.ts';
import { Pace } from './pace.ts';
import type { RunDeps, RunRequest, RunResult } from './request.ts';
import type { RunPlace, RunState, Shared } from './runState.ts';
import { type Ending, endingOf, salvage } from './salvage.ts';
import { Semaphore } from './semaphore.ts';

/** A run in progress. */
export interface RunHandle {
	readonly runId: string;
	/** Every event of the run and its children, for one reader. If nobody reads them, the run stops once they pile up. */
	readonly events: AsyncIterable<RunEvent>;
	/** Never rejects: a failure is an outcome. */
	readonly result: Promise<RunResult>;
	/** Ends the run with the best answer available, marked partial. */
	answerNow(): void;
	/** Ends the run immediately, like the caller's signal. */
	cancel(): void;
}

/**
 * Starts a run.
 * @param signal cancels everything: requests to models are closed, Python is interrupted
 */
export function run(request: RunRequest, deps: RunDeps, signal: AbortSignal): RunHandle {
	const runId = request.runId ?? deps.createId();
	const place: RunPlace = { runId, nodeId: runId, parentId: undefined, depth: 0 };
	const switches: Switches = {
		cancel: new AbortController(),
		stop: new AbortController(),
		deadline: new AbortController(),
	};
	const { shared, stopTimers } = shareTree(request, deps, runId, switches);
	const result = runNode(request, shared, place, AbortSignal.any([signal, switches.cancel.signal])).finally(() => {
		stopTimers();
		shared.emitter.end();
	});
	return {
		runId,
		events: shared.emitter.events,
		result,
		answerNow: () => switches.stop.abort('answer-now' satisfies StopReason),
		cancel: () => switches.cancel.abort(),
	};
}

/** What ends a tree, from outside or by its clock. */
interface Switches {
	/** Everything, immediately. */
	readonly cancel: AbortController;
	/** Ordinary work: an answer may still be given. */
	readonly stop: AbortController;
	/** The time of the tree is up. */
	readonly deadline: AbortController;
}

/** Makes what all runs of the tree share, and starts its clock. @returns also what stops the clock */
function shareTree(
	request: RunRequest,
	deps: RunDeps,
	runId: string,
	{ stop, deadline }: Switches,
): { readonly shared: Shared; readonly stopTimers: () => void } {
	const { limits } = request;
	const seen = new Seen();
	const emitter = new Emitter(deps.now, (event) => seen.note(event));
	const budget = new Budget(limits, deps.now, (limit, used, max) =>
		emitter.emit({ type: 'budget-warning', runId, nodeId: runId, limit, used, max }),
	);
	// Ordinary work ends in time for a forced last iteration; what that takes is known better with every reply.
	const stopInTime = () => setTimeout(() => stop.abort('duration' satisfies StopReason), timerMs(budget.workMsLeft));
	let stopping = stopInTime();
	const ending = setTimeout(() => deadline.abort(), timerMs(limits.durationMs));
	let nodes = 0;
	const shared: Shared = {
		deps,
		emitter,
		seen,
		budget,
		places: new Semaphore(limits.concurrency),
		texts: new OpenTexts(),
		pace: new Pace(),
		stop: stop.signal,
		deadline: deadline.signal,
		keepBack(closingMs) {
			budget.keepBack(closingMs);
			clearTimeout(stopping);
			stopping = stopInTime();
		},
		createNodeId: () => `${runId}.${++nodes}`,
		runChild: (...child) => runNode(...child),
	};
	return { shared, stopTimers: () => [stopping, ending].forEach(clearTimeout) };
}

/** Timers take at most 2^31 - 1 ms; a longer one would fire immediately. */
function timerMs(milliseconds: number): number {
	return Math.min(Math.max(0, milliseconds), 2 ** 31 - 1);
}

/** Why the ordinary work of a run was stopped although it may still answer. */
type StopReason = LimitName | 'answer-now';

/** Runs one run of the tree, from its first event to its last. */
async function runNode(request: RunRequest, shared: Shared, place: RunPlace, signal: AbortSignal): Promise<RunResult> {
	const startedAt = shared.deps.now();
	let state: RunState | undefined;
	let ending: Ending;
	try {
		state = await openRun(request, shared, place, signal);
		ending = await shared.deps.answer(state);
	} catch (error) {
		ending = await endingAfter(error, state, shared.stop, signal).catch((second: unknown) =>
			signal.aborted ? { outcome: 'cancelled' } : { outcome: 'failed', error: second },
		);
	}
	try {
		return await endingOf(ending, state, shared, place, startedAt);
	} finally {
		await state?.close();
	}
}

/** An interrupted run still gives the best answer it has. */
async function endingAfter(
	error: unknown,
	state: RunState | undefined,
	stop: AbortSignal,
	signal: AbortSignal,
): Promise<Ending> {
	if (!state) return signal.aborted ? { outcome: 'cancelled' } : { outcome: 'failed', error };
	if (signal.aborted) return { outcome: 'cancelled' };
	if (error instanceof LimitReached) return salvage(state, error.limit);
	if (error instanceof CancelledError && stop.aborted) return salvage(state, stop.reason as StopReason);
	return { outcome: 'failed', error };
}
