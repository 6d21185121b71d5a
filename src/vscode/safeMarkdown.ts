import { printable } from '../core/printable.ts';

// Texts of models and files as Markdown that loads nothing and looks as it was written.

/**
 * Keeps text of a model or a file from loading anything when it is rendered: the preview shows HTML tags and fetches
 * images, and an image's address can carry data away. A zero-width space after `<` and between `![` leaves the text
 * as it looks, in prose as well as in code, whatever Markdown dialect the preview speaks.
 */
export function harmless(markdown: string): string {
	return markdown.replace(/<(?=[a-z/!?])/gi, '<\u200b').replace(/!(?=\[)/g, '!\u200b');
}

/** A block quote. */
export function quoted(text: string): string {
	return text
		.trim()
		.split('\n')
		.map((line) => `> ${line}`)
		.join('\n');
}

/** Formats any text as inline code, in a fence longer than every run of backticks in it. */
export function codeSpan(text: string): string {
	const fence = '`'.repeat(longestBackticks(text) + 1);
	const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
	return harmless(printable(`${fence}${pad}${text.replaceAll('\n', ' ')}${pad}${fence}`));
}

/** A code block of any text. */
export function fenced(text: string): string {
	const fence = '`'.repeat(Math.max(3, longestBackticks(text) + 1));
	return harmless(printable(`${fence}text\n${text}\n${fence}`));
}

function longestBackticks(text: string): number {
	return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** Escapes a text so that it looks as it was written: no emphasis, no code, no formula. */
export function escaped(text: string): string {
	return harmless(printable(text).replace(/[\\[\]*_`~$]/g, '\\$&'));
}
