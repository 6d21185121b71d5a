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
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { errorBody, modelMissing } from './scripted/errors.ts';
import { ping, type StagedReply, stage } from './scripted/faults.ts';
import type { ScriptedReply, ScriptedRequest, Wire } from './scripted/types.ts';

export type { Fault, ScriptedReply, ScriptedRequest, Wire } from './scripted/types.ts';

export type Script = ((request: ScriptedRequest) => ScriptedReply | Promise<ScriptedReply>) | readonly ScriptedReply[];

export interface ScriptedModel {
	readonly name: string;
	/** Window as the protocol's own pages report it; 32768 when absent. */
	readonly contextTokens?: number;
	/** Ollama only: not in memory, so that `/api/ps` does not list it. */
	readonly isUnloaded?: boolean;
	/** Ollama only: what `/api/show` lists; `completion` when absent. */
	readonly capabilities?: readonly string[];
	/** Ollama only: the template of its chat; none is told when absent. */
	readonly template?: string;
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
	/** Places that `/props` tells of, as llama.cpp's `--parallel`; 4 when absent. The pool never uses more. */
	readonly slots?: number;
	/** Plays the script for any model name, as llama.cpp does with a single model. */
	readonly answersAnyModel?: boolean;
	/** Speaks TLS with this certificate. */
	readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
	/** How long an idle connection is kept, ms; `isTold` says whether the client learns it. Node's 5 s when absent. */
	readonly keepAlive?: { readonly idleMs: number; readonly isTold: boolean };
	/** Answers to requests beside chat, in place of the usual page; undefined leaves the page. */
	readonly lookup?: (path: string) => ScriptedReply | undefined;
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
	/** Connections that are open now. */
	readonly openConnections: number;
	/** Time spent in the server itself, waits of the script excluded, ms: benches subtract it. */
	readonly handlingMs: number;
	/** Resolves at the n-th chat request (1 is the first), at once when it was seen already. */
	requested(count: number): Promise<void>;
	/** Resolves when the n-th client has closed its connection early. */
	clientClosed(count: number): Promise<void>;
	/** Resolves when the connection of a chat request is closed. */
	connectionClosed(request: ScriptedRequest): Promise<void>;
	/** Resolves when no connection is open. */
	allClosed(): Promise<void>;
	/** A server entry for the settings. */
	settings<E extends object>(id: string, extra?: E): { id: string; kind: Wire; url: string } & E;
	/** Closes the server and all its connections. Idempotent. */
	stop(): Promise<void>;
}

