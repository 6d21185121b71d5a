import { onAbort } from '../../core/abort.ts';
import type { Execution } from './execution.ts';
import { Pacer } from './pacer.ts';

/** Interval between comments, which keep proxies from closing a silent connection. ms */
const PING_MS = 15_000;

const utf8 = new TextEncoder();
const OPENING = utf8.encode(': events of a run\n\n');
const PING = utf8.encode(': still there\n\n');

/** Paces all readers of this process. */
const pacer = new Pacer();

/**
 * Streams the events of an execution as server-sent events. The id of a message is the number of its event, so a client
 * that was cut off continues with `Last-Event-ID`. The stream sends events as fast as the client reads them.
 * @param after number of the last event that the client has; -1 for none
 * @param gone fires when the client has left
 */
export function eventStream(execution: Execution, after: number, gone: AbortSignal): Response {
	const messages = execution.follow(after, gone);
	let ping: NodeJS.Timeout;
	const body = new ReadableStream<Uint8Array>({
		start(controller) {
			controller.enqueue(OPENING);
			ping = setInterval(() => {
				if ((controller.desiredSize ?? 0) > 0) controller.enqueue(PING);
			}, PING_MS);
			onAbort(gone, () => clearInterval(ping));
		},
		async pull(controller) {
			await pacer.turn();
			const { done, value } = await messages.next();
			if (!done) return controller.enqueue(value);
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
