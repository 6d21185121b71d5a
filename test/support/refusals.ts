import { expect } from 'vitest';
import type { ModelErrorFacts } from '../../src/core/errors.ts';
import type { Software } from './providers.ts';
import type { ScriptedReply } from './scriptedServer.ts';

/** What a refusal has to be read as. */
export type Expected = { readonly [Fact in keyof ModelErrorFacts]?: ModelErrorFacts[Fact] | undefined };
/** A refusal: what it is, how the server says it, what it has to be read as, and which servers say it so. */
export type Refusal = readonly [string, ScriptedReply, Expected, (readonly Software[])?];

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><hr>nginx</body></html>';
const error = (message: string, rest: object = {}) => ({ error: { message, ...rest } });
const anthropic = (type: string, message: string) => ({ type: 'error', error: { type, message }, request_id: 'r' });
const limited = (headers: Record<string, string>): ScriptedReply => ({ status: 429, headers, body: 'slow down' });

const OLLAMA: readonly Software[] = ['Ollama'];
const LLAMA: readonly Software[] = ['llama.cpp'];
const OPENAI: readonly Software[] = ['llama.cpp', 'vLLM'];
const ANTHROPIC: readonly Software[] = ['Anthropic'];

/** What any server or a proxy before it may answer. */
export const ANYWHERE: readonly Refusal[] = [
	['429 in seconds', limited({ 'retry-after': '2' }), { category: 'rate-limit', retryAfterMs: 2000 }],
	['429 in ms', limited({ 'retry-after-ms': '250' }), { category: 'rate-limit', retryAfterMs: 250 }],
	['429 for 90 s', limited({ 'retry-after': '90' }), { category: 'rate-limit', retryAfterMs: 90_000 }],
	[
		'429 until a date that is past',
		limited({ 'retry-after': 'Fri, 20 Nov 2020 12:00:00 GMT' }),
		{ category: 'rate-limit', retryAfterMs: 0 },
	],
	['429 with garbage', limited({ 'retry-after': 'soon' }), { category: 'rate-limit', retryAfterMs: undefined }],
	['429 without a time', limited({}), { category: 'rate-limit', retryAfterMs: undefined }],
	['401', { status: 401, body: 'invalid key' }, { category: 'auth' }],
	['403', { status: 403, body: 'forbidden' }, { category: 'auth' }],
	['402', { status: 402, body: 'Insufficient Balance' }, { category: 'quota' }],
	['408', { status: 408, body: 'request timeout' }, { category: 'timeout' }],
	[
		'413 of a proxy',
		{ status: 413, page: HTML.replaceAll('502 Bad Gateway', '413 Too Large') },
		{ category: 'context-overflow' },
	],
	['500 with a page', { status: 500, page: HTML }, { category: 'server' }],
	['502 with a page', { status: 502, page: HTML }, { category: 'server' }],
	[
		'503 busy',
		{ status: 503, body: 'server busy, please try again.  maximum pending requests exceeded' },
		{ category: 'overloaded' },
	],
	[
		'503 for 3 s',
		{ status: 503, headers: { 'retry-after': '3' }, body: 'busy' },
		{ category: 'overloaded', retryAfterMs: 3000 },
	],
	['504', { status: 504, page: HTML }, { category: 'server' }],
	[
		'301',
		{ status: 301, headers: { location: 'https://gpu.example/v1' }, body: '' },
		{ category: 'bad-request', hint: expect.stringContaining('https://gpu.example/v1') },
	],
	['422', { status: 422, body: { detail: [{ msg: 'field required' }] } }, { category: 'bad-request' }],
	['200 with an error that says nothing', { fault: 'error-in-success', body: 'odd' }, {}],
];

