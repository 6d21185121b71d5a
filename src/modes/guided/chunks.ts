import { breathe } from '../../core/breathe.ts';
import { wholeFile } from '../../core/contextSummary.ts';
import type { SourceSpan } from '../../core/ports/context.ts';
import type { RunState } from '../../core/runState.ts';

/** A part of a text that one call reads. */
export interface Chunk {
	readonly path: string;
	/** Number of its first line. */
	readonly line: number;
	readonly text: string;
}

/** Lines that are fetched at once. */
const LINES_AT_ONCE = 500;
/** Characters that are cut before others may work. */
const CHARACTERS_AT_ONCE = 200_000;

/** About how many chunks of this size all texts make together. */
export function chunkCount({ request }: RunState, characters: number): number {
	const files = request.contexts.flatMap((context) => (context.kind === 'json' ? [] : context.files));
	const short = files.filter(({ length }) => length <= characters / 2).reduce((sum, { length }) => sum + length, 0);
	const long = files.filter(({ length }) => length > characters / 2);
	return Math.ceil(short / characters) + long.reduce((sum, { length }) => sum + Math.ceil(length / characters), 0);
}

/** All texts in chunks of at most so many characters, cut at the ends of lines; short files share one. */
export async function chunksOf({ request, corpus }: RunState, characters: number): Promise<Chunk[]> {
	let [passed, pausedAt] = [0, 0];
	const chunks: Chunk[] = [];
	let open: { path: string; line: number; text: string } | undefined;
	const close = () => {
		if (open && open.text.trim() !== '') chunks.push(open);
		open = undefined;
	};
	for (const context of request.contexts) {
		if (context.kind === 'json') continue;
		for (const file of context.files) {
			const { path, firstLine, length } = file;
			if (open && open.text.length + length > characters) close();
			const name = context.files.length > 1 ? `===== ${path} =====\n` : '';
			if (open) open.text += `\n\n${name}`;
			else open = { path, line: firstLine, text: name };
			for (const { line, text } of linesOf(corpus, wholeFile(file))) {
				if (open && open.text.length + text.length > characters) close();
				open ??= { path, line, text: name };
				open.text += `${text.slice(0, characters)}\n`;
				passed += text.length;
				if (passed - pausedAt > CHARACTERS_AT_ONCE) {
					pausedAt = passed;
					await breathe();
				}
			}
		}
	}
	close();
	return chunks;
}

function* linesOf(corpus: RunState['corpus'], { path, startLine, endLine }: SourceSpan) {
	for (let from = startLine; from <= endLine; from += LINES_AT_ONCE) {
		const span = { path, startLine: from, endLine: Math.min(endLine, from + LINES_AT_ONCE - 1) };
		const lines = corpus.lines(span, Number.POSITIVE_INFINITY)?.split('\n') ?? [];
		for (const [index, text] of lines.slice(0, span.endLine - from + 1).entries()) yield { line: from + index, text };
	}
}
