import { describe, expect, test } from 'vitest';
import { bed, type Observed, spec, teach } from '../../../support/scheduling.ts';

const SUB = { role: 'sub' } as const;
const ROOT = { role: 'root' } as const;

/** Ends calls one after the other, each when it has started, until none is left. */
function serveAll(made: ReturnType<typeof bed>, calls: readonly Observed[]): void {
	for (let round = 0; round <= calls.length; round++) {
		for (const call of calls) if (call.attempts.length > 0 && call.end === undefined) call.finish();
		made.pass(1);
	}
}

describe('the queue', () => {
	test('holds calls until a place is free, and gives it to the oldest', () => {
		const made = bed([spec('a')]);
		const calls = ['1', '2', '3'].map((name) => made.submit(name));
		expect(made.started).toEqual(['1@a']);
		serveAll(made, calls);
		expect(made.started).toEqual(['1@a', '2@a', '3@a']);
		expect(made.scheduler.inFlight + made.scheduler.waiting + made.timers).toBe(0);
	});

	test('runs share the servers evenly, whatever the order and number of their calls', () => {
		const made = bed([spec('a')]);
		const flood = Array.from({ length: 20 }, (_, index) => made.submit(`f${index}`, { runId: 'flood' }));
		const late = Array.from({ length: 4 }, (_, index) => made.submit(`l${index}`, { runId: 'late' }));
		serveAll(made, [...flood, ...late]);
		const last = made.started.indexOf('l3@a');
		expect(last).toBeLessThanOrEqual(9);
	});

	test('a run that used more than estimated waits longer', () => {
		const made = bed([spec('a')]);
		const long = Array.from({ length: 4 }, (_, index) => made.submit(`long${index}`, { runId: 'long' }));
		const short = Array.from({ length: 8 }, (_, index) => made.submit(`short${index}`, { runId: 'short' }));
		for (let round = 0; round < 12; round++) {
			for (const call of [...long, ...short]) {
				if (call.attempts.length === 0 || call.end !== undefined) continue;
				call.finish({ completionTokens: call.name.startsWith('long') ? 2000 : 20 });
			}
			made.pass(1);
		}
		expect(made.started.slice(0, 6).filter((name) => name.startsWith('short')).length).toBeGreaterThanOrEqual(4);
	});

	test('calls that no server may take now do not hide those behind them', () => {
		const made = bed([spec('a'), spec('b')]);
		made.scheduler.drain('a');
		for (let index = 0; index < 600; index++) made.submit(`x${index}`, { choices: [{ serverId: 'a', model: 'm' }] });
		made.submit('y');
		expect(made.started).toEqual(['y@b']);
	});

	test.each([SUB, ROOT])('calls that wait for a busy server do not hide those of another: %j', (kind) => {
		const made = bed([spec('a'), spec('b')]);
		for (let index = 0; index < 600; index++) {
			made.submit(`x${index}`, { ...kind, choices: [{ serverId: 'a', model: 'm' }] });
		}
		made.submit('y', { choices: [{ serverId: 'b', model: 'm' }] });
		expect(made.started).toEqual(['x0@a', 'y@b']);
	});

	test('the queue is bounded, and further calls wait before it', () => {
		const made = bed([spec('a')], { queueMax: 2 });
		const calls = Array.from({ length: 6 }, (_, index) => made.submit(String(index)));
		calls[5]?.cancel();
		expect(made.scheduler.waiting).toBe(4);
		serveAll(made, calls);
		expect(made.started).toEqual(['0@a', '1@a', '2@a', '3@a', '4@a']);
		expect(calls.map(({ ends }) => ends)).toEqual([1, 1, 1, 1, 1, 1]);
	});
});

describe('root calls', () => {
	test('go before sub-calls', () => {
		const made = bed([spec('a')]);
		const calls = [made.submit('1'), made.submit('2'), made.submit('root', ROOT)];
		serveAll(made, calls);
		expect(made.started).toEqual(['1@a', 'root@a', '2@a']);
	});

	test('of many runs leave a place of each server to sub-calls', () => {
		const made = bed([spec('a', { maxConcurrent: 3 })]);
		const blocker = made.submit('blocker', { runId: 'z' });
		const others = [made.submit('blocker2', { runId: 'z' }), made.submit('blocker3', { runId: 'z' })];
		for (let run = 0; run < 6; run++) made.submit(`r${run}`, { ...ROOT, runId: `run${run}` });
		for (let index = 0; index < 3; index++) made.submit(`s${index}`, { ...SUB, runId: 'z' });
		for (const call of [blocker, ...others]) call.finish();
		made.pass(1);
		const next = made.started.slice(3);
		expect(next.filter((name) => name.startsWith('r'))).toHaveLength(2);
		expect(next.filter((name) => name.startsWith('s'))).toHaveLength(1);
	});

	test('cannot keep a sub-call from the only place forever', () => {
		const made = bed([spec('a')]);
		const sub = (name: string) => made.submit(name, { runId: 'sub' });
		let running = made.submit('first', { ...ROOT, runId: 'r' });
		const waiting = sub('waiting');
		for (let turn = 0; turn < 12 && waiting.attempts.length === 0; turn++) {
			const next = made.submit(`t${turn}`, { ...ROOT, runId: `r${turn % 2}` });
			running.finish();
			made.pass(1);
			running = next;
		}
		expect(waiting.attempts).toHaveLength(1);
	});

	test('a child run at a server with one place cannot deadlock: nobody holds a place while waiting', () => {
		const made = bed([spec('a')]);
		let depth = 0;
		const descend = (): Observed => {
			depth++;
			const turn = made.submit(`turn${depth}`, { ...ROOT, runId: `run${depth}` });
			turn.finish();
			made.pass(1);
			if (depth < 10) descend().finish();
			const after = made.submit(`after${depth--}`, { ...ROOT, runId: `run${depth}` });
			made.pass(1);
			return after;
		};
		descend().finish();
		expect(made.started).toHaveLength(20);
		expect(made.scheduler.inFlight).toBe(0);
	});
});

describe('late binding', () => {
	test('a call waits for a fast server rather than take a free slow one', () => {
		const made = bed([spec('slow'), spec('fast')]);
		teach(made, { slow: 60_000, fast: 4_000 });
		made.submit('1');
		made.submit('2');
		expect(made.started).toEqual(['1@fast']);
	});

	test('and takes the slow one when the fast one is late', () => {
		const made = bed([spec('slow'), spec('fast')]);
		teach(made, { slow: 60_000, fast: 4_000 });
		made.submit('1');
		made.submit('2');
		made.pass(3 * 60 * 60_000);
		expect(made.started).toEqual(['1@fast', '2@slow']);
	});

	test('enough calls before it, and the slow server is taken at once', () => {
		const made = bed([spec('slow'), spec('fast')]);
		teach(made, { slow: 20_000, fast: 4_000 });
		for (let index = 0; index < 9; index++) made.submit(String(index));
		expect(made.started).toHaveLength(2);
	});

	test('never more calls at a server than its limit', () => {
		const made = bed([spec('a', { maxConcurrent: 3 }), spec('b', { maxConcurrent: 2 })]);
		for (let index = 0; index < 20; index++) made.submit(String(index));
		expect(made.scheduler.activity('a').inFlight).toBe(3);
		expect(made.scheduler.activity('b').inFlight).toBe(2);
		expect(made.scheduler.activity('a').waiting).toBe(15);
	});
});
