import type Anthropic from '@anthropic-ai/sdk';
import type {
	ChatReply,
	ChatRequest,
	DeltaSink,
	FinishReason,
	JsonSchema,
	Provider,
	ServerReport,
} from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { Concessions } from './concessions.ts';
import { field, listField } from './fields.ts';
import { FORMAT_NAME, objectSchema, withoutObject } from './format.ts';
import { apiAddress } from './http/address.ts';
import { exchangeFetch, type HttpExchange } from './http/http.ts';
import { DEFAULT_TIMEOUTS } from './http/transport.ts';
import { serviceAt, softwareName } from './kinds.ts';
import { anthropicListings } from './listings.ts';
import type { ProviderOptions } from './options.ts';
import { NO_TIMEOUT_MS, PLACEHOLDER_KEY, transportFor } from './options.ts';
import type { ReplyBuilder } from './reply.ts';
import { callServer, messagesOf } from './reply.ts';
import { stopTexts } from './replyText.ts';

type Streamed = Anthropic.MessageCreateParamsStreaming;

/** The protocol requires a bound. This one leaves room for a long cell and every current model allows it. */
const DEFAULT_MAX_TOKENS = 8_192;
const CACHE_HERE = { cache_control: { type: 'ephemeral' } } as const;
/** The API refuses messages without text. */
const NO_TEXT = '(empty)';

/** Speaks the Anthropic messages protocol. */
export function createAnthropicProvider(options: ProviderOptions): Provider {
	return new AnthropicProvider(options);
}

class AnthropicProvider implements Provider {
	readonly #options: ProviderOptions;
	readonly #url: string;
	readonly #transport;
	readonly #concessions = new Concessions();
	#client: Promise<Anthropic> | undefined;

	constructor(options: ProviderOptions) {
		this.#options = options;
		// The SDK adds the version to the path itself.
		this.#url = apiAddress(options.url).address.replace(/\/v1$/, '');
		this.#transport = transportFor(options, DEFAULT_TIMEOUTS);
	}

	chat(request: ChatRequest, onDelta: DeltaSink, signal: AbortSignal): Promise<ChatReply> {
		return this.#concessions.ask(request, onDelta, async (asked, sink, adapt) => {
			const body = adapt(requestBody(asked));
			const play = (exchange: HttpExchange, reply: ReplyBuilder) => this.#play(body, exchange, reply);
			const { estimator } = this.#options;
			const reply = await callServer(this.#transport, asked, { format: 'sse' }, sink, estimator, signal, play);
			return asked.format ? withToolAsText(reply, asked.format) : reply;
		});
	}

	/** Some newer models refuse it. */
	async canPrefill(model: string): Promise<boolean> {
		return !this.#concessions.refusesPrefill(model);
	}

	async probe(signal: AbortSignal): Promise<ServerReport> {
		const answer = await this.#transport.json(`${this.#url}/v1/models?limit=1000`, signal);
		const kind = serviceAt(this.#url)?.id ?? 'compatible';
		return present({
			kind,
			software: softwareName(kind),
			models: anthropicListings(answer),
		});
	}

	async isReady(signal: AbortSignal): Promise<boolean> {
		await this.#transport.json(`${this.#url}/v1/models?limit=1`, signal);
		return true;
	}

	async contextTokens(model: string, signal: AbortSignal): Promise<number | undefined> {
		const { models } = await this.probe(signal);
		return models.find((listing) => listing.name === model)?.contextTokens;
	}

	dispose(): void {
		this.#transport.dispose();
	}

	/** One client for all calls: creating one costs as much as a call. */
	async #createClient(): Promise<Anthropic> {
		const { Anthropic } = await import('@anthropic-ai/sdk');
		return new Anthropic({
			baseURL: this.#url,
			apiKey: PLACEHOLDER_KEY,
			webhookKey: null,
			maxRetries: 0,
			timeout: NO_TIMEOUT_MS,
			logLevel: 'off',
			openTelemetry: false,
			fetch: exchangeFetch,
		});
	}

	async #play(body: Streamed, exchange: HttpExchange, reply: ReplyBuilder): Promise<void> {
		this.#client ??= this.#createClient();
		const client = await this.#client;
		await client.messages.create(body).asResponse();
		let finish: FinishReason = 'stop';
		const counts: Counts = {};
		await exchange.readEvents((value) => {
			if (typeof value !== 'object' || value === null) return;
			// Fields are checked where they are read: servers do not always send what the type declares.
			const event = value as Anthropic.RawMessageStreamEvent;
			const told = finishReason(field(field(event, 'delta') ?? event, 'stop_reason'));
			finish = told ?? finish;
			// Gateways leave out the last event. A reason says as well that this is the end.
			if (told) reply.setFinished(told);
			readEvent(event, counts, reply);
			if (event.type === 'message_stop') reply.setFinished(finish);
		});
	}
}

function requestBody(request: ChatRequest): Streamed {
	const system = request.messages.filter((message) => message.role === 'system').map((message) => message.content);
	// White space alone is refused.
	const stop = stopTexts(request).filter((text) => text.trim() !== '');
	return present({
		model: request.model,
		max_tokens: request.maxTokens ?? DEFAULT_MAX_TOKENS,
		stream: true,
		messages: conversation(request),
		system:
			system.length > 0 ? [{ type: 'text' as const, text: system.join('\n\n') || NO_TEXT, ...CACHE_HERE }] : undefined,
		// The range of this protocol ends at 1. Newer models refuse both together.
		temperature: request.temperature === undefined ? undefined : Math.min(1, request.temperature),
		top_p: request.temperature === undefined ? request.topP : undefined,
		stop_sequences: stop.length > 0 ? stop : undefined,
		...(request.format && forcedTool(request.format)),
	});
}

