import { findsNothing } from '../../core/evidence/absence.ts';
import { bare } from '../../core/normal.ts';
import { STOP_WORDS } from '../../core/words.ts';

/** Longest answer that is compared by its words. Longer ones agree only when they are the same. Characters. */
const COMPARED_CHARACTERS = 400;
const WORD = /\d+(?:\.\d+)*%?|[\p{L}_][\p{L}\p{N}_]*/gu;
/** Words that turn an answer round, wherever they stand. */
const NEGATIONS = new Set(['no', 'not', 'never', 'none', 'neither', 'nor', 'without', 'cannot']);

/**
 * Whether two answers to a question say the same: `17` and `There are 17 errors.` do. They do when they have the same
 * words of content in the same order, or in parts that are only ordered differently, or when one says no more than the
 * other but for words of the question. When in doubt, they do not.
 */
export function agree(question: string, one: string, other: string): boolean {
	const [left, right] = [bare(one), bare(other)];
	if (left === right) return true;
	if (Math.max(left.length, right.length) > COMPARED_CHARACTERS) return false;
	if (findsNothing(one) || findsNothing(other)) return findsNothing(one) && findsNothing(other);
	if (sortedParts(left) === sortedParts(right)) return true;
	const [short, long] = [content(left), content(right)].sort((a, b) => a.length - b.length);
	return short !== undefined && long !== undefined && adds(long, short, new Set(content(question.toLowerCase())));
}

/** Words that say something, in order. */
function content(text: string): string[] {
	const plain = text.replace(/(?<=\d),(?=\d{3}\b)/g, '').replace(/\b(\p{L}+)n['’]t\b/gu, '$1 not');
	return (plain.match(WORD) ?? []).filter((word) => NEGATIONS.has(word) || !STOP_WORDS.has(word));
}

/** The items of a list in one order. Empty items make the text itself the only one, so that nothing equals nothing. */
function sortedParts(text: string): string {
	const plain = text.replace(/(?<=\d),(?=\d{3}\b)/g, '');
	const parts = plain.split(/[,;]|\band\b/).map((part) => content(part).join(' '));
	return parts.every((part) => part === '')
		? text
		: parts
				.filter((part) => part !== '')
				.sort()
				.join(', ');
}

/** Whether the longer text is the shorter one with nothing but words of the question in between. */
function adds(long: readonly string[], short: readonly string[], asked: ReadonlySet<string>): boolean {
	if (short.length === 0) return false;
	let matched = 0;
	for (const word of long) {
		if (word === short[matched]) matched++;
		// A letter names a choice: of `Option A` and `Option B` the first looks like the second without its article.
		else if (NEGATIONS.has(word) || word.length === 1 || !asked.has(word)) return false;
	}
	return matched === short.length;
}
