/**
 * Items pushed by a producer, read by one consumer as an async iterable. Nothing is lost when the consumer is slower
 * or starts later; `end()` lets the consumer finish what is there.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
	#items: T[] = [];
	#hasEnded = false;
	#wake: (() => void) | undefined;

	push(item: T): void {
		if (this.#hasEnded) return;
		this.#items.push(item);
		this.#wakeUp();
	}

	end(): void {
		this.#hasEnded = true;
		this.#wakeUp();
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<T> {
		for (;;) {
			const items = this.#items;
			this.#items = [];
			yield* items;
			if (this.#items.length > 0) continue;
			if (this.#hasEnded) return;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	#wakeUp(): void {
		this.#wake?.();
		this.#wake = undefined;
	}
}
