import { Scheduler } from '../../src/pool/scheduler/scheduler.ts';
import type { AttemptHandle } from '../../src/pool/scheduler/types.ts';
import { VirtualClock } from './virtualClock.ts';

/** What the scheduler itself costs in processor time. */
export interface DispatchCost {
	readonly queued: number;
	/** Mean for each call from its submission to its end, µs. */
	readonly microsecondsEach: number;
	/** The longest that the host was held up at one time, ms. */
	readonly longestMs: number;
}

const ROUNDS = 3;

/** The best of some rounds: collecting garbage of the bench itself does not count. */
export function measureDispatch(queued: number): DispatchCost {
	const rounds = Array.from({ length: ROUNDS }, () => measureOnce(queued));
	return {
		queued,
		microsecondsEach: Math.min(...rounds.map(({ microsecondsEach }) => microsecondsEach)),
		longestMs: Math.min(...rounds.map(({ longestMs }) => longestMs)),
	};
}

/** Spreads so many calls over seven places of three servers in virtual time. */
function measureOnce(queued: number): DispatchCost {
	const clock = new VirtualClock(1);
	const servers = [2, 1, 4].map((maxConcurrent, index) => ({
		id: `s${index}`,
		priority: 1,
		maxConcurrent,
		maxResident: 1,
		maxPrefixes: maxConcurrent,
		abortLagMs: 0,
	}));
	let longestMs = 0;
	let spentMs = 0;
	const timed = (run: () => void) => {
		const before = processorMs();
		run();
		const took = processorMs() - before;
		spentMs += took;
		longestMs = Math.max(longestMs, took);
	};
	const measured = {
		now: () => clock.now(),
		random: () => clock.random(),
		at: (time: number, run: () => void) => clock.at(time, () => timed(run)),
	};
	const options = { strategy: 'adaptive', cloudUse: 'balanced', hedging: false } as const;
	const scheduler = new Scheduler({ servers, clock: measured, ...options });
	const choices = servers.map(({ id }) => ({ serverId: id, model: 'm' }));
	const owner = {
		start: (attempt: AttemptHandle) =>
			clock.at(clock.now() + 1000 + 9000 * clock.random(), () =>
				timed(() => {
					attempt.done({ promptTokens: 1500, completionTokens: 180, firstTokenMs: 500, durationMs: 5000 });
				}),
			),
		ended: () => {},
	};
	const signal = new AbortController().signal;
	for (let index = 0; index < queued; index++) {
		const request = { role: 'sub', runId: `run-${index % 10}`, conversationId: `c-${index}`, choices } as const;
		timed(() => scheduler.submit({ ...request, promptTokens: 1500 }, owner, signal));
	}
	clock.run();
	return { queued, microsecondsEach: (1000 * spentMs) / queued, longestMs };
}

/** Time that this thread has really run, so that other work of the machine does not count. */
function processorMs(): number {
	const { user, system } = process.threadCpuUsage();
	return (user + system) / 1000;
}
