import { printable } from './printable.ts';

/** Characters of an answer that are looked at: one that holds nothing is short, or begins with nothing visible. */
const LOOKED_AT = 10_000;

/** Python values, and JSON as text, that hold nothing but other such values; the keys of a dict hold nothing by themselves. */
const HOLLOW =
	/^(?:[\s()[\]{},]|\b(?:None|null|nan|NaN|Ellipsis)\b|\.\.\.|…|"[^"\\]*"\s*:|'[^'\\]*'\s*:|b?(?:''|"")|\b(?:frozenset|set|deque|bytearray)\(|\brange\(0, 0\))+$/u;

/**
 * Says what is wrong with an answer that holds nothing; undefined otherwise. A typed answer may be an empty list,
 * because its reader knows what that means; a person who asked a question does not.
 */
export function emptyAnswer(text: string, isTyped: boolean): string | undefined {
	const start = printable(text.slice(0, LOOKED_AT)).trim();
	if (start !== '' && text.length > LOOKED_AT) return undefined;
	const visible = start === '' ? printable(text).trim() : start;
	if (visible === '') return 'it is empty';
	if (isTyped || !HOLLOW.test(visible)) return undefined;
	return `it is only ${visible.slice(0, 100)}; if nothing was found, say so in words`;
}
