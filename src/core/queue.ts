import { CancelledError } from './errors.ts';

/** What a queue may hold before producers have to wait, in the units of its measure. */
export interface QueueRoom<T> {
	readonly sizeOf: (item: T) => number;
	readonly most: number;
}

/**
 * Items from producers, read by one consumer as an async iterable. Nothing is lost if the consumer is slower or starts
 * later; `end()` lets it finish what is there. Producers ask for room before they start work that makes large items, so
 * that a slow consumer slows them down instead of filling the memory.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
	readonly #room: QueueRoom<T>;
	#items: T[] = [];
	#held = 0;
	#hasEnded = false;
	#wake: (() => void) | undefined;
	readonly #waiting = new Set<() => void>();

	constructor(room: QueueRoom<T>) {
		this.#room = room;
	}

	/** True when producers have to wait: see `room`. */
	get isFull(): boolean {
		return this.#held > this.#room.most;
	}

	push(item: T): void {
		if (this.#hasEnded) return;
		this.#items.push(item);
		this.#held += this.#room.sizeOf(item);
		this.#wakeUp();
	}

	end(): void {
		this.#hasEnded = true;
		this.#wakeUp();
	}

	/** Waits until the consumer has caught up. @throws CancelledError */
	room(signal: AbortSignal): Promise<void> {
		if (!this.isFull) return Promise.resolve();
		return new Promise((resolve, reject) => {
			const settle = (settled: () => void) => () => {
				this.#waiting.delete(enter);
				signal.removeEventListener('abort', leave);
				settled();
			};
			const enter = settle(resolve);
			const leave = settle(() => reject(new CancelledError()));
			this.#waiting.add(enter);
			signal.addEventListener('abort', leave, { once: true });
			if (signal.aborted) leave();
		});
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<T> {
		try {
			for (;;) {
				const items = this.#items;
				this.#items = [];
				for (const item of items) {
					this.#leave(item);
					yield item;
				}
				if (this.#items.length > 0) continue;
				if (this.#hasEnded) return;
				await new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
			}
		} finally {
			this.#giveUp();
		}
	}

	/** The consumer left, so nothing more is kept and nobody has to wait. */
	#giveUp(): void {
		this.#hasEnded = true;
		this.#items = [];
		this.#held = 0;
		for (const enter of [...this.#waiting]) enter();
	}

	#leave(item: T): void {
		this.#held -= this.#room.sizeOf(item);
		if (!this.isFull) for (const enter of [...this.#waiting]) enter();
	}

	#wakeUp(): void {
		this.#wake?.();
		this.#wake = undefined;
	}
}
