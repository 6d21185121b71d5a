// Real llama.cpp servers that load, die, come back and swap models while calls wait.
import { beforeAll, describe, expect, test } from 'vitest';
import { fetchServer, LLAMA_SERVER } from '../../scripts/models/catalogue.ts';
import { hasRouter, type RealServer, type ServeOptions, startServer } from '../../scripts/models/server.ts';
import { createPool, type Pool } from '../../src/pool/pool.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { watchedCall } from '../support/realServer.ts';

const NEVER = new AbortController().signal;
const MODEL = 'smollm2';
const START_MS = 300_000;
const LEFT_MS = 110_000;
const cleanUps = cleanUpAfterEach();

async function start(options: Partial<ServeOptions> = {}): Promise<RealServer> {
	const server = await startServer({ models: [MODEL], slots: 2, window: 1_024, threads: 1, ...options });
	cleanUps.push(() => server[Symbol.asyncDispose]());
	return server;
}

function open({ url }: RealServer, settings: object = {}): Pool {
	const entry = { id: 'real', kind: 'openai' as const, url, maxConcurrent: 2, ...settings };
	const pool = createPool({ servers: [entry], apiKey: async () => undefined });
	cleanUps.push(() => pool.dispose());
	return pool;
}

/** The status of the first answer that a server gives to anything. */
async function firstStatus({ url }: RealServer): Promise<number> {
	for (;;) {
		try {
			return (await fetch(`${url}/health`)).status;
		} catch {
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	}
}

test('a call to a server that is loading waits for it', async () => {
	const server = await start();
	expect(await firstStatus(server)).toBe(503);
	// Without a window to ask for, the call itself is what meets the server first.
	const pool = open(server, { models: [MODEL], contextLength: 1_024 });
	const { reply, failures } = watchedCall(pool, 'Hello', { maxTokens: 2, timeLeftMs: LEFT_MS });
	expect((await reply).text).not.toBe('');
	expect(failures.filter((category) => category !== 'overloaded')).toEqual([]);
});

test('calls in flight outlive a server that is killed and started again some seconds later', async () => {
	const first = await start();
	await first.ready(NEVER);
	const pool = open(first);
	const calls = ['a pirate', 'a baker', 'a cat'].map((who) =>
		watchedCall(pool, `Tell a story about ${who}.`, { maxTokens: 40, timeLeftMs: LEFT_MS }),
	);
	await Promise.race(calls.map(({ started }) => started));
	await first.kill();
	const down = new Promise((resolve) => setTimeout(resolve, 3_000));
	const early = watchedCall(pool, 'Asked while it is away.', { maxTokens: 2, timeLeftMs: LEFT_MS });
	await down;
	await start({ port: first.port });
	const replies = await Promise.all([...calls, early].map(({ reply }) => reply));
	expect(replies.map(({ text }) => text)).not.toContain('');
	expect(calls.flatMap(({ failures }) => failures)).toContain('connect');
});

describe.skipIf(!hasRouter())('a router', () => {
	beforeAll(() => void fetchServer(LLAMA_SERVER), START_MS);

	test('lists its models and answers with the one that was asked, loading them in turn', async () => {
		const router = await start({ models: ['one=smollm2', 'two=smollm2'], slots: 1, loaded: 1 });
		await router.ready(NEVER);
		const pool = open(router, { maxConcurrent: 1 });
		const [status] = await pool.probeAll(NEVER);
		const names = status?.report?.models.map(({ name }) => name) ?? [];
		expect(names).toEqual(expect.arrayContaining(['one', 'two']));
		const ask = (model: string) => watchedCall(pool, 'Hello', { model, maxTokens: 2, timeLeftMs: LEFT_MS });
		const calls = [ask('one'), ask('two'), ask('one')];
		for (const { reply } of calls) expect((await reply).attempts).toBe(1);
		expect(calls.flatMap(({ failures }) => failures)).toEqual([]);
		await expect(ask('three').reply).rejects.toMatchObject({ code: 'no-server', hint: 'There are: one, two.' });
	});
});
