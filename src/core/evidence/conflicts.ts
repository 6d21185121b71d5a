import type { Citation, Conflict } from '../events.ts';
import { STOP_WORDS } from '../words.ts';

/** Sentences that are compared with each other, and pairs that are shown. */
const MOST_SENTENCES = 200;
const MOST_CONFLICTS = 10;
/** Words that two sentences about the same thing share, at least. */
const SHARED_WORDS = 4;
/** Lines of one file this near each other are items of a list, not two statements. */
const NEAR_LINES = 5;
const TOKEN = /[\p{L}\p{N}_]+(?:[.,:'’-][\p{L}\p{N}_]+)*|[^\s\p{L}\p{N}_]/gu;
const FIGURE = /^\d/;
const NAME = /^\p{Lu}[\p{Ll}'’-]+$/u;

interface Sentence {
	readonly citation: Citation;
	readonly line: number;
	readonly text: string;
	readonly tokens: readonly string[];
}

/** Cited passages that say the same with another figure or name, in pairs. */
export function conflictsOf(citations: readonly Citation[]): Conflict[] {
	const sentences = citations
		.filter(({ fault, quote }) => fault === undefined && quote !== '')
		.flatMap(sentencesOf)
		.slice(0, MOST_SENTENCES);
	const conflicts: Conflict[] = [];
	for (const [index, first] of sentences.entries()) {
		for (const second of sentences.slice(index + 1)) {
			if (conflicts.length === MOST_CONFLICTS) return conflicts;
			if (areApart(first, second) && differInOneValue(first.tokens, second.tokens)) {
				conflicts.push({ first: passageOf(first), second: passageOf(second) });
			}
		}
	}
	return conflicts;
}

function sentencesOf(citation: Citation): Sentence[] {
	return citation.quote.split('\n').flatMap((content, index) =>
		(content.match(/[^.!?]+(?:[.!?](?!\s|$)[^.!?]*)*/g) ?? []).map((part) => {
			const text = part.trim();
			return { citation, line: citation.startLine + index, text, tokens: text.match(TOKEN) ?? [] };
		}),
	);
}

function passageOf({ citation, line, text }: Sentence): Conflict['first'] {
	return { path: citation.path, startLine: line, endLine: line, text };
}

function areApart(first: Sentence, second: Sentence): boolean {
	return first.citation.path !== second.citation.path || Math.abs(first.line - second.line) > NEAR_LINES;
}

/** Whether two sentences agree but for one figure, or one name of up to three words. */
function differInOneValue(first: readonly string[], second: readonly string[]): boolean {
	let start = 0;
	while (start < first.length && first[start] === second[start]) start++;
	let end = 0;
	const most = Math.min(first.length, second.length) - start;
	while (end < most && first.at(-1 - end) === second.at(-1 - end)) end++;
	const values = [first.slice(start, first.length - end), second.slice(start, second.length - end)] as const;
	const shared = [...first.slice(0, start), ...first.slice(first.length - end)];
	const words = shared.filter((token) => /\p{L}{2}/u.test(token));
	const telling = words.filter((token) => !STOP_WORDS.has(token.toLowerCase()));
	if (words.length < SHARED_WORDS || telling.length < 2 || shared.some((token) => FIGURE.test(token))) return false;
	return areFigures(values) || (start > 0 && areNames(values));
}

function areFigures([first, second]: readonly [readonly string[], readonly string[]]): boolean {
	return first.length === 1 && second.length === 1 && [...first, ...second].every((token) => FIGURE.test(token));
}

function areNames(values: readonly [readonly string[], readonly string[]]): boolean {
	return values.every((tokens) => tokens.length > 0 && tokens.length <= 3 && tokens.every((token) => NAME.test(token)));
}
