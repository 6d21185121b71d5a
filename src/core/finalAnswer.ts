/** Python values, as text, that hold nothing. */
const EMPTY_VALUES = new Set(['[]', '{}', '()', 'set()']);

/**
 * Says what is wrong with an answer that holds nothing; undefined otherwise. A typed answer may be an empty list,
 * because its reader knows what that means; a person who asked a question does not.
 */
export function emptyAnswer(text: string, isTyped: boolean): string | undefined {
	const trimmed = text.trim();
	if (trimmed === '') return 'it is empty';
	if (isTyped || !EMPTY_VALUES.has(trimmed)) return undefined;
	return `it is only ${trimmed}; if nothing was found, say so in words`;
}
