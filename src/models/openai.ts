import type OpenAI from 'openai';
import type {
	ChatMessage,
	ChatReply,
	ChatRequest,
	DeltaSink,
	FinishReason,
	JsonSchema,
	ModelFacts,
	Provider,
	ServerLoad,
	ServerReport,
} from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { Concessions } from './concessions.ts';
import { field, listField, textField } from './fields.ts';
import { FORMAT_NAME, isStrict, objectSchema, withoutObject } from './format.ts';
import { apiAddress } from './http/address.ts';
import { classifyErrorInSuccess, modelError, type RequestSite } from './http/classify.ts';
import { exchangeFetch, type HttpExchange } from './http/http.ts';
import { DEFAULT_TIMEOUTS } from './http/transport.ts';
import { type PrefillWay, prefillWay, serviceAt } from './kinds.ts';
import { OpenAiServer } from './openaiServer.ts';
import type { ProviderOptions } from './options.ts';
import { NO_TIMEOUT_MS, PLACEHOLDER_KEY, transportFor } from './options.ts';
import type { ReplyBuilder, ReportedUsage } from './reply.ts';
import { callServer, messagesOf } from './reply.ts';
import { stopTexts } from './replyText.ts';

type Chunk = OpenAI.ChatCompletionChunk;
type Streamed = OpenAI.ChatCompletionCreateParamsStreaming;

/** OpenAI takes no more. The reader of the reply looks for all of them. */
const MOST_STOP_TEXTS = 4;

/** Speaks the OpenAI chat protocol: OpenAI itself, llama.cpp, vLLM, SGLang, LM Studio, OpenRouter, DeepSeek. */
export function createOpenAiProvider(options: ProviderOptions): Provider {
	return new OpenAiProvider(options);
}

class OpenAiProvider implements Provider {
	readonly #options: ProviderOptions;
	readonly #url: string;
	readonly #isService: boolean;
	readonly #transport;
	readonly #server: OpenAiServer;
	#client: Promise<OpenAI> | undefined;
	readonly #concessions = new Concessions();

	constructor(options: ProviderOptions) {
		this.#options = options;
		this.#url = apiUrl(options.url);
		this.#isService = serviceAt(this.#url) !== undefined;
		this.#transport = transportFor(options, DEFAULT_TIMEOUTS);
		this.#server = new OpenAiServer(this.#transport, this.#url);
	}

