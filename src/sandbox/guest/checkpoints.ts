import { ImageWriter, imageBytes, PAGE_BYTES, type PageComparison } from './memoryImage.ts';

/** Largest checkpoint: changed pages, and linear memory as a whole. Larger sessions get none. Bytes. */
const CHECKPOINT_BYTES = 96 << 20;
const CHECKPOINT_MEMORY_BYTES = 384 << 20;
/** Spare room in a buffer, so that the next checkpoints fit as well. Factor. */
const SPARE_ROOM = 1.25;

/** One of the two copies, and the number of its checkpoint. */
interface Copy {
	readonly image: ImageWriter;
	written: number;
}

/**
 * Copies of the session's state. Two copies alternate, so that the last complete one survives while the next is written.
 * Once a page differs from the snapshot, it has a fixed place in both copies; only pages that changed since a copy was
 * last written are copied again.
 */
export class Checkpoints {
	readonly #comparison: PageComparison;
	readonly #maxBytes: number;
	#copies: readonly [older: Copy | undefined, newer: Copy | undefined] = [undefined, undefined];
	/** Pages in order of their places, the checkpoint at which each last changed, and 1 for each page with a place. */
	#pages: number[] = [];
	#changedAt: number[] = [];
	#known = new Uint8Array();
	#number = 0;

	/** @param comparison with the snapshot of the start @param maxBytes larger checkpoints are not taken */
	constructor(comparison: PageComparison, maxBytes = CHECKPOINT_BYTES) {
		this.#comparison = comparison;
		this.#maxBytes = maxBytes;
	}

	/** Writes the pages that differ from the snapshot. Returns undefined when the session is too large. */
	take(memory: Uint8Array): SharedArrayBuffer | undefined {
		if (memory.length > CHECKPOINT_MEMORY_BYTES) return undefined;
		this.#number++;
		this.#noteChanges(memory);
		if (imageBytes(this.#pages.length) > this.#maxBytes) {
			this.#forget();
			return undefined;
		}
		const [older, newer] = this.#copies;
		const target = older && older.image.room >= this.#pages.length ? older : this.#createCopy();
		target.image.begin(memory.length, this.#pages);
		target.image.copy(memory, this.#pages, (place) => (this.#changedAt[place] ?? 0) > target.written);
		target.written = this.#number;
		this.#copies = [newer, target];
		return target.image.buffer as SharedArrayBuffer;
	}

	#noteChanges(memory: Uint8Array): void {
		const newest = this.#copies[1]?.image;
		for (const [place, page] of this.#pages.entries()) {
			if (!newest?.isEqual(memory, place, page)) this.#changedAt[place] = this.#number;
		}
		for (const page of this.#comparison.changedPages(memory, this.#known)) {
			this.#pages.push(page);
			this.#changedAt.push(this.#number);
		}
		if (this.#known.length < memory.length / PAGE_BYTES) this.#known = new Uint8Array(memory.length / PAGE_BYTES);
		for (const page of this.#pages) this.#known[page] = 1;
	}

	#createCopy(): Copy {
		const room = Math.ceil(this.#pages.length * SPARE_ROOM);
		return { image: new ImageWriter(new SharedArrayBuffer(imageBytes(room)), room), written: 0 };
	}

	/** Starts afresh: the memory that was too large may be free again. */
	#forget(): void {
		this.#copies = [undefined, undefined];
		this.#pages = [];
		this.#changedAt = [];
		this.#known = new Uint8Array();
	}
}
