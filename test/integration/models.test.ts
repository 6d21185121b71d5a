import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { CancelledError, ModelError } from '../../src/core/errors.ts';
import type { ChatRequest, Provider } from '../../src/core/ports/model.ts';
import { createAnthropicProvider } from '../../src/models/anthropic.ts';
import { TokenEstimator } from '../../src/models/estimate.ts';
import { createOllamaProvider } from '../../src/models/ollama.ts';
import { createOpenAiProvider } from '../../src/models/openai.ts';
import type { ProviderOptions } from '../../src/models/options.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import type { ScriptedReply, ScriptedServer, ScriptedServerOptions, Wire } from '../support/scriptedServer.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';

const PROVIDERS = {
	ollama: createOllamaProvider,
	openai: createOpenAiProvider,
	anthropic: createAnthropicProvider,
};
const WIRES: readonly Wire[] = ['ollama', 'openai', 'anthropic'];
const SHORT = { connectMs: 2_000, firstByteMs: 150, idleMs: 150 };
const QUESTION: ChatRequest = {
	model: 'scripted-model',
	messages: [
		{ role: 'system', content: 'You answer briefly.' },
		{ role: 'user', content: 'How many moons has Mars?' },
	],
};

const cleanUps = cleanUpAfterEach();

async function start(
	kind: Wire,
	script: ScriptedServerOptions['script'],
	extra: Partial<ScriptedServerOptions> = {},
): Promise<ScriptedServer> {
	const server = await startScriptedServer({ kind, script, ...extra });
	cleanUps.push(() => server.stop());
	return server;
}

function providerFor(server: ScriptedServer, extra: Partial<ProviderOptions> = {}): Provider {
	const provider = PROVIDERS[server.kind]({
		id: 'test',
		url: server.url,
		estimator: new TokenEstimator(),
		...extra,
	});
	cleanUps.push(() => provider.dispose?.());
	return provider;
}

function ask(provider: Provider, request: Partial<ChatRequest> = {}, signal = new AbortController().signal) {
	const deltas: { text: string; channel: string }[] = [];
	const reply = provider.chat({ ...QUESTION, ...request }, (text, channel) => deltas.push({ text, channel }), signal);
	return { reply, deltas };
}

