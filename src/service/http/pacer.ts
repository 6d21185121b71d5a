/** Number of waiting readers that continue in one turn of the event loop. */
const AT_ONCE = 32;

/** Lets waiting work continue a few at a time, so that thousands of readers leave the thread to others. */
export class Pacer {
	#waiting: (() => void)[] = [];

	/** Waits in first-come order. */
	turn(): Promise<void> {
		return new Promise((resolve) => {
			this.#waiting.push(resolve);
			if (this.#waiting.length === 1) setImmediate(() => this.#release());
		});
	}

	#release(): void {
		const rest = this.#waiting.slice(AT_ONCE);
		for (const go of this.#waiting.slice(0, AT_ONCE)) go();
		this.#waiting = rest;
		if (rest.length > 0) setImmediate(() => this.#release());
	}
}
