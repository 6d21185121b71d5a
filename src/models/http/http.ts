import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { onAbort } from '../../core/abort.ts';
import { CancelledError, type FailureCategory, ModelError, RlmError } from '../../core/errors.ts';
import type { RequestSite } from './classify.ts';
import { classifyErrorInSuccess, classifyResponse, classifySocketError, modelError } from './classify.ts';
import type { CheckedLines, StreamFormat } from './lines.ts';
import { LineGuard } from './lines.ts';

/** How long each phase of a request may last, ms. The whole request is bounded by its caller's signal. */
export interface Timeouts {
	/** Until the connection stands, name look-up and TLS included. */
	readonly connectMs: number;
	/**
	 * From there to the first piece of the reply: queueing, loading the model and reading the prompt. Comments and pings
	 * begin it anew, but a server that sends nothing else is given up after ten times this.
	 */
	readonly firstByteMs: number;
	/** Between two pieces of the reply. */
	readonly idleMs: number;
}

/** One server as the transport sees it. */
export interface TransportOptions {
	readonly site: RequestSite;
	/** Sent with every request; its values never appear in a message. */
	readonly headers: Readonly<Record<string, string>>;
	/** Of the address in the settings, such as `api-version=1`; sent with every request. */
	readonly query?: string;
	readonly timeouts: Timeouts;
}

/** `fetch`, as the SDKs take it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What one exchange expects. */
export interface HttpExchangeOptions {
	readonly model?: string;
	/** Framing of a streamed reply; its lines are checked. Without it the body passes as it is. */
	readonly format?: StreamFormat;
	readonly timeouts?: Timeouts;
	/** Told when the connection stands, and with it the request is on its way. */
	readonly onSent?: () => void;
	/** Responses with an error status are given out as well, instead of thrown. */
	readonly anyStatus?: boolean;
}

type Phase = 'connect' | 'firstByte' | 'idle';

/** Whose request an SDK sends: one client serves all calls of a provider, and each call has an exchange of its own. */
const scope = new AsyncLocalStorage<HttpExchange>();

/** The `fetch` of an SDK's client: it sends through the exchange in whose `play()` the SDK was called. */
export const exchangeFetch: Fetch = (input, init) => {
	const exchange = scope.getStore();
	if (!exchange) throw new TypeError('a request outside of an exchange');
	return exchange.fetch(input, init);
};

/** Headers of an SDK that pass. Everything else it adds (telemetry, organisation, headers from the environment) does not. */
const PASSED_HEADERS = ['accept', 'content-type', 'user-agent', 'anthropic-version', 'anthropic-beta'];

/** So many times `firstByteMs` may signs of life prolong the wait for a reply. */
const MAX_PROLONGING = 10;
const MAX_ERROR_BODY_BYTES = 64 * 1024;
/** The text of an error comes with its status; what it says is not worth a longer wait. */
const ERROR_TEXT_MS = 3_000;
/** A document that comes in drops may take so many times `idleMs` in all. */
const MAX_DRIPPING = 10;
/** After the end marker only the end of the transfer is missing; longer than this it is not worth keeping the socket. */
const SETTLE_MS = 25;

/**
 * One request and its reply. Gives an SDK a `fetch` and remembers what really went wrong, because SDKs wrap, swallow or
 * rephrase what their `fetch` throws. The first failure is the true one.
 */
export class HttpExchange {
	readonly #options: TransportOptions;
	readonly #format: StreamFormat | undefined;
	readonly #onSent: () => void;
	readonly #anyStatus: boolean;
	readonly #agentFor: (isSecure: boolean) => http.Agent;
	readonly #stopListening: () => void;
	#failure: RlmError | undefined;
	#isClosed = false;
	#request: http.ClientRequest | undefined;
	#incoming: http.IncomingMessage | undefined;
	/** Reads the body; held to let go of it when the SDK stops reading early. */
	#reader: AsyncGenerator<Uint8Array> | undefined;
	#timer: NodeJS.Timeout | undefined;
	#phase: Phase = 'connect';
	/** When the wait for the reply began. */
	#waitingSince = 0;

	constructor(
		options: TransportOptions,
		{ format, onSent = () => {}, anyStatus = false }: HttpExchangeOptions,
		agentFor: (isSecure: boolean) => http.Agent,
		signal: AbortSignal,
	) {
		this.#options = options;
		this.#format = format;
		this.#onSent = onSent;
		this.#anyStatus = anyStatus;
		this.#agentFor = agentFor;
		this.#stopListening = onAbort(signal, () => this.#fail(new CancelledError()));
	}

