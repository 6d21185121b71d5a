import { describe, expect, test } from 'vitest';
import { CancelledError, ModelError, NoServerError } from '../../../src/core/errors.ts';
import { asking, call, fleet, server } from '../../support/fakePool.ts';

const NEVER = new AbortController().signal;

/** Holds calls until it is opened. */
function closedGate() {
	let open = () => {};
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened, open: () => open() };
}

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
