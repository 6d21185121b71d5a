import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Log, LogLevel } from './log.ts';

/** Asked for by machines, every few seconds. */
const ROUTINE = new Set(['/health', '/ready', '/metrics']);
/** Characters of a path that are logged. */
const PATH_CHARACTERS = 200;

/**
 * Logs every request of a server when its answer has ended: method, path without its query, status, ms, and the bytes
 * that were sent with headers and all; `cut` when the client left before.
 */
export function logRequests(server: Server, log: Log): void {
	server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
		const { method, url = '', socket } = request;
		const startedAt = performance.now();
		const sentBefore = socket.bytesWritten;
		response.once('close', () => {
			const path = (url.split(/[?#]/)[0] ?? '').slice(0, PATH_CHARACTERS);
			log[levelOf(path, response.statusCode)]('request', {
				method,
				path,
				// Until then it is what Node would send.
				status: response.headersSent ? response.statusCode : undefined,
				ms: Math.round(performance.now() - startedAt),
				bytes: socket.bytesWritten - sentBefore,
				cut: response.writableFinished ? undefined : true,
			});
		});
	});
}

function levelOf(path: string, status: number): LogLevel {
	if (status >= 500) return 'warn';
	return ROUTINE.has(path) ? 'debug' : 'info';
}
