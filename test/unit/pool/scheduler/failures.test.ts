import { describe, expect, test } from 'vitest';
import { bed, spec, teach } from '../../../support/scheduling.ts';

const ROOT = { role: 'root' } as const;
const only = (serverId: string) => ({ choices: [{ serverId, model: 'm' }] });

describe('circuit breaker', () => {
	test('opens immediately without a connection, and lets one call through when its time is over', () => {
		const made = bed([spec('a', { maxConcurrent: 4 })]);
		teach(made, { a: 2_000 });
		const failing = made.submit('1');
		expect(failing.fail('connect')).toMatchObject({ kind: 'retry' });
		expect(made.scheduler.activity('a')).toMatchObject({ breaker: 'open' });
		for (const name of ['2', '3', '4']) made.submit(name);
		expect(made.started).toEqual(['1@a']);
		made.pass(7_000);
		expect(made.scheduler.activity('a').breaker).toBe('half-open');
		expect(made.started).toHaveLength(2);
	});

	test('closes as soon as the probe is answered', () => {
		const made = bed([spec('a', { maxConcurrent: 4 })]);
		teach(made, { a: 2_000 });
		const probe = made.submit('1');
		probe.fail('connect');
		made.submit('2');
		made.submit('3');
		made.pass(7_000);
		expect(made.started).toEqual(['1@a', '1@a']);
		probe.firstToken();
		made.pass(0);
		expect(made.scheduler.activity('a').breaker).toBe('closed');
		expect(made.started).toEqual(['1@a', '1@a', '2@a', '3@a']);
	});

	test('opens when half of at least five attempts failed', () => {
		const made = bed([spec('a', { maxConcurrent: 8 }), spec('b')]);
		made.scheduler.drain('b');
		for (let index = 0; index < 4; index++) made.submit(`${index}`, only('a')).fail('server');
		expect(made.scheduler.activity('a').breaker).toBe('closed');
		made.submit('4', only('a')).fail('server');
		expect(made.scheduler.activity('a').breaker).toBe('open');
	});

	test('stays open for longer the longer the server is away', () => {
		const made = bed([spec('a'), spec('b')]);
		teach(made, { a: 2_000, b: 2_000 });
		const gaps: number[] = [];
		for (let outage = 0; outage < 12; outage++) {
			const call = made.submit(`${outage}`, only('a'));
			while (call.attempts.length === 0) made.pass(500);
			call.fail('connect');
			call.cancel();
			const { reopensAt = 0 } = made.scheduler.activity('a');
			gaps.push(reopensAt - made.clock.now());
			made.pass(reopensAt - made.clock.now());
		}
		expect(gaps[0]).toBeGreaterThanOrEqual(4_000);
		expect(Math.max(...gaps)).toBeLessThanOrEqual(144_000);
		expect(gaps.at(-1)).toBeGreaterThan(10 * (gaps[0] ?? 0));
	});

	test('the probe is a sub-call where there is one, never a root call', () => {
		const made = bed([spec('a'), spec('b')]);
		teach(made, { a: 2_000, b: 2_000 });
		made.submit('1', only('a')).fail('connect');
		const blocked = made.submit('blocker', only('b'));
		made.pass(20_000);
		made.submit('root', { ...ROOT, runId: 'other' });
		made.pass(1);
		expect(made.started).not.toContain('root@a');
		expect(made.started).toContain('1@a');
		blocked.finish();
		made.pass(1);
		expect(made.started).toContain('root@b');
	});

	test('a root call is the probe when there is nothing else', () => {
		const made = bed([spec('a')]);
		const root = made.submit('root', ROOT);
		expect(root.fail('connect')).toMatchObject({ kind: 'retry' });
		made.pass(1_000);
		expect(root.attempts).toHaveLength(2);
	});

	test('when all servers are cut off, calls wait for the first to open and are told how long', () => {
		const made = bed([spec('a'), spec('b')]);
		teach(made, { a: 2_000, b: 2_000 });
		const call = made.submit('1');
		expect(call.fail('connect')).toEqual({ kind: 'other-server', server: 'b' });
		made.pass(0);
		const step = call.fail('connect');
		expect(step?.kind).toBe('retry');
		const wait = step?.kind === 'retry' ? step.afterMs : 0;
		expect(wait).toBeGreaterThan(3_000);
		made.pass(wait - 1);
		expect(call.attempts).toHaveLength(2);
		made.pass(1);
		expect(call.attempts).toHaveLength(3);
	});

	test('a monitor that sees an answer ends the wait', () => {
		const made = bed([spec('a')]);
		teach(made, { a: 2_000 });
		const call = made.submit('1');
		call.fail('connect');
		made.scheduler.setHealth('a', 'up');
		made.pass(0);
		expect(call.attempts).toHaveLength(2);
	});
});