	get site(): RequestSite {
		return this.#options.site;
	}

	/** Given to the SDK. Throws ModelError for every response that is not a success. */
	readonly fetch: Fetch = async (input, init = {}) => {
		this.throwIfFailed();
		if (init.signal) onAbort(init.signal, () => this.close());
		const incoming = await this.#send(new URL(input instanceof Request ? input.url : input), init);
		const status = incoming.statusCode ?? 0;
		if (!this.#anyStatus && (status < 200 || status > 299)) await this.#throwStatus(incoming, status);
		if (this.#format && /^text\/html/i.test(incoming.headers['content-type'] ?? '')) {
			await this.#throwUnstreamed(incoming, 'server');
		}
		if (this.#format === 'sse' && /^application\/json/i.test(incoming.headers['content-type'] ?? '')) {
			await this.#throwUnstreamed(incoming, 'empty');
		}
		const hasBody = status !== 204 && status !== 205 && status !== 304 && this.#format !== 'sse';
		return new Response(hasBody ? this.#body(incoming) : null, { status, headers: headersOf(incoming) });
	};

	/** Runs the work of an SDK whose client sends with `exchangeFetch`. It needs no signal: an exchange ends with its own. */
	play<T>(work: () => Promise<T>): Promise<T> {
		return scope.run(this, work);
	}

	/**
	 * Reads the event stream that answers the request, up to its end marker or its end.
	 * @param onValue takes each JSON value of it, one after the other
	 * @throws ModelError, CancelledError
	 */
	async readEvents(onValue: (value: unknown) => void | Promise<void>): Promise<void> {
		const incoming = this.#incoming;
		if (!incoming) throw new TypeError('there is no response to read');
		const guard = new LineGuard('sse', this.site);
		const take = async ({ values, sign }: CheckedLines) => {
			this.#onLines(sign);
			for (const value of values) await onValue(value);
		};
		try {
			for await (const piece of this.#rawPieces(incoming)) {
				const lines = guard.push(piece);
				await take(lines);
				if (lines.isDone) return;
			}
			await take(guard.flush());
		} catch (error) {
			throw error instanceof RlmError ? this.#fail(error) : error;
		}
	}

	/** @throws ModelError, CancelledError what went wrong, when the SDK kept it to itself */
	throwIfFailed(): void {
		if (this.#failure) throw this.#failure;
	}

	/** What an error thrown by the SDK really is. Errors of our own and defects come back as they are. */
	explain(error: unknown): unknown {
		if (this.#failure) return this.#failure;
		if (error instanceof RlmError || isDefect(error)) return error;
		const detail = error instanceof Error ? error.message : String(error);
		return modelError(this.site, `the reply cannot be read (${detail}).`, { category: 'stream-cut' }, error);
	}

	/**
	 * Waits a moment for the end of the transfer behind the end marker, so that the next request finds the connection free
	 * and need not open another.
	 */
	async settle(): Promise<void> {
		const incoming = this.#incoming;
		if (!incoming || incoming.closed) return;
		// An SDK that stopped at the end marker leaves the reader waiting; ending it lets the rest flow.
		void this.#reader?.return(undefined);
		await new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, SETTLE_MS);
			incoming.once('close', () => {
				clearTimeout(timer);
				resolve();
			});
			if (this.#reader) setImmediate(() => incoming.resume());
			else incoming.resume();
		});
	}

	/** Ends the exchange. A connection whose reply is complete is kept for the next one, any other is closed. Idempotent. */
	close(): void {
		this.#isClosed = true;
		clearTimeout(this.#timer);
		this.#stopListening();
		if (!this.#incoming?.complete) this.#request?.destroy();
	}

	#fail(error: RlmError): RlmError {
		// Closing breaks the connection as well; that is no failure.
		if (!this.#isClosed) this.#failure ??= error;
		clearTimeout(this.#timer);
		this.#request?.destroy();
		return this.#failure ?? error;
	}

	#send(url: URL, init: RequestInit): Promise<http.IncomingMessage> {
		const isSecure = url.protocol === 'https:';
		const agent = this.#agentFor(isSecure);
		const request = (isSecure ? https : http).request(this.#withQuery(url), {
			method: init.method ?? 'GET',
			headers: this.#headers(init.headers),
			agent,
		});
		this.#request = request;
		this.#watch('connect');
		request.once('socket', (socket) => {
			const onConnected = () => {
				this.#onSent();
				this.#watch('firstByte');
			};
			if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', onConnected);
			else onConnected();
		});
		return new Promise((resolve, reject) => {
			request.once('response', (incoming) => {
				this.#incoming = incoming;
				resolve(incoming);
			});
			request.on('error', (error) => {
				const failure = this.#socketError(error);
				// Where one idle connection is dead the others are too, and the next attempt shall not meet them one by one.
				if (failure.category === 'stale-socket') closeIdle(agent);
				reject(this.#fail(failure));
			});
			// After a change of the protocol, which nobody asked for, there is neither a response nor an error.
			request.once('close', () => {
				if (this.#incoming) return;
				const what = 'the connection ended without an answer.';
				reject(this.#fail(modelError(this.site, what, { category: 'server' })));
			});
			request.end(typeof init.body === 'string' ? init.body : undefined);
		});
	}

	#headers(given: RequestInit['headers']): Record<string, string> {
		const passed = [...new Headers(given)].filter(([name]) => PASSED_HEADERS.includes(name));
		// Without this any compression would be allowed.
		return { 'accept-encoding': 'identity', ...Object.fromEntries(passed), ...this.#options.headers };
	}

	/** Some gateways want a version or a tenant behind the path of every request. */
	#withQuery(url: URL): URL {
		for (const [name, value] of new URLSearchParams(this.#options.query)) {
			if (!url.searchParams.has(name)) url.searchParams.append(name, value);
		}
		return url;
	}

	#socketError(error: unknown): ModelError {
		return classifySocketError(this.site, error, {
			isReused: this.#request?.reusedSocket ?? false,
			hasResponse: this.#incoming !== undefined,
		});
	}

	/** The status says what went wrong even when the text behind it never comes. */
	async #throwStatus(incoming: http.IncomingMessage, status: number): Promise<never> {
		const pieces: Uint8Array[] = [];
		const timer = setTimeout(() => incoming.destroy(), ERROR_TEXT_MS);
		try {
			await this.#read(incoming, pieces);
		} catch (error) {
			if (!(error instanceof ModelError)) throw error;
			this.#failure = undefined;
		} finally {
			clearTimeout(timer);
		}
		const body = Buffer.concat(pieces).toString('utf8');
		throw this.#fail(classifyResponse(this.site, { status, headers: headersOf(incoming), body }));
	}

	/**
	 * A stream was asked for and a whole document came: an error with status 200, or a server that cannot stream. A page
	 * for people comes from a proxy, a network's sign-in or a program that is no model server.
	 */
	async #throwUnstreamed(incoming: http.IncomingMessage, fallback: FailureCategory): Promise<never> {
		const text = await this.#text(incoming);
		if (!isWholeReply(text)) throw this.#fail(classifyErrorInSuccess(this.site, text, fallback));
		const what = 'a stream was asked for, but a whole document came: this server does not stream its replies.';
		throw this.#fail(modelError(this.site, what, { category: fallback }));
	}

	async #text(incoming: http.IncomingMessage): Promise<string> {
		const pieces: Uint8Array[] = [];
		await this.#read(incoming, pieces);
		return Buffer.concat(pieces).toString('utf8');
	}

	/** Collects what comes of a body, up to the most that is worth reading. */
	async #read(incoming: http.IncomingMessage, pieces: Uint8Array[]): Promise<void> {
		let bytes = 0;
		for await (const piece of this.#pieces(incoming)) {
			pieces.push(piece);
			bytes += piece.length;
			if (bytes > MAX_ERROR_BODY_BYTES) break;
		}
	}

	#body(incoming: http.IncomingMessage): ReadableStream<Uint8Array> {
		const pieces = this.#format ? this.#checkedPieces(incoming, this.#format) : this.#pieces(incoming);
		this.#reader = pieces;
		return new ReadableStream<Uint8Array>({
			pull: async (controller) => {
				try {
					const { done, value } = await pieces.next();
					if (done) controller.close();
					else controller.enqueue(value);
				} catch (error) {
					controller.error(error);
				}
			},
		});
	}

