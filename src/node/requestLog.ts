import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Log, LogLevel } from './log.ts';

/** Paths that monitoring requests every few seconds. */
const ROUTINE = new Set(['/health', '/ready', '/metrics']);
/** Characters of a path in the log. */
const PATH_CHARACTERS = 200;

/**
 * Logs every request when its answer has ended: method, path without query, status, ms, and bytes sent including
 * headers. `cut` means the client left early.
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
				// Until then Node would send this status.
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
