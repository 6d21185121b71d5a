import type { EventBody, RunEvent } from './events.ts';
import type { Channel } from './ports/model.ts';
import { AsyncQueue, type QueueRoom } from './queue.ts';

/** Deltas of one node are joined for this long before they become an event, ms. */
const DELTA_MS = 30;

/** A run waits before its next call or iteration once its unread events hold this many characters. */
const WAITING_CHARACTERS = 32 << 20;

/** Bounds of an event queue. */
export const EVENT_ROOM: QueueRoom<RunEvent> = { sizeOf: textsOf, most: WAITING_CHARACTERS };

/** Characters of the texts in an event. */
function textsOf(event: RunEvent): number {
	let characters = 0;
	for (const value of Object.values(event)) if (typeof value === 'string') characters += value.length;
	if (event.type === 'iteration-start') for (const { content } of event.messages) characters += content.length;
	return characters;
}

interface PendingDelta {
	readonly head: { readonly runId: string; readonly nodeId: string; readonly parentId?: string };
	readonly channel: Channel;
	text: string;
}

/** Numbers and dates the events of a tree, and joins streamed text so that views are not flooded. */
export class Emitter {
	readonly events = new AsyncQueue<RunEvent>(EVENT_ROOM);
	readonly #now: () => number;
	readonly #onEvent: (body: EventBody) => void;
	readonly #pending = new Map<string, PendingDelta>();
	#timer: unknown;
	#seq = 0;

	/** @param onEvent hears of each event when it is emitted */
	constructor(now: () => number, onEvent: (body: EventBody) => void = () => {}) {
		this.#now = now;
		this.#onEvent = onEvent;
	}

	/** Emits an event, preceded by any held-back text of its node. */
	emit(body: EventBody): void {
		this.#flushNode(body.nodeId);
		this.#onEvent(body);
		this.#push(body);
	}

	/** Adds streamed text to a node's message. */
	delta(head: PendingDelta['head'], text: string, channel: Channel): void {
		const pending = this.#pending.get(head.nodeId);
		if (pending && pending.channel !== channel) this.#flushNode(head.nodeId);
		const current = this.#pending.get(head.nodeId);
		if (current) current.text += text;
		else this.#pending.set(head.nodeId, { head, channel, text });
		this.#timer ??= setTimeout(() => this.#flushAll(), DELTA_MS);
	}

	/** True when the reader is far behind. */
	get isFull(): boolean {
		return this.events.isFull;
	}

	/** Waits until the reader has caught up. Call it before work that makes large events. @throws CancelledError */
	room(signal: AbortSignal): Promise<void> {
		return this.events.room(signal);
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
