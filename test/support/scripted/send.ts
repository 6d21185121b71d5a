import type { ServerResponse } from 'node:http';
import type { ScriptedPage } from './options.ts';
import type { ScriptedReply } from './types.ts';

// Answers that are sent whole, and the pieces of those that are not.

/** Sends a page, or fails as it says. */
export function sendPage(response: ServerResponse, page: ScriptedPage): void {
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

/** Sends a JSON document. */
export function sendJson(
	response: ServerResponse,
	status: number,
	body: object,
	headers: Record<string, string> = {},
): void {
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(JSON.stringify(body));
}

/** Sends the page of a reply, or what a captive portal shows. */
export function sendHtml(response: ServerResponse, status: number, { page, headers }: ScriptedReply): void {
	response.writeHead(status, { 'content-type': 'text/html', connection: 'close', ...headers });
	response.end(page ?? '<html><head><title>Sign in to the network</title></head><body>Welcome</body></html>');
}

/** Waits until the bytes left the process, so that pieces arrive as pieces. */
export function write(response: ServerResponse, piece: string | Uint8Array): Promise<void> {
	return new Promise((resolve) => {
		response.write(piece, () => resolve());
	});
}
