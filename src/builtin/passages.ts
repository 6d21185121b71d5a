/** A piece of text with its place, as the prompts of the plans contain it. */
export interface Passage {
	/** Empty when the text has no name. */
	readonly path: string;
	readonly firstLine: number;
	readonly lines: readonly string[];
}

/** A sentence of prose or a line of code, with the line where it starts. */
export interface Unit {
	readonly path: string;
	readonly line: number;
	readonly text: string;
	readonly isProse: boolean;
}

const HEADER = /^={3,} (.+?)(?::(\d+)(?:-\d+)?)?(?: ={3,})?$/;
/** Languages whose prose is only in comments. */
const MARKED_COMMENTS = /\.(?:[mc]?[tj]sx?|json|csv|tsv|log|rs|go|java|kt|cs?|h|cc|cpp|hpp|swift|php|scala)$/i;
const MAX_UNIT_CHARACTERS = 400;

/**
 * Splits a text at header lines `=== path:12-40` and `===== path =====`. Without headers it is one passage without a
 * path.
 */
export function splitPassages(text: string): Passage[] {
	const passages: { path: string; firstLine: number; lines: string[] }[] = [{ path: '', firstLine: 1, lines: [] }];
	for (const line of text.split(/\r?\n/)) {
		const header = HEADER.exec(line);
		if (header) passages.push({ path: header[1] ?? '', firstLine: Number(header[2] ?? 1), lines: [] });
		else passages.at(-1)?.lines.push(line);
	}
	return passages.filter(({ path, lines }) => path !== '' || lines.some((line) => line.trim() !== ''));
}

/** Sentences and lines of a passage in order. */
export function unitsOf(passage: Passage): Unit[] {
	const units: Unit[] = [];
	let paragraph: { line: number; text: string }[] = [];
	const flush = () => {
		units.push(...sentences(paragraph, passage.path));
		paragraph = [];
	};
	const needsMark = MARKED_COMMENTS.test(passage.path);
	const isMarkdown = /\.(?:md|mdx|markdown)$/i.test(passage.path);
	let isFenced = false;
	passage.lines.forEach((raw, index) => {
		const line = passage.firstLine + index;
		const text = withoutMarkers(raw);
		if (isMarkdown && /^\s*(?:```|~~~)/.test(raw)) isFenced = !isFenced;
		if (!isFenced && isProse(text, raw, needsMark, isUnfinished(paragraph.at(-1)?.text))) {
			if (startsItem(raw, isMarkdown)) flush();
			paragraph.push({ line, text });
			if (/\*\/\s*$/.test(raw) || (isMarkdown && /^#{1,6}\s/.test(raw))) flush();
			return;
		}
		flush();
		const code = clip(raw.trim());
		if (/[\p{L}\p{N}]/u.test(code)) units.push({ path: passage.path, line, text: code, isProse: false });
	});
	flush();
	return units;
}

/** A line without the marks of comments, lists and quotations. */
function withoutMarkers(line: string): string {
	return line
		.trim()
		.replace(/^(?:\/\*\*?|\*\/|\*|\/\/[/!]?|#+|--|;+|<!--|>|"""|''')\s*/, '')
		.replace(/\s*(?:\*\/|-->|"""|''')$/, '')
		.trim();
}

/** Whether a line starts a list item, a heading or a tag. A star after a space continues a comment. */
function startsItem(raw: string, isMarkdown: boolean): boolean {
	return (
		/^\s*(?:[-+]\s|\d+[.)]\s|#{1,6}\s|@\w|\||\*\s+(?:@\w|[-*]\s)|\/\*\*)/.test(raw) ||
		(isMarkdown && /^\s*\*\s/.test(raw))
	);
}

/** Consecutive words and few signs of code. Lines that start with a date or a level are log records, not prose. */
function isProse(text: string, raw: string, needsMark: boolean, isContinued: boolean): boolean {
	if (needsMark && !/^\s*(?:\/\/|\/?\*)/.test(raw)) return false;
	if (/^\s*(?:\[?\d{4}-\d\d-\d\d|\d\d:\d\d|\S+ \[?(?:INFO|WARN|ERROR|DEBUG))/.test(raw)) return false;
	if (/[;{}(]$|=>|^\s*(?:import|from|export|const|let|var|return|if|def|class|for|while)\b.*[(:={]/.test(text))
		return false;
	const words = text.match(/(?<![\w$.])\p{L}[\p{L}\p{M}'’-]*(?![\w$(=.]\S)/gu) ?? [];
	const signs = text.match(/[=<>{}()[\];|&$_]/g) ?? [];
	return words.length >= (isContinued ? 1 : 3) && signs.length * 3 <= words.length;
}

/** Whether a sentence continues on the next line. */
function isUnfinished(text: string | undefined): boolean {
	return text !== undefined && !/[.!?:]$/.test(text);
}

function sentences(paragraph: readonly { line: number; text: string }[], path: string): Unit[] {
	const joined = paragraph.map(({ text }) => text).join(' ');
	const starts: number[] = [];
	paragraph.reduce((offset, { text }) => {
		starts.push(offset);
		return offset + text.length + 1;
	}, 0);
	const lineAt = (position: number) => {
		const index = starts.findLastIndex((start) => start <= position);
		return paragraph[Math.max(0, index)]?.line ?? 1;
	};
	return [...joined.matchAll(/\S.*?(?:[.!?:](?=["'”)]*\s+["'“(`*]*[\p{Lu}\p{N}])["'”)]*|$)/gu)]
		.filter(([text]) => /[\p{L}\p{N}]/u.test(text))
		.map((match) => ({ path, line: lineAt(match.index), text: clip(match[0].trim()), isProse: true }));
}

function clip(text: string): string {
	return text.length <= MAX_UNIT_CHARACTERS ? text : `${text.slice(0, MAX_UNIT_CHARACTERS - 1)}…`;
}
