import { afterEach, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../src/pool/pool.ts';
import type { ServerSettings } from '../../src/settings/servers.ts';
import { Bench, MODEL } from '../support/providers.ts';
import type { ScriptedPages } from '../support/scriptedServer.ts';

const bench = new Bench();
afterEach(() => bench.dispose());

const NEVER = new AbortController().signal;

function poolOf(...servers: readonly ServerSettings[]): Pool {
	const pool = createPool({ servers, apiKey: async () => undefined });
	bench.onEnd(() => pool.dispose());
	return pool;
}

/** A server whose pages are these, and otherwise as usual. */
async function serverWith(software: 'Ollama' | 'llama.cpp' | 'vLLM', pages: Readonly<Record<string, object>>) {
	const find: ScriptedPages = (path) => (pages[path] ? { body: pages[path] } : undefined);
	return bench.start(software, { script: [{ text: 'Two.' }], pages: find });
}

const list = (entry: object) => ({ object: 'list', data: [{ id: MODEL, object: 'model', ...entry }] });

describe('what a server tells of a model', () => {
	test('comes from the list, the file and the template at llama.cpp', async () => {
		const server = await serverWith('llama.cpp', {
			'/v1/models': list({ owned_by: 'llamacpp', meta: { n_ctx: 32_768, n_params: 1_543_714_304 } }),
			'/props': {
				default_generation_settings: { n_ctx: 32_768 },
				total_slots: 1,
				model_path: '/models/Qwen2.5-Coder-1.5B-Instruct-Q4_K_M.gguf',
				chat_template: '{% if enable_thinking %}<think>{% endif %}',
			},
		});
		expect(await poolOf({ id: 'a', kind: 'openai', url: server.url }).describe('root', undefined, NEVER)).toMatchObject(
			{
				...{ parameters: 1_543_714_304, canThink: true, canPrefill: true, contextTokens: 32_768 },
				aliases: ['/models/Qwen2.5-Coder-1.5B-Instruct-Q4_K_M.gguf'],
			},
		);
	});

	test('comes from the root and the parent of an adapter at vLLM', async () => {
		const adapter = { owned_by: 'vllm', root: 'mit-oasys/rlm-qwen3-30b-a3b-v0.1', parent: 'Qwen/Qwen3-30B-A3B' };
		const server = await serverWith('vLLM', { '/v1/models': list({ ...adapter, max_model_len: 16_384 }) });
		expect(await poolOf({ id: 'a', kind: 'openai', url: server.url }).describe('root', undefined, NEVER)).toMatchObject(
			{
				aliases: ['mit-oasys/rlm-qwen3-30b-a3b-v0.1', 'Qwen/Qwen3-30B-A3B'],
			},
		);
	});

	test('comes from the native list at LM Studio', async () => {
		const loaded = { id: MODEL, config: { context_length: 8_192 } };
		const server = await serverWith('vLLM', {
			'/v1/models': list({ owned_by: 'organization_owner' }),
			'/api/v1/models': {
				models: [{ key: MODEL, type: 'llm', params_string: '7B', architecture: 'qwen2', loaded_instances: [loaded] }],
			},
		});
		expect(await poolOf({ id: 'a', kind: 'openai', url: server.url }).describe('root', undefined, NEVER)).toMatchObject(
			{
				...{ parameters: 7e9, family: 'qwen2', contextTokens: 8_192, canPrefill: false },
			},
		);
	});

	test('comes from the head of the file at Ollama', async () => {
		const server = await serverWith('Ollama', {
			'/api/show': {
				capabilities: ['completion', 'thinking'],
				details: { family: 'qwen3', parameter_size: '8.2B', parent_model: '' },
				model_info: { 'general.parameter_count': 8_190_735_360, 'general.basename': 'Qwen3' },
			},
		});
		expect(await poolOf({ id: 'a', kind: 'ollama', url: server.url }).describe('root', undefined, NEVER)).toMatchObject(
			{
				...{ parameters: 8_190_735_360, family: 'qwen3', aliases: ['Qwen3'], canThink: true },
			},
		);
	});

	test('is nothing when it does not answer that, and no call fails for it', async () => {
		const server = await bench.start('vLLM', { script: [], lookup: () => ({ status: 500, body: 'no' }) });
		const settings: ServerSettings = {
			id: 'a',
			kind: 'openai',
			url: server.url,
			models: [MODEL],
			contextLength: 4_096,
		};
		const description = await poolOf(settings).describe('root', undefined, NEVER);
		expect(description).toMatchObject({ model: MODEL, canPrefill: false });
		expect(description).not.toHaveProperty('parameters');
	});
});

describe('the models that a role may be served by', () => {
	test('are those of the settings and those in memory, each once, with what is known of them', async () => {
		const server = await serverWith('llama.cpp', {
			'/v1/models': list({ owned_by: 'llamacpp', meta: { n_ctx: 4_096, n_params: 7e9 } }),
		});
		const pool = poolOf(
			{ id: 'a', kind: 'openai', url: server.url },
			{
				id: 'b',
				kind: 'openai',
				url: 'http://127.0.0.1:9',
				models: ['named', MODEL],
				price: { promptUsd: 1, completionUsd: 2 },
			},
			{ id: 'c', kind: 'openai', url: 'http://127.0.0.1:9', models: ['other'], roles: ['root'] },
			{ id: 'd', kind: 'builtin' },
		);
		expect(pool.offers('sub').map(({ model }) => model)).toEqual(['named', MODEL]);
		await pool.probeAll(NEVER);
		expect(pool.offers('sub')).toEqual([
			{ model: MODEL, contextTokens: 4_096, parameters: 7e9 },
			{ model: 'named', price: { promptUsd: 1, completionUsd: 2 } },
		]);
		expect(pool.offers('root').map(({ model }) => model)).toEqual([MODEL, 'named', 'other']);
	});
});

describe('the temperature of a call', () => {
	test.each([
		[{ temperature: 0.9, usualTemperature: 0.2 }, 0.6, 0.9],
		[{ usualTemperature: 0.2 }, 0.6, 0.6],
		[{ usualTemperature: 0.2 }, undefined, 0.2],
		[{}, undefined, undefined],
	])('%j at a server with %s is %s', async (options, ofServer, sent) => {
		const server = await bench.start('vLLM', { script: [{ text: 'Two.' }] });
		const pool = poolOf({
			...{ id: 'a', kind: 'openai', url: server.url, models: [MODEL] },
			...(ofServer === undefined ? {} : { temperature: ofServer }),
		});
		const call = { role: 'sub', messages: [{ role: 'user', content: 'q' }], runId: 'r', conversationId: 'c' } as const;
		const observer = { onDelta: () => {}, onAttempt: () => () => {}, onAttemptFailed: () => {} };
		await pool.call({ ...call, ...options }, observer, NEVER);
		expect(server.requests[0]?.body?.temperature).toBe(sent);
	});
});
