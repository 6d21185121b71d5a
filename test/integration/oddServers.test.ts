// What gateways and less known servers do that is odd, but happens: raw answers over real sockets.
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ModelError } from '../../src/core/errors.ts';
import { createAnthropicProvider } from '../../src/models/anthropic.ts';
import { createOllamaProvider } from '../../src/models/ollama.ts';
import { createOpenAiProvider } from '../../src/models/openai.ts';
import { createPool } from '../../src/pool/pool.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { observer } from '../support/observers.ts';
import { chunk, events, NEVER, oddServers, QUESTION, STREAM } from '../support/oddServers.ts';

const cleanUps = cleanUpAfterEach();
const { listen, provider, askAbout } = oddServers(cleanUps);

describe('a reply that was given up before its end is no answer', () => {
	test.each([
		['abort', {}, 'stream-cut'],
		['error', {}, 'stream-cut'],
		['error', { error: { code: 502, message: 'Upstream went away' } }, 'server'],
		['error', { error: { code: 429, message: 'Rate limit exceeded' } }, 'rate-limit'],
		['insufficient_system_resource', {}, 'overloaded'],
	])('finish reason "%s" with %j', async (reason, rest, category) => {
		const body = events(chunk({ content: 'Mars has' }), chunk({}, { finish_reason: reason, ...rest }));
		await expect(askAbout(body)).rejects.toMatchObject({ facts: { category, server: 'odd', model: 'm' } });
	});

	test.each(['length', 'model_length', 'max_tokens'])('"%s" says that the text was cut', async (reason) => {
		const body = events(chunk({ content: 'Mars has' }), chunk({}, { finish_reason: reason }));
		expect(await askAbout(body)).toMatchObject({ text: 'Mars has', finishReason: 'length' });
	});
});

describe('an error in the stream without the usual wrapper keeps what it says', () => {
	test.each([
		['data: {"object":"error","message":"Engine is overloaded","type":"ServerError","code":503}\n\n', 'overloaded'],
		['{"error":{"message":"Rate limit reached","type":"rate_limit_error"}}\n', 'rate-limit'],
	])('%j', async (body, category) => {
		await expect(askAbout(body)).rejects.toMatchObject({ facts: { category } });
	});
});