describe('refusals', () => {
	test('lower the limit to what the server was serving, and let it grow again slowly', () => {
		const made = bed([spec('a', { maxConcurrent: 6 })]);
		const calls = Array.from({ length: 12 }, (_, index) => made.submit(String(index)));
		for (const call of calls.slice(2, 6)) call.fail('overloaded');
		expect(made.scheduler.activity('a').limit).toBe(2);
		const serve = (milliseconds: number) => {
			for (let waited = 0; waited < milliseconds; waited += 1_000) {
				for (const call of calls) if (call.attempts.length > 0 && call.end === undefined) call.finish();
				made.pass(1_000);
			}
		};
		serve(20_000);
		expect(made.scheduler.activity('a').limit).toBe(2);
		made.pass(30_000);
		for (let index = 0; index < 40; index++) {
			made.submit(`more${index}`).finish();
			made.pass(1);
		}
		expect(made.scheduler.activity('a').limit).toBe(6);
	});

	test('of an idle server keep all calls away for as long as it asks for', () => {
		const made = bed([spec('a')]);
		const call = made.submit('1');
		expect(call.fail('rate-limit', { retryAfterMs: 20_000 })).toMatchObject({ kind: 'retry' });
		const other = made.submit('2');
		made.pass(19_000);
		expect(call.attempts.length + other.attempts.length).toBe(1);
		made.pass(5_000);
		expect(call.attempts.length + other.attempts.length).toBe(2);
	});

	test('send a call elsewhere at once, and back to the same server not before a second', () => {
		const made = bed([spec('a', { maxConcurrent: 2 }), spec('b', { maxConcurrent: 2 })]);
		const first = made.submit('1', only('a'));
		const second = made.submit('2', only('b'));
		const call = made.submit('call');
		const at = call.attempts[0]?.serverId;
		expect(call.fail('overloaded')?.kind).toBe('other-server');
		made.pass(0);
		expect(call.attempts[1]?.serverId).not.toBe(at);
		call.fail('overloaded');
		for (const busy of [first, second]) busy.finish();
		made.pass(999);
		expect(call.attempts).toHaveLength(2);
		made.pass(3_000);
		expect(call.attempts).toHaveLength(3);
	});

	test('are bounded for each call', () => {
		const made = bed([spec('a')]);
		const call = made.submit('1');
		for (let refusal = 0; refusal < 50 && call.end === undefined; refusal++) {
			call.fail('overloaded');
			made.pass(20_000);
		}
		expect(call.end).toBe('failed');
		expect(call.attempts).toHaveLength(11);
		expect(made.scheduler.waiting + made.scheduler.inFlight + made.timers).toBe(0);
	});

	test('of a server that has refused everything for minutes end each call at its first', () => {
		const made = bed([spec('a')]);
		const calls = Array.from({ length: 6 }, (_, index) => made.submit(String(index)));
		const seen = calls.map(() => 0);
		for (let second = 0; second < 600; second++) {
			for (const [index, call] of calls.entries()) {
				if (call.end !== undefined || call.attempts.length === seen[index]) continue;
				seen[index] = call.attempts.length;
				call.fail('overloaded');
			}
			made.pass(1_000);
		}
		expect(calls.map(({ end }) => end)).toEqual(Array.from({ length: 6 }, () => 'failed'));
		expect(seen.at(-1)).toBe(1);
		const later = made.submit('later');
		while (later.attempts.length === 0) made.pass(1_000);
		later.finish();
		made.pass(0);
		expect(made.submit('next').fail('overloaded')).toMatchObject({ kind: 'retry' });
	});

	test('for as long as a model takes to load do not end a call', () => {
		const made = bed([spec('a')]);
		const call = made.submit('1');
		const loadedAt = made.clock.now() + 45_000;
		let tried = 0;
		while (made.clock.now() < loadedAt) {
			if (call.attempts.length > tried) {
				tried = call.attempts.length;
				call.fail('overloaded');
			}
			made.pass(100);
		}
		expect(call.end).toBeUndefined();
		made.pass(20_000);
		expect(call.attempts.length).toBeGreaterThan(tried);
	});
});

