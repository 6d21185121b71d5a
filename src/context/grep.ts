import type { CorpusFile } from '../core/ports/context.ts';
import type { CorpusView } from './corpusView.ts';
import { pathFilter } from './pathFilter.ts';
import { type PythonPattern, translatePythonPattern } from './pythonPattern.ts';

/** Matching lines at which counting stops. */
const COUNT_LIMIT = 100_000;
/** Characters shown of a line; a longer one is cut around its match. */
const LINE_CHARACTERS = 1000;
const LINE_FEED = 10;

/** What to search for. */
export interface GrepRequest {
	/** Pattern in the syntax of Python's `re`; `^` and `$` match at line borders. */
	readonly pattern: string;
	readonly ignoreCase?: boolean;
	/** Exact paths, folders or globs; absent means all files. */
	readonly paths?: readonly string[];
	readonly maxResults: number;
	/** Lines shown before and after each match. */
	readonly contextLines?: number;
}

/** A line where a match starts. */
export interface GrepMatch {
	readonly path: string;
	/** Line number as in the original file. */
	readonly line: number;
	/** The line without its end, cut around the match when very long. */
	readonly text: string;
	/** Start of the match in the whole line, in code points from 1. */
	readonly column: number;
	readonly before: readonly string[];
	readonly after: readonly string[];
}

/** The first matches by file and line, and the number of all. */
export interface GrepResult {
	readonly matches: readonly GrepMatch[];
	/** Lines where a match starts; a lower bound when `isTotalExact` is false. */
	readonly total: number;
	readonly isTotalExact: boolean;
	readonly filesSearched: number;
}

/**
 * Finds the lines where a match starts. A match may span several lines; the search continues after it.
 * @throws PatternError when the pattern is invalid or needs Python's own engine
 */
export function grep(view: CorpusView, request: GrepRequest): GrepResult {
	const pattern = translatePythonPattern(request.pattern, request.ignoreCase ?? false);
	const isWanted = request.paths ? pathFilter(request.paths) : () => true;
	const matches: GrepMatch[] = [];
	const required = pattern.required === undefined ? undefined : Buffer.from(pattern.required);
	let total = 0;
	let filesSearched = 0;
	for (const file of view.files) {
		if (!isWanted(file.path)) continue;
		filesSearched++;
		// Searching bytes is many times faster than decoding a file and matching.
		if (required && !view.fileBytes(file).includes(required)) continue;
		const scan = pattern.literal === undefined ? scanText(view, file, pattern) : scanBytes(view, file, pattern.literal);
		for (const start of scan.starts) {
			if (matches.length < request.maxResults) matches.push(scan.describe(start, request.contextLines ?? 0));
			if (++total >= COUNT_LIMIT) return { matches, total, isTotalExact: false, filesSearched };
		}
	}
	return { matches, total, isTotalExact: true, filesSearched };
}

/** The matches of one file, at most one per line, and how to describe them, in order. */
interface Scan {
	readonly starts: Iterable<number>;
	describe(start: number, contextLines: number): GrepMatch;
}

/** Plain text is searched in the bytes, without decoding the file. */
function scanBytes(view: CorpusView, file: CorpusFile, literal: string): Scan {
	const bytes = view.fileBytes(file);
	const needle = Buffer.from(literal, 'utf8');
	return {
		starts: literalStarts(bytes, needle),
		describe: describer(file, {
			length: bytes.length,
			feedFrom: (position) => bytes.indexOf(LINE_FEED, position),
			feedBefore: (position) => (position > 0 ? bytes.lastIndexOf(LINE_FEED, position - 1) : -1),
			slice: (start, end) => view.decode(file, start, end),
		}),
	};
}

function* literalStarts(bytes: Buffer, needle: Buffer): Generator<number> {
	let from = 0;
	for (let start = bytes.indexOf(needle, from); start !== -1; start = bytes.indexOf(needle, from)) {
		yield start;
		const lineEnd = bytes.indexOf(LINE_FEED, start);
		from = Math.max(lineEnd + 1, start + needle.length);
		if (lineEnd === -1 || from >= bytes.length) return;
	}
}