describe('an event that is not what the protocol says', () => {
	test.each([
		'null',
		'5',
		'[]',
		'{"choices":null}',
		'{"choices":[5]}',
		'{"model":{},"choices":[{"delta":{"content":5}}]}',
	])('is no defect of the program: %s', async (odd) => {
		const body = `data: ${odd}\n\n${events(chunk({ content: 'Two.' }, { finish_reason: 'stop' }))}`;
		expect(await askAbout(body)).toMatchObject({ text: 'Two.', reasoning: '', model: 'm' });
	});

	test.each([
		{ type: 'message_start' },
		{ type: 'content_block_start', content_block: null },
		{ type: 'content_block_delta' },
		{ type: 'message_delta', delta: null },
	])('of the Anthropic protocol is no defect either: %j', async (odd) => {
		const all = [
			odd,
			{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Two.' } },
			{ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } },
			{ type: 'message_stop' },
		];
		const body = all.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
		const url = await listen((_, response) => response.writeHead(200, STREAM).end(body));
		const reply = await provider(url, createAnthropicProvider).chat(QUESTION, () => {}, NEVER);
		expect(reply).toMatchObject({ text: 'Two.', finishReason: 'stop', model: 'm' });
	});

	test.each(['null', '5'])('is a reply that was cut where a line is one: %s', async (odd) => {
		const url = await listen((request, response) => {
			if (request.url !== '/api/chat') response.end('{}');
			else response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${odd}\n{"done":true}\n`);
		});
		const asked = provider(url, createOllamaProvider).chat(QUESTION, () => {}, NEVER);
		await expect(asked).rejects.toMatchObject({ facts: { category: 'stream-cut' } });
	});
});

test('a server that changes the protocol unasked is a failure, not a wait without end', async () => {
	const server = net.createServer((socket) => {
		socket.on('error', () => {});
		socket.once('data', () => socket.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	cleanUps.push(() => server.close());
	const { port } = server.address() as AddressInfo;
	const asked = provider(`http://127.0.0.1:${port}`).chat(QUESTION, () => {}, NEVER);
	await expect(asked).rejects.toMatchObject({ facts: { category: 'server' } });
});

test('content that comes in parts is text and reasoning, not "[object Object]"', async () => {
	const body = events(
		chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] }),
		chunk({ content: [{ type: 'text', text: 'Two.' }] }),
		chunk({ content: '' }, { finish_reason: 'stop' }),
	);
	expect(await askAbout(body)).toMatchObject({ text: 'Two.', reasoning: 'Hm.' });
});

describe('usage', () => {
	test('of zero tokens is no count but a server that does not count', async () => {
		const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
		const body = events(chunk({ content: 'Mars has two moons.' }, { finish_reason: 'stop' }), { choices: [], usage });
		const reply = await askAbout(body);
		expect(reply.usage.isEstimate).toBe(true);
		expect(reply.usage.promptTokens).toBeGreaterThan(0);
		expect(reply.usage.completionTokens).toBeGreaterThan(0);
	});

	test('of fewer than no tokens is not counted', async () => {
		const details = { cached_tokens: -1, cache_write_tokens: -1 };
		const usage = { prompt_tokens: -5, completion_tokens: 5, prompt_tokens_details: details };
		const body = events(chunk({ content: 'Two.' }, { finish_reason: 'stop' }), { choices: [], usage });
		const reply = await askAbout(body);
		expect(reply.usage).toEqual({ promptTokens: expect.any(Number), completionTokens: 5, isEstimate: true });
		expect(reply.usage.promptTokens).toBeGreaterThan(0);
	});

	test('of an Anthropic reply keeps what was cached when the end repeats only the rest', async () => {
		const message = { id: 'x', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null };
		const start = { input_tokens: 10, cache_read_input_tokens: 900, cache_creation_input_tokens: 90, output_tokens: 1 };
		const all = [
			{ type: 'message_start', message: { ...message, usage: start } },
			{ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
			{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Two.' } },
			{ type: 'content_block_stop', index: 0 },
			{
				type: 'message_delta',
				delta: { stop_reason: 'end_turn' },
				usage: { input_tokens: 10, cache_read_input_tokens: null, output_tokens: 7 },
			},
			{ type: 'message_stop' },
		];
		const body = all.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
		const url = await listen((_, response) => response.writeHead(200, STREAM).end(body));
		const { usage } = await provider(url, createAnthropicProvider).chat(QUESTION, () => {}, NEVER);
		expect(usage).toEqual({
			promptTokens: 1000,
			cachedPromptTokens: 900,
			cacheWriteTokens: 90,
			completionTokens: 7,
			isEstimate: false,
		});
	});
});

describe('a body that was packed', () => {
	const reply = events(chunk({ content: 'Zwei, schön.' }), chunk({}, { finish_reason: 'stop' }));

	test.each([
		['gzip', gzipSync],
		['deflate', deflateSync],
		['br', brotliCompressSync],
		['zstd', zstdCompressSync],
		['gzip, br', (text: string) => brotliCompressSync(gzipSync(text))],
	] as const)('as %s although nobody asked for it is read', async (encoding, pack) => {
		let asked: unknown;
		const url = await listen((request, response) => {
			asked = request.headers['accept-encoding'];
			response.writeHead(200, { ...STREAM, 'content-encoding': encoding }).end(pack(reply));
		});
		expect(await provider(url).chat(QUESTION, () => {}, NEVER)).toMatchObject({ text: 'Zwei, schön.' });
		expect(asked).toBe('identity');
	});

	test('and is broken is a reply that was cut', async () => {
		const url = await listen((_, response) => {
			const packed = gzipSync(reply);
			response.writeHead(200, { ...STREAM, 'content-encoding': 'gzip' }).end(packed.subarray(0, packed.length - 20));
		});
		const asked = provider(url).chat(QUESTION, () => {}, NEVER);
		await expect(asked).rejects.toMatchObject({ facts: { category: 'stream-cut' } });
	});

	test('in pieces is delivered as it comes', async () => {
		const url = await listen((_, response) => {
			response.writeHead(200, { ...STREAM, 'content-encoding': 'gzip' });
			const packed = gzipSync(reply);
			for (const byte of packed) response.write(Buffer.of(byte));
			response.end();
		});
		expect(await provider(url).chat(QUESTION, () => {}, NEVER)).toMatchObject({ text: 'Zwei, schön.' });
	});
});

describe('an address', () => {
	test.each([
		['/v1', '/v1/chat/completions'],
		['/v1/', '/v1/chat/completions'],
		['', '/v1/chat/completions'],
		['/gateway/llm/', '/gateway/llm/chat/completions'],
		['/v1?api-version=7', '/v1/chat/completions?api-version=7'],
		['/v1/?api-version=7&tenant=a%20b#top', '/v1/chat/completions?api-version=7&tenant=a+b'],
	])('that ends with "%s" is asked at %s', async (end, expected) => {
		const paths: (string | undefined)[] = [];
		const url = await listen((request, response) => {
			paths.push(request.url);
			response.writeHead(200, STREAM).end(events(chunk({ content: 'x' }, { finish_reason: 'stop' })));
		});
		await provider(`${url}${end}`).chat(QUESTION, () => {}, NEVER);
		expect(paths).toEqual([expected]);
	});

	test('keeps what stands behind its path out of messages', async () => {
		const url = await listen((_, response) => response.writeHead(500).end('no'));
		const error = await provider(`${url}/v1?key=abcdef`)
			.chat(QUESTION, () => {}, NEVER)
			.catch((reason: ModelError) => reason);
		expect(JSON.stringify({ ...error, message: (error as ModelError).message })).not.toContain('abcdef');
	});

	test('of the wrong path says that it may be the path', async () => {
		const url = await listen((_, response) => response.writeHead(404).end('{"detail":"Not Found"}'));
		const asked = provider(`${url}/api`).chat(QUESTION, () => {}, NEVER);
		await expect(asked).rejects.toMatchObject({
			facts: { category: 'model-not-found', hint: expect.stringContaining('/v1') },
		});
	});
});

/** A text that goes on, though it does not repeat itself. */
const NUMBERS = Array.from({ length: 9_000 }, (_, index) => `${index} `).join('');

test.each([
	['openai', createOpenAiProvider, chunk({ content: NUMBERS })],
	[
		'anthropic',
		createAnthropicProvider,
		{
			type: 'content_block_delta',
			index: 0,
			delta: { type: 'thinking_delta', thinking: NUMBERS },
		},
	],
] as const)('a reply without end is given up and its connection closed (%s)', async (_, create, piece) => {
	const data = `data: ${JSON.stringify(piece)}\n\n`;
	const event = 'type' in piece ? `event: ${piece.type}\n${data}` : data;
	let closed: Promise<unknown> | undefined;
	const url = await listen((_request, response) => {
		closed = once(response, 'close');
		response.writeHead(200, STREAM);
		const more = () => {
			while (!response.destroyed && response.write(event));
			if (!response.destroyed) response.once('drain', more);
		};
		more();
	});
	const asked = provider(url, create).chat(QUESTION, () => {}, NEVER);
	await expect(asked).rejects.toMatchObject({
		facts: { category: 'stream-cut', detail: expect.stringContaining('does not end') },
	});
	await closed;
});

test('a list of models without end is given up and not read into memory', async () => {
	let sent = 0;
	const url = await listen((_, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		const more = () => {
			while (!response.destroyed && response.write('"'.padEnd(1 << 20, ' '))) sent++;
			if (!response.destroyed) response.once('drain', more);
		};
		more();
	});
	await expect(provider(url).probe(NEVER)).rejects.toMatchObject({ facts: { category: 'server' } });
	expect(sent).toBeLessThan(64);
});

test('idle connections that have died cost a call nothing, not even an attempt', async () => {
	const sockets = new Set<Socket>();
	let isDead = false;
	const url = await listen((request, response) => {
		if (isDead && sockets.has(request.socket)) {
			request.socket.resetAndDestroy();
			return;
		}
		sockets.add(request.socket);
		const reply = events(chunk({ content: 'Two.' }, { finish_reason: 'stop' }));
		setTimeout(() => response.writeHead(200, STREAM).end(reply), 50);
	});
	const pool = createPool({
		servers: [{ id: 'odd', kind: 'openai', url, models: ['m'], contextLength: 8000, maxConcurrent: 8 }],
		apiKey: async () => undefined,
	});
	cleanUps.push(() => pool.dispose());
	const call = (name: string) => {
		const failed: string[] = [];
		const asked = { ...QUESTION, role: 'sub', runId: 'r', conversationId: name } as const;
		const watched = observer({ onAttemptFailed: ({ category }) => failed.push(category) });
		return pool.call(asked, watched, NEVER).then(({ text }) => ({ text, failed }));
	};
	await Promise.all(Array.from({ length: 8 }, (_, index) => call(String(index))));
	isDead = true;
	expect(await call('later')).toEqual({ text: 'Two.', failed: [] });
});
