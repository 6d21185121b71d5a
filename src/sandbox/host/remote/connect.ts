import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { onAbort } from '../../../core/abort.ts';
import { CancelledError, type ErrorAction, SandboxError } from '../../../core/errors.ts';
import { present } from '../../../core/present.ts';
import { oneLine } from '../../../core/printable.ts';
import { REMOTE_PROTOCOL } from '../../../protocol/remoteFrames.ts';
import { type Connection, SOCKET_OPTIONS } from './framedSocket.ts';

const CONNECT_MS = 15_000;
/** Kept part of a refusal. Characters. */
const REFUSAL_CHARACTERS = 300;

/** Address of a sandbox server, and the token for it. */
export interface RemoteAddress {
	/** `http://…` or `https://…`, including a path prefix. */
	readonly url: string;
	readonly token: string | undefined;
}

interface Remedy {
	readonly sentence: string;
	readonly actions?: readonly ErrorAction[];
}

const SET_TOKEN: Remedy = {
	sentence:
		'Set the token of the server: in the environment variable that sandbox.tokenEnv names, or in the editor with ' +
		'the command "Set Token of the Sandbox Server".',
	actions: ['set-sandbox-token', 'edit-settings', 'retry'],
};

const REMEDIES: Readonly<Record<number, Remedy>> = {
	401: SET_TOKEN,
	403: SET_TOKEN,
	404: {
		sentence: 'Correct sandbox.url: the program at this address is not a sandbox server of this version.',
		actions: ['edit-settings', 'retry'],
	},
	429: { sentence: 'Wait until other runs have ended, or raise the limits of the server.', actions: ['retry'] },
	503: { sentence: 'The server is starting or stopping; try again.', actions: ['retry'] },
};

const START_IT: Remedy = {
	sentence: 'Start it with rlm sandbox-server, or correct sandbox.url.',
	actions: ['edit-settings', 'retry'],
};

/** Opens the connection of a session. @throws SandboxError with the URL and a remedy, CancelledError */
export function connect(address: RemoteAddress, signal: AbortSignal): Promise<Connection> {
	return new Promise((resolve, reject) => {
		const url = `${address.url.replace(/\/+$/, '').replace(/^http/, 'ws')}/session`;
		const fail = (problem: string, { sentence, actions }: Remedy, cause?: unknown) => {
			const message = `The sandbox server at ${shown(address.url)} ${problem}. ${sentence}`;
			reject(new SandboxError('start', message, { cause, actions }));
		};
		const webSocket = new WebSocket(url, [REMOTE_PROTOCOL], {
			...SOCKET_OPTIONS,
			handshakeTimeout: CONNECT_MS,
			headers: present({ authorization: address.token === undefined ? undefined : `Bearer ${address.token}` }),
		});
		// The socket comes with the response; frames may arrive before anybody else listens.
		webSocket.once('upgrade', ({ socket }) => {
			webSocket.once('open', () => {
				settled();
				resolve({ webSocket, stream: socket });
			});
		});
		webSocket.once('unexpected-response', (_request, response) => {
			settled();
			const status = response.statusCode ?? 0;
			const remedy = REMEDIES[status] ?? { sentence: 'Check the log of the server.' };
			text(response).then(
				(body) => fail(`refused (${status}${refusal(body)})`, remedy),
				(error: unknown) => fail(`refused (${status})`, remedy, error),
			);
		});
		webSocket.on('error', (error) => {
			settled();
			if (signal.aborted) return reject(new CancelledError());
			fail(`cannot be reached: ${error.message}`, START_IT, error);
		});
		// Ending a handshake is an error of its own, so whoever waits is told.
		const settled = onAbort(signal, () => webSocket.terminate());
	});
}

/** Formats the URL for messages, without a password. */
export function shown(url: string): string {
	const { protocol, host, pathname } = new URL(url);
	return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** Returns the message in the body of a refusal, if our server wrote it. */
function refusal(body: string): string {
	try {
		const { error } = JSON.parse(body) as { error?: { message?: unknown } };
		return typeof error?.message === 'string' ? `: ${oneLine(error.message).slice(0, REFUSAL_CHARACTERS)}` : '';
	} catch {
		return ''; // not a sandbox server; the status says enough
	}
}