function scanText(view: CorpusView, file: CorpusFile, pattern: PythonPattern): Scan {
	const text = view.fileText(file);
	const expression = view.isAscii(file) ? pattern.ascii : pattern.unicode;
	return {
		starts: expressionStarts(text, expression, pattern.isRequiredOnFirstLine ? pattern.required : undefined),
		describe: describer(file, {
			length: text.length,
			feedFrom: (position) => text.indexOf('\n', position),
			feedBefore: (position) => (position > 0 ? text.lastIndexOf('\n', position - 1) : -1),
			slice: (start, end) => text.slice(start, end),
		}),
	};
}

/** @param required text in every match, on the line where the match starts: lines without it are skipped */
function* expressionStarts(text: string, expression: RegExp, required: string | undefined): Generator<number> {
	for (let from = 0; ; ) {
		const start = required === undefined ? from : startOfLineWith(text, required, from);
		if (start === undefined) return;
		expression.lastIndex = start;
		const match = expression.exec(text);
		if (!match || !isOnLine(text, match.index)) return;
		yield match.index;
		const lineEnd = text.indexOf('\n', match.index);
		if (lineEnd === -1) return;
		from = Math.max(lineEnd + 1, match.index + match[0].length);
	}
}

/** Start of the line with the next occurrence of a text; not before `from`. */
function startOfLineWith(text: string, wanted: string, from: number): number | undefined {
	const position = text.indexOf(wanted, from);
	if (position === -1) return undefined;
	return position === 0 ? 0 : Math.max(from, text.lastIndexOf('\n', position - 1) + 1);
}

/** Whether an empty match after the last line feed is on no line. */
function isOnLine(text: string, position: number): boolean {
	return position < text.length || (position > 0 && text.charCodeAt(position - 1) !== LINE_FEED);
}

/** A file as bytes or as UTF-16 units, whichever was searched. */
interface Units {
	readonly length: number;
	/** Position of the first line feed at or after a position; -1 when there is none. */
	feedFrom(position: number): number;
	/** Position of the last line feed before a position; -1 when there is none. */
	feedBefore(position: number): number;
	slice(start: number, end: number): string;
}

function describer(file: CorpusFile, units: Units): Scan['describe'] {
	let line = file.firstLine;
	let feed = units.feedFrom(0);
	return (start, contextLines) => {
		for (; feed !== -1 && feed < start; feed = units.feedFrom(feed + 1)) line++;
		const lineStart = units.feedBefore(start) + 1;
		const lineEnd = endOfLine(units, start);
		return {
			path: file.path,
			line,
			text: shownLine(units, lineStart, lineEnd, start),
			column: countCodePoints(units, lineStart, start) + 1,
			before: linesBefore(units, lineStart, contextLines),
			after: linesAfter(units, lineEnd, contextLines),
		};
	};
}

function endOfLine(units: Units, position: number): number {
	const feed = units.feedFrom(position);
	return feed === -1 ? units.length : feed;
}

function countCodePoints(units: Units, start: number, end: number): number {
	let count = 0;
	for (const _ of units.slice(start, end)) count++;
	return count;
}

function shownLine(units: Units, start: number, end: number, match: number): string {
	if (end - start <= LINE_CHARACTERS) return units.slice(start, end).replace(/\r$/, '');
	const from = Math.max(start, Math.min(match - LINE_CHARACTERS / 4, end - LINE_CHARACTERS));
	const to = Math.min(end, from + LINE_CHARACTERS);
	const text = units.slice(from, to).replace(/^[\uDC00-\uDFFF\uFFFD]+|[\uD800-\uDBFF\uFFFD]+$/g, '');
	return `${from > start ? '…' : ''}${text}${to < end ? '…' : ''}`;
}

function linesBefore(units: Units, lineStart: number, count: number): string[] {
	const lines: string[] = [];
	for (let end = lineStart - 1; end >= 0 && lines.length < count; ) {
		const start = units.feedBefore(end) + 1;
		lines.unshift(shownLine(units, start, end, start));
		end = start - 1;
	}
	return lines;
}

function linesAfter(units: Units, lineEnd: number, count: number): string[] {
	const lines: string[] = [];
	for (let start = lineEnd + 1; start < units.length && lines.length < count; ) {
		const end = endOfLine(units, start);
		lines.push(shownLine(units, start, end, start));
		start = end + 1;
	}
	return lines;
}
