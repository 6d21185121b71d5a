/**
 * A model server that plays a script: real HTTP on loopback, the wire formats byte for byte, no model.
 *
 * ```ts
 * const server = await startScriptedServer({
 *   kind: 'openai',
 *   script: (request) => ({ text: request.text.includes('sum') ? '```repl\nFINAL(6)\n```' : 'six' }),
 * });
 * try { … createPool({ servers: [server.settings('local')], … }) … } finally { await server.stop(); }
 * ```
 *
 * `script` is a function that sees each chat request, or a list of replies given out in order. Lists of models, windows
 * and versions are answered without the script. Faults show what a broken server does: see `ScriptedReply.fault`.
 *
 * As a process: `node test/support/scriptedServer.ts --kind openai --port 0 --script FILE.json` prints its URL. The file
 * holds a list of replies; one with `when` answers every request that contains that text, the others are given in order.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

export type Wire = 'ollama' | 'openai' | 'anthropic';

/** What a broken server does. Each is played at the chat request whose reply names it. */
export type Fault =
	/** Closes the connection in the middle of the reply, without the end marker. */
	| 'cut'
	/** Ends the reply in good order, but without the end marker. */
	| 'end-without-marker'
	/** Accepts the request and never answers. */
	| 'hang-before-headers'
	/** Sends the first half of the reply and then nothing. */
	| 'hang-in-body'
	/** Like `hang-in-body`, but keeps sending comments or pings. */
	| 'hang-with-pings'
	/** Closes the connection before any byte of a response. */
	| 'reset'
	/** A line in the middle that is not of the protocol. */
	| 'garbage-line'
	/** A piece of the reply whose JSON is broken. */
	| 'malformed-json'
	/** Sends every byte on its own, so that characters and lines are split everywhere. */
	| 'split-bytes'
	/** A success without any output. */
	| 'empty'
	/** Status 200 with `body` (an error object) as the whole answer. */
	| 'error-in-success'
	/** The first half of the reply, then an error in the protocol's own form with `body` as its text. */
	| 'error-after-start'
	/** Answers, and closes the kept-alive connection when the next request comes over it. */
	| 'stale-connection';

export interface ScriptedReply {
	readonly text?: string;
	readonly reasoning?: string;
	readonly finish?: 'stop' | 'length' | 'refusal';
	/** Reported tokens; `null` reports none. Absent: counted at four characters a token. */
	readonly usage?: {
		readonly prompt: number;
		readonly completion: number;
		readonly cached?: number;
		/** Prompt tokens that are written to the cache. */
		readonly written?: number;
		/** OpenAI protocol only: USD that were charged, as OpenRouter reports it. */
		readonly cost?: number;
	} | null;
	/** Number of pieces that the text comes in; 3 when absent. */
	readonly chunks?: number;
	/** Waited before the head of the response. */
	readonly delayMs?: number;
	/** Waited before each piece. */
	readonly chunkDelayMs?: number;
	/** An error status; the answer is then `body`. */
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** Error text, wrapped as the protocol does it, or a whole body when it is an object. */
	readonly body?: string | object;
	/** The model named in the reply, when it is not the one asked for. */
	readonly model?: string;
	readonly fault?: Fault;
}

/** One request as the server saw it. */
export interface ScriptedRequest {
	/** Position among the chat requests, from 0. */
	readonly index: number;
	readonly method: string;
	readonly path: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** Parsed body; undefined when there was none. */
	readonly body: Readonly<Record<string, unknown>> | undefined;
	readonly model: string;
	/** Messages with their text, the system prompt first, in every protocol. */
	readonly messages: readonly { readonly role: string; readonly content: string }[];
	/** Text of the newest message. */
	readonly text: string;
	/** Connection number, from 0: equal numbers mean a reused connection. */
	readonly connection: number;
	/** The client closed the connection before the reply was complete. */
	closedEarly: boolean;
}

export type Script = ((request: ScriptedRequest) => ScriptedReply | Promise<ScriptedReply>) | readonly ScriptedReply[];

