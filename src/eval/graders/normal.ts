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
