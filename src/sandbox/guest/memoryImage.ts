/** Page size: the unit in which linear memory is compared and stored. Bytes. */
export const PAGE_BYTES = 4096;
const HEADER_WORDS = 3;
/** Pages that one call compares. */
const BLOCK_PAGES = 64;

/**
 * Pages of linear memory. The snapshot that every interpreter starts from holds all nonzero pages; a checkpoint holds the
 * pages in which an interpreter differs from the snapshot.
 *
 * Layout, little endian: u32 bytes of linear memory, u32 number of pages n, u32 room for pages m, m times u32 page
 * number, m pages; the first n of both count.
 */
export interface MemoryImage {
	/** Length of linear memory, bytes. */
	readonly memoryBytes: number;
	readonly pageNumbers: Uint32Array;
	readonly pages: Uint8Array;
}

/** Reads an image in place. @throws RangeError when the bytes are too short for what they announce */
export function readImage(buffer: ArrayBufferLike, byteOffset = 0): MemoryImage {
	const [memoryBytes = 0, count = 0, room = 0] = new Uint32Array(buffer, byteOffset, HEADER_WORDS);
	const numbersAt = byteOffset + HEADER_WORDS * 4;
	return {
		memoryBytes,
		pageNumbers: new Uint32Array(buffer, numbersAt, count),
		pages: new Uint8Array(buffer, numbersAt + room * 4, count * PAGE_BYTES),
	};
}

/** Size of an image with room for the given number of pages. Bytes. */
export function imageBytes(room: number): number {
	return HEADER_WORDS * 4 + room * (4 + PAGE_BYTES);
}

/** Bytes of an image that are in use; free room follows them. */
export function usedBytes(image: ArrayBufferLike): number {
	const [, count = 0, room = 0] = new Uint32Array(image, 0, HEADER_WORDS);
	return HEADER_WORDS * 4 + room * 4 + count * PAGE_BYTES;
}

/** Writes the pages of an image into linear memory, which must be large enough. */
export function applyImage(memory: Uint8Array, image: MemoryImage): void {
	const { pageNumbers, pages } = image;
	for (let start = 0; start < pageNumbers.length; ) {
		const end = endOfRun(pageNumbers, start);
		memory.set(pages.subarray(start * PAGE_BYTES, end * PAGE_BYTES), (pageNumbers[start] ?? 0) * PAGE_BYTES);
		start = end;
	}
}

/** Copies runs of adjacent pages at once, which is several times as fast as one by one; most pages are adjacent. */
function endOfRun(pageNumbers: ArrayLike<number>, start: number): number {
	const offset = (pageNumbers[start] ?? 0) - start;
	let end = start + 1;
	while (end < pageNumbers.length && pageNumbers[end] === offset + end) end++;
	return end;
}

/** Finds the pages of linear memory that differ from a base image; a page that the base lacks is zero there. */
export class PageComparison {
	readonly #base: Buffer;
	/** For each page of memory, the offset of its content in the base, or -1. */
	readonly #offsets: Int32Array;
	readonly #zeroes = Buffer.alloc(BLOCK_PAGES * PAGE_BYTES);

	constructor(base: MemoryImage) {
		this.#base = Buffer.from(base.pages.buffer, base.pages.byteOffset, base.pages.byteLength);
		this.#offsets = new Int32Array(base.memoryBytes / PAGE_BYTES).fill(-1);
		base.pageNumbers.forEach((number, index) => {
			this.#offsets[number] = index * PAGE_BYTES;
		});
	}

	/** Restores memory to the base by writing the pages that differ. It must not be smaller than the base. */
	reset(memory: Uint8Array): void {
		for (const page of this.changedPages(memory)) {
			const offset = this.#offsets[page] ?? -1;
			const content =
				offset < 0 ? this.#zeroes.subarray(0, PAGE_BYTES) : this.#base.subarray(offset, offset + PAGE_BYTES);
			memory.set(content, page * PAGE_BYTES);
		}
	}

