import type { CorpusFile, SourceSpan } from '../core/ports/context.ts';
import type { CorpusView } from './corpusView.ts';

/** Shorter units (braces, `return;`) say nothing about the origin of a text, bytes. */
const DISTINCTIVE_BYTES = 12;
/** Longer lines are also indexed by sentence or statement, bytes. */
const LONG_LINE_BYTES = 160;
/** Expected length of a sentence or statement in such lines, bytes. */
const SEGMENT_BYTES = 32;
/** Maximum of locations examined for a unit. */
const MAX_PLACES = 64;
const LINE_FEED = 10;

/** A line of a text without surrounding white space, or a segment of one. Offsets are bytes of the text. */
export interface Unit {
	readonly start: number;
	readonly end: number;
	readonly isDistinctive: boolean;
	/** Sentences or statements of a line. */
	readonly segments: readonly Unit[];
}

/** The lines of a text. */
export function unitsOf(text: Uint8Array): Unit[] {
	const units: Unit[] = [];
	for (let start = 0; start < text.length; ) {
		const feed = text.indexOf(LINE_FEED, start);
		const end = feed === -1 ? text.length : feed;
		const line = trimmed(text, start, end);
		const segments: Unit[] = [];
		eachSegment(text, line.start, line.end, (from, to) => {
			if (to - from >= DISTINCTIVE_BYTES) segments.push({ start: from, end: to, isDistinctive: true, segments: [] });
		});
		units.push({ ...line, isDistinctive: line.end - line.start >= DISTINCTIVE_BYTES, segments });
		start = end + 1;
	}
	return units;
}

/** A hash index over the lines of a corpus (typed arrays, open addressing; about 30 bytes a line). */
export class UnitIndex {
	readonly #bytes: Buffer;
	readonly #files: readonly CorpusFile[];
	/** Offset of every line of the corpus in its buffer, followed by the buffer's length. */
	readonly #lineStarts: Uint32Array;
	/** Index of the first line of every file, followed by the number of lines. */
	readonly #fileLines: Uint32Array;
	/** Hash -> the latest unit with it, plus one. */
	readonly #heads: Uint32Array;
	readonly #mask: number;
	#unitOffsets = new Uint32Array(1024);
	#unitHashes = new Uint32Array(1024);
	/** Unit -> the previous one with the same hash, plus one. */
	#previous = new Uint32Array(1024);
	#unitCount = 0;

