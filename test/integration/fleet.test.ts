import { describe, expect, test } from 'vitest';
import type { ModelCall } from '../../src/core/ports/model.ts';
import { fleetOf } from '../../src/pool/fleet.ts';
import { createPool, type Pool } from '../../src/pool/pool.ts';
import type { ServerSettings } from '../../src/settings/servers.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { observer } from '../support/observers.ts';
import { type ScriptedServerOptions, startScriptedServer } from '../support/scriptedServer.ts';
import {
	captivePortal,
	type LlamaState,
	llamaPages,
	type OllamaState,
	ollamaPages,
	otherProgram,
	vllmPages,
} from '../support/serverPages.ts';

const NEVER = new AbortController().signal;
const cleanUps = cleanUpAfterEach();

async function start(options: Partial<ScriptedServerOptions>) {
	const server = await startScriptedServer({ kind: 'openai', script: [], answersAnyModel: true, ...options });
	cleanUps.push(() => server.stop());
	return server;
}

function open(servers: readonly ServerSettings[], options: object = {}): Pool {
	const pool = createPool({ servers, apiKey: async () => undefined, ...options });
	cleanUps.push(() => pool.dispose());
	return pool;
}

const OBSERVER = observer();

function call(pool: Pool, extra: Partial<ModelCall> = {}) {
	const messages = [{ role: 'user' as const, content: 'How many moons has Mars?' }];
	return pool.call({ role: 'root', messages, runId: 'r', conversationId: 'c', ...extra }, OBSERVER, NEVER);
}

async function healthOf(pool: Pool) {
	await pool.health.check(NEVER);
	return pool.health.servers()[0]?.health;
}

const INSTALLED = [{ name: 'qwen3:8b', size: 5e9 }];
const RESIDENT = [{ name: 'qwen3:8b', size: 8e9, size_vram: 6e9, context_length: 16_384 }];

describe('the health of real servers', () => {
	test('a web page, another program, a wrong key and an empty port are down, each with its reason', async () => {
		const portal = await start({ pages: captivePortal });
		const other = await start({ pages: otherProgram, kind: 'ollama' });
		const keyed = await start({ pages: llamaPages({ apiKey: 'k' }) });
		const gone = await start({});
		const servers = [
			portal.settings('portal'),
			other.settings('other'),
			keyed.settings('keyed'),
			gone.settings('gone'),
		];
		await gone.stop();
		const pool = open(servers);
		await pool.health.check(NEVER);
		expect(pool.health.servers().map(({ id, health }) => [id, health.state, health.cause, health.reason])).toEqual([
			['portal', 'down', 'failing', expect.stringContaining('a web page ("Welcome to Hotel Wi-Fi")')],
			['other', 'down', 'failing', 'the server at this address is not Ollama.'],
			['keyed', 'down', 'misconfigured', expect.stringContaining('the key is missing or was refused')],
			['gone', 'down', 'unreachable', expect.stringContaining('nothing listens there')],
		]);
		for (const { health } of pool.health.servers()) expect(health.hint).toBeTruthy();
		expect(pool.activity('keyed').health).toBe('misconfigured');
		expect(pool.activity('gone').health).toBe('down');
	});

	test('a server that loads is busy, and up when it has loaded', async () => {
		const llama: LlamaState = {};
		const ollama: OllamaState = { installed: INSTALLED, isLoading: true };
		const first = await start({ pages: (path, request) => llamaPages(llama)(path, request) });
		const second = await start({ kind: 'ollama', pages: (path, request) => ollamaPages(ollama)(path, request) });
		const pool = open([first.settings('llama'), second.settings('ollama')]);
		const states = async () => {
			await pool.health.check(NEVER);
			return pool.health.servers().map(({ health }) => [health.state, health.cause]);
		};
		expect(await states()).toEqual([
			['up', undefined],
			['busy', 'loading'],
		]);
		llama.isLoading = true;
		ollama.isLoading = false;
		expect(await states()).toEqual([
			['busy', 'loading'],
			['up', undefined],
		]);
		expect(pool.activity('llama').health).toBe('loading');
	});

	test('a server too busy to answer checks stays alive while it delivers a reply', async () => {
		const state: LlamaState = {};
		const server = await start({
			pages: (path, request) => llamaPages(state)(path, request),
			script: () => ({ text: 'Phobos and Deimos, as far as we know.', chunks: 20, chunkDelayMs: 300 }),
		});
		const pool = open([server.settings('llama')]);
		expect(await healthOf(pool)).toMatchObject({ state: 'up' });
		const reply = call(pool);
		await server.requested(1);
		state.isStarved = true;
		expect(await healthOf(pool)).toMatchObject({ state: 'busy', cause: 'silent' });
		expect(pool.activity('llama')).toMatchObject({ inFlight: 1, health: 'up' });
		await reply;
	});

	test('what a server tells goes to the scheduler: its places and what is in memory', async () => {
		const llama = await start({ pages: llamaPages({ slots: 2 }) });
		const ollama = await start({ kind: 'ollama', pages: ollamaPages({ installed: INSTALLED, resident: RESIDENT }) });
		const pool = open([llama.settings('llama', { maxConcurrent: 8 }), ollama.settings('ollama')]);
		await pool.health.check(NEVER);
		expect(pool.activity('llama')).toMatchObject({ limit: 2, maxConcurrent: 8 });
		expect(pool.activity('ollama').residentModels).toEqual(['qwen3:8b']);
	});

	test('a server that comes back is used again', async () => {
		let isDead = true;
		const pages = (path: string, request: Parameters<ReturnType<typeof vllmPages>>[1]) =>
			isDead ? ('reset' as const) : vllmPages({})(path, request);
		const server = await start({ pages, script: () => ({ text: 'Two.' }) });
		const pool = open([server.settings('gpu', { models: ['Qwen/Qwen3-8B'] })]);
		expect(await healthOf(pool)).toMatchObject({ state: 'down' });
		expect(pool.activity('gpu').health).toBe('down');
		isDead = false;
		expect(await healthOf(pool)).toMatchObject({ state: 'up' });
		expect(pool.activity('gpu').health).toBe('up');
		expect((await call(pool)).text).toBe('Two.');
	});

	test('a model that the settings name and the server does not have is told', async () => {
		const server = await start({ pages: vllmPages({}) });
		const pool = open([server.settings('gpu', { models: ['Qwen/Qwen3-8B', 'missing'] })]);
		const reason = 'It does not have "missing".';
		expect(await healthOf(pool)).toMatchObject({ state: 'degraded', cause: 'models', reason });
	});

	test('calls keep the watch alive, and it ends with them', async () => {
		const server = await start({ pages: vllmPages({}), script: () => ({ text: 'Two.', delayMs: 100 }) });
		const pool = open([server.settings('gpu', { models: ['Qwen/Qwen3-8B'] })]);
		expect(pool.health.servers()[0]?.health.state).toBe('unknown');
		await call(pool);
		expect(pool.health.servers()[0]?.health.state).toBe('up');
		const asked = server.lookups.filter((path) => path === '/health').length;
		await call(pool);
		expect(server.lookups.filter((path) => path === '/health')).toHaveLength(asked);
	});
});

