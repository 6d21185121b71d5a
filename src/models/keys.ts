/** Characters that nobody sees and no key has: byte order marks, joiners, marks of direction. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g;
const QUOTED = /^(?:"(.*)"|'(.*)'|`(.*)`|[“”„«](.*)[“”»]|[‘’‚‹](.*)[‘’›])$/s;
const NOT_IN_KEYS = /[^\x20-\x7e]/u;

/**
 * A key as it was meant: without quotes around it, line ends, invisible characters, and the word that precedes it in a
 * header. People copy keys from documents, chats and files that put these there.
 */
export function cleanKey(typed: string): string {
	const bare = cleanHeader(typed).replace(/^(?:authorization:\s*)?bearer\s+/i, '');
	const quoted = QUOTED.exec(bare)
		?.slice(1)
		.find((inner) => inner !== undefined);
	return quoted === undefined ? bare : cleanKey(quoted);
}

/** The value of a header without what cannot be part of it. */
export function cleanHeader(typed: string): string {
	return typed.replace(INVISIBLE, '').trim();
}

/** Names a character that cannot be sent in a header; undefined when there is none. Shows nothing else of the text. */
export function oddCharacter(text: string): string | undefined {
	const odd = NOT_IN_KEYS.exec(text);
	if (!odd) return undefined;
	const code = odd[0].codePointAt(0) ?? 0;
	const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
	const shown = code < 0x20 || code === 0x7f ? (/[\r\n]/.test(odd[0]) ? 'a line end' : 'a control character') : odd[0];
	return `${shown} (${name}), character ${odd.index + 1} of ${text.length}`;
}
