import { describe, expect, test } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import type { ModelCall, NextStep } from '../../src/core/ports/model.ts';
import { discoverServers, type UnusableServer } from '../../src/pool/discover.ts';
import { createPool, type Pool, type PoolOptions } from '../../src/pool/pool.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { jumpingClock } from '../support/clocks.ts';
import { observer } from '../support/observers.ts';
import { type ScriptedServerOptions, startScriptedServer, type Wire } from '../support/scriptedServer.ts';
import { captivePortal, llamaPages, ollamaPages, otherProgram, vllmPages } from '../support/serverPages.ts';

const NEVER = new AbortController().signal;
const WIRES: readonly Wire[] = ['ollama', 'openai', 'anthropic'];
const cleanUps = cleanUpAfterEach();

async function start(options: ScriptedServerOptions) {
	const server = await startScriptedServer(options);
	cleanUps.push(() => server.stop());
	return server;
}

function open(options: Omit<PoolOptions, 'apiKey'> & Partial<PoolOptions>): Pool {
	const pool = createPool({
		apiKey: async () => undefined,
		clock: jumpingClock(0),
		...options,
	});
	cleanUps.push(() => pool.dispose());
	return pool;
}

function ask(pool: Pool, extra: Partial<ModelCall> = {}) {
	const steps: { server: string; category: string; next: NextStep['kind'] }[] = [];
	const request: ModelCall = {
		role: 'root',
		messages: [{ role: 'user', content: 'How many moons has Mars?' }],
		runId: 'r',
		conversationId: 'c',
		...extra,
	};
	const watched = observer({
		onAttemptFailed: ({ server, category, next }) => steps.push({ server, category, next: next.kind }),
	});
	return { reply: pool.call(request, watched, NEVER), steps };
}

describe.each(WIRES)('a pool with %s servers', (kind) => {
	test('fails over from a port where nothing listens', async () => {
		const gone = await start({ kind, script: [] });
		const server = await start({ kind, script: [{ text: 'Two.' }] });
		const dead = gone.settings('dead', { models: ['scripted-model'] });
		await gone.stop();
		const pool = open({ servers: [dead, server.settings('alive', { models: ['scripted-model'] })] });
		const { reply, steps } = ask(pool);
		expect(await reply).toMatchObject({ text: 'Two.', server: 'alive', attempts: 2 });
		expect(steps).toEqual([{ server: 'dead', category: 'connect', next: 'other-server' }]);
	});

	test.each([
		[{ status: 429, headers: { 'retry-after': '1' }, body: 'too many requests' }, 'rate-limit'],
		[{ status: 500, body: 'the model crashed' }, 'server'],
		[{ text: 'half', fault: 'cut' }, 'stream-cut'],
		[{ fault: 'empty' }, 'empty'],
	] as const)('after %j the second attempt succeeds', async (first, category) => {
		const server = await start({ kind, script: [first, { text: 'Two.' }] });
		const { reply, steps } = ask(open({ servers: [server.settings('only')] }));
		expect(await reply).toMatchObject({ text: 'Two.', attempts: 2 });
		expect(steps).toEqual([{ server: 'only', category, next: 'retry' }]);
	});

	test('a connection closed while idle is replaced without anyone noticing', async () => {
		const server = await start({ kind, script: [{ text: 'One.', fault: 'stale-connection' }, { text: 'Two.' }] });
		const pool = open({ servers: [server.settings('only')] });
		await ask(pool).reply;
		expect((await ask(pool).reply).text).toBe('Two.');
	});

	test('describes the model that the server has and the window that it serves', async () => {
		const server = await start({ kind, script: [], models: [{ name: 'a', contextTokens: 4096 }] });
		const pool = open({ servers: [server.settings('only')] });
		expect(await pool.describe('root', undefined, NEVER)).toMatchObject({
			model: 'a',
			server: 'only',
			contextTokens: 4096,
			isContextKnown: true,
		});
		expect(server.requests).toHaveLength(0);
	});

	test('a prompt beyond the window is not sent', async () => {
		const server = await start({ kind, script: [], models: [{ name: 'a', contextTokens: 1000 }] });
		const { reply } = ask(open({ servers: [server.settings('only')] }), {
			messages: [{ role: 'user', content: 'word '.repeat(2000) }],
		});
		await expect(reply).rejects.toMatchObject({ facts: { category: 'context-overflow', contextTokens: 1000 } });
		expect(server.requests).toHaveLength(0);
	});

	test('without its key nothing is sent', async () => {
		const server = await start({ kind, script: [] });
		const settings = server.settings('only', { apiKeyEnv: 'RLM_TEST_UNSET_KEY', models: ['scripted-model'] });
		const error = await ask(open({ servers: [settings] })).reply.catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(ModelError);
		expect((error as ModelError).message).toContain('RLM_TEST_UNSET_KEY');
		expect([...server.requests, ...server.lookups]).toEqual([]);
	});

	test('probing tells which servers answer and what they have', async () => {
		const gone = await start({ kind, script: [] });
		const server = await start({ kind, script: [] });
		const dead = gone.settings('dead');
		await gone.stop();
		const pool = open({ servers: [server.settings('alive'), dead] });
		const [alive, failed] = await pool.probeAll(NEVER);
		expect(alive?.report?.models.map(({ name }) => name)).toEqual(['scripted-model']);
		expect(failed?.error?.category).toBe('connect');
		expect(pool.servers().map(({ health }) => health)).toEqual(['healthy', 'unhealthy']);
	});
});