describe('a server that dies before its first reply has ended', () => {
	const dieFor = (made: ReturnType<typeof bed>, call: ReturnType<ReturnType<typeof bed>['submit']>, ms: number) => {
		const backAt = made.clock.now() + ms;
		call.fail('stream-cut');
		let tried = call.attempts.length;
		for (; made.clock.now() < backAt; made.pass(100)) {
			if (call.attempts.length === tried) continue;
			tried = call.attempts.length;
			call.fail('connect');
		}
	};

	test.each(['a piece of it', 'a check'])('is waited for after %s', (known) => {
		const made = bed([spec('a')]);
		const call = made.submit('1');
		if (known === 'a check') made.scheduler.setHealth('a', 'up');
		else call.firstToken();
		dieFor(made, call, 20_000);
		made.pass(20_000);
		call.finish();
		expect(call.end).toBe('done');
	});

	test('is given up when it never gave a sign of life', () => {
		const made = bed([spec('a')]);
		const call = made.submit('1');
		dieFor(made, call, 20_000);
		expect(call.end).toBe('failed');
	});
});

describe('retries', () => {
	test('are a fifth of the successes in the long run; then a fault goes to another server or ends the call', () => {
		const made = bed([spec('a', { maxConcurrent: 100 })]);
		let retried = 0;
		for (let index = 0; index < 100; index++) {
			for (const name of ['x', 'y', 'z']) made.submit(`${name}${index}`).finish();
			const call = made.submit(`bad${index}`);
			if (call.fail('server')?.kind === 'retry') retried++;
			call.cancel();
		}
		// Ten at the start, and a fifth of 300 successes; one may be left over.
		expect(retried).toBeLessThanOrEqual(70);
		expect(retried).toBeGreaterThanOrEqual(69);
	});

	test('an untried server costs nothing of the budget', () => {
		const made = bed([spec('a', { maxConcurrent: 100 }), spec('b', { maxConcurrent: 100 })]);
		for (let index = 0; index < 20; index++) {
			made.submit(`ok${index}`, only('b')).finish();
			const call = made.submit(`bad${index}`);
			expect(call.fail('connect')?.kind).not.toBe('give-up');
			call.cancel();
			made.scheduler.retryNow('a');
			made.scheduler.retryNow('b');
			made.pass(1);
		}
	});

	test('a server that fails often is skipped while another is nearly as fast', () => {
		const made = bed([spec('a'), spec('b')]);
		teach(made, { a: 4_000, b: 5_000 });
		for (let index = 0; index < 3; index++) {
			made.submit(`bad${index}`, only('a')).fail('bad-request');
			const call = made.submit(`fault${index}`, only('a'));
			call.fail('empty');
			call.cancel();
			made.submit(`ok${index}`, only('b')).finish();
			made.pass(1);
		}
		made.started.length = 0;
		made.submit('next');
		expect(made.started).toEqual(['next@b']);
	});

	test('a failure of the call itself is final', () => {
		const made = bed([spec('a'), spec('b')]);
		expect(made.submit('1').fail('bad-request')).toEqual({ kind: 'give-up' });
		expect(made.scheduler.activity('a').errorShare).toBe(0);
	});

	test('a server without the model is not asked for it again while others have it', () => {
		const made = bed([spec('a', { maxConcurrent: 4 }), spec('b', { maxConcurrent: 4 })]);
		const call = made.submit('1');
		const without = call.attempts[0]?.serverId;
		expect(call.fail('model-not-found')?.kind).toBe('other-server');
		for (const name of ['2', '3', '4']) made.submit(name);
		expect(made.started.slice(1).every((start) => !start.endsWith(`@${without}`))).toBe(true);
	});

	test('a prompt that is too long goes only where the window is larger', () => {
		const made = bed([spec('a'), spec('b'), spec('c')]);
		const choices = [
			{ serverId: 'a', model: 'm', contextTokens: 1000 },
			{ serverId: 'b', model: 'm', contextTokens: 1000 },
			{ serverId: 'c', model: 'm', contextTokens: 9000 },
		];
		made.submit('blocker', only('c'));
		const call = made.submit('1', { choices });
		expect(call.fail('context-overflow', { contextTokens: 1000 })).toEqual({ kind: 'other-server', server: 'c' });
	});
});
