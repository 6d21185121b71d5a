import { describe, expect, test } from 'vitest';
import { bed, spec, teach } from '../../../support/scheduling.ts';

const at = (...ids: string[]) => ids.map((serverId) => ({ serverId, model: 'm' }));

describe('strategies', () => {
	test('adaptive: priority counts only by its order, and a faster server may beat it', () => {
		const made = bed([spec('first', { priority: 1 }), spec('last', { priority: 10 })]);
		teach(made, { first: 10_000, last: 9_500 });
		made.submit('near');
		expect(made.started).toEqual(['near@first']);
		const other = bed([spec('first', { priority: 1 }), spec('last', { priority: 10 })]);
		teach(other, { first: 10_000, last: 5_000 });
		other.submit('far');
		expect(other.started).toEqual(['far@last']);
	});

	test('priority: the first tier with a free place, then the next', () => {
		const made = bed([spec('c', { priority: 3 }), spec('a', { priority: 1 }), spec('b', { priority: 2 })], {
			strategy: 'priority',
		});
		for (const name of ['1', '2', '3', '4']) made.submit(name);
		expect(made.started).toEqual(['1@a', '2@b', '3@c']);
	});

	test('leastLoaded: the smallest share of used places, and among equals the longest idle', () => {
		const made = bed([spec('a', { maxConcurrent: 4 }), spec('b', { maxConcurrent: 2 })], { strategy: 'leastLoaded' });
		for (const name of ['1', '2', '3', '4']) made.submit(name);
		expect(made.started).toEqual(['1@a', '2@b', '3@a', '4@b']);
	});

	test('roundRobin: one after the other, in proportion to the places', () => {
		const made = bed([spec('a', { maxConcurrent: 2 }), spec('b', { maxConcurrent: 1 })], { strategy: 'roundRobin' });
		for (let index = 0; index < 6; index++) {
			made.submit(String(index)).finish();
			made.pass(1);
		}
		expect(made.started.filter((name) => name.endsWith('a'))).toHaveLength(4);
		expect(made.started.filter((name) => name.endsWith('b'))).toHaveLength(2);
		expect(new Set(made.started.slice(0, 3).map((name) => name.at(-1)))).toEqual(new Set(['a', 'b']));
	});
});

describe('money', () => {
	const price = { promptUsd: 3, completionUsd: 15 };

	test.each([
		['fastest', 'paid'],
		['balanced', 'free'],
		['overflow', 'free'],
	] as const)('cloudUse %s: with both free, the call goes to the %s one', (cloudUse, expected) => {
		const made = bed([spec('free'), spec('paid', { price })], { cloudUse });
		teach(made, { free: 20_000, paid: 2_000 });
		made.submit('1');
		expect(made.started).toEqual([`1@${expected}`]);
	});

	test('overflow waits longer for a free server than balanced does', () => {
		const waiting = (cloudUse: 'balanced' | 'overflow') => {
			const made = bed([spec('free'), spec('paid', { price, maxConcurrent: 100 })], { cloudUse });
			teach(made, { free: 20_000, paid: 2_000 });
			for (let index = 0; index < 100; index++) made.submit(String(index));
			return made.scheduler.waiting;
		};
		expect(waiting('overflow')).toBeGreaterThan(waiting('balanced'));
	});
});

describe('models in memory', () => {
	test('a server that has the model loaded is preferred', () => {
		const made = bed([spec('a', { maxResident: 1 }), spec('b', { maxResident: 1 })]);
		made.scheduler.setResident('a', ['other']);
		made.scheduler.setResident('b', ['m']);
		made.submit('1');
		expect(made.started).toEqual(['1@b']);
	});

	test('another model is loaded only when the server is empty, and nothing slips in before it', () => {
		const made = bed([spec('a', { maxResident: 1, maxConcurrent: 2 })]);
		made.scheduler.setResident('a', ['m']);
		const first = made.submit('1', { runId: 'x' });
		made.submit('other', { runId: 'y', choices: [{ serverId: 'a', model: 'n' }] });
		made.submit('2', { runId: 'x' });
		made.submit('3', { runId: 'x' });
		expect(made.started).toEqual(['1@a']);
		first.finish();
		made.pass(1);
		expect(made.started).toEqual(['1@a', 'other@a']);
		expect(made.scheduler.activity('a').residentModels).toEqual(['n']);
	});

	test('a server that says it holds two models is believed', () => {
		const made = bed([spec('a', { maxResident: 1, maxConcurrent: 2 })]);
		made.scheduler.setResident('a', ['m', 'n']);
		made.submit('1');
		made.submit('2', { choices: [{ serverId: 'a', model: 'n' }] });
		expect(made.started).toEqual(['1@a', '2@a']);
	});
});

