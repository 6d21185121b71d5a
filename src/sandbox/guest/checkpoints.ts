import { imageBytes, type PageComparison, writeImage } from './memoryImage.ts';

/** Larger sessions are not checkpointed: changed pages, and linear memory as a whole. Bytes. */
const CHECKPOINT_BYTES = 96 << 20;
const CHECKPOINT_MEMORY_BYTES = 384 << 20;

/** Copies of the session's state, two by turns, so that the last good one is whole while the next is written. */
export class Checkpoints {
	readonly #comparison: PageComparison;
	readonly #maxBytes: number;
	readonly #buffers: (SharedArrayBuffer | undefined)[] = [undefined, undefined];
	#next = 0;

	/** @param comparison with the snapshot that the interpreter started from @param maxBytes larger ones are not taken */
	constructor(comparison: PageComparison, maxBytes = CHECKPOINT_BYTES) {
		this.#comparison = comparison;
		this.#maxBytes = maxBytes;
	}

	/** Writes the pages that differ from the snapshot. Undefined when the session is too large. */
	take(memory: Uint8Array): SharedArrayBuffer | undefined {
		if (memory.length > CHECKPOINT_MEMORY_BYTES) return undefined;
		const pages = this.#comparison.changedPages(memory);
		const bytes = imageBytes(pages.length);
		if (bytes > this.#maxBytes) return undefined;
		const buffer = this.#buffer(bytes);
		writeImage(buffer, memory, pages);
		return buffer;
	}

	#buffer(bytes: number): SharedArrayBuffer {
		const index = this.#next;
		this.#next = 1 - index;
		const known = this.#buffers[index];
		if (known && known.byteLength >= bytes) return known;
		const buffer = new SharedArrayBuffer(Math.ceil(bytes * 1.25));
		this.#buffers[index] = buffer;
		return buffer;
	}
}
