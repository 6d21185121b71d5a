/** Characters of a reply beyond its longest choice; a longer one says something else as well. */
const AROUND = 100;
const QUOTES = [/^"([\s\S]*)"$/, /^'([\s\S]*)'$/, /^`([\s\S]*)`$/, /^“([\s\S]*)”$/, /^„([\s\S]*)“$/, /^«([\s\S]*)»$/];

/**
 * The choice that a reply names: the same text, else the only one that is the same without regard to case, quotes,
 * punctuation and white space. Undefined when there is none, or when two could be meant.
 */
export function foldedChoice(reply: string, choices: readonly string[]): string | undefined {
	if (reply.length > 2 * Math.max(...choices.map((choice) => choice.length)) + AROUND) return undefined;
	const bare = unquoted(reply.trim());
	const same = choices.find((choice) => choice === bare || choice.trim() === bare);
	if (same !== undefined) return same;
	const wanted = folded(bare);
	const alike = wanted === '' ? [] : choices.filter((choice) => folded(choice) === wanted);
	return alike.length === 1 ? alike[0] : undefined;
}

/** A server that decodes by a schema sends a text of JSON. */
function unquoted(text: string): string {
	if (text.startsWith('"')) {
		try {
			const value: unknown = JSON.parse(text);
			if (typeof value === 'string') return value;
		} catch {
			// Quotes of another kind, which are taken off below.
		}
	}
	for (const pattern of QUOTES) {
		const inner = pattern.exec(text)?.[1];
		if (inner !== undefined) return inner.trim();
	}
	return text;
}

function folded(text: string): string {
	return text
		.normalize('NFKC')
		.toLowerCase()
		.replace(/[\p{P}\p{S}\s]+/gu, ' ')
		.trim();
}