export interface ScriptedModel {
	readonly name: string;
	/** Window as the protocol's own pages report it; 32768 when absent. */
	readonly contextTokens?: number;
	/** Ollama only: not in memory, so that `/api/ps` does not list it. */
	readonly isUnloaded?: boolean;
	/** Ollama only: what `/api/show` lists; `completion` when absent. */
	readonly capabilities?: readonly string[];
}

export interface ScriptedServerOptions {
	readonly kind: Wire;
	readonly script: Script;
	/** `scripted-model` when absent. */
	readonly models?: readonly ScriptedModel[];
	/** Refuses every request without this key. */
	readonly apiKey?: string;
	/** 0 or absent: any free port. */
	readonly port?: number;
	/** OpenAI protocol only: answers `/props` as llama.cpp does. True when absent. */
	readonly isLlamaCpp?: boolean;
	/** Plays the script for any model name, as llama.cpp does with a single model. */
	readonly answersAnyModel?: boolean;
	/** Asked first for every page beside chat; undefined leaves it to the protocol's own pages. See `serverPages.ts`. */
	readonly pages?: ScriptedPages;
}

/** One page of a server: a text or a JSON document, or a request that is never answered, or a broken connection. */
export type ScriptedPage =
	| { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string | object }
	| 'hang'
	| 'reset';

/** The pages of a server by path; a change in what it returns is a change of the server. */
export type ScriptedPages = (path: string, request: IncomingMessage) => ScriptedPage | undefined;

export interface ScriptedServer {
	readonly url: string;
	readonly kind: Wire;
	/** Chat requests in the order of their arrival. */
	readonly requests: readonly ScriptedRequest[];
	/** Paths of all other requests, in order. */
	readonly lookups: readonly string[];
	/** Chat requests whose client closed the connection before the end of the reply. */
	readonly closedEarly: number;
	/** Time spent in the server itself, waits of the script excluded, ms: benches subtract it. */
	readonly handlingMs: number;
	/** Resolves at the n-th chat request (1 is the first), at once when it was seen already. */
	requested(count: number): Promise<void>;
	/** Resolves when the n-th client has closed its connection early. */
	clientClosed(count: number): Promise<void>;
	/** A server entry for the settings. */
	settings<E extends object>(id: string, extra?: E): { id: string; kind: Wire; url: string } & E;
	/** Closes the server and all its connections. Idempotent. */
	stop(): Promise<void>;
}

const DEFAULT_MODEL: ScriptedModel = { name: 'scripted-model' };
const DEFAULT_WINDOW = 32_768;
const PING_MS = 20;

/** Starts a scripted server on loopback. The caller stops it. */
export async function startScriptedServer(options: ScriptedServerOptions): Promise<ScriptedServer> {
	const server = new Server(options);
	await server.listen();
	return server;
}

class Server implements ScriptedServer {
	readonly kind: Wire;
	readonly requests: ScriptedRequest[] = [];
	readonly lookups: string[] = [];
	closedEarly = 0;
	handlingMs = 0;
	readonly #options: ScriptedServerOptions;
	readonly #models: readonly ScriptedModel[];
	readonly #http = http.createServer((request, response) => this.#onRequest(request, response));
	readonly #connections = new Map<Socket, number>();
	/** Connections to be closed at their next request. */
	readonly #stale = new WeakSet<Socket>();
	readonly #stopped = new AbortController();
	#waiting: { isMet: () => boolean; resolve: () => void }[] = [];

	constructor(options: ScriptedServerOptions) {
		this.#options = options;
		this.kind = options.kind;
		this.#models = options.models ?? [DEFAULT_MODEL];
	}

	get url(): string {
		const { port } = this.#http.address() as AddressInfo;
		return `http://127.0.0.1:${port}`;
	}

