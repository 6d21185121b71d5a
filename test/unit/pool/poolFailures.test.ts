import { describe, expect, test } from 'vitest';
import { CancelledError, type FailureCategory, ModelError, NoServerError } from '../../../src/core/errors.ts';
import { asking, call, fleet, server, watch } from '../../support/fakePool.ts';
import { observer } from '../../support/observers.ts';

describe('after a failure', () => {
	test.each([
		['connect', ['a connect other-server']],
		['rate-limit', ['a rate-limit other-server']],
		['overloaded', ['a overloaded other-server']],
		['auth', ['a auth other-server']],
		['quota', ['a quota other-server']],
		['model-not-found', ['a model-not-found other-server']],
		['timeout', ['a timeout retry', 'a timeout other-server']],
		['server', ['a server retry', 'a server retry', 'a server other-server']],
		['stream-cut', ['a stream-cut retry restarts', 'a stream-cut other-server restarts']],
		['empty', ['a empty retry', 'a empty other-server']],
	] as const)('%s with another server there', async (category, expected) => {
		const fails = Array.from({ length: 9 }, () => category);
		const { pool } = fleet([server('a'), server('b')], { a: fails });
		const { steps, observer } = watch();
		const reply = await call(pool, {}, observer);
		expect(steps).toEqual(expected);
		expect(reply).toMatchObject({ server: 'b', attempts: expected.length + 1 });
	});

	test.each(['bad-request', 'context-overflow'] as const)('%s is reported immediately', async (category) => {
		const { pool, sent } = fleet([server('a'), server('b')], {
			a: [new ModelError('no', { category, contextTokens: 1000 })],
		});
		await expect(call(pool)).rejects.toMatchObject({ facts: { category } });
		expect(sent).toEqual(['a:q']);
	});

	test('a prompt that is too long goes to a server with a larger window', async () => {
		const { pool, sent } = fleet([server('a'), server('b'), server('c', { contextLength: 9000 })]);
		const { steps, observer } = watch();
		const reply = await call(pool, asking('x'.repeat(10_000)), observer);
		expect(reply.server).toBe('c');
		expect(steps).toEqual(['a context-overflow other-server']);
		expect(sent).toHaveLength(1);
	});

	test('a prompt that fits nowhere is refused with both numbers before anything is sent', async () => {
		const { pool, sent } = fleet([server('a')]);
		const error = await call(pool, asking('x'.repeat(10_000))).catch((reason: unknown) => reason);
		expect(error).toMatchObject({ facts: { category: 'context-overflow', promptTokens: 2858, contextTokens: 1000 } });
		expect(sent).toEqual([]);
	});

	test.each([
		[900, 'sent'],
		[1_001, 'refused'],
		[undefined, 'refused'],
	] as const)('a prompt that seems too long and that the server counts as %s is %s', async (count, end) => {
		const { pool, sent } = fleet([server('a')], {}, { countTokens: count });
		const ended = call(pool, asking('x'.repeat(10_000))).then(
			() => 'sent',
			({ facts }: ModelError) => {
				expect(facts).toMatchObject({ category: 'context-overflow', promptTokens: count ?? 2858 });
				return 'refused';
			},
		);
		expect(await ended).toBe(end);
		expect(sent.length).toBe(end === 'sent' ? 1 : 0);
	});

	test('a single server is asked again with growing pauses', async () => {
		const { pool, sleeps } = fleet([server('a')], { a: ['overloaded', 'overloaded', 'overloaded'] });
		expect((await call(pool)).attempts).toBe(4);
		expect(sleeps).toEqual([500, 1000, 2000]);
	});

	test('the pause that a server asks for is kept', async () => {
		const limited = new ModelError('slow down', { category: 'rate-limit', retryAfterMs: 7000 });
		const { pool, sleeps } = fleet([server('a')], { a: [limited] });
		await call(pool);
		expect(sleeps[0]).toBeGreaterThanOrEqual(7000);
	});

	test('a server that asks for an hour of rest is given up', async () => {
		const limited = new ModelError('slow down', { category: 'rate-limit', retryAfterMs: 3_600_000 });
		const { pool, sleeps } = fleet([server('a')], { a: [limited] });
		await expect(call(pool)).rejects.toBe(limited);
		expect(sleeps).toEqual([]);
	});

	test('attempts are bounded, and the failures of all servers are reported', async () => {
		const fails = (): FailureCategory[] => Array.from({ length: 20 }, () => 'server');
		const { pool, sent } = fleet([server('a'), server('b')], { a: fails(), b: fails() });
		const error = await call(pool).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(NoServerError);
		expect((error as NoServerError).failures.map(({ facts }) => facts.server)).toEqual(['a', 'b']);
		expect(sent).toHaveLength(6);
	});

	test('an unreachable server is skipped for a while, then tried again', async () => {
		const { pool, sent, clock } = fleet([server('a'), server('b')], { a: ['connect'] });
		await call(pool, asking('1'));
		expect(pool.servers()[0]).toMatchObject({ health: 'unhealthy', lastError: 'a failed' });
		await call(pool, asking('2'));
		clock.advance(60_000);
		await call(pool, asking('3'));
		expect(sent).toEqual(['a:1', 'b:1', 'b:2', 'a:3']);
		expect(pool.servers()[0]?.health).toBe('healthy');
	});

	test('cancelling ends the pause before the next attempt', async () => {
		const controller = new AbortController();
		const { pool, sent } = fleet([server('a')], { a: ['overloaded'] });
		const watched = observer({ onAttemptFailed: () => controller.abort() });
		await expect(call(pool, {}, watched, controller.signal)).rejects.toBeInstanceOf(CancelledError);
		expect(sent).toHaveLength(1);
	});
});