	constructor(view: CorpusView) {
		this.#bytes = view.bytes;
		this.#files = view.files;
		this.#fileLines = new Uint32Array(view.files.length + 1);
		view.files.forEach((file, index) => {
			this.#fileLines[index + 1] = (this.#fileLines[index] ?? 0) + file.lineCount;
		});
		this.#lineStarts = this.#findLineStarts();
		this.#mask = 2 ** Math.ceil(Math.log2(this.#expectedUnits() * 1.5 + 16)) - 1;
		this.#heads = new Uint32Array(this.#mask + 1);
		for (let line = 0; line + 1 < this.#lineStarts.length; line++) this.#addLine(line);
		for (let line = 0; line + 1 < this.#lineStarts.length; line++) this.#addSegments(line);
	}

	/** Offsets in the corpus where a unit of a text occurs, in order; empty when there are too many to be evidence. */
	places(text: Buffer, unit: Unit): number[] {
		if (!unit.isDistinctive) return [];
		const hash = hashOf(text, unit.start, unit.end);
		const places: number[] = [];
		let seen = 0;
		for (let entry = this.#heads[this.#slotOf(hash)] ?? 0; entry !== 0; entry = this.#previous[entry - 1] ?? 0) {
			if (++seen > MAX_PLACES) return [];
			const offset = this.#unitOffsets[entry - 1] ?? 0;
			const end = offset + unit.end - unit.start;
			if (this.#bytes.compare(text, unit.start, unit.end, offset, end) === 0) places.push(offset);
		}
		return places.reverse();
	}

	/** Index of the line that holds an offset. */
	lineAt(offset: number): number {
		return lastAtOrBelow(this.#lineStarts, offset);
	}

	/** Index of the file that holds a line. */
	fileOf(line: number): number {
		return lastAtOrBelow(this.#fileLines, line);
	}

	firstLineOfFile(line: number): number {
		return this.#fileLines[this.fileOf(line)] ?? 0;
	}

	lastLineOfFile(line: number): number {
		return (this.#fileLines[this.fileOf(line) + 1] ?? 0) - 1;
	}

	/** Whether a line of the corpus equals a line of a text, apart from surrounding white space. */
	isLine(line: number, text: Buffer, unit: Unit): boolean {
		return this.trimmedLine(line).compare(text, unit.start, unit.end) === 0;
	}

	trimmedLine(line: number): Buffer {
		const { start, end } = trimmed(this.#bytes, this.#lineStarts[line] ?? 0, this.#lineStarts[line + 1] ?? 0);
		return this.#bytes.subarray(start, end);
	}

	/** Lines by index as a span; both must belong to the same file. */
	span(firstLine: number, lastLine: number): SourceSpan[] {
		const index = this.fileOf(firstLine);
		const file = this.#files[index];
		if (!file) return [];
		const shift = file.firstLine - (this.#fileLines[index] ?? 0);
		return [{ path: file.path, startLine: firstLine + shift, endLine: lastLine + shift }];
	}

	#findLineStarts(): Uint32Array {
		const starts = new Uint32Array((this.#fileLines.at(-1) ?? 0) + 1);
		let line = 0;
		for (const { offset, length } of this.#files) {
			const end = offset + length;
			if (length > 0) starts[line++] = offset;
			for (let position = offset; position < end - 1; position++) {
				if (this.#bytes[position] === LINE_FEED) starts[line++] = position + 1;
			}
		}
		starts[line] = this.#bytes.length;
		return starts;
	}

	#expectedUnits(): number {
		let units = this.#lineStarts.length;
		for (let line = 0; line + 1 < this.#lineStarts.length; line++) {
			const length = this.#lineLength(line);
			if (length > LONG_LINE_BYTES) units += length / SEGMENT_BYTES;
		}
		return units;
	}

	#lineLength(line: number): number {
		return (this.#lineStarts[line + 1] ?? 0) - (this.#lineStarts[line] ?? 0);
	}

	#addLine(line: number): void {
		const { start, end } = trimmed(this.#bytes, this.#lineStarts[line] ?? 0, this.#lineStarts[line + 1] ?? 0);
		if (end - start >= DISTINCTIVE_BYTES) this.#add(start, end);
	}

	#addSegments(line: number): void {
		if (this.#lineLength(line) <= LONG_LINE_BYTES) return;
		const { start, end } = trimmed(this.#bytes, this.#lineStarts[line] ?? 0, this.#lineStarts[line + 1] ?? 0);
		eachSegment(this.#bytes, start, end, (from, to) => {
			if (to - from >= DISTINCTIVE_BYTES && to - from < end - start) this.#add(from, to);
		});
	}

	/** Adds a unit while the table is at most three quarters full: all lines fit, segments come last. */
	#add(start: number, end: number): void {
		if (this.#unitCount > 0.75 * this.#mask) return;
		if (this.#unitCount === this.#unitOffsets.length) this.#grow();
		const hash = hashOf(this.#bytes, start, end);
		const slot = this.#slotOf(hash);
		this.#unitOffsets[this.#unitCount] = start;
		this.#unitHashes[this.#unitCount] = hash;
		this.#previous[this.#unitCount] = this.#heads[slot] ?? 0;
		this.#heads[slot] = ++this.#unitCount;
	}

	/** The entry of a hash: where its units are linked, or the free one where they would be. */
	#slotOf(hash: number): number {
		let slot = hash & this.#mask;
		for (;;) {
			const head = this.#heads[slot] ?? 0;
			if (head === 0 || this.#unitHashes[head - 1] === hash) return slot;
			slot = (slot + 1) & this.#mask;
		}
	}

	#grow(): void {
		const grow = (old: Uint32Array<ArrayBuffer>) => {
			const larger = new Uint32Array(old.length * 2);
			larger.set(old);
			return larger;
		};
		this.#unitOffsets = grow(this.#unitOffsets);
		this.#unitHashes = grow(this.#unitHashes);
		this.#previous = grow(this.#previous);
	}
}

function lastAtOrBelow(sorted: Uint32Array, value: number): number {
	let low = 0;
	let high = Math.max(0, sorted.length - 2);
	while (low < high) {
		const middle = (low + high + 1) >>> 1;
		if ((sorted[middle] ?? 0) <= value) low = middle;
		else high = middle - 1;
	}
	return low;
}

function isSpace(byte: number | undefined): boolean {
	return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
}

function trimmed(bytes: Uint8Array, start: number, end: number): { start: number; end: number } {
	let from = start;
	let to = end;
	while (from < to && isSpace(bytes[from])) from++;
	while (to > from && isSpace(bytes[to - 1])) to--;
	return { start: from, end: to };
}

/** Ends of sentences and statements: `. `, `! `, `? `, and `;`, `{`, `}` anywhere. */
function isSegmentEnd(bytes: Uint8Array, position: number): boolean {
	const byte = bytes[position];
	if (byte === 0x3b || byte === 0x7b || byte === 0x7d) return true;
	return (byte === 0x2e || byte === 0x21 || byte === 0x3f) && isSpace(bytes[position + 1]);
}

function eachSegment(bytes: Uint8Array, start: number, end: number, visit: (from: number, to: number) => void): void {
	let from = start;
	for (let position = start; position < end; position++) {
		if (position + 1 < end && !isSegmentEnd(bytes, position)) continue;
		const segment = trimmed(bytes, from, position + 1);
		visit(segment.start, segment.end);
		from = position + 1;
	}
}

/** FNV-1a, 32 bits, with a final mix because the table uses the low bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
	let hash = 0x811c9dc5;
	for (let position = start; position < end; position++) {
		hash = Math.imul(hash ^ (bytes[position] ?? 0), 0x01000193);
	}
	return (hash ^ (hash >>> 15)) >>> 0;
}
