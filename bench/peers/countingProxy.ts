// Stands between a peer and the model server and counts what the server counts, so that the tokens of a peer that fails
// are not lost and all are counted alike.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What went through. */
export interface Counted {
	calls: number;
	promptTokens: number;
	completionTokens: number;
	/** Some answer told no usage. */
	isPartial: boolean;
	/** The server could not be reached. */
	isUnreachable: boolean;
	/** Calls that the server has not answered. What it worked on for them, it does not tell. */
	inProgress: number;
}

/** A proxy on loopback for one question. */
export interface CountingProxy {
	readonly url: string;
	readonly counted: Readonly<Counted>;
	close(): Promise<void>;
}

/** Starts a proxy before a model server. @param target address without the path `/v1` */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
	const counted: Counted = {
		...{ calls: 0, promptTokens: 0, completionTokens: 0, inProgress: 0 },
		...{ isPartial: false, isUnreachable: false },
	};
	const closed = new AbortController();
	const server = http.createServer((request, response) => {
		passOn(request, response, target, counted, closed.signal).catch((error: Error) => {
			if (!closed.signal.aborted) counted.isUnreachable = true;
			if (!response.headersSent) response.writeHead(502);
			response.end(error.message);
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		counted,
		async close() {
			closed.abort();
			server.close();
			server.closeAllConnections();
			await once(server, 'close');
		},
	};
}

async function passOn(
	request: http.IncomingMessage,
	response: http.ServerResponse,
	target: string,
	counted: Counted,
	signal: AbortSignal,
): Promise<void> {
	const body = await buffer(request);
	// A peer that is killed closes its connection, and the server must not go on for it.
	const gone = new AbortController();
	response.once('close', () => gone.abort());
	const isCall = request.method === 'POST';
	if (isCall) counted.inProgress++;
	const sent = fetch(new URL(request.url ?? '/', target), {
		method: request.method ?? 'GET',
		headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
		...(body.length > 0 ? { body } : {}),
		signal: AbortSignal.any([signal, gone.signal]),
	});
	const answer = await sent.catch((error: Error) => {
		if (isCall && !signal.aborted && !gone.signal.aborted) counted.inProgress--; // no server worked on it
		throw error;
	});
	const text = await answer.text();
	if (isCall) counted.inProgress--;
	if (isCall && answer.ok) count(text, counted);
	response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
	response.end(text);
}

function count(text: string, counted: Counted): void {
	counted.calls++;
	const usage = usageOf(text);
	if (!usage) counted.isPartial = true;
	counted.promptTokens += usage?.prompt_tokens ?? 0;
	counted.completionTokens += usage?.completion_tokens ?? 0;
}

function usageOf(text: string): { prompt_tokens?: number; completion_tokens?: number } | undefined {
	try {
		return (JSON.parse(text) as { usage?: { prompt_tokens?: number; completion_tokens?: number } }).usage;
	} catch {
		return undefined; // a stream or a page; the caller marks the count as partial
	}
}
