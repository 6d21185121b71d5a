import http from 'node:http';
import type { FailureCategory, ModelError } from '../../core/errors.ts';
import { codeOf } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import { modelError, type RequestSite } from './classify.ts';

/** State of a connection when it failed. */
export interface ConnectionState {
	/** The socket had served an earlier request. */
	readonly isReused: boolean;
	/** The head of the response had arrived. */
	readonly hasResponse: boolean;
	/** Time since the request was written; absent when the connection was never made. ms */
	readonly sentMsAgo?: number;
	/** Address of the proxy on the way, if there is one. */
	readonly proxy?: string;
}

/** A server that closes an idle connection does so at once. Later, it has read the request and may have worked on it. */
const IDLE_CLOSE_MS = 250;
const STEP_MS = 50;
/** A server that speaks plain HTTP has an answer to any request, if only an error. */
const PLAIN_ANSWER_MS = 1_000;

/**
 * Time since a request was written, as far as this process ran: on a busy machine the news that a connection is closed
 * waits in the queue, and that must not look like work of the server.
 */
export class SentTime {
	#ms = 0;
	readonly #timer = setInterval(() => {
		this.#ms += STEP_MS;
		if (this.#ms > IDLE_CLOSE_MS) this.stop();
	}, STEP_MS);

	/** Stays where it is once it no longer matters. */
	get ms(): number {
		return this.#ms;
	}

	stop(): void {
		clearInterval(this.#timer);
	}
}

/** Whether the server had closed the connection while it was idle: then it has not read the request. */
export function isIdleClose(error: unknown, { isReused, hasResponse, sentMsAgo = 0 }: ConnectionState): boolean {
	return isReused && !hasResponse && sentMsAgo <= IDLE_CLOSE_MS && isClosed(codeOf(error) ?? '');
}

/** Classifies an error of the socket. */
export function classifySocketError(site: RequestSite, error: unknown, state: ConnectionState): ModelError {
	const code = codeOf(error) ?? '';
	const detail = detailOf(error);
	const fail = (category: FailureCategory, what: string, wasTurnedAway?: true) =>
		modelError(site, what, present({ category, wasTurnedAway }), error);
	if (state.hasResponse)
		return fail('stream-cut', `the connection broke in the middle of the reply (${code || detail}).`);
	if (state.proxy !== undefined && isOfProxy(state.proxy, error)) return proxyError(site, state.proxy, code, error);
	if (isPlainAnswer(detail)) return plainServerError(site, error);
	if (isCertificateError(code)) return fail('tls', `the secure connection was refused (${code}: ${detail}).`);
	if (isClosed(code)) return fail('connect', 'the server closed the connection before it answered.');
	if (code.startsWith('HPE_')) return fail('server', `the answer is not HTTP (${detail}).`);
	const isUnsent = state.sentMsAgo === undefined ? true : undefined;
	return fail('connect', `no connection (${connectionProblem(code) ?? detail}).`, isUnsent);
}

/** The error for an `https` address where a server answers plain HTTP. */
export function plainServerError(site: RequestSite, cause?: unknown): ModelError {
	const hint = 'Write http:// in place of https:// in its address.';
	const what = 'the server does not speak TLS at this address; it answers plain HTTP.';
	return modelError(site, what, { category: 'tls', hint }, cause);
}

/** Whether a server answers plain HTTP. Sends nothing but the request of a page. */
export function speaksPlainHttp({ hostname, port }: URL): Promise<boolean> {
	const host = hostname.replace(/^\[|\]$/g, '');
	return new Promise((resolve) => {
		const request = http.get({ host, port: port || 443, path: '/', agent: false, timeout: PLAIN_ANSWER_MS });
		request.once('response', (incoming) => {
			resolve(true);
			incoming.destroy();
		});
		request.once('timeout', () => request.destroy());
		request.once('error', () => resolve(false));
		request.once('close', () => resolve(false));
	});
}

/** OpenSSL puts addresses and paths of its sources around its reason: `…:error:CODE:library:function:reason:file:line`. */
function detailOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return /:error:[\dA-F]+:[^:]*:[^:]*:([^:]+):/.exec(error.message)?.[1] ?? (error.message || error.name);
}

/** What OpenSSL makes of a plain answer to its greeting. */
function isPlainAnswer(reason: string): boolean {
	return /^(wrong version number|packet length too long|http request|unknown protocol|record layer failure)$/.test(
		reason,
	);
}

function isClosed(code: string): boolean {
	return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Whether the proxy failed, and not a server that NO_PROXY lets be reached directly. */
function isOfProxy(proxy: string, error: unknown): boolean {
	const { hostname, port } = new URL(proxy);
	const failed = error as { code?: unknown; hostname?: unknown; port?: unknown };
	return failed.code === 'ERR_PROXY_TUNNEL' || failed.hostname === hostname || String(failed.port) === (port || '80');
}

const PROXY_HINT = 'Correct HTTP_PROXY or HTTPS_PROXY, or name the host of the server in NO_PROXY.';

/** The proxy refused, or is not there. Its own words may hold its password. */
function proxyError(site: RequestSite, proxy: string, code: string, error: unknown): ModelError {
	const status = error instanceof Error && 'statusCode' in error ? ` (HTTP ${error.statusCode})` : '';
	const problem = connectionProblem(code) ?? `it refused the connection${status}`;
	return modelError(
		site,
		`no connection through the proxy ${proxy}: ${problem}.`,
		{ category: 'connect', wasTurnedAway: true, hint: PROXY_HINT },
		error,
	);
}

function connectionProblem(code: string): string | undefined {
	const problems: Record<string, string> = {
		ECONNREFUSED: 'refused: nothing listens there',
		ENOTFOUND: 'the host name is unknown',
		EAI_AGAIN: 'the host name could not be looked up',
		EHOSTUNREACH: 'the host cannot be reached',
		ENETUNREACH: 'the network cannot be reached',
		ETIMEDOUT: 'no answer in time',
	};
	return problems[code];
}

function isCertificateError(code: string): boolean {
	return /^(CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/.test(code);
}
