import type { EventBody, RunEvent } from './events.ts';
import type { Channel } from './ports/model.ts';
import { AsyncQueue } from './queue.ts';

/** Deltas of one node are joined for this long before they become an event. ms */
const DELTA_MS = 30;

interface PendingDelta {
	readonly head: { readonly runId: string; readonly nodeId: string; readonly parentId?: string };
	readonly channel: Channel;
	text: string;
}

/** Numbers and dates the events of a tree, and joins streamed text so that views are not flooded. */
export class Emitter {
	readonly events = new AsyncQueue<RunEvent>();
	readonly #now: () => number;
	readonly #pending = new Map<string, PendingDelta>();
	#timer: unknown;
	#seq = 0;

	constructor(now: () => number) {
		this.#now = now;
	}

	/** Emits an event, after any text of its node that is still held back. */
	emit(body: EventBody): void {
		this.#flushNode(body.nodeId);
		this.#push(body);
	}

	/** Adds streamed text of a node's message. */
	delta(head: PendingDelta['head'], text: string, channel: Channel): void {
		const pending = this.#pending.get(head.nodeId);
		if (pending && pending.channel !== channel) this.#flushNode(head.nodeId);
		const current = this.#pending.get(head.nodeId);
		if (current) current.text += text;
		else this.#pending.set(head.nodeId, { head, channel, text });
		this.#timer ??= setTimeout(() => this.#flushAll(), DELTA_MS);
	}

	end(): void {
		this.#flushAll();
		this.events.end();
	}

	#flushAll(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		for (const nodeId of [...this.#pending.keys()]) this.#flushNode(nodeId);
	}

	#flushNode(nodeId: string): void {
		const pending = this.#pending.get(nodeId);
		if (!pending) return;
		this.#pending.delete(nodeId);
		this.#push({ type: 'message-delta', ...pending.head, text: pending.text, channel: pending.channel });
	}

	#push(body: EventBody): void {
		this.events.push({ ...body, seq: this.#seq++, at: this.#now() } as RunEvent);
	}
}