const DEFAULT_MODEL: ScriptedModel = { name: 'scripted-model' };
const DEFAULT_WINDOW = 32_768;
const DEFAULT_SLOTS = 4;
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
	readonly #http: http.Server;
	readonly #connections = new WeakMap<Socket, number>();
	#connectionCount = 0;
	/** Numbers of the connections that are open. */
	readonly #open = new Set<number>();
	/** Connections to be ended at their next request, and how. */
	readonly #stale = new WeakMap<Socket, 'close' | 'reset'>();
	readonly #stopped = new AbortController();
	#waiting: { isMet: () => boolean; resolve: () => void }[] = [];

	constructor(options: ScriptedServerOptions) {
		this.#options = options;
		this.kind = options.kind;
		this.#models = options.models ?? [DEFAULT_MODEL];
		const onRequest = (request: IncomingMessage, response: ServerResponse) => this.#onRequest(request, response);
		this.#http = options.tls ? https.createServer(options.tls, onRequest) : http.createServer(onRequest);
		if (options.keepAlive) {
			this.#http.keepAliveTimeout = options.keepAlive.idleMs;
			this.#http.keepAliveTimeoutBuffer = 0;
		}
	}

	get url(): string {
		const { port } = this.#http.address() as AddressInfo;
		return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
	}

	get openConnections(): number {
		return this.#open.size;
	}

	async listen(): Promise<void> {
		this.#http.on(this.#options.tls ? 'secureConnection' : 'connection', (socket: Socket) =>
			this.#onConnection(socket),
		);
		this.#http.listen(this.#options.port ?? 0, '127.0.0.1');
		await once(this.#http, 'listening');
	}

	requested(count: number): Promise<void> {
		return this.#until(() => this.requests.length >= count);
	}

	clientClosed(count: number): Promise<void> {
		return this.#until(() => this.closedEarly >= count);
	}

	connectionClosed(request: ScriptedRequest): Promise<void> {
		return this.#until(() => !this.#open.has(request.connection));
	}

	allClosed(): Promise<void> {
		return this.#until(() => this.#open.size === 0);
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

	#onConnection(socket: Socket): void {
		const number = this.#connectionCount++;
		this.#connections.set(socket, number);
		this.#open.add(number);
		// Clients that go away are what these servers are for.
		socket.on('error', () => {});
		socket.once('close', () => {
			this.#open.delete(number);
			this.#notify();
		});
	}

	#onRequest(request: IncomingMessage, response: ServerResponse): void {
		const stale = this.#stale.get(request.socket);
		if (stale) {
			if (stale === 'reset') request.socket.resetAndDestroy();
			else request.socket.destroy();
			return;
		}
		// Node tells its time limit only when it writes this header itself.
		if (this.#options.keepAlive?.isTold === false) response.setHeader('connection', 'keep-alive');
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
			await this.#lookUp(path, body, response);
			return;
		}
		await this.#chat(this.#record(request, path, body), response);
	}

	async #lookUp(path: string, body: Record<string, unknown> | undefined, response: ServerResponse): Promise<void> {
		this.lookups.push(path);
		const scripted = this.#options.lookup?.(path);
		if (scripted) {
			await this.#playBare(scripted, response);
			return;
		}
		const page = this.#page(path, body);
		const missing = errorBody(this.kind, 'File Not Found', 'not_found_error');
		sendJson(response, page === undefined ? 404 : 200, page ?? missing);
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
		if (await this.#playBare(reply, response)) return;
		if (reply.fault === 'stale-connection' && response.socket) this.#stale.set(response.socket, 'close');
		if (reply.fault === 'stale-reset' && response.socket) this.#stale.set(response.socket, 'reset');
		const startedAt = performance.now();
		const staged = stage(this.kind, this.#options.isLlamaCpp === false ? 'vLLM' : 'llama.cpp', request, reply);
		const type = this.kind === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
		response.writeHead(200, { 'content-type': type, ...reply.headers });
		response.flushHeaders();
		this.handlingMs += performance.now() - startedAt;
		for (const piece of staged.pieces) await this.#send(piece, reply, response);
		await this.#end(staged.ending, response);
	}

	/** Plays what is no stream of a reply: nothing at all, an error status, a page. False when it is a stream. */
	async #playBare(reply: ScriptedReply, response: ServerResponse): Promise<boolean> {
		if (reply.delayMs) await this.#wait(reply.delayMs);
		const { fault, status = 200 } = reply;
		const { socket } = response;
		if (fault === 'hang-before-headers') return true;
		if (fault === 'reset') socket?.resetAndDestroy();
		else if (fault === 'close-before-headers') socket?.end();
		else if (fault === 'not-http') socket?.end('220 smtp.example ESMTP\r\n');
		else if (fault === 'html-in-success' || reply.page !== undefined) sendHtml(response, status, reply);
		else if (fault === 'error-in-success') sendJson(response, 200, this.#errorBody(reply));
		else if (status !== 200) {
			sendJson(response, status, this.#errorBody(reply), { connection: 'close', ...reply.headers });
		} else return false;
		return true;
	}

	#errorBody({ body = '' }: ScriptedReply): object {
		return typeof body === 'object' ? body : errorBody(this.kind, body, 'server_error');
	}

	async #send(piece: string | Uint8Array, reply: ScriptedReply, response: ServerResponse): Promise<void> {
		if (response.destroyed) return;
		if (reply.chunkDelayMs) await this.#wait(reply.chunkDelayMs);
		const startedAt = performance.now();
		await write(response, piece);
		this.handlingMs += performance.now() - startedAt;
	}

	async #end(ending: StagedReply['ending'], response: ServerResponse): Promise<void> {
		if (ending === 'end') response.end();
		else if (ending === 'close') response.socket?.destroy();
		else if (ending === 'reset') response.socket?.resetAndDestroy();
		else if (ending === 'bytes') await this.#repeat('x', response);
		else if (ending === 'pings') await this.#repeat(ping(this.kind), response);
	}

	async #repeat(piece: string, response: ServerResponse): Promise<void> {
		while (!response.destroyed) {
			await write(response, piece);
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
		const { isLlamaCpp = true, slots = DEFAULT_SLOTS } = this.#options;
		return openAiPage(path, this.#models, isLlamaCpp, slots);
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
				template: model.template,
				model_info: {
					'general.architecture': 'scripted',
					'scripted.context_length': model.contextTokens ?? DEFAULT_WINDOW,
				},
			};
		},
	};
	return pages[path]?.();
}

function openAiPage(
	path: string,
	models: readonly ScriptedModel[],
	isLlamaCpp: boolean,
	slots: number,
): object | undefined {
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
		total_slots: slots,
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

function sendHtml(response: ServerResponse, status: number, { page, headers }: ScriptedReply): void {
	response.writeHead(status, { 'content-type': 'text/html', connection: 'close', ...headers });
	response.end(page ?? '<html><head><title>Sign in to the network</title></head><body>Welcome</body></html>');
}

/** Waits until the bytes left the process, so that pieces arrive as pieces. */
function write(response: ServerResponse, piece: string | Uint8Array): Promise<void> {
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
function scriptFromEntries(entries: readonly ScriptFileEntry[]): Script {
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
