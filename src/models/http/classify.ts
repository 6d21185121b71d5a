import type { FailureCategory, ModelErrorFacts } from '../../core/errors.ts';
import { InputError, ModelError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import { parseAddress, shownAddress } from './address.ts';
import { htmlTitle, isHtml } from './html.ts';
import { jsonOrUndefined } from './json.ts';
import { redact } from './redact.ts';

/** The target of a request: what every message names, and what no message may show. */
export interface RequestSite {
	/** Id of the server in the settings. */
	readonly server: string;
	/** Address of the server as the user wrote it. */
	readonly url: string;
	readonly model?: string;
	/** Texts that must not appear in messages: the key and other secret header values. */
	readonly secrets: readonly string[];
}

/** An unsuccessful HTTP response. */
export interface FailedResponse {
	readonly status: number;
	readonly headers: { get(name: string): string | null };
	/** The body, or its beginning. */
	readonly body: string;
}

/** The content of an error body, whatever the server wraps it in. */
interface ErrorBody {
	readonly message: string;
	/** `type` and `code` of the error, for matching. */
	readonly kind: string;
	readonly promptTokens?: number;
	readonly contextTokens?: number;
}

const MAX_QUOTED_CHARACTERS = 2000;

/** Creates a ModelError whose message starts with server, address and model. */
export function modelError(
	site: RequestSite,
	what: string,
	facts: Omit<ModelErrorFacts, 'server' | 'url' | 'model' | 'detail'>,
	cause?: unknown,
): ModelError {
	const about = site.model === undefined ? '' : `, model "${site.model}"`;
	const url = shownAddress(site.url);
	const message = redact(`Server "${site.server}" (${url})${about}: ${what}`, site.secrets);
	return new ModelError(
		message,
		present({
			server: site.server,
			url,
			model: site.model,
			detail: redact(what, site.secrets),
			...facts,
		}),
		cause === undefined ? undefined : { cause },
	);
}

/** Classifies a response with an error status. */
export function classifyResponse(site: RequestSite, response: FailedResponse, now = Date.now()): ModelError {
	const body = readErrorBody(response.body);
	const retryAfterMs = retryAfter(response.headers, now);
	const category = categoryOf(response.status, body, retryAfterMs !== undefined);
	return modelError(
		site,
		redirectSentence(response) ?? sentence(category, redact(body.message, site.secrets), response.status),
		present({
			category,
			status: response.status,
			retryAfterMs,
			...overflowNumbers(category, body),
			hint: hintFor(response, body),
		}),
	);
}

/** Whether a server has no such page, which says nothing about its models. */
export function isPageMissing(error: unknown): boolean {
	if (!(error instanceof ModelError)) return false;
	const { status, detail = '' } = error.facts;
	return [404, 405, 501].includes(status ?? 0) && !isModelMissing(detail.replace(/^[^:]*: /, ''));
}

/**
 * Classifies an error inside a success: a line or an event after the first byte, or a body with status 200.
 * @param fallback the category when the text itself says nothing
 */
export function classifyErrorInSuccess(site: RequestSite, text: string, fallback: FailureCategory): ModelError {
	const body = readErrorBody(text);
	const category = categoryOf(statusInside(text), body, false, fallback);
	return modelError(site, sentence(category, redact(body.message, site.secrets)), {
		category,
		...overflowNumbers(category, body),
	});
}

/** Undefined when status and text say nothing. The order matters: the text takes precedence over the status. */
function categoryOf(
	status: number | undefined,
	body: ErrorBody,
	hasRetryAfter: boolean,
	fallback: FailureCategory = 'bad-request',
): FailureCategory {
	const text = `${body.kind} ${body.message}`;
	if (isOverflow(text) || status === 413) return 'context-overflow';
	if (isModelMissing(text)) return 'model-not-found';
	if (isQuota(text)) return 'quota';
	if (status === 402) return hasRetryAfter ? 'rate-limit' : 'quota';
	if (status === 401 || status === 403 || /authentication_error|permission_error|invalid_api_key/.test(text))
		return 'auth';
	if (status === 404) return 'model-not-found';
	if (status === 503 || status === 529 || /overloaded|server busy|loading model/i.test(text)) return 'overloaded';
	if (status === 429 || isRateLimit(text)) return 'rate-limit';
	if (status === 408 || status === 499) return 'timeout';
	// llama.cpp answers a request that it cannot parse with 500; a retry would not help.
	if (status === 501 || (status === 500 && /parse[_ ]error|failed to parse|\[json\.exception/i.test(text)))
		return 'bad-request';
	if (status !== undefined && status >= 500) return 'server';
	if (status !== undefined && status >= 300) return 'bad-request';
	if (/api_error|server_error|timeout_error/.test(body.kind)) return 'server';
	return fallback;
}

/** @param detail already without keys: cutting it could leave an unrecognisable part of one */
function sentence(category: FailureCategory, detail: string, status?: number): string {
	const lead: Partial<Record<FailureCategory, string>> = {
		'context-overflow': 'the prompt is larger than the context window',
		'model-not-found': 'the server does not have this model',
		quota: 'the account has no credit left',
		auth: 'the key is missing or was refused',
		overloaded: 'the server is busy or loading a model',
		'rate-limit': 'too many requests',
		server: 'the server failed',
		'stream-cut': 'the reply broke off with an error',
		empty: 'the server reported success without a reply',
	};
	const parts = [lead[category] ?? 'the request was refused', status === undefined ? '' : ` (HTTP ${status})`];
	const quoted = detail.length > MAX_QUOTED_CHARACTERS ? `${detail.slice(0, MAX_QUOTED_CHARACTERS)}…` : detail;
	return `${parts.join('')}${quoted ? `: ${quoted}` : '.'}`;
}

/** What a redirect says that is not followed; undefined for other responses. */
function redirectSentence({ status, headers }: FailedResponse): string | undefined {
	const location = headers.get('location');
	if (status < 300 || status > 399 || !location) return undefined;
	return `the server redirects to ${addressOf(location)}, where neither key nor texts are sent unasked (HTTP ${status}).`;
}

/** Advice that the category alone does not give. */
function hintFor(response: FailedResponse, body: ErrorBody): string | undefined {
	const location = response.headers.get('location');
	if (response.status >= 300 && response.status < 400 && location) {
		return `The server redirects to ${addressOf(location)}; put that address into the settings.`;
	}
	if (response.status === 407) {
		return 'The proxy wants a name and a password: HTTP_PROXY=http://name:password@proxy:3128';
	}
	if (response.status === 404 && !isModelMissing(`${body.kind} ${body.message}`)) {
		const path = 'correct the path of its address: most servers have their API under /v1';
		return `Choose a model that this server has, or ${path}.`;
	}
	if (response.status === 403 && body.message === '') {
		return 'An Ollama server refuses requests under a foreign host name; set OLLAMA_ORIGINS or OLLAMA_HOST there.';
	}
	return undefined;
}

// --- Error bodies ----------------------------------------------------------------------------------------------------

function readErrorBody(text: string): ErrorBody {
	const parsed = jsonOrUndefined(text);
	if (parsed === undefined) return { message: textOf(text), kind: '' };
	const inner = record(record(parsed).error ?? parsed);
	const message = firstText(
		inner.message,
		record(parsed).error,
		record(parsed).message,
		record(parsed).detail,
		inner.detail,
	);
	// Ollama passes on its runner's error as JSON inside its own error text.
	const nested = /^\s*\{/.test(message) ? readErrorBody(message) : undefined;
	if (nested?.message) return nested;
	return {
		message,
		kind: [inner.type, inner.code, record(inner.metadata).error_type]
			.filter((part) => typeof part === 'string')
			.join(' '),
		...numberField('promptTokens', inner.n_prompt_tokens),
		...numberField('contextTokens', inner.n_ctx),
	};
}

/** The message of a body that is not JSON. */
function textOf(body: string): string {
	return isHtml(body) ? (htmlTitle(body) ?? 'an HTML page instead of an answer') : body.trim();
}

/** The status that some servers put in the error object of a response with status 200. */
function statusInside(text: string): number | undefined {
	const code = record(record(jsonOrUndefined(text)).error).code;
	return typeof code === 'number' && code >= 400 && code < 600 ? code : undefined;
}

function record(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function firstText(...candidates: readonly unknown[]): string {
	for (const candidate of candidates) {
		if (typeof candidate === 'string' && candidate) return candidate;
		if (Array.isArray(candidate)) return JSON.stringify(candidate);
	}
	return '';
}

function numberField<K extends string>(name: K, value: unknown): Partial<Record<K, number>> {
	return typeof value === 'number' ? ({ [name]: value } as Record<K, number>) : {};
}

/** Target of a redirect without the requested page: settings need the address of the API. */
function addressOf(location: string): string {
	try {
		const { root, apiPath } = parseAddress(location);
		return /^https?:/i.test(location) ? root + apiPath : location;
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		return shownAddress(location);
	}
}

// --- Texts -----------------------------------------------------------------------------------------------------------

/** "Too many tokens per minute" also mentions tokens and limits. */
const NOT_OVERFLOW = /rate.?limit|too many requests|throttl|per (second|minute|hour|day)|quota/i;

/**
 * One pattern per kind of server. Named groups `prompt` and `context` are read as numbers where the text has them. In
 * order: llama.cpp (also inside Ollama), Ollama, vLLM old and OpenRouter, vLLM new, SGLang, LM Studio, Anthropic,
 * Anthropic with max_tokens, Gemini, and the plain codes.
 */
const OVERFLOW: readonly RegExp[] = [
	/request \((?<prompt>\d+) tokens\) exceeds the available context size \((?<context>\d+) tokens\)/i,
	/prompt is longer than the context length/i,
	/maximum context length is (?<context>\d+) tokens.*?(?:requested|resulted in)(?: about)? (?<prompt>\d+) tokens/is,
	/passed (?<prompt>\d+) input tokens.*?context length is only (?<context>\d+) tokens/is,
	/input \((?<prompt>\d+) tokens\) is longer than the model's context length \((?<context>\d+) tokens\)/i,
	/keep the first (?<prompt>\d+) tokens.*?context length of only (?<context>\d+) tokens/is,
	/prompt is too long: (?<prompt>\d+) tokens > (?<context>\d+) maximum/i,
	/input length and .?max_tokens.? exceed context limit: (?<prompt>\d+) \+ \d+ > (?<context>\d+)/i,
	/input token count \((?<prompt>\d+)\) exceeds the maximum number of tokens allowed \((?<context>\d+)\)/i,
	/exceed_context_size_error|context_length_exceeded|maximum context length|exceeds? the (?:model's )?context (?:window|length|size)/i,
];

function isOverflow(text: string): boolean {
	return !NOT_OVERFLOW.test(text) && OVERFLOW.some((pattern) => pattern.test(text));
}

/** How large the prompt and the window are, if that is the problem and the server says it. */
function overflowNumbers(
	category: FailureCategory,
	body: ErrorBody,
): Pick<ModelErrorFacts, 'promptTokens' | 'contextTokens'> {
	if (category !== 'context-overflow') return {};
	const groups = OVERFLOW.map((pattern) => pattern.exec(body.message)?.groups).find((found) => found !== undefined);
	return present({
		promptTokens: groups?.prompt ? Number(groups.prompt) : undefined,
		contextTokens: groups?.context ? Number(groups.context) : undefined,
		...numberField('promptTokens', body.promptTokens),
		...numberField('contextTokens', body.contextTokens),
	});
}

function isModelMissing(text: string): boolean {
	return /model_not_found|model ['"`]?[^'"`\n]{0,200}['"`]? (?:is )?(?:not found|does not exist|not loaded)|model (?:name )?is (?:required|missing)|no models? loaded/i.test(
		text,
	);
}

function isQuota(text: string): boolean {
	return /insufficient_quota|billing_error|spend_limit|ramp_limit_exceeded|insufficient (?:balance|credits?)|exceeded your current quota/i.test(
		text,
	);
}

function isRateLimit(text: string): boolean {
	return /rate_limit|rate limit|too many requests/i.test(text);
}

/**
 * The delay that the server asks for, ms: `retry-after-ms`, or `retry-after` in seconds or as a date.
 * @param now ms since the epoch
 */
function retryAfter(headers: FailedResponse['headers'], now: number): number | undefined {
	const milliseconds = Number.parseFloat(headers.get('retry-after-ms') ?? '');
	if (milliseconds >= 0) return milliseconds;
	const value = headers.get('retry-after');
	if (value === null) return undefined;
	if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Number(value) * 1000;
	const date = Date.parse(value);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
