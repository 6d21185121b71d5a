import type { CorpusFile } from '../core/ports/context.ts';
import type { CorpusView } from './corpusView.ts';
import { pathFilter } from './pathFilter.ts';

/** A piece of a file. */
export interface Chunk {
	readonly path: string;
	readonly startLine: number;
	readonly endLine: number;
	/** Exactly the text of the file, line ends included. */
	readonly text: string;
}

/** How to split files. */
export interface ChunkRequest {
	/** Exact paths, folders or globs; absent means all files. */
	readonly paths?: readonly string[];
	/** Maximum characters of a chunk. */
	readonly size: number;
	/** Maximum characters that a chunk repeats from the previous one; whole lines only. */
	readonly overlap?: number;
}

/**
 * Splits files at line borders; a line longer than a chunk is split inside. Apart from the overlap every character is
 * in exactly one chunk, in order. A chunk never spans two files.
 */
export function* chunks(view: CorpusView, request: ChunkRequest): Generator<Chunk> {
	const size = Math.max(2, Math.floor(request.size));
	const overlap = Math.min(Math.max(0, Math.floor(request.overlap ?? 0)), size - 1);
	const isWanted = request.paths ? pathFilter(request.paths) : () => true;
	for (const file of view.files) {
		if (isWanted(file.path)) yield* chunksOfFile(file, view.fileText(file), size, overlap);
	}
}

function* chunksOfFile(file: CorpusFile, text: string, size: number, overlap: number): Generator<Chunk> {
	let line = file.firstLine;
	for (let start = 0; start < text.length; ) {
		const end = endOfChunk(text, start, size);
		const piece = text.slice(start, end);
		const feeds = countFeeds(piece);
		const endLine = line + feeds - (piece.endsWith('\n') ? 1 : 0);
		yield { path: file.path, startLine: line, endLine, text: piece };
		if (end === text.length) return;
		const repeated = startOfOverlap(text, start, end, overlap);
		const next = endOfChunk(text, repeated, size) > end ? repeated : end;
		line += feeds - countFeeds(text.slice(next, end));
		start = next;
	}
}

function endOfChunk(text: string, start: number, size: number): number {
	const limit = start + size;
	if (limit >= text.length) return text.length;
	const feed = text.lastIndexOf('\n', limit - 1);
	if (feed >= start) return feed + 1;
	const unit = text.charCodeAt(limit - 1);
	return unit >= 0xd800 && unit <= 0xdbff ? limit - 1 : limit;
}

/** The earliest line start within the overlap that is after the start of the chunk. */
function startOfOverlap(text: string, start: number, end: number, overlap: number): number {
	if (text.charCodeAt(end - 1) !== 10) return end;
	const feed = text.indexOf('\n', Math.max(start, end - overlap - 1));
	return feed === -1 ? end : feed + 1;
}

function countFeeds(text: string): number {
	let count = 0;
	for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
	return count;
}
