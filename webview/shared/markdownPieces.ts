/** A part of a Markdown text. Plain ones show as they were written, code without its fences. */
export interface Piece {
	readonly kind: 'markdown' | 'code' | 'plain';
	readonly text: string;
	/** Language of code; may be empty. */
	readonly language?: string;
}

/** Largest text or block to parse at once: about 100 ms of work. Characters. */
const WHOLE_CHARACTERS = 20_000;
/** Blocks of a longer text are joined up to this size. Characters. */
const PIECE_CHARACTERS = 5000;
/** Most marks in a piece that need a partner: the parser's work grows with the square of their number. */
const DELIMITERS = 2000;
/** Longest marks of nested lists and quotes before a text: more levels than anyone reads. Characters. */
const PREFIX_CHARACTERS = 100;

/** Text beyond these bounds stays plain. */
const MARKDOWN_CHARACTERS = 1_000_000;
const PIECES = 1000;

const PREFIX = /^(?:[ \t]|>|[*+-][ \t]|\d{1,9}[.)][ \t])*/;
const FENCE = /^[ \t]*(?:(?:[*+-]|\d{1,9}[.)])[ \t]+)?(?=(?:~~~|```+(?!`))[^`]*$)(`{3,}|~{3,})[ \t]*([^`\s]*)/;
const DELIMITER = /[*_~[<]/g;

/**
 * Cuts a Markdown text at the ends of blocks, so that each piece is parsed in bounded time. Short texts stay whole.
 * In longer ones, fenced code never reaches the parser, and anything that would take too long is plain.
 */
export function markdownPieces(text: string): Piece[] {
	if (text.trim() === '') return [];
	if (isBounded(text)) return [{ kind: 'markdown', text }];
	const pieces: Piece[] = [];
	let [open, delimiters] = ['', 0];
	const close = () => {
		if (open !== '') pieces.push({ kind: 'markdown', text: open });
		[open, delimiters] = ['', 0];
	};
	const end = text.length <= MARKDOWN_CHARACTERS ? text.length : text.lastIndexOf('\n', MARKDOWN_CHARACTERS) + 1;
	let rest = '';
	for (const part of partsOf(text.slice(0, end))) {
		if (pieces.length >= PIECES) {
			rest += part.text;
			continue;
		}
		const own = delimitersOf(part.text);
		const isTooMuch = open.length + part.text.length > PIECE_CHARACTERS || delimiters + own > DELIMITERS;
		const isMarkdown = part.kind === 'markdown' && isBounded(part.text);
		if (isTooMuch || !isMarkdown) close();
		if (isMarkdown) [open, delimiters] = [open + part.text, delimiters + own];
		else if (part.kind === 'code') pieces.push(part);
		else pieces.push(...plainPieces(part.text));
	}
	close();
	if (pieces.length === 0) return [...plainPieces(text)];
	return [...pieces, ...plainPieces(rest), ...plainPieces(text.slice(end))];
}

function delimitersOf(text: string): number {
	return text.match(DELIMITER)?.length ?? 0;
}

function isBounded(text: string): boolean {
	if (text.length > WHOLE_CHARACTERS || delimitersOf(text) > DELIMITERS) return false;
	return !text.split('\n').some((line) => (PREFIX.exec(line)?.[0].length ?? 0) > PREFIX_CHARACTERS);
}

/** Splits a text into fenced code and runs of lines up to a blank one. */
function* partsOf(text: string): Generator<Piece> {
	let lines: string[] = [];
	let fence: { readonly marker: string; readonly language: string } | undefined;
	const taken = (): Piece => {
		const body = `${lines.join('\n')}\n`;
		lines = [];
		return fence ? { kind: 'code', text: body, language: fence.language } : { kind: 'markdown', text: body };
	};
	for (const line of text.split('\n')) {
		const [, marker = '', language = ''] = FENCE.exec(line) ?? [];
		if (fence ? marker.startsWith(fence.marker) && line.trim() === marker : marker !== '') {
			if (fence || lines.length > 0) yield taken();
			fence = fence ? undefined : { marker, language };
			continue;
		}
		lines.push(line);
		if (!fence && line.trim() === '') yield taken();
	}
	if (lines.length > 0) yield taken();
}

function* plainPieces(text: string): Generator<Piece> {
	for (let start = 0; start < text.length; ) {
		const most = text.slice(start, start + WHOLE_CHARACTERS);
		const feed = start + most.length < text.length ? most.lastIndexOf('\n') : -1;
		const piece = feed > 0 ? most.slice(0, feed + 1) : most;
		yield { kind: 'plain', text: piece };
		start += piece.length;
	}
}
