import * as v from 'valibot';
import { ERROR_ACTIONS, type ErrorAction } from '../core/errors.ts';

// Messages between the extension and its chat. The chat is a web page: what it sends is validated and bounded here
// before anything is done with it. What the extension sends is data that the page shows.

/** A place that an answer rests on. */
export interface ShownPlace {
	readonly path: string;
	readonly startLine: number;
	readonly endLine: number;
}

/** A question and its answer, finished or not. */
export interface ShownExchange {
	/** Id of its run. */
	readonly id: string;
	readonly question: string;
	/** What it was asked about. */
	readonly contextLabel: string;
	readonly state: 'collecting' | 'running' | 'answered' | 'partial' | 'cancelled' | 'failed' | 'interrupted';
	/** While it is under way, one line that says how it is doing. */
	readonly progress: string;
	/** While it is under way, the answer as far as it has been written. */
	readonly draft: string;
	readonly answer: string;
	readonly citations: readonly ShownPlace[];
	/** Sentences about how the answer came about: what was lost, which limit was reached. */
	readonly notes: readonly string[];
	/** Why it failed and what can be done about it. */
	readonly error: { readonly message: string; readonly actions: readonly ErrorAction[] } | undefined;
	/** What it used: iterations, tokens, cost, time. */
	readonly figures: string;
}

/** Something that questions are asked about. */
export interface ShownChip {
	readonly id: string;
	readonly kind: 'selection' | 'file' | 'editors' | 'folder' | 'workspace' | 'problems' | 'diff';
	readonly label: string;
	/** `12 KB, ~3.0k tokens`; empty while it is being measured. */
	readonly size: string;
	/** There is nothing that could be read; `size` says why. */
	readonly isBroken: boolean;
}

/** All but the exchanges. */
export interface ChatHead {
	/** Id of the conversation. */
	readonly id: string;
	readonly chips: readonly ShownChip[];
	/** What is asked about while there are no chips; empty when nothing is open. */
	readonly likely: string;
	/** No model serves, only the built-in engine. */
	readonly isBuiltinOnly: boolean;
	/** Earlier questions of this workspace, oldest first, for the arrow keys. */
	readonly asked: readonly string[];
}

/** What the chat is sent. */
export type ToChat =
	/** A conversation from its beginning. */
	| { readonly type: 'show'; readonly head: ChatHead; readonly exchanges: readonly ShownExchange[] }
	| { readonly type: 'head'; readonly head: ChatHead }
	/** An exchange is new or has changed. */
	| { readonly type: 'exchange'; readonly conversation: string; readonly exchange: ShownExchange }
	/** The exchanges after it are gone, and it is too. */
	| { readonly type: 'take-back'; readonly conversation: string; readonly exchangeId: string }
	/** A question could not be asked: it goes back to where it was typed. */
	| { readonly type: 'refused'; readonly question: string }
	/** The keyboard goes to the input. */
	| { readonly type: 'focus' };

/** What can be done with an exchange. */
export const EXCHANGE_ACTIONS = [
	'copy',
	'insert',
	'open',
	'regenerate',
	'show-run',
	'answer-now',
	...ERROR_ACTIONS,
] as const;
export type ExchangeAction = (typeof EXCHANGE_ACTIONS)[number];

/** What can be done with the chat. */
export const CHAT_ACTIONS = ['stop', 'new', 'add-context', 'preview', 'add-server'] as const;
export type ChatAction = (typeof CHAT_ACTIONS)[number];

/** Characters of a question. */
export const MAX_QUESTION = 100_000;

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const line = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER));

/** What the chat may send. */
export const fromChatSchema = v.variant('type', [
	/** The page is loaded. */
	v.object({ type: v.literal('ready') }),
	v.object({
		type: v.literal('ask'),
		question: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(MAX_QUESTION)),
	}),
	v.object({ type: v.literal('act'), action: v.picklist(CHAT_ACTIONS) }),
	v.object({ type: v.literal('remove-chip'), chipId: id }),
	v.object({ type: v.literal('exchange'), action: v.picklist(EXCHANGE_ACTIONS), exchangeId: id }),
	/** Lines of a file of the context of an exchange. */
	v.object({
		type: v.literal('open-place'),
		exchangeId: id,
		path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
		startLine: line,
		endLine: line,
	}),
	/** Something broke in the page; goes to the log. */
	v.object({ type: v.literal('broken'), message: v.pipe(v.string(), v.maxLength(2000)) }),
]);

/** A message of the chat, validated. */
export type FromChat = v.InferOutput<typeof fromChatSchema>;