describe('prefix cache', () => {
	test('a conversation goes back to the server that has read it', () => {
		const made = bed([spec('a'), spec('b')]);
		teach(made, { a: 5_000, b: 5_000 });
		const first = made.submit('1', { conversationId: 'c', promptTokens: 5000, choices: at('b') });
		first.finish({ promptTokens: 5000 });
		made.pass(1);
		made.submit('2', { conversationId: 'c', promptTokens: 5200 });
		expect(made.started).toEqual(['1@b', '2@b']);
	});

	test('but not when that server is busy for longer than reading it again takes', () => {
		const made = bed([spec('a'), spec('b')]);
		teach(made, { a: 5_000, b: 5_000 });
		const first = made.submit('1', { conversationId: 'c', promptTokens: 500, choices: at('b') });
		made.pass(2_500);
		first.firstToken();
		made.pass(2_500);
		first.finish();
		made.pass(1);
		made.submit('long', { choices: at('b') });
		made.submit('2', { conversationId: 'c', promptTokens: 600 });
		expect(made.started).toEqual(['1@b', 'long@b', '2@a']);
	});

	test('waiting root calls whose prefix is still there go first, within bounds', () => {
		const made = bed([spec('a', { maxPrefixes: 1 })]);
		const root = (name: string, run: string) =>
			made.submit(name, { role: 'root', runId: run, conversationId: run, promptTokens: 2000 });
		const first = root('1', 'x');
		const other = root('other', 'y');
		first.finish({ promptTokens: 2000 });
		let warm = root('2', 'x');
		made.pass(1);
		expect(made.started).toEqual(['1@a', '2@a']);
		for (let turn = 3; turn < 40 && other.attempts.length === 0; turn++) {
			const next = root(String(turn), 'x');
			warm.finish({ promptTokens: 2000, cachedPromptTokens: 1900 });
			made.pass(1);
			warm = next;
		}
		expect(other.attempts).toHaveLength(1);
	});
});

describe('what a monitor reports', () => {
	test('a server that is down is used only when no other is left', () => {
		const made = bed([spec('a'), spec('b')]);
		made.scheduler.setHealth('a', 'down', 'no answer');
		made.submit('1');
		made.submit('2');
		expect(made.started).toEqual(['1@b']);
		expect(made.scheduler.activity('a')).toMatchObject({ health: 'down', healthReason: 'no answer' });
		made.submit('3', { choices: at('a') });
		expect(made.started).toEqual(['1@b', '3@a']);
		made.scheduler.setHealth('a', 'up');
		expect(made.scheduler.activity('a').health).toBe('up');
	});

	test('a server that serves fewer at a time gets fewer, but never more than the settings say', () => {
		const made = bed([spec('a', { maxConcurrent: 4 })]);
		made.scheduler.lowerLimit('a', 2);
		for (let index = 0; index < 8; index++) made.submit(String(index));
		expect(made.started).toHaveLength(2);
		made.scheduler.lowerLimit('a', 99);
		made.pass(60_000);
		expect(made.scheduler.activity('a').limit).toBeLessThanOrEqual(4);
	});

	test('a drained server ends what it has and gets nothing new until it is taken back', () => {
		const made = bed([spec('a')]);
		const first = made.submit('1');
		made.scheduler.drain('a');
		made.submit('2');
		first.finish();
		made.pass(1000);
		expect(made.started).toEqual(['1@a']);
		made.scheduler.retryNow('a');
		made.pass(0);
		expect(made.started).toEqual(['1@a', '2@a']);
	});

	test('an unknown server is an error of the caller', () => {
		expect(() => bed([spec('a')]).scheduler.activity('b')).toThrow(RangeError);
	});

	test('measured speeds can be seen', () => {
		const made = bed([spec('a')]);
		expect(made.scheduler.activity('a')).not.toHaveProperty('completionSpeed');
		teach(made, { a: 10_000 });
		expect(made.scheduler.activity('a')).toMatchObject({ promptSpeed: 100, completionSpeed: 20, firstTokenMs: 5000 });
	});
});
