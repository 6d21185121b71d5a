import { isAscii } from 'node:buffer';
import type { CorpusFile, SourceSpan, TextContext } from '../core/ports/context.ts';
import { BoundedCache } from './boundedCache.ts';

/** Characters of decoded text kept for the next reader. A text of more than a quarter of this is not kept. */
const TEXT_CACHE_CHARACTERS = 8 << 20;
/** Line starts kept; each takes four bytes. */
const LINE_CACHE_ENTRIES = 16 << 20;
const LINE_FEED = 10;

/**
 * Reads a text context: files by path, text, lines. Every method is synchronous and returns undefined for what does not
 * exist.
 */
export class CorpusView {
	readonly files: readonly CorpusFile[];
	readonly #bytes: Buffer;
	readonly #byPath = new Map<string, CorpusFile>();
	readonly #texts = new BoundedCache<CorpusFile, string>(TEXT_CACHE_CHARACTERS, TEXT_CACHE_CHARACTERS / 4);
	readonly #lineStarts = new BoundedCache<CorpusFile, Uint32Array>(LINE_CACHE_ENTRIES, LINE_CACHE_ENTRIES);
	readonly #isAscii = new Map<CorpusFile, boolean>();

	constructor(context: TextContext) {
		this.files = context.files;
		this.#bytes = Buffer.from(context.bytes);
		for (const file of context.files) if (!this.#byPath.has(file.path)) this.#byPath.set(file.path, file);
	}

	has(path: string): boolean {
		return this.#byPath.has(path);
	}

	file(path: string): CorpusFile | undefined {
		return this.#byPath.get(path);
	}

	/** The whole shared buffer, without copying. */
	get bytes(): Buffer {
		return this.#bytes;
	}

	/** The UTF-8 of a file, without copying. */
	bytesOf(path: string): Buffer | undefined {
		const file = this.#byPath.get(path);
		return file && this.fileBytes(file);
	}

	fileBytes(file: CorpusFile): Buffer {
		return this.#bytes.subarray(file.offset, file.offset + file.length);
	}

	/** Whether every byte is below 128, so that byte and character offsets agree. */
	isAscii(file: CorpusFile): boolean {
		let known = this.#isAscii.get(file);
		if (known === undefined) {
			known = isAscii(this.fileBytes(file));
			this.#isAscii.set(file, known);
		}
		return known;
	}

	/** The text of a file. Small, recently read texts are cached. */
	text(path: string): string | undefined {
		const file = this.#byPath.get(path);
		return file && this.fileText(file);
	}

	fileText(file: CorpusFile): string {
		const kept = this.#texts.get(file);
		if (kept !== undefined) return kept;
		const text = this.decode(file, 0, file.length);
		this.#texts.set(file, text, text.length);
		return text;
	}

	/** The text between two byte offsets of a file; both must be character borders. */
	decode(file: CorpusFile, start: number, end: number): string {
		const encoding = this.isAscii(file) ? 'latin1' : 'utf8';
		return this.#bytes.toString(encoding, file.offset + start, file.offset + end);
	}

	/** Byte offset of every line of a file, followed by its length. */
	lineStarts(path: string): Uint32Array | undefined {
		const file = this.#byPath.get(path);
		return file && this.fileLineStarts(file);
	}

	fileLineStarts(file: CorpusFile): Uint32Array {
		const kept = this.#lineStarts.get(file);
		if (kept) return kept;
		const starts = findLineStarts(this.fileBytes(file), file.lineCount);
		this.#lineStarts.set(file, starts, starts.length);
		return starts;
	}

	/** Number, in the original file, of the line that holds a byte. */
	lineOf(path: string, byteOffset: number): number | undefined {
		const file = this.#byPath.get(path);
		if (!file || byteOffset < 0 || byteOffset > file.length) return undefined;
		return file.firstLine + Math.max(0, indexOfLine(this.fileLineStarts(file), file.lineCount, byteOffset));
	}

	/** Lines of a file without the last line end, clipped to the file; undefined when none of them exists. */
	lines(span: SourceSpan): string | undefined {
		const file = this.#byPath.get(span.path);
		if (!file) return undefined;
		const first = Math.max(0, span.startLine - file.firstLine);
		const last = Math.min(file.lineCount - 1, span.endLine - file.firstLine);
		if (first > last) return undefined;
		const starts = this.fileLineStarts(file);
		return this.decode(file, starts[first] ?? 0, starts[last + 1] ?? file.length).replace(/\r?\n$/, '');
	}
}

/** Index of the last line that starts at or before an offset. */
function indexOfLine(starts: Uint32Array, lineCount: number, offset: number): number {
	let low = 0;
	let high = lineCount - 1;
	while (low < high) {
		const middle = (low + high + 1) >>> 1;
		if ((starts[middle] ?? 0) <= offset) low = middle;
		else high = middle - 1;
	}
	return low;
}

function findLineStarts(bytes: Uint8Array, lineCount: number): Uint32Array {
	const starts = new Uint32Array(lineCount + 1);
	let line = 1;
	for (let position = 0; position < bytes.length; position++) {
		if (bytes[position] === LINE_FEED) starts[line++] = position + 1;
	}
	starts[lineCount] = bytes.length;
	return starts;
}
