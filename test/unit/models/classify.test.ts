import { describe, expect, test } from 'vitest';
import { classifyErrorInSuccess, classifyResponse } from '../../../src/models/http/classify.ts';
import { classifySocketError, isIdleClose } from '../../../src/models/http/socketErrors.ts';

const SITE = { server: 'gpu', url: 'http://user:secret@gpu:8080/v1', model: 'm', secrets: ['sk-abc'] };
const NOW = Date.parse('2026-11-20T12:00:00Z');

function classify(status: number, body: unknown, headers: Record<string, string> = {}) {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return classifyResponse(SITE, { status, headers: new Headers(headers), body: text }, NOW);
}

const openAi = (message: string, rest: object = {}) => ({ error: { message, ...rest } });

describe('context overflow', () => {
	test.each([
		[
			'llama.cpp',
			{
				error: {
					code: 400,
					message: 'request (3028 tokens) exceeds the available context size (1024 tokens), try increasing it',
					type: 'exceed_context_size_error',
					n_prompt_tokens: 3028,
					n_ctx: 1024,
				},
			},
			3028,
			1024,
		],
		[
			'Ollama, with the error of its runner inside its own',
			{
				error: JSON.stringify({
					error: {
						code: 400,
						message: 'too long',
						type: 'exceed_context_size_error',
						n_prompt_tokens: 9000,
						n_ctx: 8192,
					},
				}),
			},
			9000,
			8192,
		],
		[
			'Ollama, its own text',
			{ error: 'the prompt is longer than the context length currently available to the model' },
			undefined,
			undefined,
		],
		[
			'vLLM, old text',
			openAi(
				"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages).",
			),
			5000,
			4096,
		],
		[
			'vLLM, new text',
			openAi(
				"You passed 1015 input tokens and requested 10 output tokens. However, the model's context length is only 1024 tokens",
			),
			1015,
			1024,
		],
		['SGLang', openAi("The input (5000 tokens) is longer than the model's context length (4096 tokens)."), 5000, 4096],
		[
			'LM Studio',
			{
				error:
					'Trying to keep the first 6000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
			},
			6000,
			4096,
		],
		[
			'OpenAI',
			openAi(
				"This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
				{ type: 'invalid_request_error', code: 'context_length_exceeded' },
			),
			130_000,
			128_000,
		],
		[
			'Anthropic',
			{
				type: 'error',
				error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
			},
			210_000,
			200_000,
		],
	])('%s', (_, body, promptTokens, contextTokens) => {
		const { facts } = classify(400, body);
		expect(facts.category).toBe('context-overflow');
		expect([facts.promptTokens, facts.contextTokens]).toEqual([promptTokens, contextTokens]);
	});

	test('a rate limit in tokens is not an overflow', () => {
		const body = openAi('Rate limit reached: maximum context length is shared, 30000 tokens per minute');
		expect(classify(429, body).category).toBe('rate-limit');
	});
});

describe('categories', () => {
	test.each([
		[404, { error: "model 'x' not found" }, 'model-not-found'],
		[400, openAi("model 'nope' not found", { type: 'invalid_request_error' }), 'model-not-found'],
		[404, openAi('The model `x` does not exist', { code: 'model_not_found' }), 'model-not-found'],
		[400, openAi('model is not loaded'), 'model-not-found'],
		[429, openAi('You exceeded your current quota', { code: 'insufficient_quota' }), 'quota'],
		[429, openAi('Rate limit reached', { code: 'rate_limit_exceeded' }), 'rate-limit'],
		[402, openAi('Insufficient Balance'), 'quota'],
		[401, { error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 } }, 'auth'],
		[403, '', 'auth'],
		[503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }, 'overloaded'],
		[503, { error: 'server busy, please try again.  maximum pending requests exceeded' }, 'overloaded'],
		[529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overloaded'],
		[429, { type: 'error', error: { type: 'rate_limit_error', message: 'contract_spend_limit_reached' } }, 'quota'],
		[413, { type: 'error', error: { type: 'request_too_large', message: 'too large' } }, 'context-overflow'],
		[500, { error: 'llama runner process has terminated: exit status 2' }, 'server'],
		[
			500,
			openAi('[json.exception.parse_error.101] parse error at line 1', { type: 'server_error', code: 500 }),
			'bad-request',
		],
		[501, openAi('not supported'), 'bad-request'],
		[502, '<html><title>502 Bad Gateway</title></html>', 'server'],
		[400, { error: '"x" does not support thinking' }, 'bad-request'],
		[422, { detail: [{ msg: 'field required' }] }, 'bad-request'],
		[301, '', 'bad-request'],
	])('%i %j is %s', (status, body, category) => {
		expect(classify(status, body).category).toBe(category);
	});

	test('OpenRouter without credit but with a retry time is a rate limit', () => {
		expect(classify(402, openAi('come back'), { 'retry-after': '3' }).facts).toMatchObject({
			category: 'rate-limit',
			retryAfterMs: 3000,
		});
	});

	test('an error inside a success takes the status that it names', () => {
		const text = JSON.stringify({ error: { code: 429, message: 'slow down' } });
		expect(classifyErrorInSuccess(SITE, text, 'stream-cut').category).toBe('rate-limit');
		expect(classifyErrorInSuccess(SITE, '{"error":"odd"}', 'stream-cut').category).toBe('stream-cut');
	});

	test.each([
		['ECONNREFUSED', { isReused: false, hasResponse: false }, 'connect'],
		['ENOTFOUND', { isReused: false, hasResponse: false }, 'connect'],
		['ECONNRESET', { isReused: false, hasResponse: false }, 'connect'],
		['ECONNRESET', { isReused: true, hasResponse: false, sentMsAgo: 1500 }, 'connect'],
		['ECONNRESET', { isReused: true, hasResponse: true }, 'stream-cut'],
		['CERT_HAS_EXPIRED', { isReused: false, hasResponse: false }, 'tls'],
		['UNABLE_TO_VERIFY_LEAF_SIGNATURE', { isReused: false, hasResponse: false }, 'tls'],
	])('a socket error %s with %j is %s', (code, state, category) => {
		expect(classifySocketError(SITE, Object.assign(new Error('broken'), { code }), state).category).toBe(category);
	});
});