	async listen(): Promise<void> {
		this.#http.on('connection', (socket: Socket) => this.#connections.set(socket, this.#connections.size));
		this.#http.listen(this.#options.port ?? 0, '127.0.0.1');
		await once(this.#http, 'listening');
	}

	requested(count: number): Promise<void> {
		return this.#until(() => this.requests.length >= count);
	}

	clientClosed(count: number): Promise<void> {
		return this.#until(() => this.closedEarly >= count);
	}

	settings<E extends object>(id: string, extra?: E): { id: string; kind: Wire; url: string } & E {
		return { id, kind: this.kind, url: this.url, ...(extra as E) };
	}

	async stop(): Promise<void> {
		this.#stopped.abort();
		if (!this.#http.listening) return;
		const closed = once(this.#http, 'close');
		this.#http.close();
		this.#http.closeAllConnections();
		await closed;
	}

	#until(isMet: () => boolean): Promise<void> {
		if (isMet()) return Promise.resolve();
		return new Promise((resolve) => this.#waiting.push({ isMet, resolve }));
	}

	#notify(): void {
		for (const { isMet, resolve } of this.#waiting) if (isMet()) resolve();
		this.#waiting = this.#waiting.filter(({ isMet }) => !isMet());
	}

	#onRequest(request: IncomingMessage, response: ServerResponse): void {
		if (this.#stale.has(request.socket)) {
			request.socket.destroy();
			return;
		}
		this.#answer(request, response).catch((error: unknown) => {
			if (this.#stopped.signal.aborted || response.destroyed) return;
			response.statusCode = 500;
			response.end(`the script failed: ${String(error)}`);
		});
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const body = await readJson(request);
		const path = new URL(request.url ?? '/', this.url).pathname;
		const scripted = isChatPath(this.kind, path) ? undefined : this.#options.pages?.(path, request);
		if (scripted !== undefined) {
			this.lookups.push(path);
			sendPage(response, scripted);
			return;
		}
		const { apiKey } = this.#options;
		if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
			sendJson(response, 401, errorBody(this.kind, 'invalid api key', 'authentication_error'));
			return;
		}
		if (!isChatPath(this.kind, path)) {
			this.lookups.push(path);
			const page = this.#page(path, body);
			sendJson(
				response,
				page === undefined ? 404 : 200,
				page ?? errorBody(this.kind, 'File Not Found', 'not_found_error'),
			);
			return;
		}
		await this.#chat(this.#record(request, path, body), response);
	}

