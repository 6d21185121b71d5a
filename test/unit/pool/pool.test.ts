import { describe, expect, test } from 'vitest';
import { CancelledError, type FailureCategory, ModelError, NoServerError } from '../../../src/core/errors.ts';
import type { ChatRequest, ModelCall, Provider } from '../../../src/core/ports/model.ts';
import { createPool, type Pool, type PoolOptions } from '../../../src/pool/pool.ts';
import type { ServerSettings } from '../../../src/settings/servers.ts';
import { type JumpingClock, jumpingClock } from '../../support/clocks.ts';
import { observer } from '../../support/observers.ts';

const NEVER = new AbortController().signal;

/** What a fake server does at one call: answers, fails, or waits until it is let go. */
type Act = 'ok' | FailureCategory | Promise<void> | ModelError;

interface Fleet {
	readonly pool: Pool;
	/** Server id and newest message of every attempt, in the order in which they were sent. */
	readonly sent: string[];
	/** Waits between attempts, ms. */
	readonly sleeps: number[];
	readonly clock: JumpingClock;
}

function server(id: string, extra: Partial<ServerSettings> = {}): ServerSettings {
	return { id, kind: 'openai', url: 'http://localhost:1', models: ['m'], contextLength: 1000, ...extra };
}

/** A pool of servers that act as told, one act a call; then they answer. */
function fleet(
	servers: readonly ServerSettings[],
	acts: Record<string, Act[]> = {},
	{ countTokens, ...extra }: Partial<PoolOptions> & { readonly countTokens?: number | undefined } = {},
): Fleet {
	const sent: string[] = [];
	const clock = jumpingClock(1);
	const provider = (id: string): Provider => ({
		async chat(request: ChatRequest, onDelta) {
			sent.push(`${id}:${request.messages.at(-1)?.content}`);
			const act = acts[id]?.shift() ?? 'ok';
			if (act instanceof ModelError) throw act;
			if (typeof act === 'string' && act !== 'ok') {
				if (act === 'stream-cut') onDelta('half', 'text');
				throw new ModelError(`${id} failed`, { category: act, server: id });
			}
			if (typeof act !== 'string') await act;
			onDelta('reply', 'text');
			return {
				text: `reply of ${id}`,
				reasoning: '',
				finishReason: 'stop',
				usage: { promptTokens: 1000, completionTokens: 100, cachedPromptTokens: 400, isEstimate: false },
				model: request.model,
				firstTokenMs: 1,
				durationMs: 2,
			};
		},
		probe: async () => ({ models: [{ name: 'listed' }, { name: 'loaded', isLoaded: true }] }),
		contextTokens: async () => undefined,
		countTokens: async () => countTokens,
	});
	const pool = createPool({
		servers,
		apiKey: async () => undefined,
		createProvider: async ({ id }) => provider(id),
		clock,
		...extra,
	});
	return { pool, sent, sleeps: clock.waits, clock };
}

function watch() {
	const steps: string[] = [];
	const watched = observer({
		onAttemptFailed: ({ server: id, category, restartsReply, next }) =>
			steps.push(`${id} ${category} ${next.kind}${restartsReply ? ' restarts' : ''}`),
	});
	return { steps, observer: watched };
}

function call(pool: Pool, extra: Partial<ModelCall> = {}, watched = watch().observer, signal = NEVER) {
	const request: ModelCall = {
		role: 'sub',
		messages: [{ role: 'user', content: 'q' }],
		runId: 'r',
		conversationId: 'c',
		...extra,
	};
	return pool.call(request, watched, signal);
}

/** Holds calls until it is opened. */
function closedGate() {
	let open = () => {};
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened, open: () => open() };
}

const asking = (content: string): Partial<ModelCall> => ({ messages: [{ role: 'user', content }] });

