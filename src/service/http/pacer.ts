/** So many go on in one turn of the event loop. */
const AT_ONCE = 32;

/** Lets waiting work go on a little at a time, so that thousands who have something to do leave the thread to others. */
export class Pacer {
	#waiting: (() => void)[] = [];

	/** Waits for its turn, in the order of asking. */
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
