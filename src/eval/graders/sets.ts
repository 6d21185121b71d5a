import { normal } from '../../core/normal.ts';
import { f1, names } from './normal.ts';

/** What an answer named of a list. */
export interface Named {
	readonly score: number;
	readonly isComplete: boolean;
	readonly note: string;
}

function namedOf(found: number, right: number, gold: number): Named {
	const note = `${right} of ${gold} right, ${found - right} wrong`;
	return { score: f1(found, right, gold), isComplete: right === gold && found === gold, note };
}

/**
 * Grades a list of items by F1. With `among`, an answer's items are those of `among` that it names, so that prose around
 * them does not count. Without it, the answer is split at line ends, commas and semicolons.
 */
export function gradeSet(answer: string, gold: readonly string[], among: readonly string[] | undefined): Named {
	const wanted = new Set(gold.map(normal));
	const found = among === undefined ? splitItems(answer, wanted) : namedAmong(answer, among.map(normal));
	const right = [...found].filter((item) => wanted.has(item)).length;
	return namedOf(found.size, right, wanted.size);
}

function namedAmong(answer: string, among: readonly string[]): ReadonlySet<string> {
	const text = normal(answer);
	return new Set(among.filter((item) => names(text, item)));
}

/** A piece that holds one gold item means that item; any other piece is an item of its own, and a heading is none. */
function splitItems(answer: string, wanted: ReadonlySet<string>): ReadonlySet<string> {
	const pieces = answer
		.replace(/^\s*\[|\]\s*$/g, '')
		.split(/[\n,;]|\s(?:and|und)\s/)
		.map((piece) => normal(piece.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '')))
		.filter((piece) => piece !== '' && !piece.endsWith(':'));
	return new Set(
		pieces.map((piece) => {
			const held = [...wanted].filter((item) => names(piece, item));
			return held.length === 1 ? (held[0] ?? piece) : piece;
		}),
	);
}

const PAIR = /([\p{L}\p{N}_]+)\s*[,;&|/–-]\s*([\p{L}\p{N}_]+)/gu;
const PARENTHESES = /[([]\s*["'`]?([^()[\],;]{1,200}?)["'`]?\s*[,;]\s*["'`]?([^()[\],;]{1,200}?)["'`]?\s*[)\]]/gu;

/** Grades pairs in any order by F1. Pairs in parentheses count; without any, two words with a comma between them. */
export function gradePairs(answer: string, gold: readonly (readonly [string, string])[]): Named {
	const wanted = new Set(gold.map(([one, other]) => pairKey(one, other)));
	const inParentheses = [...answer.matchAll(PARENTHESES)];
	const matches = inParentheses.length > 0 ? inParentheses : [...answer.matchAll(PAIR)];
	const found = new Set(matches.map(([, one = '', other = '']) => pairKey(one, other)));
	return namedOf(found.size, [...found].filter((pair) => wanted.has(pair)).length, wanted.size);
}

function pairKey(one: string, other: string): string {
	return [normal(one), normal(other)].sort().join('\n');
}

const PATH = /[\p{L}\p{N}_.@+-]+(?:\/[\p{L}\p{N}_.@+-]+)+|[\p{L}\p{N}_@+-]+(?:\.[\p{L}\p{N}_@+-]+)*\.[\p{L}]\w{0,9}/gu;
/** Paths named beyond the right ones that are still an answer rather than a list of everything. */
const STRAY_PATHS = 2;

/**
 * Grades paths by recall. A shorter form of a path that ends with whole names counts, and so does a longer one. It is
 * complete when all are named and few others are.
 */
export function gradePaths(answer: string, gold: readonly string[]): Named {
	const found = [...new Set((answer.match(PATH) ?? []).map((path) => path.replace(/^\.\//, '').replace(/[.:]+$/, '')))];
	const right = gold.filter((path) => found.some((one) => isEndOf(one, path) || isEndOf(path, one))).length;
	const stray = found.filter((one) => !gold.some((path) => isEndOf(one, path) || isEndOf(path, one))).length;
	return {
		score: gold.length === 0 ? 1 : right / gold.length,
		isComplete: right === gold.length && stray <= STRAY_PATHS,
		note: `${right} of ${gold.length} named, ${stray} others`,
	};
}

function isEndOf(ending: string, path: string): boolean {
	return path === ending || path.endsWith(`/${ending}`);
}
