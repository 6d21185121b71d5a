import type { RunEvent } from '../../core/events.ts';

/** How long events are gathered, so that a view draws once for many. ms */
const BATCH_MS = 40;

/** Gathers the events of one run into batches. */
export class EventBatches {
	readonly #emit: (events: readonly RunEvent[]) => void;
	#events: RunEvent[] = [];
	#timer: NodeJS.Timeout | undefined;

	/** @param emit gets every event once, in order */
	constructor(emit: (events: readonly RunEvent[]) => void) {
		this.#emit = emit;
	}

	add(event: RunEvent): void {
		this.#events.push(event);
		this.#timer ??= setTimeout(() => this.flush(), BATCH_MS);
	}

	/** Emits the waiting events now. */
	flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const events = this.#events;
		this.#events = [];
		if (events.length > 0) this.#emit(events);
	}
}