/** This protocol has no format of replies, but the input of a tool has a schema, and a model can be made to call it. */
function forcedTool(format: JsonSchema): Pick<Streamed, 'tools' | 'tool_choice'> {
	const schema = objectSchema(format) as Anthropic.Tool.InputSchema;
	const tool: Anthropic.Tool = { name: FORMAT_NAME, description: 'Takes the reply.', input_schema: schema };
	return { tools: [tool], tool_choice: { type: 'tool', name: FORMAT_NAME, disable_parallel_tool_use: true } };
}

/** The input of the forced tool is the reply. */
function withToolAsText(reply: ChatReply, format: JsonSchema): ChatReply {
	const { toolCalls = [], ...rest } = reply;
	const called = toolCalls.find(({ name }) => name === FORMAT_NAME);
	return called ? { ...rest, text: withoutObject(called.arguments, format) } : reply;
}

/**
 * The messages, with a cache mark on the newest user message of a growing conversation: it reads the entry of the
 * message before and writes the next. A prompt used once gets no mark, because writing costs a quarter more.
 */
function conversation(request: ChatRequest): Anthropic.MessageParam[] {
	const messages = messagesOf(withoutEndOfPrefill(request)).filter((message) => message.role !== 'system');
	const isGrowing = request.messages.some((message) => message.role !== 'user');
	const lastUser = isGrowing ? messages.findLastIndex((message) => message.role === 'user') : -1;
	return messages.map((message, index) => ({
		role: message.role === 'assistant' ? 'assistant' : 'user',
		content: [{ type: 'text', text: message.content || NO_TEXT, ...(index === lastUser ? CACHE_HERE : {}) }],
	}));
}

/** The API refuses white space at the end of the last message. */
function withoutEndOfPrefill({ messages, prefill }: ChatRequest): Pick<ChatRequest, 'messages' | 'prefill'> {
	return { messages, ...(prefill ? { prefill: { ...prefill, text: prefill.text.trimEnd() } } : {}) };
}

function readEvent(event: Anthropic.RawMessageStreamEvent, counts: Counts, reply: ReplyBuilder): void {
	if (event.type === 'message_start') {
		reply.setModel(field(event.message, 'model'));
		readUsage(field(event.message, 'usage'), counts, reply);
	} else if (event.type === 'content_block_start') {
		readBlock(event.content_block, event.index, reply);
	} else if (event.type === 'content_block_delta') {
		const kind = field(event.delta, 'type');
		if (kind === 'text_delta') reply.addText(field(event.delta, 'text'));
		if (kind === 'thinking_delta') reply.addReasoning(field(event.delta, 'thinking'));
		if (kind === 'input_json_delta') reply.addToolCall(event.index, undefined, field(event.delta, 'partial_json'));
	} else if (event.type === 'message_delta') {
		readUsage(event.usage, counts, reply);
	} else if (field(event, 'type') === 'message') readMessage(event, counts, reply);
}

/** A whole message, from servers that do not stream. */
function readMessage(message: unknown, counts: Counts, reply: ReplyBuilder): void {
	reply.setModel(field(message, 'model'));
	readUsage(field(message, 'usage'), counts, reply);
	for (const [index, block] of listField(message, 'content').entries()) readBlock(block, index, reply);
}

/** A block of content, or its beginning in a stream. */
function readBlock(block: unknown, index: unknown, reply: ReplyBuilder): void {
	const kind = field(block, 'type');
	if (kind === 'text') reply.addText(field(block, 'text'));
	if (kind === 'thinking') reply.addReasoning(field(block, 'thinking'));
	if (kind !== 'tool_use') return;
	const input = field(block, 'input');
	// In a stream the input is empty here and comes in pieces.
	const isWhole = typeof input === 'object' && input !== null && Object.keys(input).length > 0;
	reply.addToolCall(index, field(block, 'name'), isWhole ? input : undefined);
}

/** Tokens as the protocol counts them: the last value of each figure. */
type Counts = Partial<Record<(typeof COUNTS)[number], number>>;

const COUNTS = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'output_tokens'] as const;

/**
 * Prompt tokens are the new ones plus those read from and written to the cache. The end of a message may repeat only
 * some of the figures from its beginning.
 */
function readUsage(usage: unknown, counts: Counts, reply: ReplyBuilder): void {
	for (const name of COUNTS) {
		const value = field(usage, name);
		if (typeof value === 'number' && value >= 0) counts[name] = value;
	}
	const { input_tokens: input, output_tokens: output } = counts;
	const { cache_read_input_tokens: cached, cache_creation_input_tokens: written } = counts;
	reply.addUsage(
		present({
			promptTokens: input === undefined ? undefined : input + (cached ?? 0) + (written ?? 0),
			cacheWriteTokens: written,
			cachedPromptTokens: cached,
			completionTokens: output,
		}),
	);
}

function finishReason(reason: unknown): FinishReason | undefined {
	if (typeof reason !== 'string') return undefined;
	if (reason === 'refusal') return 'refusal';
	return reason === 'max_tokens' || reason === 'model_context_window_exceeded' ? 'length' : 'stop';
}
