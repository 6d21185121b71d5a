import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../../src/core/errors.ts';
import { watchdog } from '../../../../src/pool/scheduler/timers.ts';
import type { Clock } from '../../../../src/pool/scheduler/types.ts';
import { bed, spec, teach } from '../../../support/scheduling.ts';

const only = (serverId: string) => ({ choices: [{ serverId, model: 'm' }] });

describe('cancelling', () => {
	test('stops the attempt and frees its place at once', () => {
		const made = bed([spec('a')]);
		const first = made.submit('1');
		made.submit('2');
		first.cancel();
		expect(first).toMatchObject({ end: 'cancelled', ends: 1 });
		expect(first.stopped).toEqual(first.attempts);
		made.pass(0);
		expect(made.started).toEqual(['1@a', '2@a']);
	});

	test('while waiting, between attempts and before the start leaves nothing behind', () => {
		const made = bed([spec('a')]);
		const running = made.submit('1');
		const waiting = made.submit('2');
		waiting.cancel();
		running.fail('server');
		running.cancel();
		made.pass(60_000);
		expect([running.end, waiting.end]).toEqual(['cancelled', 'cancelled']);
		expect(made.started).toEqual(['1@a']);
		expect(made.scheduler.inFlight + made.scheduler.waiting + made.timers).toBe(0);
	});

	test('before the submission is reported to the caller', () => {
		const made = bed([spec('a')]);
		const request = { role: 'sub', runId: 'r', conversationId: 'c', promptTokens: 1, ...only('a') } as const;
		const owner = { start: () => () => {}, ended: () => {} };
		expect(() => made.scheduler.submit(request, owner, AbortSignal.abort())).toThrow(CancelledError);
	});

	test('while a server reads the prompt keeps its place for as long as it goes on, and no longer', () => {
		const made = bed([spec('a', { abortLagMs: 3_000 })]);
		const first = made.submit('1', { promptTokens: 50_000 });
		made.submit('2');
		first.cancel();
		made.pass(2_900);
		expect(made.started).toEqual(['1@a']);
		made.pass(200);
		expect(made.started).toEqual(['1@a', '2@a']);
	});

	test('while a reply is written frees the place at once on the same server', () => {
		const made = bed([spec('a', { abortLagMs: 3_000 })]);
		const first = made.submit('1');
		made.submit('2');
		first.firstToken();
		first.cancel();
		made.pass(0);
		expect(made.started).toEqual(['1@a', '2@a']);
	});

	test('ten thousand calls of one signal end together', () => {
		const made = bed([spec('a', { maxConcurrent: 4 })]);
		const controller = new AbortController();
		let [ended, stopped] = [0, 0];
		const owner = {
			start: () => () => {
				stopped++;
			},
			ended: () => {
				ended++;
			},
		};
		for (let index = 0; index < 10_000; index++) {
			const request = { role: 'sub', runId: 'r', conversationId: `${index}`, promptTokens: 100, ...only('a') } as const;
			made.scheduler.submit(request, owner, controller.signal);
		}
		made.pass(10);
		controller.abort();
		made.pass(0);
		expect({ ended, stopped }).toEqual({ ended: 10_000, stopped: 4 });
		expect(made.scheduler.inFlight + made.scheduler.waiting + made.timers).toBe(0);
	});

	test('reports of an attempt that is over change nothing', () => {
		const made = bed([spec('a')]);
		const call = made.submit('1');
		call.cancel();
		call.finish();
		expect(call.fail('server')).toBeUndefined();
		expect(call).toMatchObject({ end: 'cancelled', ends: 1 });
		expect(made.scheduler.inFlight).toBe(0);
	});
});

describe('deadlines', () => {
	test('end a call in the queue and one in progress', () => {
		const made = bed([spec('a')]);
		const running = made.submit('1', { deadline: 5_000 });
		const waiting = made.submit('2', { deadline: 3_000 });
		made.pass(3_000);
		expect([running.end, waiting.end]).toEqual([undefined, 'deadline']);
		made.pass(2_000);
		expect(running.end).toBe('deadline');
		expect(running.stopped).toHaveLength(1);
		made.pass(0);
		expect(made.scheduler.inFlight + made.timers).toBe(0);
	});

	test('a call whose next attempt could only start too late is given up at once', () => {
		const made = bed([spec('a')]);
		const call = made.submit('1', { deadline: 5_000 });
		expect(call.fail('rate-limit', { retryAfterMs: 60_000 })).toEqual({ kind: 'give-up' });
		const other = bed([spec('a')]).submit('1', { deadline: 100 });
		expect(other.fail('server')).toEqual({ kind: 'give-up' });
	});

	test('a timer is set again after the machine slept', () => {
		const timers: { time: number; run: () => void }[] = [];
		let time = 0;
		const clock: Clock = {
			now: () => time,
			at: (due, run) => {
				timers.push({ time: due, run });
				return () => {};
			},
			random: () => 0,
		};
		let fired = 0;
		watchdog(clock, 5_000, () => {
			fired++;
		});
		time = 3_600_000;
		timers[0]?.run();
		expect(fired).toBe(0);
		expect(timers[1]?.time).toBe(3_605_000);
		time = 7_200_000;
		timers[1]?.run();
		expect(fired).toBe(1);
	});
});

describe('hedging', () => {
	const servers = [spec('a'), spec('b')];

	test('tries a straggler at a second server, and the first reply counts', () => {
		const made = bed(servers, { hedging: true });
		teach(made, { a: 2_000, b: 2_000 });
		const call = made.submit('1');
		made.pass(60_000);
		expect(call.attempts.map(({ isHedge }) => isHedge)).toEqual([false, true]);
		call.finish();
		expect(call.stopped).toEqual([call.attempts[0]]);
		expect(call).toMatchObject({ end: 'done', ends: 1 });
		expect(made.scheduler.inFlight).toBe(0);
	});

	test('when one of the two fails the other continues', () => {
		const made = bed(servers, { hedging: true });
		teach(made, { a: 2_000, b: 2_000 });
		const call = made.submit('1');
		made.pass(60_000);
		expect(call.fail('server')).toBeUndefined();
		expect(call.attempts[0]?.done({ promptTokens: 500, completionTokens: 100, firstTokenMs: 1, durationMs: 2 })).toBe(
			true,
		);
		expect(made.scheduler.inFlight).toBe(0);
	});

	test.each([
		['is off unless asked for', false, {}, servers],
		['is not for root calls', true, { role: 'root' as const }, servers],
		['does not cost money', true, {}, [spec('a'), spec('b', { price: { promptUsd: 1, completionUsd: 1 } })]],
	])('%s', (_, hedging, request, with_) => {
		const made = bed(with_, { hedging, cloudUse: 'balanced' });
		teach(made, { a: 2_000, b: 2_000 });
		const call = made.submit('1', { ...request });
		made.pass(60_000);
		expect(call.attempts).toHaveLength(1);
	});

	test('happens for at most one call in twenty', () => {
		const made = bed([spec('a', { maxConcurrent: 50 }), spec('b'), spec('c')], { hedging: true });
		teach(made, { a: 1_000, b: 2_000, c: 2_000 });
		const stragglers = Array.from({ length: 6 }, (_, index) => made.submit(String(index)));
		made.pass(600_000);
		const attempts = stragglers.flatMap((call) => call.attempts);
		expect(attempts.filter(({ isHedge }) => isHedge)).toHaveLength(1);
	});
});