	async *#checkedPieces(incoming: http.IncomingMessage, format: StreamFormat): AsyncGenerator<Uint8Array> {
		const guard = new LineGuard(format, this.site);
		try {
			for await (const piece of this.#rawPieces(incoming)) {
				const lines = guard.push(piece);
				this.#onLines(lines.sign);
				if (lines.bytes.length > 0) yield lines.bytes;
			}
			const rest = guard.flush();
			if (rest.bytes.length > 0) yield rest.bytes;
		} catch (error) {
			throw error instanceof RlmError ? this.#fail(error) : error;
		}
	}

	async *#pieces(incoming: http.IncomingMessage): AsyncGenerator<Uint8Array> {
		const startedAt = performance.now();
		const longestMs = this.#options.timeouts.idleMs * MAX_DRIPPING;
		for await (const piece of this.#rawPieces(incoming)) {
			if (performance.now() - startedAt > longestMs) {
				const what = `the answer did not come to its end in ${longestMs / 1000} s.`;
				throw this.#fail(modelError(this.site, what, { category: 'timeout' }));
			}
			this.#watch('idle');
			yield piece;
		}
	}

	async *#rawPieces(incoming: http.IncomingMessage): AsyncGenerator<Uint8Array> {
		try {
			for await (const piece of unpacked(incoming).iterator({ destroyOnReturn: false })) yield piece;
		} catch (error) {
			throw this.#fail(this.#socketError(error));
		} finally {
			clearTimeout(this.#timer);
		}
	}

	/**
	 * Before the reply begins signs of life count for a while: servers send comments while a request is queued or its
	 * prompt is read. After that only payload does: a server that is shutting down still sends pings into a reply that it
	 * will not finish.
	 */
	#onLines(sign: CheckedLines['sign']): void {
		if (sign === 'payload') this.#watch('idle');
		else if (sign === 'life' && this.#phase === 'firstByte') this.#prolong();
	}

	#prolong(): void {
		const { firstByteMs } = this.#options.timeouts;
		if (performance.now() - this.#waitingSince < firstByteMs * (MAX_PROLONGING - 1)) this.#startTimer('firstByte');
	}

	#watch(phase: Phase): void {
		if (this.#failure || this.#isClosed) {
			clearTimeout(this.#timer);
			return;
		}
		if (phase === 'firstByte') this.#waitingSince = performance.now();
		if (phase === this.#phase && this.#timer) {
			this.#timer.refresh();
			return;
		}
		this.#phase = phase;
		this.#startTimer(phase);
	}

	#startTimer(phase: Phase): void {
		clearTimeout(this.#timer);
		const milliseconds = this.#options.timeouts[`${phase}Ms`];
		this.#timer = setTimeout(() => this.#fail(this.#timeoutError(phase, milliseconds)), milliseconds);
	}

	#timeoutError(phase: Phase, milliseconds: number): RlmError {
		const seconds = `${milliseconds / 1000} s`;
		const what: Record<Phase, string> = {
			connect: `no connection after ${seconds}.`,
			firstByte: `no answer after ${seconds}.`,
			idle: `the reply stopped: nothing came for ${seconds}.`,
		};
		return modelError(this.site, what[phase], { category: 'timeout' });
	}
}

