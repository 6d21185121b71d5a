import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CancelledError, SandboxError } from '../../core/errors.ts';
import { REMOTE_PROTOCOL } from '../../protocol/remoteFrames.ts';
import { printable } from '../printable.ts';

const CONNECT_MS = 15_000;
/** What is read of a refusal. Characters. */
const REFUSAL_CHARACTERS = 300;

/** Where a sandbox server is, and how to get in. */
export interface RemoteAddress {
	/** `http://…` or `https://…`, a path in front of the server's own included. */
	readonly url: string;
	readonly token: string | undefined;
}

/** A connection that speaks frames from now on. */
export interface Connection {
	readonly socket: Duplex;
	/** What has been read of it already. */
	readonly head: Uint8Array;
}

const REMEDIES: Readonly<Record<number, string>> = {
	401: 'Set the token that the server knows in the environment variable that sandbox.tokenEnv names.',
	403: 'Set the token that the server knows in the environment variable that sandbox.tokenEnv names.',
	404: 'Correct sandbox.url: what answers there is no sandbox server of this version.',
	429: 'Wait until other runs have ended, or raise the limits of the server.',
	503: 'The server is starting or ending; try again.',
};

/** Opens the connection of a session. @throws SandboxError with the URL and a remedy, CancelledError */
export function connect(address: RemoteAddress, signal: AbortSignal): Promise<Connection> {
	return new Promise((resolve, reject) => {
		const url = new URL(`${address.url.replace(/\/+$/, '')}/session`);
		const fail = (problem: string, remedy: string, cause?: unknown) =>
			reject(new SandboxError('start', `The sandbox server at ${shown(address.url)} ${problem}. ${remedy}`, { cause }));
		const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
			agent: false,
			signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]),
			headers: {
				connection: 'Upgrade',
				upgrade: REMOTE_PROTOCOL,
				...(address.token === undefined ? {} : { authorization: `Bearer ${address.token}` }),
			},
		});
		request.on('upgrade', (response, socket, head) => {
			if (response.headers.upgrade === REMOTE_PROTOCOL) resolve({ socket, head });
			else {
				socket.destroy();
				fail('speaks another protocol', 'Use the same version of rlm on both machines.');
			}
		});
		request.on('response', (response) => {
			const status = response.statusCode ?? 0;
			const remedy = REMEDIES[status] ?? 'Look into the log of the server.';
			text(response).then(
				(body) => fail(`refused (${status}${refusal(body)})`, remedy),
				(error: unknown) => fail(`refused (${status})`, remedy, error),
			);
		});
		request.on('error', (error) => {
			const problem = error.name === 'AbortError' ? 'does not answer' : `cannot be reached: ${error.message}`;
			if (signal.aborted) reject(new CancelledError());
			else fail(problem, 'Start it with rlm sandbox-server, or correct sandbox.url.', error);
		});
		request.end();
	});
}

/** The URL as messages show it: without a password that may be in it. */
export function shown(url: string): string {
	const { protocol, host, pathname } = new URL(url);
	return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** The sentence in the body of a refusal, if it is one of ours. */
function refusal(body: string): string {
	try {
		const { error } = JSON.parse(body) as { error?: { message?: unknown } };
		return typeof error?.message === 'string' ? `: ${printable(error.message).slice(0, REFUSAL_CHARACTERS)}` : '';
	} catch {
		return ''; // something else than a sandbox server answers there; the status says enough
	}
}
