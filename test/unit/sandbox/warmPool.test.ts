import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { SandboxError } from '../../../src/core/errors.ts';
import { present } from '../../../src/core/present.ts';
import { type Pooled, WarmPool } from '../../../src/sandbox/host/warmPool.ts';

const GIGABYTE = 2 ** 30;

class Thing implements Pooled {
	loss: Error | undefined;
	async kill(): Promise<void> {
		this.loss ??= new Error('killed');
	}
}

interface Options {
	readonly freeMemory?: number;
	readonly inUse?: number;
	readonly idleMs?: number;
	readonly fails?: (start: number) => boolean;
}

const pools: WarmPool<Thing>[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.dispose())));

function createPool({ freeMemory = 16 * GIGABYTE, inUse = 1, idleMs, fails = () => false }: Options = {}) {
	const started: Thing[] = [];
	let starting = 0;
	let most = 0;
	const pool = new WarmPool<Thing>(
		present({
			start: async () => {
				const thing = new Thing();
				started.push(thing);
				most = Math.max(most, ++starting);
				await turn();
				starting--;
				if (fails(started.length)) throw new SandboxError('start', 'it does not start');
				return thing;
			},
			inUse: () => inUse,
			spareBytes: 64 << 20,
			freeMemory: () => freeMemory,
			refillDelayMs: 0,
			idleMs,
		}),
	);
	pools.push(pool);
	return { pool, started, mostAtATime: () => most };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Long enough for everything that is going to happen. */
const turns = () => new Promise((resolve) => setTimeout(resolve, 200));

describe('the warm pool', () => {
	it('hands out the spare, once, and starts the next', async () => {
		const { pool, started } = createPool();
		pool.prepare();
		await turns();
		expect(started).toHaveLength(1);
		expect(await pool.take()).toBe(started[0]);
		await turns();
		expect(await pool.take()).toBe(started[1]);
	});

	it('hands out a spare that is still starting', async () => {
		const { pool, started } = createPool();
		pool.prepare();
		expect(await pool.take()).toBe(started[0]);
	});

	it('prepares once, however often it is asked', async () => {
		const { pool, started } = createPool();
		for (let index = 0; index < 5; index++) pool.prepare();
		await turns();
		pool.prepare();
		await turns();
		expect(started).toHaveLength(1);
	});

	it('keeps a second spare while several sandboxes are in use', async () => {
		const { pool, started } = createPool({ inUse: 2 });
		pool.prepare();
		await turns();
		expect(started).toHaveLength(2);
	});

	it.each([
		[0.5, 0],
		[1, 1],
		[2, 2],
		[64, 2],
	])('with %d GB of free memory keeps %d spares at most', async (gigabytes, spares) => {
		const { pool, started } = createPool({ inUse: 5, freeMemory: gigabytes * GIGABYTE });
		pool.prepare();
		await turns();
		expect(started).toHaveLength(spares);
	});

	it('starts one for everybody who asks at the same time, and makes nobody wait for another one to end', async () => {
		const { pool, started } = createPool({ freeMemory: 0 });
		const taken = await Promise.all(Array.from({ length: 20 }, () => pool.take()));
		expect(new Set(taken).size).toBe(20);
		expect(started).toHaveLength(20);
	});

	it('does not hand out a spare that has died', async () => {
		const { pool, started } = createPool();
		pool.prepare();
		await turns();
		await started[0]?.kill();
		expect(await pool.take()).toBe(started[1]);
	});

	it('does not repeat a start that failed before somebody asks, who then gets a new one', async () => {
		const { pool, started } = createPool({ inUse: 5, fails: (start) => start === 1 });
		pool.prepare();
		await turns();
		expect(started).toHaveLength(1);
		expect(await pool.take()).toBe(started[1]);
	});

	it('tells whoever takes it that a start failed', async () => {
		const { pool } = createPool({ fails: () => true });
		await expect(pool.take()).rejects.toThrow('it does not start');
	});

	it('gives spares up that nobody asks for', async () => {
		const { pool, started } = createPool({ idleMs: 5 });
		pool.prepare();
		await turns();
		await expect.poll(() => started[0]?.loss).toBeDefined();
		expect(await pool.take()).toBe(started[1]);
	});

	it('ends its spares when it is disposed of, also one that is starting, and hands out nothing any more', async () => {
		const { pool, started } = createPool();
		pool.prepare();
		await expect.poll(() => started.length).toBe(1);
		await pool.dispose();
		expect(started.map(({ loss }) => loss !== undefined)).toEqual([true]);
		await expect(pool.take()).rejects.toMatchObject({ reason: 'disposed' });
		pool.prepare();
		await turns();
		expect(started).toHaveLength(1);
	});

	it('starts a few at a time, and all of them in the end', async () => {
		const { pool, started, mostAtATime } = createPool();
		await Promise.all(Array.from({ length: 40 }, () => pool.take()));
		expect(started.length).toBeGreaterThanOrEqual(40);
		expect(mostAtATime()).toBe(Math.max(2, availableParallelism()));
	});
});