	/**
	 * Returns the numbers of the pages that differ. Compares many pages at once where both sides are contiguous, because most
	 * of them are equal, and a call costs as much as comparing a page.
	 * @param known 1 for pages that need no comparison
	 */
	changedPages(memory: Uint8Array, known?: Uint8Array): number[] {
		const bytes = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
		const pages = bytes.length / PAGE_BYTES;
		const changed: number[] = [];
		for (let page = 0; page < pages; ) {
			if (known?.[page]) {
				page++;
				continue;
			}
			const end = this.#endOfPiece(page, Math.min(page + BLOCK_PAGES, pages), known);
			this.#addChanged(bytes, page, end, changed);
			page = end;
		}
		return changed;
	}

	/** Adds the differing pages of a piece; skips each half of it that is equal. */
	#addChanged(bytes: Buffer, page: number, end: number, changed: number[]): void {
		if (this.#isEqual(bytes, page, end)) return;
		if (end - page === 1) {
			changed.push(page);
			return;
		}
		const middle = (page + end) >> 1;
		this.#addChanged(bytes, page, middle, changed);
		this.#addChanged(bytes, middle, end, changed);
	}

	/** Returns the end of the pages from `page` on that are adjacent in the base, or zero there, and not known. */
	#endOfPiece(page: number, last: number, known: Uint8Array | undefined): number {
		const offset = this.#offsets[page] ?? -1;
		const step = offset < 0 ? 0 : PAGE_BYTES;
		let end = page + 1;
		for (let expected = offset + step; end < last; end++, expected += step) {
			if ((this.#offsets[end] ?? -1) !== expected || known?.[end]) break;
		}
		return end;
	}

	#isEqual(bytes: Buffer, page: number, end: number): boolean {
		const offset = this.#offsets[page] ?? -1;
		const length = (end - page) * PAGE_BYTES;
		const [expected, from] = offset < 0 ? [this.#zeroes, 0] : [this.#base, offset];
		return bytes.compare(expected, from, from + length, page * PAGE_BYTES, page * PAGE_BYTES + length) === 0;
	}
}

/** Writes an image of the given pages into a buffer of at least `imageBytes(pageNumbers.length)`. */
export function writeImage(target: ArrayBufferLike, memory: Uint8Array, pageNumbers: readonly number[]): void {
	const image = new ImageWriter(target, pageNumbers.length);
	image.begin(memory.length, pageNumbers);
	image.copy(memory, pageNumbers, () => true);
}

/** Writes an image in parts: the position of a page in `pageNumbers` is its place in the image. */
export class ImageWriter {
	readonly buffer: ArrayBufferLike;
	/** Pages that fit. */
	readonly room: number;
	readonly #pages: Buffer;

	/** @param buffer of at least `imageBytes(room)` */
	constructor(buffer: ArrayBufferLike, room: number) {
		this.buffer = buffer;
		this.room = room;
		this.#pages = Buffer.from(buffer, HEADER_WORDS * 4 + room * 4, room * PAGE_BYTES);
	}

	/** Writes which pages the image has, and where. The caller writes their content. */
	begin(memoryBytes: number, pageNumbers: readonly number[]): void {
		new Uint32Array(this.buffer, 0, HEADER_WORDS).set([memoryBytes, pageNumbers.length, this.room]);
		new Uint32Array(this.buffer, HEADER_WORDS * 4, pageNumbers.length).set(pageNumbers);
	}

	/** Copies the pages from memory for which `isWanted` returns true. */
	copy(memory: Uint8Array, pageNumbers: readonly number[], isWanted: (place: number) => boolean): void {
		for (let start = 0; start < pageNumbers.length; ) {
			if (!isWanted(start)) {
				start++;
				continue;
			}
			let end = endOfRun(pageNumbers, start);
			for (let place = start + 1; place < end; place++) if (!isWanted(place)) end = place;
			const from = (pageNumbers[start] ?? 0) * PAGE_BYTES;
			this.#pages.set(memory.subarray(from, from + (end - start) * PAGE_BYTES), start * PAGE_BYTES);
			start = end;
		}
	}

	/** Whether the page in a place equals the current memory. */
	isEqual(memory: Uint8Array, place: number, page: number): boolean {
		const [from, at] = [page * PAGE_BYTES, place * PAGE_BYTES];
		return this.#pages.compare(memory, from, from + PAGE_BYTES, at, at + PAGE_BYTES) === 0;
	}
}