describe('the fleet', () => {
	test('puts together health, models, GPUs, load and usage of each server', async () => {
		const server = await start({ pages: llamaPages({ slots: 2, busy: 2, deferred: 3, hasMetrics: true }) });
		const exporter = await start({
			pages: () => ({
				body: 'DCGM_FI_DEV_GPU_UTIL{gpu="0",modelName="L4"} 97\nDCGM_FI_DEV_FB_USED{gpu="0",modelName="L4"} 1024\n',
			}),
		});
		const settings = server.settings('llama', { metricsUrl: `${exporter.url}/metrics`, gpuMemoryGb: 24 });
		const pool = open([settings]);
		await pool.health.check(NEVER);
		const [row] = fleetOf([settings], pool.health.servers(), pool.servers(), []);
		expect(row).toMatchObject({
			id: 'llama',
			software: 'llama.cpp b1-de3ff81',
			health: { state: 'busy', cause: 'full', reason: 'All its places are taken; 3 calls are waiting.' },
			windowTokens: 1024,
			load: { running: 2, waiting: 3, places: 2 },
			gpus: [{ name: 'L4', busyShare: 0.97 }],
			memory: { usedBytes: 1024 ** 3, totalBytes: 24 * 1024 ** 3, isWhole: true },
			calls: { inFlight: 0, limit: 2 },
		});
		expect(row?.today).toBeUndefined();
	});

	test('an exporter that does not answer is told, and the server is up all the same; it gets no key', async () => {
		const seen: unknown[] = [];
		const exporter = await start({
			pages: (_path, request) => {
				seen.push(request.headers.authorization);
				return { status: 500, body: 'no driver' };
			},
		});
		const server = await start({ pages: vllmPages({}), apiKey: 'k' });
		const metricsUrl = `${exporter.url}/metrics`;
		const pool = open([server.settings('gpu', { metricsUrl })], { apiKey: async () => 'k' });
		expect(await healthOf(pool)).toMatchObject({ state: 'up' });
		expect(pool.health.servers()[0]?.figuresProblem).toContain(metricsUrl);
		expect(seen).toEqual([undefined]);
	});

	test('a price that only the server tells makes the cost of a call known', async () => {
		const data = [{ id: 'm', pricing: { prompt: '0.000001', completion: '0.000002' } }];
		const server = await start({
			pages: (path) => (path === '/v1/models' ? { body: { data } } : { status: 404, body: '' }),
			script: () => ({ text: 'Two.', usage: { prompt: 1000, completion: 500 } }),
		});
		const pool = open([server.settings('gpu')]);
		await pool.health.check(NEVER);
		expect((await call(pool)).costUsd).toBeCloseTo(0.002);
		const priced = open([server.settings('gpu')], { prices: { 'gpu/*': { promptUsd: 10, completionUsd: 0 } } });
		expect((await call(priced)).costUsd).toBeCloseTo(0.01);
	});

	test('what the server charged is the cost, and the journal of the call has no other figure', async () => {
		const script = () => ({ text: 'Two.', usage: { prompt: 1000, completion: 500, cost: 0.0042 } });
		const server = await start({ pages: vllmPages({}), script });
		const reply = await call(open([server.settings('gpu', { price: { promptUsd: 9, completionUsd: 9 } })]));
		expect(reply.costUsd).toBe(0.0042);
		expect(reply).not.toHaveProperty('chargedUsd');
	});

	test.each(['openai', 'anthropic'] as const)('tokens written to the cache of %s have their price', async (kind) => {
		const script = () => ({ text: 'Two.', usage: { prompt: 1000, completion: 0, cached: 600, written: 300 } });
		const server = await start({ kind, script });
		const price = { promptUsd: 1000, completionUsd: 0, cachedPromptUsd: 100, cacheWriteUsd: 1250 };
		const reply = await call(open([server.settings('cloud', { price, models: ['scripted-model'] })]));
		expect(reply.usage).toMatchObject({ promptTokens: 1000, cachedPromptTokens: 600, cacheWriteTokens: 300 });
		expect(reply.costUsd).toBeCloseTo(0.06 + 0.375 + 0.1);
	});
});
