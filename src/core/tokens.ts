/**
 * Estimates the tokens of a text without a tokenizer: a token for every four ASCII characters or one other character.
 * Too high for prose, about right for code; the pool replaces it with reported figures where it has them.
 */
export function estimateTokens(text: string): number {
	let other = 0;
	for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) other++;
	return Math.ceil((text.length - other) / 4 + other);
}

/** Characters that are sure to fit in a number of tokens (three per token). */
export function charactersFor(tokens: number): number {
	return Math.max(0, Math.floor(tokens * 3));
}

/** Characters beyond which a text exceeds this many tokens in any language (eight per token). */
export function mostCharactersFor(tokens: number): number {
	return tokens * 8;
}

/** Characters that servers may send beyond what the tokens of a reply can hold: white space, and pieces on their way. */
const REPLY_SLACK_CHARACTERS = 2_000;

/** Characters at which a reply is clearly longer than its maximum of tokens, and is cut. */
export function mostReplyCharacters(maxTokens: number): number {
	return mostCharactersFor(maxTokens) + REPLY_SLACK_CHARACTERS;
}
