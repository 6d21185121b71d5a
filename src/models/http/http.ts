import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import { onAbort } from '../../core/abort.ts';
import { CancelledError, ModelError, RlmError, reasonOf } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import { collect, headersOf, streamOf, unpacked } from './body.ts';
import type { RequestSite } from './classify.ts';
import { classifyErrorInSuccess, classifyResponse, modelError } from './classify.ts';
import { isDefect, timeoutError } from './failures.ts';
import { LineGuard, MAX_LINE_BYTES, type StreamFormat } from './lines.ts';
import { PhaseTimer, type Timeouts } from './phaseTimer.ts';
import { type Agents, closeIdle } from './proxies.ts';
import type { Redirects } from './redirects.ts';
import { checkedLines, readEvents } from './replyLines.ts';
import { headersFor, withQuery } from './requestParts.ts';
import {
	type ConnectionState,
	classifySocketError,
	isIdleClose,
	plainServerError,
	SentTime,
	speaksPlainHttp,
} from './socketErrors.ts';

/** One server as the transport sees it. */
export interface TransportOptions {
	readonly site: RequestSite;
	/** Sent with every request; its values never appear in a message. */
	readonly headers: Readonly<Record<string, string>>;
	/** Of the address in the settings, such as `api-version=1`; sent with every request. */
	readonly query?: string;
	readonly timeouts: Timeouts;
}

/** What the exchanges with one server share. */
export interface Network {
	readonly agents: Agents;
	readonly redirects: Redirects;
}

/** `fetch`, as the SDKs take it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What one exchange expects. */
export interface HttpExchangeOptions {
	readonly model?: string;
	/** Framing of a streamed reply; its lines are checked. Without it the body passes as it is. */
	readonly format?: StreamFormat;
	/** Longest line of a streamed reply. */
	readonly maxLineBytes?: number;
	readonly timeouts?: Timeouts;
	/** Told when the connection stands, and with it the request is on its way. */
	readonly onSent?: () => void;
	/** Responses with an error status are given out as well, instead of thrown. */
	readonly anyStatus?: boolean;
}

/** The exchange of the current call: one client of an SDK serves all calls of a provider. */
const scope = new AsyncLocalStorage<HttpExchange>();

/** The `fetch` of an SDK's client. It sends through the exchange whose `play()` called the SDK. */
export const exchangeFetch: Fetch = (input, init) => {
	const exchange = scope.getStore();
	if (!exchange) throw new TypeError('a request outside of an exchange');
	return exchange.fetch(input, init);
};

const MAX_ERROR_BODY_BYTES = 64 * 1024;
/** The text of an error arrives with its status and is not worth a longer wait. */
const ERROR_TEXT_MS = 3_000;
/** A document that arrives slowly may take this many times `idleMs` in all. */
const MAX_DRIPPING = 10;
/** How long to wait for the end of the transfer after the end marker. The socket is not worth a longer wait. */
const SETTLE_MS = 25;

/**
 * One request and its reply. Gives an SDK a `fetch` and remembers the first failure, which is the real one: SDKs wrap,
 * swallow or rephrase what their `fetch` throws.
 */
export class HttpExchange {
	readonly #options: TransportOptions;
	readonly #format: StreamFormat | undefined;
	readonly #maxLineBytes: number;
	readonly #onSent: () => void;
	readonly #anyStatus: boolean;
	readonly #network: Network;
	readonly #stopListening: () => void;
	#failure: RlmError | undefined;
	#isClosed = false;
	#sent: SentTime | undefined;
	#request: http.ClientRequest | undefined;
	/** Address of the proxy that it goes through. */
	#proxy: string | undefined;
	/** The address of a server that took the connection and has not answered the greeting of TLS yet. */
	#greeted: URL | undefined;
	#incoming: http.IncomingMessage | undefined;
	/** Reads the body. Kept so that it can be released when the SDK stops reading early. */
	#reader: AsyncGenerator<Uint8Array> | undefined;
	readonly #timer: PhaseTimer;