describe('choosing a server', () => {
	test('goes by priority, then by the order of the settings', async () => {
		const { pool } = fleet([server('c', { priority: 2 }), server('a'), server('b')]);
		expect((await call(pool)).server).toBe('a');
	});

	test('gives a call to an equal server with a free place, then to the next priority', async () => {
		const gate = closedGate();
		const servers = [
			server('a', { maxConcurrent: 1 }),
			server('b', { maxConcurrent: 1 }),
			server('c', { priority: 2, maxConcurrent: 1 }),
		];
		const acts = { a: [gate.opened], b: [gate.opened], c: [gate.opened] };
		const { pool, sent } = fleet(servers, acts, { strategy: 'priority' });
		const calls = ['1', '2', '3', '4'].map((text) => call(pool, asking(text)));
		await expect.poll(() => pool.servers()[0]?.waiting).toBe(1);
		await expect.poll(() => sent).toEqual(['a:1', 'b:2', 'c:3']);
		gate.open();
		expect((await Promise.all(calls)).map((reply) => reply.server)).toEqual(['a', 'b', 'c', 'a']);
	});

	test('asks only servers with the role and the model', async () => {
		const { pool } = fleet([server('root', { roles: ['root'] }), server('other', { models: ['x'] }), server('sub')]);
		expect((await call(pool, { model: 'm' })).server).toBe('sub');
		expect((await call(pool, { model: 'other/x' })).server).toBe('other');
		await expect(call(pool, { model: 'y' })).rejects.toBeInstanceOf(NoServerError);
	});

	test('a model name with a slash is not taken for a server', async () => {
		const { pool } = fleet([server('a', { models: ['meta/llama'] })]);
		expect((await call(pool, { model: 'meta/llama' })).model).toBe('meta/llama');
	});

	test('a server without a list of models is asked for one, and one in memory is preferred', async () => {
		const { models: _, ...unlisted } = server('a');
		const { pool } = fleet([unlisted]);
		expect((await call(pool)).model).toBe('loaded');
	});

	test('sub-calls use the root model where no other is set', async () => {
		const servers = [server('a', { models: ['small', 'big'] })];
		const named = fleet(servers, {}, { rootModel: 'big' });
		expect((await named.pool.describe('sub', undefined, NEVER)).model).toBe('big');
		const both = fleet(servers, {}, { rootModel: 'big', subModel: 'small' });
		expect((await both.pool.describe('sub', undefined, NEVER)).model).toBe('small');
	});

	test('a role without a server is reported', async () => {
		const { pool } = fleet([server('a', { roles: ['sub'] })]);
		await expect(call(pool, { role: 'root' })).rejects.toThrow('No server has the role "root"');
	});
});

test('a model in memory is known under its short name', async () => {
	const servers = ['a', 'b'].map((id) => server(id, { kind: 'ollama', models: ['m'] }));
	const { pool } = fleet(servers);
	pool.setResident('a', ['other:7b']);
	pool.setResident('b', ['m:latest']);
	expect((await call(pool)).server).toBe('b');
	expect(pool.servers().map(({ residentModels }) => residentModels)).toEqual([['other:7b'], ['m']]);
});

describe('cloudUse never', () => {
	test('keeps calls from a public service with an unknown price', async () => {
		const service = { url: 'https://openrouter.ai/api/v1' };
		const { models: _, ...unlisted } = server('listless', service);
		const cloud = [server('unknown', { ...service, models: ['new/model'] }), unlisted];
		const never = { cloudUse: 'never', apiKey: async () => 'key' } as const;
		const { pool } = fleet([...cloud, server('free', { priority: 2 })], {}, never);
		expect((await call(pool)).server).toBe('free');
		expect(await call(pool)).not.toHaveProperty('costUsd');
		const alone = fleet(cloud, {}, { ...never, prices: { 'unknown/*': { promptUsd: 0, completionUsd: 0 } } });
		expect((await call(alone.pool)).server).toBe('unknown');
		await expect(call(fleet(cloud, {}, never).pool)).rejects.toBeInstanceOf(NoServerError);
	});

	const paid = server('paid', { price: { promptUsd: 1, completionUsd: 2 } });

	test('leaves out servers with a price', async () => {
		const { pool } = fleet([paid, server('free', { priority: 2 })], {}, { cloudUse: 'never' });
		expect((await call(pool)).server).toBe('free');
		expect((await pool.describe('root', undefined, NEVER)).server).toBe('free');
	});

	test('says so when there are no others', async () => {
		const { pool, sent } = fleet([paid], {}, { cloudUse: 'never' });
		const error = await call(pool).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(NoServerError);
		expect((error as NoServerError).message).toContain('cloudUse is "never"');
		expect(sent).toEqual([]);
	});
});

