import type { FailureCategory, ModelError } from '../../core/errors.ts';
import { modelError, type RequestSite } from './classify.ts';

/** State of a connection when it failed. */
export interface ConnectionState {
	/** The socket had served an earlier request. */
	readonly isReused: boolean;
	/** The head of the response had arrived. */
	readonly hasResponse: boolean;
	/** Time since the request was written; absent when the connection was never made. ms */
	readonly sentMsAgo?: number;
}

/** A server that closes an idle connection does so at once. Later, it has read the request and may have worked on it. */
const IDLE_CLOSE_MS = 250;
const STEP_MS = 50;

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

/** Classifies an error of the socket. */
export function classifySocketError(site: RequestSite, error: unknown, state: ConnectionState): ModelError {
	const code = errorCode(error);
	const detail = error instanceof Error && error.message ? error.message : String(error);
	const fail = (category: FailureCategory, what: string) => modelError(site, what, { category }, error);
	if (state.hasResponse)
		return fail('stream-cut', `the connection broke in the middle of the reply (${code || detail}).`);
	if (isCertificateError(code)) return fail('tls', `the secure connection was refused (${code}: ${detail}).`);
	if (code === 'ECONNRESET' || code === 'EPIPE') {
		return state.isReused && (state.sentMsAgo ?? 0) <= IDLE_CLOSE_MS
			? fail('stale-socket', 'the server had closed an idle connection.')
			: fail('connect', 'the server closed the connection before it answered.');
	}
	if (code.startsWith('HPE_')) return fail('server', `the answer is not HTTP (${detail}).`);
	return fail('connect', `no connection (${connectionProblem(code) ?? detail}).`);
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

function errorCode(error: unknown): string {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
