import type { ModelDescription } from '../ports/model.ts';
import { charactersFor, estimateTokens } from '../tokens.ts';

/** Completion tokens kept free for the reply to a sub-call, and its longest reply unless code asks for a longer one. */
export function subCompletionTokens(model: ModelDescription): number {
	return Math.min(8_192, Math.floor(model.contextTokens / 4));
}

/** Room for a reply of which nothing is known but its short prompt. Tokens. */
const SHORT_REPLY = 2_048;
/** However slow the server, this much is allowed. Tokens. */
const SHORTEST_REPLY = 256;
/** Share of a cell's time that one reply may take, so that one that never ends leaves time for the others. */
const CELL_SHARE = 1 / 3;

/** What a sub-call's reply is bounded by. */
export interface ReplyNeeds {
	/** Tokens of its prompt, estimated. */
	readonly promptTokens: number;
	/** Tokens that code asked for; absent: by the size of the prompt. */
	readonly maxTokens: number | undefined;
	/** The longest that its model was trained to write; absent: no such bound. */
	readonly most: number | undefined;
	/** Time of a cell, ms. */
	readonly cellMs: number;
	/** Tokens that the model writes in a time. */
	readonly tokensIn: (ms: number) => number;
}

/**
 * The maximum of completion tokens of a sub-call. A reply is seldom longer than the text that it is about, and one that
 * never ends must not hold its place at the server for the whole cell.
 */
export function replyTokens(model: ModelDescription, needs: ReplyNeeds): number {
	const { promptTokens, maxTokens, most = Number.POSITIVE_INFINITY, cellMs, tokensIn } = needs;
	if (maxTokens !== undefined) return Math.min(maxTokens, Math.max(1, Math.floor(model.contextTokens / 2)));
	const inTime = Math.max(SHORTEST_REPLY, Math.floor(tokensIn(cellMs * CELL_SHARE)));
	return Math.min(subCompletionTokens(model), Math.max(SHORT_REPLY, promptTokens), inTime, most);
}

/** Characters that fit in one sub-call prompt, computed from the window that is actually served. */
export function subCallCharacters(model: ModelDescription): number {
	return charactersFor(model.contextTokens - subCompletionTokens(model));
}

/** Tokens of a conversation, estimated. */
export function conversationTokens(messages: readonly { readonly content: string }[]): number {
	return messages.reduce((sum, message) => sum + estimateTokens(message.content) + 4, 0);
}
