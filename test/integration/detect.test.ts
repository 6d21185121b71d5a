import { describe, expect, test } from 'vitest';
import { InputError, ModelError } from '../../src/core/errors.ts';
import { present } from '../../src/core/present.ts';
import { detectServer } from '../../src/models/detect.ts';
import { TokenEstimator } from '../../src/models/estimate.ts';
import { createOllamaProvider } from '../../src/models/ollama.ts';
import { createOpenAiProvider } from '../../src/models/openai.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { type ScriptedPages, type ScriptedServer, startScriptedServer, type Wire } from '../support/scriptedServer.ts';
import {
	captivePortal,
	type LlamaState,
	llamaPages,
	lmStudioPages,
	ollamaPages,
	openRouterModels,
	otherProgram,
	sglangPages,
	vllmPages,
} from '../support/serverPages.ts';

const NEVER = new AbortController().signal;
const cleanUps = cleanUpAfterEach();

async function start(pages: ScriptedPages, kind: Wire = 'openai'): Promise<ScriptedServer> {
	const server = await startScriptedServer({ kind, script: [], pages });
	cleanUps.push(() => server.stop());
	return server;
}

function openAi(url: string, apiKey?: string) {
	const provider = createOpenAiProvider(
		present({
			id: 's',
			url,
			estimator: new TokenEstimator(),
			apiKey,
		}),
	);
	cleanUps.push(() => provider.dispose?.());
	return provider;
}

const INSTALLED = [
	{ name: 'qwen3:32b', size: 20e9 },
	{ name: 'nomic-embed-text:latest', size: 274e6 },
];

describe('detectServer', () => {
	test.each([
		['ollama', 'ollama', ollamaPages({ installed: INSTALLED }), ''],
		['llamacpp', 'openai', llamaPages({}), '/v1'],
		['vllm', 'openai', vllmPages({}), '/v1'],
		['sglang', 'openai', sglangPages, '/v1'],
		['lmstudio', 'openai', lmStudioPages, '/v1'],
	] as const)('recognises %s by what it says', async (software, wire, pages, apiPath) => {
		const { url } = await start(pages);
		const expected = { software, wire, url: `${url}${apiPath}`, needsKey: false, isLoading: false };
		const { host } = new URL(url);
		for (const typed of [url, `${url}/`, `${url}/v1`, host, `${url}/v1/chat/completions`]) {
			expect(await detectServer(typed, NEVER)).toEqual(expected);
		}
	});

	test('a path in front of the API is kept', async () => {
		const vllm = vllmPages({});
		const { url } = await start((path, request) =>
			path.startsWith('/team/gpu/') ? vllm(path.slice('/team/gpu'.length), request) : { status: 404, body: 'nothing' },
		);
		expect(await detectServer(`${url}/team/gpu/v1/`, NEVER)).toMatchObject({
			software: 'vllm',
			url: `${url}/team/gpu/v1`,
		});
	});

	test('llama.cpp that wants a key, and while it loads', async () => {
		const state: LlamaState = { apiKey: 'k' };
		const pages = llamaPages(state);
		const { url } = await start(pages);
		expect(await detectServer(url, NEVER)).toMatchObject({ software: 'llamacpp', needsKey: true });
		expect(await detectServer(url, NEVER, { apiKey: 'k' })).toMatchObject({ software: 'llamacpp', needsKey: false });
		state.isLoading = true;
		expect(await detectServer(url, NEVER)).toMatchObject({ software: 'llamacpp', isLoading: true });
	});

	test('an Anthropic protocol behind a proxy', async () => {
		const server = await startScriptedServer({ kind: 'anthropic', script: [] });
		cleanUps.push(() => server.stop());
		expect(await detectServer(server.url, NEVER)).toMatchObject({ wire: 'anthropic', url: server.url });
	});

	test.each([
		['api.openai.com', 'openai', 'https://api.openai.com/v1'],
		['https://api.anthropic.com/v1/messages', 'anthropic', 'https://api.anthropic.com'],
		['https://api.deepseek.com', 'deepseek', 'https://api.deepseek.com'],
		['openrouter.ai', 'openrouter', 'https://openrouter.ai/api/v1'],
		['https://openrouter.ai/api/v1', 'openrouter', 'https://openrouter.ai/api/v1'],
	])('%s is known by its name, and nothing is sent', async (typed, software, url) => {
		expect(await detectServer(typed, NEVER)).toMatchObject({ software, url, needsKey: true });
	});

	test('a sign-in page, another program and an empty port say what they are', async () => {
		const portal = await start(captivePortal);
		await expect(detectServer(portal.url, NEVER)).rejects.toMatchObject({
			message: expect.stringContaining('a web page ("Welcome to Hotel Wi-Fi")'),
			facts: { category: 'server', hint: expect.stringContaining('sign in') },
		});
		const other = await start(otherProgram);
		await expect(detectServer(other.url, NEVER)).rejects.toMatchObject({
			message: expect.stringContaining('not a model server'),
			facts: { hint: expect.stringContaining('Ollama') },
		});
		const { url } = other;
		await other.stop();
		await expect(detectServer(url, NEVER)).rejects.toMatchObject({ facts: { category: 'connect' } });
		await expect(detectServer('no address at all', NEVER)).rejects.toThrow(InputError);
	});

	test('a port that takes connections and never answers', async () => {
		const { url } = await start(() => 'hang');
		const detecting = detectServer(url, NEVER, { deadlineMs: 50 });
		await expect(detecting).rejects.toMatchObject({ facts: { category: 'timeout' } });
		await expect(detecting).rejects.toThrow(ModelError);
	});
});