test('cost, key and header values never get into a message', async () => {
	process.env.RLM_TEST_HEADER = 'proxy-token-123';
	cleanUps.push(async () => {
		delete process.env.RLM_TEST_HEADER;
	});
	const server = await start({ kind: 'openai', script: [{ status: 400, body: 'no: proxy-token-123, sk-1234567890' }] });
	const settings = server.settings('only', {
		headersEnv: { 'X-Proxy': 'RLM_TEST_HEADER' },
		models: ['scripted-model'],
	});
	const pool = open({ servers: [settings], apiKey: async () => 'sk-1234567890' });
	const error = await ask(pool).reply.catch((reason: unknown) => reason);
	expect(server.requests[0]?.headers['x-proxy']).toBe('proxy-token-123');
	expect((error as ModelError).message).toContain('no: [key], [key]');
});

describe('discoverServers', () => {
	const portOf = ({ url }: { url: string }) => Number(new URL(url).port);

	test('finds the local servers that run by what they say, and lists their models for chat', async () => {
		const llama = await start({ kind: 'openai', script: [] });
		const ollama = await start({
			kind: 'ollama',
			script: [],
			models: [{ name: 'nomic-embed-text' }, { name: 'cold', isUnloaded: true }, { name: 'warm' }],
		});
		const vllm = await start({ kind: 'openai', script: [], pages: vllmPages({}) });
		const second = await start({ kind: 'openai', script: [], pages: vllmPages({}) });
		expect(await discoverServers(NEVER, [llama, vllm, ollama, second].map(portOf))).toEqual([
			{ id: 'ollama', kind: 'ollama', url: ollama.url, models: ['warm', 'cold'] },
			{ id: 'llamacpp', kind: 'openai', url: llama.url, models: ['scripted-model'] },
			{ id: 'vllm', kind: 'openai', url: vllm.url, models: ['Qwen/Qwen3-8B'] },
			{ id: 'vllm-2', kind: 'openai', url: second.url, models: ['Qwen/Qwen3-8B'] },
		]);
	});

	test('passes over what is no model server, wants a key, has no model, is loading or does not answer', async () => {
		const gone = await start({ kind: 'openai', script: [] });
		const servers = await Promise.all(
			[captivePortal, otherProgram, llamaPages({ apiKey: 'k' }), ollamaPages({}), llamaPages({ isLoading: true })].map(
				(pages) => start({ kind: 'openai', script: [], pages }),
			),
		);
		const ports = [...servers, gone].map(portOf);
		await gone.stop();
		const unusable: UnusableServer[] = [];
		expect(await discoverServers(NEVER, ports, (server) => unusable.push(server))).toEqual([]);
		const told = unusable.map(
			({ software, address, why }) => `${software} ${servers.findIndex(({ url }) => url.startsWith(address))} ${why}`,
		);
		expect(told.sort()).toEqual(['llamacpp 2 key', 'llamacpp 4 loading', 'ollama 3 model']);
	});

	test('cancelling ends the search', async () => {
		const silent = await start({ kind: 'openai', script: [], pages: () => 'hang' });
		const controller = new AbortController();
		const search = discoverServers(controller.signal, [portOf(silent)]);
		controller.abort();
		await expect(search).rejects.toMatchObject({ code: 'cancelled' });
	});
});