async function failure(promise: Promise<unknown>): Promise<ModelError> {
	const error = await promise.then(
		() => expect.unreachable('the call should have failed'),
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(ModelError);
	return error as ModelError;
}

async function failureOf(kind: Wire, reply: ScriptedReply): Promise<ModelError> {
	const server = await start(kind, [reply]);
	const timeouts = reply.fault?.startsWith('hang') ? { timeouts: SHORT } : {};
	return failure(ask(providerFor(server, timeouts)).reply);
}

describe.each(WIRES)('%s', (kind) => {
	test('streams a reply with its usage and finish reason', async () => {
		const server = await start(kind, [
			{ text: 'Mars has two moons.', usage: { prompt: 17, completion: 6, cached: 5 } },
		]);
		const { reply, deltas } = ask(providerFor(server));
		expect(await reply).toMatchObject({
			text: 'Mars has two moons.',
			reasoning: '',
			finishReason: 'stop',
			model: 'scripted-model',
			usage: { promptTokens: 17, completionTokens: 6, isEstimate: false },
		});
		expect(deltas.length).toBeGreaterThan(1);
		expect(deltas.map(({ text }) => text).join('')).toBe('Mars has two moons.');
		expect(server.requests[0]?.messages).toEqual(QUESTION.messages);
		expect(server.requests[0]?.body?.stream).toBe(true);
	});

	test('keeps reasoning apart from the reply', async () => {
		const server = await start(kind, [{ reasoning: 'Phobos, Deimos.', text: 'Two.' }]);
		const { reply, deltas } = ask(providerFor(server));
		expect(await reply).toMatchObject({ text: 'Two.', reasoning: 'Phobos, Deimos.' });
		expect(
			deltas
				.filter(({ channel }) => channel === 'reasoning')
				.map(({ text }) => text)
				.join(''),
		).toBe('Phobos, Deimos.');
	});

	test('moves thinking tags in the text to the reasoning, wherever they are split', async () => {
		const text = '<think>Phobos, Deimos.</think>\n\nTwo.';
		const server = await start(kind, [{ text, chunks: text.length }]);
		expect(await ask(providerFor(server)).reply).toMatchObject({ text: 'Two.', reasoning: 'Phobos, Deimos.' });
	});

	test('marks usage as an estimate when the server reports none', async () => {
		const server = await start(kind, [{ text: 'Two moons, Phobos and Deimos.', usage: null }]);
		const { usage } = await ask(providerFor(server)).reply;
		expect(usage.isEstimate).toBe(true);
		expect(usage.promptTokens).toBeGreaterThan(5);
		expect(usage.completionTokens).toBeGreaterThan(3);
	});

	test('reports a reply cut by the token limit as such, not as an error', async () => {
		const server = await start(kind, [{ text: 'Mars has', finish: 'length' }]);
		expect(await ask(providerFor(server), { maxTokens: 2 }).reply).toMatchObject({ finishReason: 'length' });
	});

	test('sends temperature only when it is set', async () => {
		const server = await start(kind, [{ text: 'a' }, { text: 'b' }]);
		const provider = providerFor(server);
		await ask(provider).reply;
		await ask(provider, { temperature: 0.5 }).reply;
		const sent = server.requests.map(({ body }) => JSON.stringify(body));
		expect(sent[0]).not.toContain('temperature');
		expect(sent[1]).toContain('"temperature":0.5');
	});

	test('reads characters that are split between network packets', async () => {
		const text = 'Zwei: „Phobos“ – 火星 🛰️';
		const server = await start(kind, [{ text, reasoning: 'é', fault: 'split-bytes' }]);
		expect(await ask(providerFor(server)).reply).toMatchObject({ text, reasoning: 'é' });
	});

	test('keeps the connection between calls', async () => {
		const server = await start(kind, [{ text: 'a' }, { text: 'b' }]);
		const provider = providerFor(server);
		await ask(provider).reply;
		await ask(provider).reply;
		expect(server.requests[1]?.connection).toBe(server.requests[0]?.connection);
	});

	test.each([
		['cut', ['stream-cut']],
		['end-without-marker', ['stream-cut']],
		['garbage-line', ['stream-cut']],
		['malformed-json', ['stream-cut']],
		// Where the protocol names the kind of an error, that decides.
		['error-after-start', ['stream-cut', 'server']],
		['hang-before-headers', ['timeout']],
		['hang-in-body', ['timeout']],
		['empty', ['empty']],
	] as const)('a server with the fault "%s" is a failure of the category %j', async (fault, categories) => {
		const error = await failureOf(kind, { text: 'Mars has two moons.', fault });
		expect(categories).toContain(error.category);
		expect(error.message).toContain('Server "test" (http://127.0.0.1:');
		expect(error.facts).toMatchObject({ server: 'test', model: 'scripted-model' });
	});

	test('pings do not keep a reply alive that has stopped', async () => {
		if (kind === 'ollama') return; // NDJSON has no pings.
		const error = await failureOf(kind, { text: 'Mars has two moons.', fault: 'hang-with-pings' });
		expect(error.category).toBe('timeout');
	});

	test.each([
		[429, { 'retry-after': '7' }, 'Rate limit reached: too many tokens per minute', 'rate-limit'],
		[500, {}, 'the model crashed', 'server'],
		[503, {}, 'Loading model', 'overloaded'],
		[401, {}, 'invalid api key', 'auth'],
		[402, {}, 'insufficient balance', 'quota'],
		[400, {}, 'bad parameter', 'bad-request'],
		[400, {}, 'prompt is too long: 250000 tokens > 200000 maximum', 'context-overflow'],
	] as const)('status %i %j "%s" is a failure of the category %s', async (status, headers, body, category) => {
		const error = await failureOf(kind, { status, headers, body });
		expect(error.facts).toMatchObject({ category, status });
		expect(error.message).toContain(body);
		expect(error.facts.retryAfterMs).toBe(status === 429 ? 7000 : undefined);
		if (category === 'context-overflow') {
			expect(error.facts).toMatchObject({ promptTokens: 250_000, contextTokens: 200_000 });
		}
	});

	test('a success whose body is an error is classified by its text', async () => {
		const overflow = 'request (3028 tokens) exceeds the available context size (1024 tokens), try increasing it';
		expect((await failureOf(kind, { fault: 'error-in-success', body: overflow })).facts).toMatchObject({
			category: 'context-overflow',
			promptTokens: 3028,
			contextTokens: 1024,
		});
	});

	test('a model that the server does not have is named', async () => {
		const server = await start(kind, []);
		const error = await failure(ask(providerFor(server), { model: 'nope' }).reply);
		expect(error.category).toBe('model-not-found');
		expect(error.message).toContain('nope');
	});

	test('a connection that the server had closed while idle costs no call', async () => {
		const server = await start(kind, [{ text: 'a', fault: 'stale-connection' }, { text: 'b' }]);
		const provider = providerFor(server);
		await ask(provider).reply;
		expect((await ask(provider).reply).text).toBe('b');
	});

	test('a port where nothing listens is a connect failure', async () => {
		const server = await start(kind, []);
		const provider = providerFor(server);
		await server.stop();
		const error = await failure(ask(provider).reply);
		expect(error.category).toBe('connect');
		expect(error.message).toContain('nothing listens there');
	});

	test.each(['hang-before-headers', 'hang-in-body'] as const)(
		'cancelling during "%s" rejects, and the server sees the connection close',
		async (fault) => {
			const server = await start(kind, [{ text: 'Mars has two moons.', fault }]);
			const controller = new AbortController();
			const { reply, deltas } = ask(providerFor(server), {}, controller.signal);
			await server.requested(1);
			if (fault === 'hang-in-body') await expect.poll(() => deltas.length).toBeGreaterThan(0);
			const rejected = expect(reply).rejects.toBeInstanceOf(CancelledError);
			controller.abort();
			await rejected;
			await server.clientClosed(1);
			expect(server.requests[0]?.closedEarly).toBe(true);
		},
	);

	test('a call whose signal has fired already sends nothing', async () => {
		const server = await start(kind, [{ text: 'a' }]);
		await expect(ask(providerFor(server), {}, AbortSignal.abort()).reply).rejects.toBeInstanceOf(CancelledError);
		expect(server.requests).toHaveLength(0);
		expect(server.lookups).toHaveLength(0);
	});

	test('the key is sent, and never shown even when the server repeats it', async () => {
		const key = 'sk-test-1234567890';
		const body = `the key ${key} may not do this (Authorization: Bearer ${key})`;
		const server = await start(kind, [{ status: 403, body }], { apiKey: key });
		const error = await failure(ask(providerFor(server, { apiKey: key })).reply);
		expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
		expect(error.category).toBe('auth');
		expect(JSON.stringify([error.message, error.facts, String(error.cause)])).not.toContain(key);
	});

	test('sends no key and no headers of the environment to a server without a key', async () => {
		const variables = {
			OPENAI_API_KEY: 'sk-env',
			OPENAI_ORG_ID: 'org-env',
			OPENAI_CUSTOM_HEADERS: 'Authorization: sk-env',
			ANTHROPIC_API_KEY: 'sk-env',
			ANTHROPIC_CUSTOM_HEADERS: 'x-secret: sk-env',
		};
		Object.assign(process.env, variables);
		cleanUps.push(() => {
			for (const name of Object.keys(variables)) delete process.env[name];
		});
		const server = await start(kind, [{ text: 'Two.' }]);
		await ask(providerFor(server)).reply;
		expect(server.requests[0]?.headers.authorization).toBeUndefined();
		expect(JSON.stringify(server.requests[0]?.headers)).not.toMatch(/sk-env|org-env|stainless/);
	});

	test('tells its models and the window that it serves', async () => {
		const server = await start(kind, [], { models: [{ name: 'a', contextTokens: 4096 }, { name: 'b' }] });
		const provider = providerFor(server);
		const { signal } = new AbortController();
		const { models } = await provider.probe(signal);
		expect(models.map(({ name }) => name)).toEqual(['a', 'b']);
		expect(await provider.contextTokens('a', signal)).toBe(4096);
	});
});

describe('ollama', () => {
	const optionsOf = (server: ScriptedServer, index = 0) =>
		server.requests[index]?.body?.options as { num_ctx: number; num_predict: number };

	test('asks for an honest error instead of a cut prompt, and for a bounded reply', async () => {
		const server = await start('ollama', [{ text: 'Two.' }, { text: 'Two.' }, { text: 'Two.' }], {
			models: [{ name: 'scripted-model', contextTokens: 131_072, isUnloaded: true }],
		});
		await ask(providerFor(server), { maxTokens: 100 }).reply;
		expect(server.requests[0]?.body).toMatchObject({ truncate: false, shift: false, keep_alive: '30m' });
		expect(optionsOf(server)).toMatchObject({ num_ctx: 8192, num_predict: 100 });
		for (const keepAlive of ['2h', '-1']) await ask(providerFor(server, { keepAlive })).reply;
		expect(server.requests.slice(1).map(({ body }) => body?.keep_alive)).toEqual(['2h', -1]);
	});

	test('steps the window up for a longer prompt and never down again', async () => {
		const server = await start('ollama', [{ text: 'a' }, { text: 'b' }, { text: 'c' }], {
			models: [{ name: 'scripted-model', contextTokens: 131_072, isUnloaded: true }],
		});
		const provider = providerFor(server);
		await ask(provider).reply;
		await ask(provider, { messages: [{ role: 'user', content: 'word '.repeat(8_000) }] }).reply;
		await ask(provider).reply;
		expect([0, 1, 2].map((index) => optionsOf(server, index).num_ctx)).toEqual([8192, 32_768, 32_768]);
	});

	test('takes a larger window when the server says that the prompt does not fit', async () => {
		const server = await start(
			'ollama',
			(request) =>
				JSON.stringify(request.body).includes('"num_ctx":16384')
					? { text: 'Two.' }
					: {
							status: 400,
							body: 'request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it',
						},
			{ models: [{ name: 'scripted-model', contextTokens: 131_072, isUnloaded: true }] },
		);
		expect((await ask(providerFor(server)).reply).text).toBe('Two.');
		expect([0, 1].map((index) => optionsOf(server, index).num_ctx)).toEqual([8192, 16_384]);
	});

	test('takes the window that is resident, and the one the user set', async () => {
		const resident = await start('ollama', [{ text: 'a' }], {
			models: [{ name: 'scripted-model', contextTokens: 65_536 }],
		});
		await ask(providerFor(resident)).reply;
		expect(optionsOf(resident).num_ctx).toBe(65_536);
		const set = await start('ollama', [{ text: 'a' }], {
			models: [{ name: 'scripted-model', contextTokens: 131_072, isUnloaded: true }],
		});
		await ask(providerFor(set, { contextLength: 20_000 })).reply;
		expect(optionsOf(set).num_ctx).toBe(20_000);
	});

	test('a prompt that the server cut without a word is a failure', async () => {
		const long = 'a sentence of some length, '.repeat(1_500);
		const server = await start('ollama', [{ text: 'Two.', usage: { prompt: 4097, completion: 2 } }], {
			models: [{ name: 'scripted-model', contextTokens: 8192 }],
		});
		const error = await failure(ask(providerFor(server), { messages: [{ role: 'user', content: long }] }).reply);
		expect(error.facts).toMatchObject({ category: 'truncated', contextTokens: 8192 });
	});

	test('switches thinking only for models that can think', async () => {
		const server = await start('ollama', [{ text: 'a' }, { text: 'b' }], {
			models: [{ name: 'scripted-model' }, { name: 'thinker', capabilities: ['completion', 'thinking'] }],
		});
		const provider = providerFor(server);
		await ask(provider, { thinking: false }).reply;
		await ask(provider, { thinking: false, model: 'thinker' }).reply;
		expect(server.requests.map(({ body }) => body?.think)).toEqual([undefined, false]);
	});
});

describe('openai', () => {
	test('does without usage reports when the server refuses to be asked for them', async () => {
		const server = await start('openai', (request) =>
			request.body?.stream_options ? { status: 400, body: 'unknown field: stream_options' } : { text: 'Two.' },
		);
		const provider = providerFor(server);
		expect((await ask(provider).reply).usage.isEstimate).toBe(true);
		await ask(provider).reply;
		expect(server.requests).toHaveLength(3);
	});

	test('llama.cpp answering with another model than asked is a failure', async () => {
		const server = await start('openai', [{ text: 'Two.', model: 'loaded' }], {
			models: [{ name: 'loaded' }],
			answersAnyModel: true,
		});
		const error = await failure(ask(providerFor(server), { model: 'asked' }).reply);
		expect(error.category).toBe('model-not-found');
		expect(error.message).toContain('it has "loaded"');
	});

	test('reads the window of vLLM from its list of models', async () => {
		const server = await start('openai', [], { models: [{ name: 'a', contextTokens: 4096 }], isLlamaCpp: false });
		expect(await providerFor(server).contextTokens('a', new AbortController().signal)).toBe(4096);
	});

	test('reads the window of LM Studio from what it has loaded', async () => {
		const pages: Record<string, object> = {
			'/v1/models': { data: [{ id: 'a' }, { id: 'b' }] },
			'/api/v1/models': { models: [{ key: 'b', loaded_instances: [{ id: 'b', config: { context_length: 5000 } }] }] },
		};
		const server = http.createServer((request, response) => {
			const page = pages[request.url ?? ''];
			response.writeHead(page ? 200 : 404).end(JSON.stringify(page ?? {}));
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		cleanUps.push(() => void server.close());
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const provider = createOpenAiProvider({ id: 'lm', url, estimator: new TokenEstimator() });
		cleanUps.push(() => provider.dispose?.());
		expect(await provider.probe(new AbortController().signal)).toEqual({
			kind: 'lmstudio',
			software: 'LM Studio',
			models: [
				{ name: 'a', isLoaded: false },
				{ name: 'b', isLoaded: true, contextTokens: 5000 },
			],
		});
	});

	test('reads cached prompt tokens', async () => {
		const server = await start('openai', [{ text: 'Two.', usage: { prompt: 29, completion: 2, cached: 28 } }]);
		expect((await ask(providerFor(server)).reply).usage).toMatchObject({ promptTokens: 29, cachedPromptTokens: 28 });
	});
});

describe('anthropic', () => {
	test('sends the system prompt apart, with cache marks on it and on the newest user turn', async () => {
		const server = await start('anthropic', [{ text: 'Two.' }]);
		await ask(providerFor(server)).reply;
		expect(server.requests[0]?.body).toMatchObject({
			max_tokens: expect.any(Number),
			system: [{ type: 'text', text: 'You answer briefly.', cache_control: { type: 'ephemeral' } }],
			messages: [
				{ role: 'user', content: [{ text: 'How many moons has Mars?', cache_control: { type: 'ephemeral' } }] },
			],
		});
	});

	test('does not pay for caching a prompt that is used once', async () => {
		const server = await start('anthropic', [{ text: 'Two.' }]);
		await ask(providerFor(server), { messages: [{ role: 'user', content: 'one chunk' }] }).reply;
		expect(JSON.stringify(server.requests[0]?.body)).not.toContain('cache_control');
	});

	test('counts cached prompt tokens as part of the prompt', async () => {
		const server = await start('anthropic', [{ text: 'Two.', usage: { prompt: 29, completion: 2, cached: 28 } }]);
		expect((await ask(providerFor(server)).reply).usage).toMatchObject({ promptTokens: 29, cachedPromptTokens: 28 });
	});

	test('a refusal is a reply, not an error', async () => {
		const server = await start('anthropic', [{ text: '', finish: 'refusal' }]);
		expect((await ask(providerFor(server)).reply).finishReason).toBe('refusal');
	});
});
