// Replies in a form that nobody asked for: whole documents, wrong labels, missing marks, calls of tools.
import { describe, expect, test } from 'vitest';
import { createAnthropicProvider } from '../../src/models/anthropic.ts';
import { createOllamaProvider } from '../../src/models/ollama.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { chunk, events, NEVER, oddServers, QUESTION, STREAM } from '../support/oddServers.ts';

const { listen, provider, askAbout } = oddServers(cleanUpAfterEach());

const JSON_LABEL = { 'content-type': 'application/json' };
const STOP = { finish_reason: 'stop' };
const GOOD = events(chunk({ content: 'Two.' }), chunk({}, STOP));
const MESSAGE = { role: 'assistant', content: 'Two.', reasoning_content: 'Hm.' };
const DOCUMENT = {
	object: 'chat.completion',
	model: 'm',
	choices: [{ index: 0, message: MESSAGE, ...STOP }],
	usage: { prompt_tokens: 12, completion_tokens: 3 },
};
const TWO = { text: 'Two.', finishReason: 'stop' };

describe('a stream', () => {
	test.each(['application/json', 'text/plain; charset=utf-8', 'application/x-ndjson', 'application/octet-stream'])(
		'with the content type %s is read by what it is',
		async (type) => {
			expect(await askAbout(GOOD, { headers: { 'content-type': type } })).toMatchObject(TWO);
		},
	);

	test('without a content type is read', async () => {
		expect(await askAbout(GOOD, { headers: {} })).toMatchObject(TWO);
	});

	test('of JSON lines in place of events is read', async () => {
		const lines = [chunk({ content: 'Two' }), chunk({ content: '.' }, STOP)].map((one) => JSON.stringify(one));
		expect(await askAbout(`${lines.join('\n')}\n`)).toMatchObject(TWO);
	});

	test('may have fields that nobody knows, and no finish reason', async () => {
		const body = `time: 12\nx-id: a\n${events(chunk({ content: 'Two.' }))}`;
		expect(await askAbout(body)).toMatchObject(TWO);
	});

	test.each([
		['', 'empty'],
		['error: {"code":500,"message":"slot unavailable","type":"server_error"}\n\n', 'server'],
		['event: error\ndata: {"message":"Rate limit reached","code":429}\n\n', 'rate-limit'],
	])('that only says [DONE] or fails is no reply: %j', async (piece, category) => {
		await expect(askAbout(`${piece}data: [DONE]\n\n`)).rejects.toMatchObject({ facts: { category } });
	});

	test('may tell its end in another case or spelling, its text in another place', async () => {
		const old = { choices: [{ index: 0, text: 'Two', finish_reason: null }] };
		const other = {
			choices: [
				{ index: 1, delta: { content: 'Three' } },
				{ index: 0, delta: { content: '.' } },
			],
		};
		const body = events(old, other, chunk({}, { finish_reason: null, finishReason: 'LENGTH' }));
		expect(await askAbout(body)).toMatchObject({ text: 'Two.', finishReason: 'length' });
	});

	test('of the Anthropic protocol may lack its event lines and its last event', async () => {
		const all = [
			{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Two.' } },
			{ type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 7 } },
		];
		const body = all.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
		const reply = await askAbout(body, { create: createAnthropicProvider });
		expect(reply).toMatchObject({ text: 'Two.', finishReason: 'length', usage: { completionTokens: 7 } });
	});

	test('of Ollama may come as events', async () => {
		const lines = [
			{ message: { content: 'Two.' }, done: false },
			{ message: { content: '' }, done: true },
		];
		const body = events(...lines);
		const url = await listen((request, response) => {
			if (request.url === '/api/chat') response.writeHead(200, STREAM).end(body);
			else response.writeHead(404).end('404 page not found');
		});
		expect(await provider(url, createOllamaProvider).chat(QUESTION, () => {}, NEVER)).toMatchObject(TWO);
	});
});

