import { setImmediate } from 'node:timers/promises';

/** Longest stretch of computing before other work of the thread gets its turn, ms. */
const SLICE_MS = 6;

/** Cuts long computations on the host's thread into slices, so that the editor stays responsive. */
export class Breather {
	#since = performance.now();

	/** Call it after every small piece of work; it waits for one turn of the event loop when the slice is used up. */
	async breathe(): Promise<void> {
		if (performance.now() - this.#since < SLICE_MS) return;
		await setImmediate();
		this.#since = performance.now();
	}
}
