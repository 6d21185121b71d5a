/**
 * Tokens of a text, estimated without a tokenizer: four ASCII characters or one other character a token. Errs on the
 * high side for prose and is about right for code; the pool replaces it by reported figures where there are any.
 */
export function estimateTokens(text: string): number {
	let other = 0;
	for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) other++;
	return Math.ceil((text.length - other) / 4 + other);
}

/** Characters of text that surely fit into a number of tokens (three a token). */
export function charactersFor(tokens: number): number {
	return Math.max(0, Math.floor(tokens * 3));
}

/** Characters beyond which a text has more tokens than this, whatever its language (eight a token). */
export function mostCharactersFor(tokens: number): number {
	return tokens * 8;
}
