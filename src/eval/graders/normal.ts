/** Marks of Markdown and quotation that say nothing about the content. Underscores may be part of a name. */
const MARKS = /\*\*|[`"“”„«»‘’]|(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/gu;

/** A text as graders compare it: case, white space, marks of Markdown and quotes, and the final full stop do not count. */
export function normal(text: string): string {
	return text
		.normalize('NFKC')
		.toLowerCase()
		.replace(MARKS, '')
		.replace(/\s+/g, ' ')
		.trim()
		.replace(/[.!]+$/, '');
}

/** The answer without words that only introduce it. */
export function bare(answer: string): string {
	return normal(answer).replace(/^(?:(?:final )?answer|label|the answer is)\s*[:=]?\s+/, '');
}

const WORD = /[\p{L}\p{N}_]/u;

/** Whether a normalised text names something as whole words. */
export function names(text: string, wanted: string): boolean {
	if (wanted === '') return false;
	for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
		if (!isWord(text[at - 1]) && !isWord(text[at + wanted.length])) return true;
	}
	return false;
}

function isWord(character: string | undefined): boolean {
	return character !== undefined && WORD.test(character);
}

/** The last line that is not empty. */
export function lastLine(text: string): string {
	return text.trimEnd().split('\n').at(-1) ?? '';
}

/** Harmonic mean of precision and recall. Two empty sets are equal. */
export function f1(found: number, right: number, gold: number): number {
	return found + gold === 0 ? 1 : (2 * right) / (found + gold);
}
