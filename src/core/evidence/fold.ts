/** Quotes that end mid-word are common, but not in a short one: `able` is not in `unable`. Characters. */
const SHORT_QUOTE = 24;
const ELLIPSIS = /\s*(?:\[\s*)?(?:\.{3,}|…)(?:\s*\])?\s*/;
/** What begins a line of a comment, a list or a quotation, and the marks of Markdown, say nothing about its content. */
const LINE_MARKS = /^[ \t]*(?:\/\*\*?|\/\/[/!]?|\*(?![*/])|#+|>|--|;+)(?:[ \t]+|$)/gm;
const CONTENT_MARKS = /`|\*\*|\*\/[ \t]*$/gm;

/** A text in which white space, typographic quotes and dashes do not count. Case does. */
export function fold(text: string): string {
	return text
		.normalize('NFC')
		.replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
		.replace(/["'“”„‟«»‘’‚‛‹›´]/g, '"')
		.replace(/[‐‑‒–—―−]/g, '-')
		.replace(/…/g, '...')
		.replace(/\s+/g, ' ')
		.trim();
}

/** Also without marks of comments and Markdown, which a quotation over several lines leaves out. */
function foldMarks(text: string): string {
	return fold(text.replace(LINE_MARKS, '').replace(CONTENT_MARKS, ''));
}

/** How a quotation agrees with a text: letter for letter, or after folding. */
export type Agreement = 'exact' | 'folded';

/**
 * Whether a quotation begins within the cited text. It may run on behind it: answers often name only the first line.
 * @param reach the cited text and what follows it
 * @param firstLine number of the first cited line
 */
export function agreement(quote: string, cited: string, reach: string, firstLine: number): Agreement | undefined {
	const lastLine = firstLine + cited.split('\n').length - 1;
	const forms = formsOf(quote, (line) => firstLine <= line && line <= lastLine);
	if (forms.some((form) => standsIn(form, reach, cited.length))) return 'exact';
	for (const folded of [fold, foldMarks]) {
		const [text, most] = [folded(reach), folded(cited).length];
		if (forms.some((form) => standsIn(folded(form), text, most))) return 'folded';
	}
	return undefined;
}

/** A quotation as it stands, and as it would stand without what writing it down has added. */
function formsOf(quote: string, isCited: (line: number) => boolean): readonly string[] {
	const whole = quote.trim();
	const unescaped = whole.replace(/\\(["'`*_\\])/g, '$1');
	const unnumbered = withoutNumbers(whole, isCited);
	const unwrapped = /^["“„«](.*)["”“»][.,;]?$/s.exec(whole)?.[1] ?? whole;
	return [...new Set([whole, unwrapped, unescaped, whole.replace(/[.,;:!?]+$/, ''), unnumbered])];
}

/** A block whose lines were quoted with their numbers: `12: text`, `12 | text`. */
function withoutNumbers(quote: string, isCited: (line: number) => boolean): string {
	const lines = quote.split('\n');
	const numbered = lines.map((line) => /^\s*L?(\d{1,7})(?:[:|→\t]|\s{2,}|\s\|)\s?(.*)$/.exec(line));
	const first = Number(numbered[0]?.[1]);
	const isNumbered = numbered.every((line, index) => line && Number(line[1]) === first + index);
	return isNumbered && isCited(first) ? numbered.map((line) => line?.[2] ?? '').join('\n') : quote;
}

function standsIn(quote: string, text: string, most: number): boolean {
	if (quote === '') return false;
	if (indexOf(quote, text, 0, most, [true, true]) >= 0) return true;
	const parts = quote.split(ELLIPSIS).filter((part) => part.trim() !== '');
	if (parts.length === 0 || parts[0] === quote) return false;
	let from = 0;
	for (const [index, part] of parts.entries()) {
		const borders = [
			index === 0 && quote.startsWith(part),
			index === parts.length - 1 && quote.endsWith(part),
		] as const;
		const at = indexOf(part, text, from, index === 0 ? most : text.length, borders);
		if (at < 0) return false;
		from = at + part.length;
	}
	return true;
}

/** Where a text has a part that begins before `most`. @param borders whether the part has to begin and end with a word */
function indexOf(part: string, text: string, from: number, most: number, borders: readonly [boolean, boolean]): number {
	for (let at = text.indexOf(part, from); at >= 0 && at < most; at = text.indexOf(part, at + 1)) {
		const end = at + part.length;
		const isWhole =
			(!borders[0] || isBorder(text.slice(Math.max(0, at - 2), at), part.slice(0, 2), part.length, true)) &&
			(!borders[1] || isBorder(text.slice(end, end + 2), part.slice(-2), part.length, false));
		if (isWhole) return at;
	}
	return -1;
}

/** Whether a quotation does not end inside a number or, if it is short, inside a word. */
function isBorder(outside: string, inside: string, length: number, isStart: boolean): boolean {
	const joined = isStart ? outside + inside.slice(0, 1) : inside.slice(-1) + outside;
	if (isStart ? /\d[.,]?\d$/.test(joined) : /^\d[.,]?\d/.test(joined)) return false;
	return length >= SHORT_QUOTE || !/[\p{L}\p{N}_]{2}/u.test(isStart ? joined.slice(-2) : joined.slice(0, 2));
}

/** Lines of a text, from 0, at which a quotation begins and ends; undefined when it does not stand there. */
export function linesOfQuote(quote: string, text: string): readonly [number, number] | undefined {
	const wanted = fold(withoutNumbers(quote.trim(), () => true));
	if (wanted === '') return undefined;
	const starts: number[] = [];
	let folded = '';
	for (const line of text.split('\n')) {
		starts.push(folded.length);
		const content = fold(line);
		if (content !== '') folded += `${content} `;
	}
	const at = indexOf(wanted, folded, 0, folded.length, [true, true]);
	if (at < 0) return undefined;
	return [lineAt(starts, at), lineAt(starts, at + wanted.length - 1)];
}

/** The last line that begins at or before an offset and holds something. */
function lineAt(starts: readonly number[], offset: number): number {
	return starts.findLastIndex((start) => start <= offset);
}