	#record(request: IncomingMessage, path: string, body: Record<string, unknown> | undefined): ScriptedRequest {
		const messages = messagesOf(body ?? {});
		const recorded: ScriptedRequest = {
			index: this.requests.length,
			method: request.method ?? '',
			path,
			headers: request.headers,
			body,
			model: String(body?.model ?? ''),
			messages,
			text: messages.at(-1)?.content ?? '',
			connection: this.#connections.get(request.socket) ?? -1,
			closedEarly: false,
		};
		this.requests.push(recorded);
		this.#notify();
		return recorded;
	}

	async #chat(request: ScriptedRequest, response: ServerResponse): Promise<void> {
		response.once('close', () => {
			if (response.writableFinished || this.#stopped.signal.aborted) return;
			request.closedEarly = true;
			this.closedEarly++;
			this.#notify();
		});
		if (!this.#options.answersAnyModel && !this.#models.some(({ name }) => name === request.model)) {
			const { status, body } = modelMissing(this.kind, request.model);
			sendJson(response, status, body);
			return;
		}
		await this.#play(request, await this.#replyTo(request), response);
	}

	async #replyTo(request: ScriptedRequest): Promise<ScriptedReply> {
		const { script } = this.#options;
		if (typeof script === 'function') return script(request);
		return script[request.index] ?? { status: 400, body: 'the script has no more replies' };
	}

	async #play(request: ScriptedRequest, reply: ScriptedReply, response: ServerResponse): Promise<void> {
		if (reply.delayMs) await this.#wait(reply.delayMs);
		if (reply.fault === 'hang-before-headers') return;
		if (reply.fault === 'reset') {
			response.socket?.resetAndDestroy();
			return;
		}
		if (reply.fault === 'stale-connection' && response.socket) this.#stale.add(response.socket);
		if (reply.status !== undefined && reply.status !== 200) {
			const body = typeof reply.body === 'object' ? reply.body : errorBody(this.kind, reply.body ?? '', 'server_error');
			sendJson(response, reply.status, body, { connection: 'close', ...reply.headers });
			return;
		}
		if (reply.fault === 'error-in-success') {
			const body = typeof reply.body === 'object' ? reply.body : errorBody(this.kind, reply.body ?? '', 'server_error');
			sendJson(response, 200, body);
			return;
		}
		const startedAt = performance.now();
		const stream = streamOf(this.kind, request, reply);
		const type = this.kind === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
		response.writeHead(200, { 'content-type': type, ...reply.headers });
		this.handlingMs += performance.now() - startedAt;
		await this.#send(stream, reply, response);
	}

	async #send(stream: readonly string[], reply: ScriptedReply, response: ServerResponse): Promise<void> {
		for (const piece of stream) {
			if (response.destroyed) return;
			if (reply.chunkDelayMs) await this.#wait(reply.chunkDelayMs);
			if (reply.fault === 'split-bytes') {
				for (const byte of Buffer.from(piece)) await write(response, Buffer.of(byte));
			} else {
				const startedAt = performance.now();
				await write(response, piece);
				this.handlingMs += performance.now() - startedAt;
			}
		}
		if (reply.fault === 'cut') response.socket?.destroy();
		else if (reply.fault === 'hang-with-pings') await this.#ping(response);
		else if (reply.fault !== 'hang-in-body') response.end();
	}

	async #ping(response: ServerResponse): Promise<void> {
		while (!response.destroyed) {
			await write(response, this.kind === 'anthropic' ? sse({ type: 'ping' }, 'ping') : ':\n\n');
			await this.#wait(PING_MS);
		}
	}

	async #wait(milliseconds: number): Promise<void> {
		await delay(milliseconds, undefined, { signal: this.#stopped.signal });
	}

	/** The pages beside chat: versions, models, windows. */
	#page(path: string, body: Record<string, unknown> | undefined): object | undefined {
		if (this.kind === 'ollama') return ollamaPage(path, body, this.#models);
		if (this.kind === 'anthropic') return anthropicPage(path, this.#models);
		return openAiPage(path, this.#models, this.#options.isLlamaCpp ?? true);
	}
}

// --- Pages -----------------------------------------------------------------------------------------------------------

function ollamaPage(path: string, body: Record<string, unknown> | undefined, models: readonly ScriptedModel[]) {
	const pages: Record<string, () => object | undefined> = {
		'/api/version': () => ({ version: '0.33.0' }),
		'/api/tags': () => ({ models: models.map(({ name }) => ({ name, model: name, size: 1, digest: name })) }),
		'/api/ps': () => ({
			models: models
				.filter(({ isUnloaded }) => !isUnloaded)
				.map(({ name, contextTokens }) => ({
					name,
					model: name,
					size: 1,
					size_vram: 1,
					context_length: contextTokens ?? DEFAULT_WINDOW,
					expires_at: '2030-01-01T00:00:00Z',
				})),
		}),
		'/api/show': () => {
			const model = models.find(({ name }) => name === body?.model);
			if (!model) return undefined;
			return {
				capabilities: model.capabilities ?? ['completion'],
				model_info: {
					'general.architecture': 'scripted',
					'scripted.context_length': model.contextTokens ?? DEFAULT_WINDOW,
				},
			};
		},
	};
	return pages[path]?.();
}

function openAiPage(path: string, models: readonly ScriptedModel[], isLlamaCpp: boolean): object | undefined {
	if (path === '/v1/models') {
		const data = models.map(({ name, contextTokens }) => ({
			id: name,
			object: 'model',
			created: 1,
			owned_by: isLlamaCpp ? 'llamacpp' : 'vllm',
			...(isLlamaCpp
				? { meta: { n_ctx: contextTokens ?? DEFAULT_WINDOW } }
				: { max_model_len: contextTokens ?? DEFAULT_WINDOW }),
		}));
		return { object: 'list', data };
	}
	if (path === '/health') return { status: 'ok' };
	if (path !== '/props' || !isLlamaCpp) return undefined;
	return {
		default_generation_settings: { n_ctx: models[0]?.contextTokens ?? DEFAULT_WINDOW },
		total_slots: 4,
		build_info: 'b1-scripted',
	};
}

function anthropicPage(path: string, models: readonly ScriptedModel[]): object | undefined {
	if (path !== '/v1/models') return undefined;
	return {
		data: models.map(({ name, contextTokens }) => ({
			type: 'model',
			id: name,
			display_name: name,
			created_at: '2026-01-01T00:00:00Z',
			max_input_tokens: contextTokens ?? DEFAULT_WINDOW,
		})),
		has_more: false,
		first_id: models[0]?.name ?? null,
		last_id: models.at(-1)?.name ?? null,
	};
}

function isChatPath(kind: Wire, path: string): boolean {
	if (kind === 'ollama') return path === '/api/chat';
	return path === (kind === 'openai' ? '/v1/chat/completions' : '/v1/messages');
}

// --- Streams ---------------------------------------------------------------------------------------------------------

/** The pieces of a streamed reply, already mangled as its fault demands. */
function streamOf(kind: Wire, request: ScriptedRequest, reply: ScriptedReply): string[] {
	const writers = { ollama: ollamaStream, openai: openAiStream, anthropic: anthropicStream };
	const shown = reply.fault === 'empty' ? { ...reply, text: '', reasoning: '' } : reply;
	const { head, content, tail } = writers[kind](request, shown);
	const half = content.slice(0, Math.ceil(content.length / 2));
	switch (reply.fault) {
		case 'cut':
		case 'end-without-marker':
		case 'hang-in-body':
		case 'hang-with-pings':
			return [...head, ...half];
		case 'garbage-line':
			return [...head, ...half, 'garbage\n', ...content.slice(half.length), ...tail];
		case 'malformed-json':
			return [...head, ...half, broken(content[0] ?? ''), ...content.slice(half.length), ...tail];
		case 'error-after-start':
			return [...head, ...half, errorPiece(kind, typeof reply.body === 'string' ? reply.body : 'the model crashed')];
		default:
			return [...head, ...content, ...tail];
	}
}

interface StreamParts {
	readonly head: readonly string[];
	/** One entry a piece of reasoning or text. */
	readonly content: readonly string[];
	readonly tail: readonly string[];
}

function ollamaStream(request: ScriptedRequest, reply: ScriptedReply): StreamParts {
	const base = { model: reply.model ?? request.model, created_at: '2026-01-01T00:00:00Z' };
	const line = (message: object, rest: object) => `${JSON.stringify({ ...base, message, ...rest })}\n`;
	const usage = usageOf(request, reply);
	return {
		head: [],
		content: [
			...pieces(reply.reasoning, reply.chunks).map((thinking) =>
				line({ role: 'assistant', content: '', thinking }, { done: false }),
			),
			...pieces(reply.text, reply.chunks).map((content) => line({ role: 'assistant', content }, { done: false })),
		],
		tail: [
			line(
				{ role: 'assistant', content: '' },
				{
					done: true,
					done_reason: reply.finish === 'length' ? 'length' : 'stop',
					total_duration: 1_000_000,
					load_duration: 1000,
					...(usage ? { prompt_eval_count: usage.prompt, eval_count: usage.completion } : {}),
				},
			),
		],
	};
}

function openAiStream(request: ScriptedRequest, reply: ScriptedReply): StreamParts {
	const base = {
		id: `chatcmpl-${request.index}`,
		object: 'chat.completion.chunk',
		created: 1,
		model: reply.model ?? request.model,
		system_fingerprint: 'b1-scripted',
	};
	const chunk = (delta: object, finish: string | null = null) =>
		sse({ ...base, choices: [{ index: 0, delta, finish_reason: finish }] });
	const usage = usageOf(request, reply);
	const wantsUsage = (request.body?.stream_options as { include_usage?: boolean } | undefined)?.include_usage;
	const finish = reply.finish === 'refusal' ? 'content_filter' : (reply.finish ?? 'stop');
	return {
		head: [chunk({ role: 'assistant', content: null })],
		content: [
			...pieces(reply.reasoning, reply.chunks).map((text) => chunk({ reasoning_content: text })),
			...pieces(reply.text, reply.chunks).map((content) => chunk({ content })),
		],
		tail: [
			chunk({}, finish),
			...(usage && wantsUsage
				? [
						sse({
							...base,
							choices: [],
							usage: {
								prompt_tokens: usage.prompt,
								completion_tokens: usage.completion,
								total_tokens: usage.prompt + usage.completion,
								prompt_tokens_details: {
									cached_tokens: usage.cached ?? 0,
									...(usage.written === undefined ? {} : { cache_write_tokens: usage.written }),
								},
								...(usage.cost === undefined ? {} : { cost: usage.cost }),
							},
						}),
					]
				: []),
			'data: [DONE]\n\n',
		],
	};
}

function anthropicStream(request: ScriptedRequest, reply: ScriptedReply): StreamParts {
	const usage = usageOf(request, reply);
	const cached = usage?.cached ?? 0;
	const written = usage?.written ?? 0;
	const event = (data: { type: string } & Record<string, unknown>) => sse(data, data.type);
	const block = (index: number, kind: 'thinking' | 'text', texts: readonly string[]): string[] =>
		texts.length === 0
			? []
			: [
					event({ type: 'content_block_start', index, content_block: { type: kind, [kind]: '' } }),
					...texts.map((text) =>
						event({ type: 'content_block_delta', index, delta: { type: `${kind}_delta`, [kind]: text } }),
					),
					event({ type: 'content_block_stop', index }),
				];
	const reasons = { stop: 'end_turn', length: 'max_tokens', refusal: 'refusal' };
	const message = {
		id: `msg_${request.index}`,
		type: 'message',
		role: 'assistant',
		content: [],
		model: reply.model ?? request.model,
		stop_reason: null,
		stop_sequence: null,
		usage: usage
			? {
					input_tokens: usage.prompt - cached - written,
					cache_read_input_tokens: cached,
					cache_creation_input_tokens: written,
					output_tokens: 0,
				}
			: {},
	};
	return {
		head: [event({ type: 'message_start', message }), event({ type: 'ping' })],
		content: [
			...block(0, 'thinking', pieces(reply.reasoning, reply.chunks)),
			...block(1, 'text', pieces(reply.text, reply.chunks)),
		],
		tail: [
			event({
				type: 'message_delta',
				delta: { stop_reason: reasons[reply.finish ?? 'stop'], stop_sequence: null },
				usage: usage ? { output_tokens: usage.completion } : {},
			}),
			event({ type: 'message_stop' }),
		],
	};
}

function sse(data: object, event?: string): string {
	return `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
}

/** The same piece with its JSON cut short. */
function broken(piece: string): string {
	return piece.replace(/\}(\n+)$/, '$1');
}

function pieces(text: string | undefined, count = 3): string[] {
	if (!text) return [];
	const characters = [...text];
	const size = Math.ceil(characters.length / Math.max(1, count));
	return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
		characters.slice(index * size, (index + 1) * size).join(''),
	);
}

function usageOf(request: ScriptedRequest, reply: ScriptedReply): ScriptedReply['usage'] {
	if (reply.usage !== undefined) return reply.usage;
	const characters = request.messages.reduce((sum, message) => sum + message.content.length, 0);
	const produced = (reply.text ?? '').length + (reply.reasoning ?? '').length;
	return { prompt: Math.ceil(characters / 4), completion: Math.ceil(produced / 4) };
}

// --- Errors ----------------------------------------------------------------------------------------------------------

function errorBody(kind: Wire, message: string, type: string): object {
	if (kind === 'ollama') return { error: message };
	if (kind === 'anthropic') return { type: 'error', error: { type, message }, request_id: 'req_scripted' };
	return { error: { message, type, code: null, param: null } };
}

function errorPiece(kind: Wire, message: string): string {
	const body = errorBody(kind, message, 'server_error');
	if (kind === 'ollama') return `${JSON.stringify(body)}\n`;
	return kind === 'anthropic' ? sse(body, 'error') : sse(body);
}

function modelMissing(kind: Wire, model: string): { status: number; body: object } {
	if (kind === 'anthropic') return { status: 404, body: errorBody(kind, `model: ${model}`, 'not_found_error') };
	return {
		status: kind === 'openai' ? 400 : 404,
		body: errorBody(kind, `model '${model}' not found`, 'invalid_request_error'),
	};
}

// --- HTTP ------------------------------------------------------------------------------------------------------------

async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
	let text = '';
	request.setEncoding('utf8');
	for await (const piece of request) text += piece;
	return text ? JSON.parse(text) : undefined;
}

function sendPage(response: ServerResponse, page: ScriptedPage): void {
	if (page === 'hang') return;
	if (page === 'reset') {
		response.socket?.destroy();
		return;
	}
	const isText = typeof page.body === 'string';
	const type = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
	response.writeHead(page.status ?? 200, { 'content-type': type, ...page.headers });
	response.end(isText ? page.body : JSON.stringify(page.body));
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(JSON.stringify(body));
}

/** Waits until the bytes left the process, so that pieces arrive as pieces. */
function write(response: ServerResponse, piece: string | Buffer): Promise<void> {
	return new Promise((resolve) => {
		response.write(piece, () => resolve());
	});
}

/** System prompt and messages of a request of any protocol, as texts. */
function messagesOf(body: Record<string, unknown>): { role: string; content: string }[] {
	const system = body.system === undefined ? [] : [{ role: 'system', content: textOf(body.system) }];
	const messages = (body.messages ?? []) as { role: string; content: unknown }[];
	return [...system, ...messages.map(({ role, content }) => ({ role, content: textOf(content) }))];
}

function textOf(content: unknown): string {
	if (typeof content === 'string') return content;
	return ((content ?? []) as { text?: string }[]).map((part) => part.text ?? '').join('');
}

// --- As a process ----------------------------------------------------------------------------------------------------

/** A reply in a script file. */
export interface ScriptFileEntry extends ScriptedReply {
	/** Answers every request whose messages contain this text; entries without it are given out in order. */
	readonly when?: string;
}

/** A script from the entries of a script file. */
export function scriptFromEntries(entries: readonly ScriptFileEntry[]): Script {
	const ordered = entries.filter((entry) => entry.when === undefined);
	let next = 0;
	return (request) => {
		const matching = entries.find(
			({ when }) => when !== undefined && request.messages.some(({ content }) => content.includes(when)),
		);
		return matching ?? ordered[next++] ?? { status: 400, body: 'the script has no more replies' };
	};
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			kind: { type: 'string', default: 'openai' },
			port: { type: 'string', default: '0' },
			model: { type: 'string', default: DEFAULT_MODEL.name },
			script: { type: 'string' },
		},
	});
	if (!['ollama', 'openai', 'anthropic'].includes(values.kind) || !values.script) {
		console.error(
			'usage: scriptedServer.ts --kind ollama|openai|anthropic --script FILE.json [--port N] [--model NAME]',
		);
		process.exitCode = 2;
		return;
	}
	const entries = JSON.parse(await readFile(values.script, 'utf8')) as ScriptFileEntry[];
	const server = await startScriptedServer({
		kind: values.kind as Wire,
		script: scriptFromEntries(entries),
		models: [{ name: values.model }],
		port: Number(values.port),
	});
	console.log(server.url);
	process.once('SIGTERM', () => void server.stop());
	process.once('SIGINT', () => void server.stop());
}

if (import.meta.main) await main();
