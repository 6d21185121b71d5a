// Finds what an answer quotes: inline in quotes or backticks, and in blocks.

/** A text that an answer quotes. Offsets are those of the answer. */
export interface Quote {
	readonly at: number;
	readonly end: number;
	readonly text: string;
	readonly kind: 'quoted' | 'code' | 'fence' | 'block';
}

/** Lines joined when a quotation is not closed on its line. */
const MOST_LINES = 6;
/** Bounds for hostile answers: blocks, marks that may open a quotation, and characters of one that is inline. */
const MOST_BLOCKS = 1_000;
const MOST_MARKS = 4_000;
const INLINE_CHARACTERS = 4_000;
const CLOSERS: Readonly<Record<string, string>> = { '“': '”', '„': '“”', '«': '»', '»': '«' };
const OPENERS = `"'\`${Object.keys(CLOSERS).join('')}`;
const FENCE = /^[ \t>]*(`{3,}|~{3,})/;

/** Fenced blocks and block quotes of an answer, and its text with the fenced blocks and the marks of quotes blanked. */
export function blocksOf(answer: string): { readonly blocks: readonly Quote[]; readonly plain: string } {
	const blocks: Quote[] = [];
	const plain: string[] = [];
	let open: { readonly at: number; readonly fence: string; readonly lines: string[] } | undefined;
	let quote: { readonly at: number; readonly lines: string[] } | undefined;
	let at = 0;
	const closeQuote = () => {
		if (quote) blocks.push({ at: quote.at, end: at - 1, text: quote.lines.join('\n'), kind: 'block' });
		quote = undefined;
	};
	for (const line of answer.split('\n')) {
		const fence = FENCE.exec(line)?.[1];
		if (open) {
			plain.push(' '.repeat(line.length));
			const closes = fence?.startsWith(open.fence) && line.trim().replace(/^[ \t>]*/, '') === fence;
			if (closes) {
				blocks.push({ at: open.at, end: at + line.length, text: open.lines.join('\n'), kind: 'fence' });
				open = undefined;
			} else open.lines.push(line);
		} else if (fence !== undefined) {
			closeQuote();
			open = { at, fence, lines: [] };
			plain.push(line); // what the opening line says may be the place
		} else {
			const [mark = ''] = /^[ \t]*>[ \t]?/.exec(line) ?? [];
			if (mark === '') closeQuote();
			else {
				quote ??= { at, lines: [] };
				quote.lines.push(line.slice(mark.length));
			}
			plain.push(' '.repeat(mark.length) + line.slice(mark.length));
		}
		at += line.length + 1;
	}
	closeQuote();
	if (open) blocks.push({ at: open.at, end: answer.length, text: open.lines.join('\n'), kind: 'fence' });
	return { blocks: blocks.slice(0, MOST_BLOCKS), plain: plain.join('\n') };
}

/**
 * What stands in quotes or backticks in a text without blocks.
 * @param marked the same text, of the same length, with those marks blanked that quote nothing
 */
export function inlineQuotes(plain: string, marked: string): Quote[] {
	const quotes: Quote[] = [];
	let lineAt = 0;
	let marks = 0;
	for (let at = 0; at < marked.length && marks < MOST_MARKS; at++) {
		const mark = marked[at] ?? '';
		if (mark === '\n') lineAt = at + 1;
		if (!OPENERS.includes(mark)) continue;
		marks++;
		const quote = quoteFrom(marked, at, lineAt);
		if (!quote) continue;
		const begin = marked.indexOf(quote.text, at + 1);
		quotes.push({ ...quote, text: plain.slice(begin, begin + quote.text.length) });
		at = quote.end - 1;
	}
	return quotes;
}

function quoteFrom(marked: string, at: number, lineAt: number): Quote | undefined {
	const mark = marked[at] ?? '';
	if (mark === '`') return codeSpan(marked, at);
	if (mark === '"' || (mark === "'" && !isWord(marked[at - 1]))) {
		const end = closingOf(marked, at, mark, lineAt);
		return end === undefined ? undefined : { at, end: end + 1, text: marked.slice(at + 1, end), kind: 'quoted' };
	}
	const closers = CLOSERS[mark];
	if (closers === undefined) return undefined;
	const until = marked.indexOf('\n\n', at);
	const rest = marked.slice(at + 1, Math.min(until < 0 ? marked.length : until, at + INLINE_CHARACTERS));
	const end = [...closers].map((closer) => rest.indexOf(closer)).filter((index) => index > 0);
	if (end.length === 0) return undefined;
	const length = Math.min(...end);
	return { at, end: at + length + 2, text: rest.slice(0, length), kind: 'quoted' };
}

/** Code in backticks. A text that has the same backticks itself is read as far as its quotation balances. */
function codeSpan(marked: string, at: number): Quote | undefined {
	const fence = /^`+/.exec(marked.slice(at, at + 20))?.[0] ?? '`';
	const lineEnd = endOfLine(marked, at);
	if (fence.length > 1) {
		const close = marked.indexOf(fence, at + fence.length);
		if (close < 0 || close > lineEnd) return undefined;
		return { at, end: close + fence.length, text: marked.slice(at + fence.length, close).trim(), kind: 'code' };
	}
	const end = closingOf(marked, at, '`', at);
	return end === undefined ? undefined : { at, end: end + 1, text: marked.slice(at + 1, end), kind: 'code' };
}

/** Where a quotation with straight quotes ends: behind its last word, with the quotes after it in pairs. */
function closingOf(marked: string, at: number, mark: string, lineAt: number): number | undefined {
	const isMark = (index: number) =>
		marked[index] === mark && (mark !== "'" || !isWord(marked[index - 1]) || !isWord(marked[index + 1]));
	let end = endOfLine(marked, at);
	if (end - lineAt > INLINE_CHARACTERS) lineAt = at;
	for (let lines = 1; lines < MOST_LINES && mark !== '`'; lines++) {
		const isOdd = marksIn(Math.max(lineAt, at), end, isMark) % 2 === 1;
		if (!isOdd || end >= marked.length || marked[end + 1] === '\n') break;
		end = endOfLine(marked, end + 1);
	}
	let left = marksIn(at + 1, end, isMark);
	let first: number | undefined;
	for (let index = at + 1; index < end; index++) {
		if (!isMark(index)) continue;
		left--;
		if (index === at + 1) continue;
		first ??= index;
		const isBehindWord = !/[\s([]/.test(marked[index - 1] ?? '');
		const isBeforeEnd = /^(?:$|[\s).,;:!?\]|*_>…—–-])/.test(marked.slice(index + 1, Math.min(index + 2, end)));
		if (left % 2 === 0 && isBehindWord && isBeforeEnd) return index;
	}
	return mark === "'" ? undefined : first;
}

function marksIn(from: number, to: number, isMark: (index: number) => boolean): number {
	let count = 0;
	for (let index = from; index < to; index++) if (isMark(index)) count++;
	return count;
}

function endOfLine(text: string, at: number): number {
	const most = Math.min(text.length, at + INLINE_CHARACTERS);
	const end = text.slice(at, most).indexOf('\n');
	return end < 0 ? most : at + end;
}

function isWord(character: string | undefined): boolean {
	return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