describe('what servers tell of themselves', () => {
	test('Ollama: what is in memory, and how much of it on the GPU', async () => {
		const resident = [{ name: 'qwen3:32b', size: 24e9, size_vram: 18e9, context_length: 16_384 }];
		const { url } = await start(ollamaPages({ installed: INSTALLED, resident }), 'ollama');
		const provider = createOllamaProvider({ id: 's', url, estimator: new TokenEstimator() });
		cleanUps.push(() => provider.dispose?.());
		const told = { family: 'qwen3', parameters: 32.8e9 };
		expect(await provider.probe(NEVER)).toEqual({
			kind: 'ollama',
			software: 'Ollama 0.33.0',
			models: [
				{ name: 'qwen3:32b', contextTokens: 16_384, isLoaded: true, bytes: 24e9, vramBytes: 18e9, ...told },
				{ name: 'nomic-embed-text:latest', isLoaded: false, bytes: 274e6, ...told },
			],
		});
	});

	test('Ollama that loads a model does not answer /api/ps and is loading, not down', async () => {
		const { url } = await start(ollamaPages({ installed: INSTALLED, isLoading: true }), 'ollama');
		const provider = createOllamaProvider({ id: 's', url, estimator: new TokenEstimator() });
		cleanUps.push(() => provider.dispose?.());
		expect(await provider.isReady?.(NEVER)).toBe(true);
		expect(await provider.probe(NEVER)).toMatchObject({ isLoading: true });
	});

	test('llama.cpp: windows, slots, and its work with and without metrics', async () => {
		const state: LlamaState = { busy: 1, deferred: 3 };
		const { url, lookups } = await start((path, request) => llamaPages(state)(path, request));
		const provider = openAi(url);
		const model = {
			name: 'tiny-random',
			contextTokens: 1024,
			maxContextTokens: 8192,
			isLoaded: true,
			bytes: 16_680_192,
		};
		expect(await provider.probe(NEVER)).toEqual({
			kind: 'llamacpp',
			software: 'llama.cpp b1-de3ff81',
			places: 2,
			models: [expect.objectContaining(model)],
		});
		expect(await provider.load?.(NEVER)).toEqual({ running: 1, places: 2, cacheUsedShare: 0.25 });
		state.hasMetrics = true;
		expect(await provider.load?.(NEVER)).toMatchObject({ running: 1, places: 2 });
		expect(lookups.filter((path) => path === '/metrics')).toHaveLength(1);
		const other = openAi(url);
		await other.probe(NEVER);
		expect(await other.load?.(NEVER)).toMatchObject({ running: 1, waiting: 3, completionTokensPerSecond: 2071.29 });
	});

	test('llama.cpp that loads is not ready, and one with a wrong key is misconfigured', async () => {
		const state: LlamaState = {};
		const { url } = await start((path, request) => llamaPages(state)(path, request));
		const provider = openAi(url);
		await provider.probe(NEVER);
		expect(await provider.isReady?.(NEVER)).toBe(true);
		state.isLoading = true;
		expect(await provider.isReady?.(NEVER)).toBe(false);
		state.isLoading = false;
		state.apiKey = 'other';
		await expect(provider.probe(NEVER)).rejects.toMatchObject({ facts: { category: 'auth' } });
	});

	test('vLLM: its queue, and an engine that has died', async () => {
		const state = { running: 2, waiting: 5, isDead: false };
		const { url } = await start((path, request) => vllmPages(state)(path, request));
		const provider = openAi(url);
		expect(await provider.probe(NEVER)).toMatchObject({
			kind: 'vllm',
			models: [{ name: 'Qwen/Qwen3-8B', contextTokens: 32_768, isLoaded: true }],
		});
		expect(await provider.load?.(NEVER)).toEqual({ running: 2, waiting: 5, cacheUsedShare: 0.42 });
		state.isDead = true;
		await expect(provider.isReady?.(NEVER)).rejects.toMatchObject({ facts: { category: 'server', status: 503 } });
	});

	test('SGLang and LM Studio', async () => {
		const sglang = openAi((await start(sglangPages)).url);
		expect(await sglang.probe(NEVER)).toMatchObject({ kind: 'sglang', software: 'SGLang' });
		expect(await sglang.load?.(NEVER)).toMatchObject({ running: 3, waiting: 1, cacheUsedShare: 0.28 });
		const studio = openAi((await start(lmStudioPages)).url);
		const embedding = { name: 'text-embedding-nomic', isLoaded: false, isChat: false };
		expect(await studio.probe(NEVER)).toMatchObject({
			kind: 'lmstudio',
			places: 4,
			models: [
				{ name: 'qwen3-8b', contextTokens: 16_384, maxContextTokens: 40_960, isLoaded: true, bytes: 5.03e9 },
				embedding,
			],
		});
		expect(await studio.load?.(NEVER)).toBeUndefined();
	});

	test('OpenRouter: prices of a million tokens, and the window that is really served', async () => {
		const { url } = await start((path) =>
			path === '/v1/models' ? { body: openRouterModels } : { status: 404, body: '' },
		);
		const { models } = await openAi(url).probe(NEVER);
		expect(models).toEqual([
			{
				name: 'qwen/qwen3-32b',
				contextTokens: 40_960,
				isChat: true,
				price: { promptUsd: 0.08, completionUsd: 0.24, cachedPromptUsd: 0.02 },
			},
			{ name: 'openrouter/auto', contextTokens: 2_000_000, isChat: true },
		]);
	});
});