	async chat(request: ChatRequest, onDelta: DeltaSink, signal: AbortSignal): Promise<ChatReply> {
		const { prefill, ...plain } = request;
		const usable = prefill && (await this.#prefillWay(signal)) ? request : plain;
		return this.#concessions.ask(usable, onDelta, async (asked, sink, adapt) => {
			const way = asked.prefill && (await this.#prefillWay(signal));
			const body = adapt(this.#body(asked, way));
			const play = (exchange: HttpExchange, reply: ReplyBuilder) => this.#play(body, exchange, reply, signal);
			const { estimator } = this.#options;
			const reply = await callServer(this.#transport, asked, { format: 'sse' }, sink, estimator, signal, play);
			return asked.format && this.#isService ? { ...reply, text: withoutObject(reply.text, asked.format) } : reply;
		});
	}

	async canPrefill(model: string, signal: AbortSignal): Promise<boolean> {
		return (await this.#prefillWay(signal)) !== undefined && !this.#concessions.refusesPrefill(model);
	}

	facts(model: string, signal: AbortSignal): Promise<ModelFacts> {
		return this.#server.facts(model, signal);
	}

	countTokens(model: string, messages: readonly ChatMessage[], signal: AbortSignal): Promise<number | undefined> {
		return this.#server.countTokens(model, messages, signal);
	}

	probe(signal: AbortSignal): Promise<ServerReport> {
		return this.#server.probe(signal);
	}

	isReady(signal: AbortSignal): Promise<boolean> {
		return this.#server.isReady(signal);
	}

	load(signal: AbortSignal): Promise<ServerLoad | undefined> {
		return this.#server.load(signal);
	}

	async contextTokens(model: string, signal: AbortSignal): Promise<number | undefined> {
		const { models } = await this.probe(signal);
		return models.find((listing) => listing.name === model)?.contextTokens;
	}

	dispose(): void {
		this.#transport.dispose();
	}

	/** How the server is asked to continue a reply; undefined when it cannot. */
	async #prefillWay(signal: AbortSignal): Promise<PrefillWay | undefined> {
		return prefillWay(await this.#server.software(signal));
	}

	/** One client for all calls: creating one costs as much as a call. */
	async #createClient(): Promise<OpenAI> {
		const { OpenAI } = await import('openai');
		return new OpenAI({
			baseURL: this.#url,
			apiKey: PLACEHOLDER_KEY,
			adminAPIKey: null,
			organization: null,
			project: null,
			webhookSecret: null,
			maxRetries: 0,
			timeout: NO_TIMEOUT_MS,
			logLevel: 'off',
			fetch: exchangeFetch,
		});
	}

	async #play(body: Streamed, exchange: HttpExchange, reply: ReplyBuilder, signal: AbortSignal): Promise<void> {
		this.#client ??= this.#createClient();
		const client = await this.#client;
		await client.chat.completions.create(body).asResponse();
		const site = { ...this.#transport.site, model: body.model };
		let isFirst = true;
		const isComplete = await exchange.readEvents(async (value) => {
			if (typeof value !== 'object' || value === null) return;
			// Fields are checked where they are read: servers do not always send what the type declares.
			const chunk = value as Chunk;
			if (isFirst) await this.#throwIfOtherModel(body.model, chunk, signal);
			isFirst = false;
			readChunk(site, chunk, reply);
		});
		// Some servers never say how a reply ended.
		if (isComplete && !reply.isFinished) reply.setFinished('stop');
	}

	#body(request: ChatRequest, way: PrefillWay | undefined): Streamed {
		const limit = isOpenAiItself(this.#url) ? 'max_completion_tokens' : 'max_tokens';
		const stop = stopTexts(request).slice(0, MOST_STOP_TEXTS);
		return present<Streamed>({
			model: request.model,
			messages: messagesOf(request),
			stream: true,
			stream_options: { include_usage: true },
			[limit]: request.maxTokens,
			temperature: request.temperature,
			top_p: request.topP,
			stop: stop.length > 0 ? stop : undefined,
			response_format: request.format && this.#format(request.format),
			// What is continued is the reply, not a thought before it.
			...this.#thinking(request.prefill ? false : request.thinking),
			...(way === 'by-field' ? { continue_final_message: true, add_generation_prompt: false } : {}),
		});
	}

	/** The same for every software of this protocol; services take nothing but objects. */
	#format(format: JsonSchema): OpenAI.ResponseFormatJSONSchema {
		const schema = this.#isService ? objectSchema(format) : format;
		return { type: 'json_schema', json_schema: { name: FORMAT_NAME, strict: isStrict(schema), schema } };
	}

	/** OpenAI rejects unknown fields and sets reasoning by effort; there the model's default stays. */
	#thinking(thinking: boolean | undefined): object {
		if (thinking === undefined || isOpenAiItself(this.#url)) return {};
		if (hostOf(this.#url) === 'openrouter.ai') return { reasoning: { enabled: thinking } };
		return { chat_template_kwargs: { enable_thinking: thinking } };
	}

	/** llama.cpp answers a request for any model with the loaded one, and names that one in the reply. */
	async #throwIfOtherModel(asked: string, chunk: Chunk, signal: AbortSignal): Promise<void> {
		if (!chunk.model || chunk.model === asked || !/^b\d+-/.test(chunk.system_fingerprint ?? '')) return;
		const answer = await this.#transport.json(`${this.#url}/models`, signal);
		const names = listField(answer, 'data').flatMap((entry) => [field(entry, 'id'), ...listField(entry, 'aliases')]);
		if (names.includes(asked)) return;
		throw modelError(
			{ ...this.#transport.site, model: asked },
			`the server does not have this model; it has "${chunk.model}".`,
			{ category: 'model-not-found' },
		);
	}
}

/** @throws ModelError when the server reports that it gave up on the reply */
function readChunk(site: RequestSite, chunk: Chunk, reply: ReplyBuilder): void {
	reply.setModel(chunk.model);
	const usage = field(chunk, 'usage');
	if (usage) {
		reply.addUsage(readUsage(usage));
		const charged = field(usage, 'cost');
		// OpenRouter's own figure is what the account is charged, whatever the price list says.
		if (typeof charged === 'number' && charged >= 0) reply.setCharged(charged);
	}
	// Some servers omit an empty list, and some send other choices that nobody asked for.
	const choices = listField(chunk, 'choices');
	const choice = choices.find((one) => field(one, 'index') === 0) ?? choices[0];
	// A whole document has the message where a stream has its pieces; older servers have the text beside.
	const delta = field(choice, 'delta') ?? field(choice, 'message');
	reply.addReasoning(textField(delta, 'reasoning_content') ?? textField(delta, 'reasoning'));
	readContent(field(delta, 'content') ?? field(choice, 'text'), reply);
	readToolCalls(delta, reply);
	const refusal = textField(delta, 'refusal');
	reply.addText(refusal);
	const reason = textField(choice, 'finish_reason') ?? textField(choice, 'finishReason');
	if (reason === undefined) return;
	throwIfGivenUp(site, reason, choice);
	reply.setFinished(refusal ? 'refusal' : finishReason(reason));
}

function readToolCalls(delta: unknown, reply: ReplyBuilder): void {
	const old = field(delta, 'function_call');
	if (old) reply.addToolCall('function_call', field(old, 'name'), field(old, 'arguments'));
	for (const [position, call] of listField(delta, 'tool_calls').entries()) {
		const called = field(call, 'function') ?? field(call, 'custom');
		reply.addToolCall(
			field(call, 'index') ?? position,
			field(called, 'name'),
			field(called, 'arguments') ?? field(called, 'input'),
		);
	}
}

/** Mistral's reasoning models send a list of parts where others send a text. */
function readContent(content: unknown, reply: ReplyBuilder): void {
	reply.addText(content);
	if (!Array.isArray(content)) return;
	for (const part of content) {
		reply.addText(textField(part, 'text'));
		for (const thought of listField(part, 'thinking')) reply.addReasoning(textField(thought, 'text'));
	}
}

/**
 * Finish reasons of an incomplete reply, although the stream continues to its end marker: vLLM and SGLang send `abort`
 * for a dropped request, OpenRouter `error` with the error in the choice, DeepSeek `insufficient_system_resource`.
 */
function throwIfGivenUp(site: RequestSite, reason: string, choice: unknown): void {
	if (reason === 'insufficient_system_resource') {
		const what = 'the server is busy: it ran out of resources and gave up on the reply.';
		throw modelError(site, what, { category: 'overloaded' });
	}
	const error = field(choice, 'error');
	if (error) throw classifyErrorInSuccess(site, JSON.stringify({ error }), 'stream-cut');
	if (reason !== 'error' && reason !== 'abort') return;
	throw modelError(site, `the server gave up on the reply before its end ("${reason}").`, { category: 'stream-cut' });
}

function finishReason(reason: string): FinishReason {
	// Mistral sends `model_length` when the window is full; others pass on the word of the model's maker.
	const word = reason.toLowerCase();
	if (['length', 'max_tokens', 'model_length'].includes(word)) return 'length';
	return word === 'content_filter' || word === 'refusal' ? 'refusal' : 'stop';
}

function readUsage(usage: unknown): ReportedUsage {
	const count = (value: unknown, name: string): number | undefined => {
		const number = field(value, name);
		return typeof number === 'number' && number >= 0 ? number : undefined;
	};
	const details = field(usage, 'prompt_tokens_details');
	const cached = count(details, 'cached_tokens') ?? count(usage, 'prompt_cache_hit_tokens');
	const written = count(details, 'cache_write_tokens') ?? count(usage, 'cache_write_tokens');
	const reasoning = count(field(usage, 'completion_tokens_details'), 'reasoning_tokens');
	const prompt = count(usage, 'prompt_tokens');
	const completion = count(usage, 'completion_tokens');
	return present({
		promptTokens: prompt,
		completionTokens: completion,
		cachedPromptTokens: cached,
		cacheWriteTokens: written,
		reasoningTokens: reasoning,
	});
}

/** Address of the API: adds `/v1` if the user gave only the server. DeepSeek has its API at the root. */
function apiUrl(url: string): string {
	const { address, wasRequest } = apiAddress(url);
	const { pathname, hostname } = new URL(address);
	const isServer = pathname === '/' && hostname !== 'api.deepseek.com';
	// Whoever names a request without a version has the API there.
	return isServer && !(wasRequest && /\/chat\/completions/i.test(url)) ? `${address}/v1` : address;
}

function hostOf(url: string): string {
	return new URL(url).hostname;
}

function isOpenAiItself(url: string): boolean {
	return /(^|\.)openai\.(com|azure\.com)$/.test(hostOf(url));
}