/** What only some servers say, in their own words. */
export const IN_OWN_WORDS: readonly Refusal[] = [
	[
		'overflow',
		{
			status: 400,
			body: {
				error: JSON.stringify({
					error: {
						code: 400,
						message: 'request (3028 tokens) exceeds the available context size (1024 tokens), try increasing it',
						type: 'exceed_context_size_error',
						n_prompt_tokens: 3028,
						n_ctx: 1024,
					},
				}),
			},
		},
		{ category: 'context-overflow', promptTokens: 3028, contextTokens: 1024 },
		OLLAMA,
	],
	[
		'overflow',
		{
			status: 400,
			body: {
				error: 'the prompt is longer than the context length currently available to the model, try a larger one',
			},
		},
		{ category: 'context-overflow' },
		OLLAMA,
	],
	['model missing', { status: 404, body: { error: "model 'x' not found" } }, { category: 'model-not-found' }, OLLAMA],
	['no model', { status: 400, body: { error: 'model is required' } }, { category: 'model-not-found' }, OLLAMA],
	[
		'no thinking',
		{ status: 400, body: { error: '"x" does not support thinking' } },
		{ category: 'bad-request' },
		OLLAMA,
	],
	[
		'out of memory',
		{ status: 500, body: { error: 'model runner has unexpectedly stopped, this may be due to resource limitations' } },
		{ category: 'server' },
		OLLAMA,
	],
	[
		'load timed out',
		{ status: 500, body: { error: 'timed out waiting for llama runner to start' } },
		{ category: 'server' },
		OLLAMA,
	],
	['client gone', { status: 499, body: { error: 'request canceled' } }, { category: 'timeout' }, OLLAMA],
	[
		'foreign host header',
		{ status: 403, page: '' },
		{ category: 'auth', hint: expect.stringContaining('OLLAMA_HOST') },
		OLLAMA,
	],
	[
		'overflow',
		{
			status: 400,
			body: error('request (3028 tokens) exceeds the available context size (1024 tokens), try increasing it', {
				code: 400,
				type: 'exceed_context_size_error',
				n_prompt_tokens: 3028,
				n_ctx: 1024,
			}),
		},
		{ category: 'context-overflow', promptTokens: 3028, contextTokens: 1024 },
		LLAMA,
	],
	[
		'loading',
		{ status: 503, body: error('Loading model', { type: 'unavailable_error', code: 503 }) },
		{ category: 'overloaded' },
		LLAMA,
	],
	[
		'malformed request',
		{
			status: 500,
			body: error('[json.exception.parse_error.101] parse error at line 1, column 2', {
				code: 500,
				type: 'server_error',
			}),
		},
		{ category: 'bad-request' },
		LLAMA,
	],
	[
		'malformed request',
		{ status: 500, body: error('Failed to parse messages: invalid role', { code: 500, type: 'server_error' }) },
		{ category: 'bad-request' },
		LLAMA,
	],
	[
		'model missing in router mode',
		{ status: 400, body: error("model 'nope' not found", { code: 400, type: 'invalid_request_error' }) },
		{ category: 'model-not-found' },
		LLAMA,
	],
	[
		'no model in router mode',
		{
			status: 400,
			body: error('model name is missing from the request', { code: 400, type: 'invalid_request_error' }),
		},
		{ category: 'model-not-found' },
		LLAMA,
	],
	[
		'model unloaded',
		{ status: 400, body: error('model is not loaded', { code: 400, type: 'invalid_request_error' }) },
		{ category: 'model-not-found' },
		LLAMA,
	],
	[
		'no chat',
		{ status: 501, body: error('This server does not support chat', { code: 501, type: 'not_supported_error' }) },
		{ category: 'bad-request' },
		LLAMA,
	],
	[
		'overflow',
		{
			status: 400,
			body: error(
				"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion).",
				{ type: 'BadRequestError', param: null, code: 400 },
			),
		},
		{ category: 'context-overflow', promptTokens: 5000, contextTokens: 4096 },
		['vLLM'],
	],
	[
		'overflow, older',
		{
			status: 400,
			body: {
				object: 'error',
				message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
				type: 'BadRequestError',
				code: 400,
			},
		},
		{ category: 'context-overflow', promptTokens: 5000, contextTokens: 4096 },
		['vLLM'],
	],
	[
		'overflow, newer',
		{
			status: 400,
			body: error(
				"You passed 1015 input tokens and requested 10 output tokens. However, the model's context length is only 1024 tokens",
				{ type: 'BadRequestError', code: 400 },
			),
		},
		{ category: 'context-overflow', promptTokens: 1015, contextTokens: 1024 },
		['vLLM'],
	],
	[
		'model missing',
		{ status: 404, body: error('The model `x` does not exist.', { type: 'NotFoundError', param: 'model', code: 404 }) },
		{ category: 'model-not-found' },
		['vLLM'],
	],
	[
		'overflow of SGLang',
		{ status: 400, body: error("The input (5000 tokens) is longer than the model's context length (4096 tokens).") },
		{ category: 'context-overflow', promptTokens: 5000, contextTokens: 4096 },
		OPENAI,
	],
	[
		'overflow of LM Studio',
		{
			fault: 'error-in-success',
			body: {
				error:
					'Trying to keep the first 6000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough',
			},
		},
		{ category: 'context-overflow', promptTokens: 6000, contextTokens: 4096 },
		OPENAI,
	],
	[
		'overflow of OpenAI',
		{
			status: 400,
			body: error(
				"This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
				{ type: 'invalid_request_error', code: 'context_length_exceeded' },
			),
		},
		{ category: 'context-overflow', promptTokens: 130_000, contextTokens: 128_000 },
		OPENAI,
	],
	[
		'no model loaded in LM Studio',
		{
			status: 404,
			body: error('No models loaded. Please load a model in the developer page.', {
				type: 'invalid_request_error',
				code: 'model_not_found',
			}),
		},
		{ category: 'model-not-found' },
		OPENAI,
	],
	[
		'quota of OpenAI',
		{
			status: 429,
			body: error('You exceeded your current quota', { type: 'insufficient_quota', code: 'insufficient_quota' }),
		},
		{ category: 'quota' },
		OPENAI,
	],
	[
		'rate limit of OpenAI in tokens',
		{
			status: 429,
			headers: { 'retry-after-ms': '20' },
			body: error('Rate limit reached for tokens per min (TPM): Limit 30000', {
				type: 'tokens',
				code: 'rate_limit_exceeded',
			}),
		},
		{ category: 'rate-limit', retryAfterMs: 20 },
		OPENAI,
	],
	[
		'402 of OpenRouter with a time',
		{ status: 402, headers: { 'retry-after': '1' }, body: error('come back', { code: 402 }) },
		{ category: 'rate-limit', retryAfterMs: 1000 },
		OPENAI,
	],
	[
		'error of OpenRouter in a success',
		{ fault: 'error-in-success', body: error('Rate limited upstream', { code: 429 }) },
		{ category: 'rate-limit' },
		OPENAI,
	],
	[
		'overflow',
		{ status: 400, body: anthropic('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum') },
		{ category: 'context-overflow', promptTokens: 210_000, contextTokens: 200_000 },
		ANTHROPIC,
	],
	[
		'too large',
		{ status: 413, body: anthropic('request_too_large', 'Request exceeds the maximum size') },
		{ category: 'context-overflow' },
		ANTHROPIC,
	],
	[
		'model missing',
		{ status: 404, body: anthropic('not_found_error', 'model: x') },
		{ category: 'model-not-found' },
		ANTHROPIC,
	],
	[
		'overloaded',
		{ status: 529, body: anthropic('overloaded_error', 'Overloaded') },
		{ category: 'overloaded' },
		ANTHROPIC,
	],
	['billing', { status: 402, body: anthropic('billing_error', 'payment required') }, { category: 'quota' }, ANTHROPIC],
	[
		'spend limit',
		{ status: 429, body: anthropic('rate_limit_error', 'enforced_spend_limit_reached') },
		{ category: 'quota' },
		ANTHROPIC,
	],
	[
		'timed out',
		{ status: 504, body: anthropic('timeout_error', 'Request timed out') },
		{ category: 'server' },
		ANTHROPIC,
	],
	[
		'server error',
		{ status: 500, body: anthropic('api_error', 'Internal server error') },
		{ category: 'server' },
		ANTHROPIC,
	],
];

/** Errors in the middle of a reply, as each protocol has them. */
export const IN_THE_MIDDLE = [
	['Ollama', 'the model runner crashed', 'stream-cut'],
	['Ollama', 'request (9000 tokens) exceeds the available context size (8192 tokens)', 'context-overflow'],
	['llama.cpp', error('context size exceeded', { code: 500, type: 'server_error' }), 'server'],
	['vLLM', error('Provider overloaded', { code: 503 }), 'overloaded'],
	['vLLM', error('Rate limited upstream', { code: 429 }), 'rate-limit'],
	['Anthropic', anthropic('overloaded_error', 'Overloaded'), 'overloaded'],
	['Anthropic', anthropic('api_error', 'Internal server error'), 'server'],
] as const;