describe('a whole document in place of a stream', () => {
	test.each([
		['as it is', JSON.stringify(DOCUMENT), JSON_LABEL],
		['over several lines', JSON.stringify(DOCUMENT, undefined, 2), JSON_LABEL],
		['with the label of a stream', JSON.stringify(DOCUMENT), STREAM],
		['as one event', events(DOCUMENT), STREAM],
	])('is the reply: %s', async (_, body, headers) => {
		const reply = await askAbout(body, { headers });
		expect(reply).toMatchObject({ ...TWO, reasoning: 'Hm.', usage: { promptTokens: 12, isEstimate: false } });
	});

	test('needs no finish reason, for it is complete', async () => {
		const body = JSON.stringify({ choices: [{ message: MESSAGE }] });
		expect(await askAbout(body, { headers: JSON_LABEL })).toMatchObject(TWO);
	});

	test.each([
		['{"error":{"message":"Rate limit reached"}}', 'rate-limit'],
		['{"detail":"nothing here"}', 'empty'],
		['{"choices":[{"message":{"content":"Two', 'stream-cut'],
	])('that is no reply is a failure: %s', async (body, category) => {
		await expect(askAbout(body, { headers: JSON_LABEL })).rejects.toMatchObject({ facts: { category } });
	});

	test('of the Anthropic protocol is the reply', async () => {
		const content = [
			{ type: 'thinking', thinking: 'Hm.' },
			{ type: 'text', text: 'Two.' },
		];
		const usage = { input_tokens: 10, output_tokens: 3 };
		const body = JSON.stringify({ type: 'message', model: 'm', content, stop_reason: 'end_turn', usage });
		const reply = await askAbout(body, { create: createAnthropicProvider, headers: JSON_LABEL });
		expect(reply).toMatchObject({ ...TWO, reasoning: 'Hm.', usage: { promptTokens: 10, completionTokens: 3 } });
	});

	test('of Ollama may go over several lines', async () => {
		const body = JSON.stringify({ message: { content: 'Two.' }, done: true, done_reason: 'stop' }, undefined, 2);
		const url = await listen((request, response) => {
			if (request.url === '/api/chat') response.writeHead(200, JSON_LABEL).end(body);
			else response.writeHead(404).end('404 page not found');
		});
		expect(await provider(url, createOllamaProvider).chat(QUESTION, () => {}, NEVER)).toMatchObject(TWO);
	});
});

describe('a call of a tool that nobody offered', () => {
	const CALL = { name: 'repl', arguments: '{"code":"x = 1"}' };

	test('comes in pieces in the OpenAI protocol', async () => {
		const piece = (called: object, id = {}) =>
			chunk({ content: null, tool_calls: [{ index: 0, ...id, function: called }] });
		const body = events(
			piece({ name: CALL.name, arguments: '' }, { id: 't', type: 'function' }),
			piece({ arguments: '{"code":' }),
			piece({ arguments: '"x = 1"}' }),
			chunk({}, { finish_reason: 'tool_calls' }),
		);
		expect(await askAbout(body)).toMatchObject({ text: '', toolCalls: [CALL], finishReason: 'stop' });
	});

	test('is whole in a document, and in the older form', async () => {
		const whole = { choices: [{ message: { content: null, tool_calls: [{ function: CALL }] }, ...STOP }] };
		expect(await askAbout(JSON.stringify(whole))).toMatchObject({ toolCalls: [CALL] });
		expect(await askAbout(events(chunk({ function_call: CALL }, STOP)))).toMatchObject({ toolCalls: [CALL] });
	});

	test('comes as a block of content in the Anthropic protocol', async () => {
		const all = [
			{ type: 'content_block_start', index: 0, content_block: { type: 'tool_use', name: 'repl', input: {} } },
			{ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"code":' } },
			{ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '"x = 1"}' } },
			{ type: 'message_delta', delta: { stop_reason: 'tool_use' } },
			{ type: 'message_stop' },
		];
		const body = all.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
		expect(await askAbout(body, { create: createAnthropicProvider })).toMatchObject({ toolCalls: [CALL] });
	});
});