	constructor(
		options: TransportOptions,
		{ format, maxLineBytes = MAX_LINE_BYTES, onSent = () => {}, anyStatus = false }: HttpExchangeOptions,
		network: Network,
		signal: AbortSignal,
	) {
		this.#options = options;
		this.#format = format;
		this.#maxLineBytes = maxLineBytes;
		this.#onSent = onSent;
		this.#anyStatus = anyStatus;
		this.#network = network;
		this.#timer = new PhaseTimer(options.timeouts, (phase, milliseconds) => {
			const error = timeoutError(this.site, phase, milliseconds);
			if (phase === 'connect' && this.#greeted) void this.#failGreeting(this.#greeted, error);
			else this.#fail(error);
		});
		this.#stopListening = onAbort(signal, () => this.#fail(new CancelledError()));
	}

	get site(): RequestSite {
		return this.#options.site;
	}

	/** Sends a request of the SDK. @throws ModelError for every response that is not a success */
	readonly fetch: Fetch = async (input, init = {}) => {
		this.throwIfFailed();
		if (init.signal) onAbort(init.signal, () => this.close());
		const incoming = await this.#follow(new URL(input instanceof Request ? input.url : input), init);
		const status = incoming.statusCode ?? 0;
		if (!this.#anyStatus && (status < 200 || status > 299)) await this.#throwStatus(incoming, status);
		if (this.#format && /^text\/html/i.test(incoming.headers['content-type'] ?? '')) {
			await this.#throwPage(incoming);
		}
		const hasBody = status !== 204 && status !== 205 && status !== 304 && this.#format !== 'sse';
		return new Response(hasBody ? this.#body(incoming) : null, { status, headers: headersOf(incoming) });
	};

	/** Runs the work of an SDK whose client sends with `exchangeFetch`. Needs no signal: it ends with the exchange. */
	play<T>(work: () => Promise<T>): Promise<T> {
		return scope.run(this, work);
	}

	/**
	 * Reads the event stream that answers the request, up to its end marker or its end, or the document in its place.
	 * @param onValue takes each JSON value, in order
	 * @returns whether the reply is complete by its form: `[DONE]` came, or it is one document
	 * @throws ModelError, CancelledError
	 */
	async readEvents(onValue: (value: unknown) => void | Promise<void>): Promise<boolean> {
		const incoming = this.#incoming;
		if (!incoming) throw new TypeError('there is no response to read');
		try {
			const guard = new LineGuard('sse', this.site, this.#maxLineBytes);
			return await readEvents(this.#rawPieces(incoming), guard, (sign) => this.#timer.sawLines(sign), onValue);
		} catch (error) {
			throw error instanceof RlmError ? this.#fail(error) : error;
		}
	}

	/** Throws the failure that the SDK kept to itself. @throws ModelError, CancelledError */
	throwIfFailed(): void {
		if (this.#failure) throw this.#failure;
	}

	/** The real cause of an error thrown by the SDK. Our own errors and defects are returned unchanged. */
	explain(error: unknown): unknown {
		if (this.#failure) return this.#failure;
		if (error instanceof RlmError || isDefect(error)) return error;
		const detail = reasonOf(error);
		return modelError(this.site, `the reply cannot be read (${detail}).`, { category: 'stream-cut' }, error);
	}

	/**
	 * Waits a moment for the end of the transfer after the end marker, so that the next request can reuse the connection.
	 */
	async settle(): Promise<void> {
		const incoming = this.#incoming;
		if (!incoming || incoming.closed) return;
		// An SDK that stopped at the end marker leaves the reader waiting. Ending the reader lets the rest flow.
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

	/** Ends the exchange. Keeps the connection if its reply is complete, else closes it. Idempotent. */
	close(): void {
		this.#isClosed = true;
		this.#timer.stop();
		this.#sent?.stop();
		this.#stopListening();
		if (!this.#incoming?.complete) this.#request?.destroy();
	}

	#fail(error: RlmError): RlmError {
		// Closing breaks the connection too, which is not a failure.
		if (!this.#isClosed) this.#failure ??= error;
		this.#timer.stop();
		this.#request?.destroy();
		return this.#failure ?? error;
	}

	/** Sends a request, again where the server says that it has moved, as far as that is safe. */
	#follow(asked: URL, init: RequestInit): Promise<http.IncomingMessage> {
		return this.#network.redirects.follow(asked, init.method ?? 'GET', (url) => {
			this.#request = undefined;
			this.#incoming = undefined;
			return this.#send(withQuery(url, this.#options.query), init);
		});
	}

	/**
	 * Sends the request; once more when its connection turns out to have been closed while idle. That costs no attempt:
	 * the server has not read the request, and llama.cpp closes after every streamed reply although it promises not to.
	 */
	#send(url: URL, init: RequestInit): Promise<http.IncomingMessage> {
		const isSecure = url.protocol === 'https:';
		const agent = this.#network.agents.agentFor(url);
		const request = (isSecure ? https : http).request(url, {
			method: init.method ?? 'GET',
			headers: headersFor(init.headers, this.#options.headers),
			agent,
		});
		this.#request = request;
		this.#proxy = this.#network.agents.proxyOf(url);
		this.#timer.enter('connect');
		request.once('socket', (socket) => {
			const onConnected = () => {
				if (this.#isClosed) return;
				this.#greeted = undefined;
				this.#sent?.stop();
				this.#sent = new SentTime();
				this.#onSent();
				this.#timer.enter('firstByte');
			};
			if (socket.connecting && isSecure) socket.once('connect', () => (this.#greeted = url));
			if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', onConnected);
			else onConnected();
		});
		return new Promise((resolve, reject) => {
			request.once('response', (incoming) => {
				this.#incoming = incoming;
				resolve(incoming);
			});
			request.on('error', (error) => {
				if (this.#request !== request) return;
				if (this.#isClosed || this.#failure || !isIdleClose(error, this.#connectionState)) {
					reject(this.#fail(this.#socketError(error)));
					return;
				}
				// If one idle connection is dead, so are the others, and without them the request gets a new one.
				closeIdle(agent);
				this.#sent?.stop();
				this.#sent = undefined;
				resolve(this.#send(url, init));
			});
			// After an unrequested protocol upgrade there is neither a response nor an error.
			request.once('close', () => {
				if (this.#incoming || this.#request !== request) return;
				const what = 'the connection ended without an answer.';
				reject(this.#fail(modelError(this.site, what, { category: 'server' })));
			});
			request.end(typeof init.body === 'string' ? init.body : undefined);
		});
	}

	/** A server of plain HTTP may wait for the rest of a request that it takes the greeting of TLS for. */
	async #failGreeting(url: URL, error: ModelError): Promise<void> {
		this.#fail((await speaksPlainHttp(url)) ? plainServerError(this.site) : error);
	}

	get #connectionState(): ConnectionState {
		const [isReused, hasResponse] = [this.#request?.reusedSocket ?? false, this.#incoming !== undefined];
		return present({ isReused, hasResponse, sentMsAgo: this.#sent?.ms, proxy: this.#proxy });
	}

	#socketError(error: unknown): ModelError {
		return classifySocketError(this.site, error, this.#connectionState);
	}

	/** Fails with the status, even if the text of the error never arrives. */
	async #throwStatus(incoming: http.IncomingMessage, status: number): Promise<never> {
		const pieces: Uint8Array[] = [];
		const timer = setTimeout(() => incoming.destroy(), ERROR_TEXT_MS);
		try {
			await collect(this.#pieces(incoming), MAX_ERROR_BODY_BYTES, pieces);
		} catch (error) {
			if (!(error instanceof ModelError)) throw error;
			this.#failure = undefined;
		} finally {
			clearTimeout(timer);
		}
		const body = Buffer.concat(pieces).toString('utf8');
		throw this.#fail(classifyResponse(this.site, { status, headers: headersOf(incoming), body }));
	}

	/** Fails because of a page for people: a proxy's, a network's sign-in page, or one of another program. */
	async #throwPage(incoming: http.IncomingMessage): Promise<never> {
		const pieces: Uint8Array[] = [];
		await collect(this.#pieces(incoming), MAX_ERROR_BODY_BYTES, pieces);
		throw this.#fail(classifyErrorInSuccess(this.site, Buffer.concat(pieces).toString('utf8'), 'server'));
	}

	#body(incoming: http.IncomingMessage): ReadableStream<Uint8Array> {
		const pieces = this.#format ? this.#checkedPieces(incoming, this.#format) : this.#pieces(incoming);
		this.#reader = pieces;
		return streamOf(pieces);
	}

	async *#checkedPieces(incoming: http.IncomingMessage, format: StreamFormat): AsyncGenerator<Uint8Array> {
		try {
			const guard = new LineGuard(format, this.site, this.#maxLineBytes);
			yield* checkedLines(this.#rawPieces(incoming), guard, (sign) => this.#timer.sawLines(sign));
		} catch (error) {
			throw error instanceof RlmError ? this.#fail(error) : error;
		}
	}

	async *#pieces(incoming: http.IncomingMessage): AsyncGenerator<Uint8Array> {
		const startedAt = performance.now();
		const longestMs = this.#options.timeouts.idleMs * MAX_DRIPPING;
		for await (const piece of this.#rawPieces(incoming)) {
			if (performance.now() - startedAt > longestMs) {
				const what = `the answer did not end within ${longestMs / 1000} s.`;
				throw this.#fail(modelError(this.site, what, { category: 'timeout' }));
			}
			this.#timer.enter('idle');
			yield piece;
		}
	}

	async *#rawPieces(incoming: http.IncomingMessage): AsyncGenerator<Uint8Array> {
		try {
			for await (const piece of unpacked(incoming).iterator({ destroyOnReturn: false })) yield piece;
		} catch (error) {
			throw this.#fail(this.#socketError(error));
		} finally {
			this.#timer.pause();
		}
	}
}
