import { setImmediate } from 'node:timers/promises';

/** Longest stretch of computing before the thread's other work may run, ms. */
const SLICE_MS = 6;

/** Slices long computations on the host's thread, so that the editor stays responsive. */
export class Breather {
	#since = performance.now();

	/** Call it after every small piece of work. It yields to the event loop once the slice is used up. */
	async breathe(): Promise<void> {
		if (performance.now() - this.#since < SLICE_MS) return;
		await setImmediate();
		this.#since = performance.now();
	}
}
