import type { RunEvent } from '../../core/events.ts';

/** A part of a log. */
export interface LogSlice {
	readonly events: readonly RunEvent[];
	/** Position of the next slice. */
	readonly next: number;
}

/** Most that a slice may hold. */
export interface SliceLimits {
	readonly events: number;
	readonly characters: number;
}

/**
 * The bounded events of a run, kept so that a view that opens late, or again, can read them from the beginning at
 * its own pace. Streamed text is dropped once the event with the whole text arrives.
 */
export class EventLog {
	readonly #events: (RunEvent | undefined)[] = [];
	/** Positions of streamed pieces, by node that is still streaming. */
	readonly #pieces = new Map<string, number[]>();

	get length(): number {
		return this.#events.length;
	}

	append(event: RunEvent): void {
		const { type, nodeId } = event;
		if (type === 'message-delta' || type === 'output-delta') {
			const pieces = this.#pieces.get(nodeId) ?? [];
			pieces.push(this.#events.length);
			this.#pieces.set(nodeId, pieces);
		}
		if (type === 'message-end' || type === 'code-end') {
			for (const position of this.#pieces.get(nodeId) ?? []) this.#events[position] = undefined;
			this.#pieces.delete(nodeId);
		}
		this.#events.push(event);
	}

	/** Gives events from a position on: at least one, if any, however large. */
	slice(from: number, limits: SliceLimits): LogSlice {
		const events: RunEvent[] = [];
		let next = from;
		for (let characters = 0; next < this.#events.length && events.length < limits.events; next++) {
			const event = this.#events[next];
			if (!event) continue;
			const size = sizeOf(event);
			if (events.length > 0 && characters + size > limits.characters) break;
			characters += size;
			events.push(event);
		}
		return { events, next };
	}
}

/** Estimates the characters in an event. */
function sizeOf(event: RunEvent): number {
	switch (event.type) {
		case 'message-delta':
		case 'output-delta':
			return event.text.length;
		case 'message-end':
			return event.text.length + event.reasoning.length;
		case 'code-start':
			return event.code.length;
		case 'code-end':
			return event.stdout.length + event.stderr.length;
		case 'run-end':
			return event.answer.length;
		case 'run-start':
			return event.query.length;
		default:
			return 0;
	}
}
