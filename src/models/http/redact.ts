import { printable } from '../../core/printable.ts';

/** Replaces what must not be shown. */
const MARK = '[key]';
/** The shortest beginning of a key that is taken for the key, characters: servers quote keys in part. */
const MIN_PREFIX = 12;
/** A key of fewer characters is often a plain word, such as "ollama", which is a name where its case differs. */
const MIN_ANY_CASE = 8;

/**
 * Removes secrets from a text: the given ones, and anything that follows `Authorization` or `Bearer`. Characters that
 * nobody sees go first, since a key with some between its letters is the key again wherever they are not shown.
 */
export function redact(text: string, secrets: readonly string[]): string {
	return without(printable(text), secrets.flatMap(spellings))
		.replace(/\bbearer\s+[\w.~+/=-]{8,}/gi, 'Bearer [key]')
		.replace(
			/\b(authorization|x-api-key|api-key)("?\s*[:=]\s*"?)(?!bearer \[key\])(?:\w+\s+)?[^\s"',}]+/gi,
			'$1$2[key]',
		);
}

/** One way in which a server may write a secret, and the length of the shortest beginning that gives it away. */
interface Spelling {
	readonly form: string;
	readonly prefix: number;
}

/** The secret as it is, percent-encoded, escaped as JSON and HTML do it, and in base64. */
function spellings(secret: string): Spelling[] {
	const bare = secret.replace(/^(?:bearer|basic|token)\s+/i, '');
	return [...new Set([secret, bare])].filter((key) => key !== '').flatMap(spellingsOf);
}

function spellingsOf(key: string): Spelling[] {
	// Headers also hold addresses, whose beginning is that of others.
	const prefix = /^https?:/i.test(key) ? Number.POSITIVE_INFINITY : MIN_PREFIX;
	const json = JSON.stringify(key).slice(1, -1);
	const escaped = [json, json.replaceAll('/', '\\/'), htmlEscaped(key)];
	const encoded = [encodeURIComponent, encodeURI].map((encode) => encode(key.toWellFormed()));
	const bytes = Buffer.from(key);
	// Three bytes make four characters.
	const base64 = [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
	return [
		...[key, ...escaped, ...encoded].map((form) => ({ form, prefix })),
		...base64.map((form) => ({ form, prefix: (prefix / 3) * 4 })),
	];
}

function htmlEscaped(key: string): string {
	return key.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The text without any of the forms and their beginnings. Of those that begin at one place the longest goes. */
function without(text: string, forms: readonly Spelling[]): string {
	if (forms.length === 0) return text;
	const hay = lowerCase(text);
	const starts = forms.map(({ form, prefix }) => lowerCase(form.slice(0, prefix)));
	const finder = new RegExp(starts.map((start) => start.replace(/\W/g, '\\$&')).join('|'), 'g');
	const parts: string[] = [];
	let kept = 0;
	for (const { index } of hay.matchAll(finder)) {
		const length = Math.max(...forms.map((spelling) => lengthAt(index, spelling, text, hay)));
		if (index < kept || length === 0) continue;
		parts.push(text.slice(kept, index), MARK);
		kept = index + length;
	}
	return parts.join('') + text.slice(kept);
}

/** How much of a form stands at a place of the text; 0 when that is too little to give it away. */
function lengthAt(at: number, { form, prefix }: Spelling, text: string, hay: string): number {
	if (form.length < MIN_ANY_CASE) return text.startsWith(form, at) ? form.length : 0;
	const needle = lowerCase(form);
	let length = 0;
	while (length < needle.length && hay[at + length] === needle[length]) length++;
	return length < Math.min(prefix, needle.length) ? 0 : length;
}

/** Lower case of the letters that keys have; every character keeps its place. */
function lowerCase(text: string): string {
	return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