describe('what a server sends beyond what was asked for', () => {
	const tokens = { request: { maxTokens: 100 } };

	test('is cut at a stated length and counts up to it, also within one line', async () => {
		const text = Array.from({ length: 4_000 }, (_, index) => `${index} `).join('');
		const reply = await askAbout(events(chunk({ content: text }, STOP)), tokens);
		expect(reply).toMatchObject({ text: text.slice(0, 2_800), finishReason: 'length' });
		expect(reply).not.toHaveProperty('isRepeating');
		expect(reply.usage.completionTokens).toBeLessThanOrEqual(2_800 / 3);
	});

	test.each([
		['line', events(chunk({ content: 'x'.repeat(3_000_000) }, STOP))],
		['document', JSON.stringify({ ...DOCUMENT, x: 'x'.repeat(3_000_000) }, undefined, 1)],
	])('is not read at all in a %s of 3 million characters', async (_, body) => {
		await expect(askAbout(body, tokens)).rejects.toMatchObject({ facts: { category: 'stream-cut' } });
	});

	test.each([
		['event', events({ ...chunk({ content: 'Two.' }, STOP), x: Array(300_000).fill([]) })],
		['document', JSON.stringify({ ...DOCUMENT, x: Array(300_000).fill([]) })],
	])('is refused where its value would be far larger than its text: %s', async (_, body) => {
		await expect(askAbout(body)).rejects.toMatchObject({ facts: { category: 'stream-cut' } });
	});

	test('is refused in pages, too', async () => {
		const url = await listen((_, response) =>
			response.writeHead(200, JSON_LABEL).end(JSON.stringify({ data: Array(300_000).fill([]) })),
		);
		await expect(provider(url).probe(NEVER)).rejects.toMatchObject({ facts: { category: 'stream-cut' } });
	});
});

describe('an emulation of Ollama', () => {
	const LISTS: Readonly<Record<string, object>> = {
		'/api/version': { version: '0.6.4' },
		'/api/tags': { models: [{ name: 'm' }] },
		'/api/ps': { models: [{ name: 'm' }] },
		'/api/show': { capabilities: ['completion'] },
	};

	/** A server with all pages but one, which it refuses in its own way. */
	function emulation(missing: string, status: number, said: string): Promise<string> {
		return listen((request, response) => {
			const list = LISTS[request.url ?? ''];
			if (request.url === missing) response.writeHead(status).end(said);
			else if (list) response.writeHead(200, JSON_LABEL).end(JSON.stringify(list));
			else response.writeHead(200).end('{"message":{"content":"Two."},"done":true}\n');
		});
	}

	test.each([
		['/api/ps', 404, '{"error":"Unexpected endpoint"}'],
		['/api/ps', 501, 'Not Implemented'],
		['/api/show', 404, '404 page not found'],
		['/api/show', 405, '{"detail":"Method Not Allowed"}'],
		['/api/version', 404, '{"error":"not found"}'],
	])('without %s (%i) lists its models, is ready and answers', async (missing, status, said) => {
		const asked = provider(await emulation(missing, status, said), createOllamaProvider);
		expect((await asked.probe(NEVER)).models.map(({ name }) => name)).toEqual(['m']);
		expect(await asked.isReady?.(NEVER)).toBe(true);
		expect(await asked.chat(QUESTION, () => {}, NEVER)).toMatchObject(TWO);
	});

	test('is not what lacks the model, or what lists no models', async () => {
		const lacking = await emulation('/api/show', 404, `{"error":"model 'm' not found"}`);
		await expect(provider(lacking, createOllamaProvider).chat(QUESTION, () => {}, NEVER)).rejects.toMatchObject({
			facts: { category: 'model-not-found' },
		});
		const other = await emulation('/api/tags', 404, 'Not Found');
		await expect(provider(other, createOllamaProvider).probe(NEVER)).rejects.toMatchObject({
			facts: { category: 'server' },
		});
	});
});
