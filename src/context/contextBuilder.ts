import type { CorpusFile, LeftOut, LeftOutReason, TextContext } from '../core/ports/context.ts';
import { Breather } from '../node/breather.ts';
import { decodeFile, encodeText } from './encoding.ts';

/** Bytes copied or counted between two checks of the clock. */
const PIECE_BYTES = 1 << 20;
/** Examples kept for each reason for leaving files out. */
const EXAMPLES = 5;
const LINE_FEED = 10;

interface PendingFile {
	readonly path: string;
	readonly firstLine: number;
	readonly pieces: readonly Uint8Array[];
	readonly length: number;
}

/** Collects files one by one and puts their text in one shared buffer. Works in slices of a few ms. */
export class ContextBuilder {
	readonly #files: PendingFile[] = [];
	readonly #leftOut = new Map<LeftOutReason, { count: number; examples: string[] }>();
	readonly #breather = new Breather();
	#bytes = 0;

	/** UTF-8 bytes so far. */
	get bytes(): number {
		return this.#bytes;
	}

	/** Files so far. */
	get fileCount(): number {
		return this.#files.length;
	}

	/** Adds a file, or notes why it is left out. The bytes must not change afterwards. */
	async add(path: string, bytes: Uint8Array): Promise<void> {
		const decoded = await decodeFile(bytes, this.#breather);
		if ('reason' in decoded) this.leaveOut(decoded.reason, path);
		else this.#take(path, 1, [decoded.utf8]);
		await this.#breather.breathe();
	}

	/** Adds a text that is already a string. @param firstLine number of its first line in the original file */
	async addText(path: string, text: string, firstLine = 1): Promise<void> {
		this.#take(path, firstLine, await encodeText(text, this.#breather));
	}

	/** Notes files or folders that are left out. */
	leaveOut(reason: LeftOutReason, path: string, count = 1): void {
		const entry = this.#leftOut.get(reason) ?? { count: 0, examples: [] };
		entry.count += count;
		if (entry.examples.length < EXAMPLES) entry.examples.push(path);
		this.#leftOut.set(reason, entry);
	}

	/** What was left out so far. */
	leftOut(): LeftOut[] {
		return [...this.#leftOut].map(([reason, { count, examples }]) => ({ reason, count, examples: [...examples] }));
	}

	/** Lays out the texts in one buffer and counts their lines. The builder is empty afterwards. */
	async finish(kind: 'text' | 'files', label: string): Promise<TextContext> {
		const bytes = new SharedArrayBuffer(this.#bytes);
		const target = new Uint8Array(bytes);
		const files: CorpusFile[] = [];
		let offset = 0;
		for (const { path, firstLine, pieces, length } of this.#files.splice(0)) {
			let position = offset;
			for (const piece of pieces) {
				await this.#copy(piece, target, position);
				position += piece.length;
			}
			const lineCount = await this.#countLines(target.subarray(offset, offset + length));
			files.push({ path, offset, length, lineCount, firstLine });
			offset += length;
		}
		return { kind, label, bytes, files, leftOut: this.leftOut() };
	}

	#take(path: string, firstLine: number, pieces: readonly Uint8Array[]): void {
		const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
		this.#files.push({ path, firstLine, pieces, length });
		this.#bytes += length;
	}

	async #copy(source: Uint8Array, target: Uint8Array, offset: number): Promise<void> {
		for (let start = 0; start < source.length; start += PIECE_BYTES) {
			target.set(source.subarray(start, start + PIECE_BYTES), offset + start);
			await this.#breather.breathe();
		}
	}

	async #countLines(bytes: Uint8Array): Promise<number> {
		let lines = 0;
		for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
			lines += countLineFeeds(bytes, start, Math.min(start + PIECE_BYTES, bytes.length));
			await this.#breather.breathe();
		}
		return bytes.length > 0 && bytes[bytes.length - 1] !== LINE_FEED ? lines + 1 : lines;
	}
}

function countLineFeeds(bytes: Uint8Array, start: number, end: number): number {
	let count = 0;
	for (let position = start; position < end; position++) if (bytes[position] === LINE_FEED) count++;
	return count;
}
