/**
 * Sequences that a terminal obeys. They are removed whole: without their first character the rest would remain visible.
 * ECMA-48, 5.4 and 5.6: control sequences, and strings such as the title of the window.
 */
const SEQUENCES =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this pattern looks for
	/(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\p{Cc}]*(?:\u0007|\u001b\\|\u009c)/gu;

/**
 * Characters that move the cursor, change the writing direction, or are invisible. Line feed and tab stay, and so do
 * joiners and selectors of emoji where they belong to one.
 */
const HIDDEN =
	/(?![\n\t])\p{Cc}|[\u2028\u2029\ufff9-\ufffb]|(?!(?<=\p{Emoji})[\ufe0e\ufe0f]|(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d(?=\p{Extended_Pictographic}))\p{Default_Ignorable_Code_Point}/gu;

/** Makes outside text safe to show: nothing in it steers a terminal, hides, or disguises the rest. */
export function printable(text: string): string {
	return text.replace(SEQUENCES, '').replace(HIDDEN, '');
}

/** Characters shown of a text on one line. */
const LINE_CHARACTERS = 2_000;

/** The text as one printable line; runs of white space become one space. */
export function oneLine(text: string): string {
	const start = text.slice(0, LINE_CHARACTERS).replace(SEQUENCES, '');
	return start
		.replace(/(?:[^\S\ufeff]|\p{Cc})+/gu, ' ')
		.replace(HIDDEN, '')
		.trim();
}

/**
 * A value as JSON that is safe to show. Characters that `printable` removes are written as `\uXXXX`, so that nothing is
 * lost.
 */
export function printableJson(value: unknown, indent?: number): string {
	return JSON.stringify(value, undefined, indent).replace(HIDDEN, escaped);
}

function escaped(character: string): string {
	const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
	return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
