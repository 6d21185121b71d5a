import type { RunEvent } from '../../core/events.ts';
import type { Execution } from './execution.ts';

/** A comment after so long keeps proxies from closing a silent connection. ms */
const PING_MS = 15_000;

/**
 * The events of an execution as server-sent events (WHATWG HTML, 9.2). The id of a message is the number of its event,
 * so a client that was cut off goes on with `Last-Event-ID`. Events are taken as fast as the client reads them.
 * @param after number of the last event that the client has; -1 for none
 * @param gone fires when the client has left
 */
export function eventStream(execution: Execution, after: number, gone: AbortSignal): Response {
	const events = execution.follow(after, gone);
	const encoder = new TextEncoder();
	let ping: NodeJS.Timeout;
	const body = new ReadableStream<Uint8Array>({
		start(controller) {
			controller.enqueue(encoder.encode(': events of a run\n\n'));
			ping = setInterval(() => {
				if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': still there\n\n'));
			}, PING_MS);
			gone.addEventListener('abort', () => clearInterval(ping), { once: true });
		},
		async pull(controller) {
			const { done, value } = await events.next();
			if (!done) return controller.enqueue(encoder.encode(message(value)));
			clearInterval(ping);
			if (!gone.aborted) controller.close();
		},
		cancel() {
			clearInterval(ping);
		},
	});
	const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
	return new Response(body, { headers: { ...headers, location: `/executions/${execution.id}` } });
}

function message(event: RunEvent): string {
	return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
