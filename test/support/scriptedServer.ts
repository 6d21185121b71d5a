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
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { errorBody, modelMissing } from './scripted/errors.ts';
import { ping, type StagedReply, stage } from './scripted/faults.ts';
import type { Script, ScriptedModel, ScriptedServer, ScriptedServerOptions } from './scripted/options.ts';
import { usualPage } from './scripted/pages.ts';
import { isChatPath, messagesOf, readJson } from './scripted/requests.ts';
import { sendHtml, sendJson, sendPage, write } from './scripted/send.ts';
import type { ScriptedReply, ScriptedRequest, Wire } from './scripted/types.ts';

export type {
	Script,
	ScriptedPage,
	ScriptedPages,
	ScriptedServer,
	ScriptedServerOptions,
} from './scripted/options.ts';
export type { Fault, ScriptedReply, ScriptedRequest, Wire } from './scripted/types.ts';

const DEFAULT_MODEL: ScriptedModel = { name: 'scripted-model' };
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
		const page = usualPage(path, body, this.#options, this.#models);
		if (page) sendJson(response, 200, page);
		else sendJson(response, 404, errorBody(this.kind, 'File Not Found', 'not_found_error'));
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
