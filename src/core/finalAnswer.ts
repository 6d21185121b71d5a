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

/** What an answer is compared with. */
export interface KnownTexts {
	readonly question: string;
	/** Texts of ours that the model was given. */
	readonly ours: readonly string[];
	/** Code of the reply that hands the answer in. */
	readonly code?: readonly string[];
}

/** What we write in examples where the answer goes. */
const PLACEHOLDER = /^[<[{(]?(?:your|the|my|best|final|\s)*answer(?: here| goes here)?[>\]})]?[.!]?$/i;
const ITERATION_NOTE = /^(?:iteration|turn) \d+ of \d+\.?$/i;
/** Characters from which an answer that stands in our own texts, or is the question, was copied from there. */
const COPIED_CHARACTERS = 30;
const QUESTION_CHARACTERS = 12;

/** Says what is wrong with an answer that holds nothing, or only what the model was given; undefined otherwise. */
export function unfitAnswer(text: string, isTyped: boolean, known: KnownTexts): string | undefined {
	const empty = emptyAnswer(text, isTyped);
	if (empty !== undefined || text.length > LOOKED_AT) return empty;
	const trimmed = text.trim();
	if (PLACEHOLDER.test(trimmed)) return `"${trimmed}" only stands for an answer`;
	const words = wordsOf(trimmed);
	if (words.length >= QUESTION_CHARACTERS && words === wordsOf(known.question)) return 'it only repeats the question';
	const isOurs = words.length >= COPIED_CHARACTERS && known.ours.some((ours) => wordsOf(ours).includes(words));
	if (isOurs || ITERATION_NOTE.test(trimmed)) return 'it only repeats an instruction';
	const isCode = known.code?.some((code) => wordsOf(code) === words && words.length >= QUESTION_CHARACTERS) ?? false;
	return isCode ? 'it is the code itself, and not what the code finds' : undefined;
}

function wordsOf(text: string): string {
	return text
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, ' ')
		.trim();
}
