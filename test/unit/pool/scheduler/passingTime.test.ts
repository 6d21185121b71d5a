import { expect, test } from 'vitest';
import { Scheduler } from '../../../../src/pool/scheduler/scheduler.ts';
import type { Clock } from '../../../../src/pool/scheduler/types.ts';
import { spec } from '../../../support/scheduling.ts';

/** A clock that goes on with every look at it, as the real one does during a long pass over the queue. */
function hastyClock(stepMs: number): Clock & { runOnce(): void } {
	let time = 0;
	const due: (() => void)[] = [];
	return {
		now: () => {
			time += stepMs;
			return time;
		},
		at: (_, run) => {
			due.push(run);
			return () => due.splice(due.indexOf(run) >>> 0, 1);
		},
		random: () => 0.5,
		runOnce: () => due.shift()?.(),
	};
}

test('a server gets no more calls than its limit, however much time passes while the queue is planned', () => {
	const clock = hastyClock(60_000);
	const settings = { strategy: 'adaptive', cloudUse: 'balanced', hedging: false } as const;
	const servers = [
		{ ...spec('a'), maxConcurrent: 2 },
		{ ...spec('b'), maxConcurrent: 3 },
	];
	const scheduler = new Scheduler({ servers, clock, ...settings });
	const { signal } = new AbortController();
	const owner = { start: () => () => {}, ended: () => {} };
	for (let index = 0; index < 20; index++) {
		// All but the last want the one server, while the other has places to give.
		const choices = [{ serverId: index < 19 ? 'a' : 'b', model: 'm' }];
		const request = { role: 'sub', runId: 'run', conversationId: String(index), choices, promptTokens: 500 } as const;
		scheduler.submit(request, owner, signal);
	}
	clock.runOnce();
	expect([scheduler.activity('a').inFlight, scheduler.activity('b').inFlight]).toEqual([2, 1]);
});
