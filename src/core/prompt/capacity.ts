import type { ModelDescription } from '../ports/model.ts';
import { charactersFor, estimateTokens } from '../tokens.ts';

/** Completion tokens kept free for the reply to a sub-call. */
export function subCompletionTokens(model: ModelDescription): number {
	return Math.min(8_192, Math.floor(model.contextTokens / 4));
}

/** Characters that fit in one sub-call prompt, computed from the window that is actually served. */
export function subCallCharacters(model: ModelDescription): number {
	return charactersFor(model.contextTokens - subCompletionTokens(model));
}

/** Tokens of a conversation, estimated. */
export function conversationTokens(messages: readonly { readonly content: string }[]): number {
	return messages.reduce((sum, message) => sum + estimateTokens(message.content) + 4, 0);
}