test.each([
	['ECONNRESET', { isReused: true, hasResponse: false }, true],
	['ECONNRESET', { isReused: true, hasResponse: false, sentMsAgo: 100 }, true],
	['EPIPE', { isReused: true, hasResponse: false }, true],
	['ECONNRESET', { isReused: true, hasResponse: false, sentMsAgo: 1500 }, false],
	['ECONNRESET', { isReused: true, hasResponse: true }, false],
	['ECONNRESET', { isReused: false, hasResponse: false }, false],
	['ECONNREFUSED', { isReused: true, hasResponse: false }, false],
])('a socket error %s with %j: the connection had been closed while idle: %s', (code, state, isIdle) => {
	expect(isIdleClose(Object.assign(new Error('broken'), { code }), state)).toBe(isIdle);
});

test('an error of OpenSSL is told by its reason, without its sources', () => {
	const raw = 'write EPROTO 80EC:error:0A00010B:SSL routines:ssl3_get_record:bad thing:../deps/openssl/record.c:354:';
	const error = Object.assign(new Error(raw), { code: 'EPROTO' });
	const { message } = classifySocketError(SITE, error, { isReused: false, hasResponse: false });
	expect(message).toContain('bad thing');
	expect(message).not.toContain('openssl');
});

describe('retry-after', () => {
	test.each([
		[{ 'retry-after': '30' }, 30_000],
		[{ 'retry-after': '0.5' }, 500],
		[{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
		[{ 'retry-after': 'Fri, 20 Nov 2026 12:00:20 GMT' }, 20_000],
		[{ 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT' }, 0],
		[{ 'retry-after': 'soon' }, undefined],
	])('%j is %s ms', (headers, expected) => {
		expect(classify(429, '', headers as Record<string, string>).facts.retryAfterMs).toBe(expected);
	});
});

describe('messages', () => {
	test('name server, address, model and what happened, without credentials', () => {
		const { message, facts } = classify(500, { error: 'out of memory for sk-abc' });
		expect(message).toBe(
			'Server "gpu" (http://gpu:8080/v1), model "m": the server failed (HTTP 500): out of memory for [key]',
		);
		expect(facts.url).toBe('http://gpu:8080/v1');
	});

	test('a long one is not cut in the middle of a key', () => {
		const { message } = classify(500, { error: `${'x'.repeat(1997)}sk-abc` });
		expect(message).toMatch(/x\[ke…$/);
	});

	test('a redirect says where to', () => {
		const { facts } = classify(301, '', { location: 'https://gpu/v1' });
		expect(facts.hint).toContain('https://gpu/v1');
	});

	test.each([
		['https://gpu/v1/models', 'to https://gpu/v1;'],
		['https://gpu:8443/llm/v1/chat/completions/', 'to https://gpu:8443/llm/v1;'],
		['https://user:secret@gpu/api/version', 'to https://gpu/api/version;'],
		['/login', 'to /login;'],
	])('a redirect to %s says which address the settings want', (location, expected) => {
		expect(classify(308, '', { location }).facts.hint).toContain(expected);
	});
});