/** What the OpenAI and the Anthropic protocol answer when no stream was asked for. */
function isWholeReply(text: string): boolean {
	return /^\s*\{/.test(text) && /"choices"\s*:\s*\[|"stop_reason"\s*:/.test(text) && !/"error"\s*:\s*[{"]/.test(text);
}

function closeIdle(agent: http.Agent): void {
	for (const sockets of Object.values(agent.freeSockets)) for (const socket of [...(sockets ?? [])]) socket.destroy();
}

/** An error of our own code, not of the reply. */
function isDefect(error: unknown): boolean {
	return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** A body as it was before a gateway packed it, which some do although nobody asked for it. */
function unpacked(incoming: http.IncomingMessage): Readable {
	const unpack = UNPACK[incoming.headers['content-encoding']?.trim().toLowerCase() ?? ''];
	if (!unpack) return incoming;
	// What is wrong with the body, or with the connection, comes out where it is read.
	return pipeline(incoming, unpack(), () => {});
}

const UNPACK: Readonly<Record<string, () => Transform>> = {
	gzip: () => createGunzip({ flush: constants.Z_SYNC_FLUSH }),
	'x-gzip': () => createGunzip({ flush: constants.Z_SYNC_FLUSH }),
	deflate: () => createInflate({ flush: constants.Z_SYNC_FLUSH }),
	br: () => createBrotliDecompress(),
};

function headersOf(incoming: http.IncomingMessage): Headers {
	const headers = new Headers();
	for (const [name, values] of Object.entries(incoming.headersDistinct)) {
		for (const value of values ?? []) headers.append(name, value);
	}
	return headers;
}