describe('places', () => {
	test('at most maxConcurrent calls run; others wait in order, root calls first', async () => {
		const gate = closedGate();
		const { pool, sent } = fleet([server('a', { maxConcurrent: 1 })], { a: [gate.opened] });
		const first = call(pool, asking('1'));
		await expect.poll(() => sent).toEqual(['a:1']);
		const calls = [
			first,
			call(pool, asking('2')),
			call(pool, asking('3')),
			call(pool, { ...asking('root'), role: 'root' }),
		];
		await expect.poll(() => pool.servers()[0]).toMatchObject({ inFlight: 1, waiting: 3 });
		gate.open();
		await Promise.all(calls);
		expect(sent).toEqual(['a:1', 'a:root', 'a:2', 'a:3']);
		expect(pool.servers()[0]).toMatchObject({ inFlight: 0, waiting: 0 });
	});

	test('a cancelled waiter leaves the queue and takes no place', async () => {
		const gate = closedGate();
		const { pool, sent } = fleet([server('a', { maxConcurrent: 1 })], { a: [gate.opened] });
		const controller = new AbortController();
		const first = call(pool, asking('1'));
		const second = call(pool, asking('2'), undefined, controller.signal);
		await expect.poll(() => pool.servers()[0]?.waiting).toBe(1);
		const rejected = expect(second).rejects.toBeInstanceOf(CancelledError);
		controller.abort();
		await rejected;
		gate.open();
		await first;
		await call(pool, asking('3'));
		expect(sent).toEqual(['a:1', 'a:3']);
	});

	test('a failed call gives its place back', async () => {
		const { pool } = fleet([server('a', { maxConcurrent: 1 })], { a: ['bad-request'] });
		await expect(call(pool)).rejects.toBeInstanceOf(ModelError);
		expect(pool.servers()[0]?.inFlight).toBe(0);
	});

	test('dispose cancels waiting and running calls', async () => {
		const { pool } = fleet([server('a', { maxConcurrent: 1 })], { a: [new Promise(() => {})] });
		const calls = [call(pool, asking('1')), call(pool, asking('2'))];
		await expect.poll(() => pool.servers()[0]?.waiting).toBe(1);
		const rejected = calls.map((made) => expect(made).rejects.toBeInstanceOf(CancelledError));
		await pool.dispose();
		await Promise.all(rejected);
		expect(pool.servers()[0]).toMatchObject({ inFlight: 0, waiting: 0 });
	});
});

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

describe('cost and description', () => {
	test('cached prompt tokens have their own price', async () => {
		const price = { promptUsd: 10, completionUsd: 20, cachedPromptUsd: 1 };
		const { pool } = fleet([server('a', { price })]);
		expect((await call(pool)).costUsd).toBeCloseTo((600 * 10 + 400 * 1 + 100 * 20) / 1e6, 12);
	});

	test('an unknown price is left out, not zero', async () => {
		const { pool } = fleet([server('a')]);
		expect(await call(pool)).not.toHaveProperty('costUsd');
	});

	test('describes the window that was set, or a cautious one', async () => {
		const { contextLength: _, ...untold } = server('b');
		const set = fleet([server('a')]).pool;
		expect(await set.describe('root', undefined, NEVER)).toMatchObject({
			model: 'm',
			server: 'a',
			contextTokens: 1000,
			isContextKnown: true,
			isBuiltin: false,
			canPrefill: false,
		});
		expect(await fleet([untold]).pool.describe('root', undefined, NEVER)).toMatchObject({
			contextTokens: 8192,
			isContextKnown: false,
		});
	});

	test('a window learned from a refusal is believed afterwards', async () => {
		const { contextLength: _, ...untold } = server('a');
		const overflow = new ModelError('no', { category: 'context-overflow', model: 'm', contextTokens: 512 });
		const { pool } = fleet([untold], { a: [overflow] });
		await expect(call(pool)).rejects.toBe(overflow);
		expect((await pool.describe('sub', undefined, NEVER)).contextTokens).toBe(512);
	});
});

describe('keys', () => {
	test('a missing key is reported with its variable before a provider is made', async () => {
		const { pool, sent } = fleet([server('a', { apiKeyEnv: 'RLM_TEST_UNSET_KEY' })]);
		const error = await call(pool).catch((reason: unknown) => reason);
		expect(error).toMatchObject({ facts: { category: 'auth', server: 'a' } });
		expect((error as ModelError).message).toContain('RLM_TEST_UNSET_KEY');
		expect(sent).toEqual([]);
	});

	test('a hosted service without a key is not asked', async () => {
		const { pool, sent } = fleet([server('a', { url: 'https://api.openai.com/v1' })]);
		await expect(call(pool)).rejects.toMatchObject({ facts: { category: 'auth' } });
		expect(sent).toEqual([]);
	});

	test('a changed key makes a new provider', async () => {
		const keys: (string | undefined)[] = [];
		let key = 'first';
		const { pool } = fleet(
			[server('a')],
			{},
			{
				apiKey: async () => key,
				createProvider: async (_, given) => {
					keys.push(given);
					return {
						chat: () => Promise.reject(new ModelError('x', { category: 'bad-request' })),
						probe: async () => ({ models: [] }),
						contextTokens: async () => undefined,
					};
				},
			},
		);
		for (const next of ['first', 'second']) {
			key = next;
			await expect(call(pool)).rejects.toBeInstanceOf(ModelError);
		}
		expect(keys).toEqual(['first', 'second']);
	});
});
