import * as v from 'valibot';
import { ERROR_ACTIONS, type ErrorAction } from '../core/errors.ts';

// Messages between the extension and its chat. The chat is a web page: what it sends is validated and bounded here
// before it has any effect. The extension sends data to show.

/** A place that an answer cites. */
export interface ShownPlace {
	readonly path: string;
	readonly startLine: number;
	readonly endLine: number;
	/** What is wrong with it. */
	readonly problem?: string;
	/** There are no such lines to open. */
	readonly isMissing?: boolean;
}

/** A question and its answer, finished or not. */
export interface ShownExchange {
	/** Id of its run. */
	readonly id: string;
	readonly question: string;
	/** Names the context. */
	readonly contextLabel: string;
	readonly state: 'collecting' | 'running' | 'answered' | 'partial' | 'cancelled' | 'failed' | 'interrupted';
	/** Progress in one line, while under way. */
	readonly progress: string;
	/** The answer so far, while under way. */
	readonly draft: string;
	readonly answer: string;
	readonly citations: readonly ShownPlace[];
	/** What of the answer rests on nothing that was read, and which cited passages contradict each other. */
	readonly doubts: readonly string[];
	/** Sentences about the answer: what was lost, which limit was reached. */
	readonly notes: readonly string[];
	/** Why it failed and what to do about it. */
	readonly error: { readonly message: string; readonly actions: readonly ErrorAction[] } | undefined;
	/** Iterations, tokens, cost and time in one line. */
	readonly figures: string;
}

/** A context of the conversation. */
export interface ShownChip {
	readonly id: string;
	readonly kind: 'selection' | 'file' | 'editors' | 'folder' | 'workspace' | 'problems' | 'diff';
	readonly label: string;
	/** `12 KB, ~3.0k tokens`; empty while it is being measured. */
	readonly size: string;
	/** Nothing could be read; `size` says why. */
	readonly isBroken: boolean;
}

/** A conversation without its exchanges. */
export interface ChatHead {
	/** Id of the conversation. */
	readonly id: string;
	readonly chips: readonly ShownChip[];
	/** The default context, used without chips; empty when nothing is open. */
	readonly likely: string;
	/** Only the built-in engine can answer. */
	readonly isBuiltinOnly: boolean;
	/** Earlier questions of this workspace, oldest first, for the arrow keys. */
	readonly asked: readonly string[];
}

/** A message to the chat. */
export type ToChat =
	/** Shows a conversation. */
	| { readonly type: 'show'; readonly head: ChatHead; readonly exchanges: readonly ShownExchange[] }
	| { readonly type: 'head'; readonly head: ChatHead }
	/** An exchange is new or has changed. */
	| { readonly type: 'exchange'; readonly conversation: string; readonly exchange: ShownExchange }
	/** An exchange is gone. */
	| { readonly type: 'take-back'; readonly conversation: string; readonly exchangeId: string }
	/** A question could not be asked and goes back into the input. */
	| { readonly type: 'refused'; readonly question: string }
	/** Moves the focus to the input. */
	| { readonly type: 'focus' };

/** Actions for an exchange. */
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

/** Actions for the chat. */
export const CHAT_ACTIONS = ['stop', 'new', 'add-context', 'preview', 'add-server'] as const;
export type ChatAction = (typeof CHAT_ACTIONS)[number];

/** Most characters of a question. */
export const MAX_QUESTION = 100_000;

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const line = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER));

/** A message from the chat. */
export const fromChatSchema = v.variant('type', [
	/** The page has loaded. */
	v.object({ type: v.literal('ready') }),
	v.object({
		type: v.literal('ask'),
		question: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(MAX_QUESTION)),
	}),
	v.object({ type: v.literal('act'), action: v.picklist(CHAT_ACTIONS) }),
	v.object({ type: v.literal('remove-chip'), chipId: id }),
	v.object({ type: v.literal('exchange'), action: v.picklist(EXCHANGE_ACTIONS), exchangeId: id }),
	/** Opens lines of a file of the context of an exchange. */
	v.object({
		type: v.literal('open-place'),
		exchangeId: id,
		path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
		startLine: line,
		endLine: line,
	}),
	/** An error of the page, for the log. */
	v.object({ type: v.literal('broken'), message: v.pipe(v.string(), v.maxLength(2000)) }),
]);

/** A validated message from the chat. */
export type FromChat = v.InferOutput<typeof fromChatSchema>;
