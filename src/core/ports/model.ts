import type { FailureCategory } from '../errors.ts';

/** One message of a conversation with a model. */
export interface ChatMessage {
	readonly role: 'system' | 'user' | 'assistant';
	readonly content: string;
}

/** Roles of models. */
export const MODEL_ROLES = ['root', 'sub'] as const;

/** `root` writes the code of a run; `sub` answers `llm_query`. A child run's own root model has the role `root`. */
export type ModelRole = (typeof MODEL_ROLES)[number];

/** Where a piece of a reply belongs: to the reply itself or to the model's reasoning. */
export type Channel = 'text' | 'reasoning';

/** Tokens of one call. */
export interface Usage {
	/** All prompt tokens, cached ones included. */
	readonly promptTokens: number;
	readonly completionTokens: number;
	/** Prompt tokens that the server took from its cache; absent when it does not tell. */
	readonly cachedPromptTokens?: number;
	/** Part of the completion tokens that was reasoning; absent when the server does not tell. */
	readonly reasoningTokens?: number;
	/** True when the server reported nothing and the figures are our estimate. */
	readonly isEstimate: boolean;
	/** Prompt tokens that the server wrote to its cache at a price of their own; absent when it does not tell. */
	readonly cacheWriteTokens?: number;
}

/** Why a reply ended: complete, cut by a token limit, or declined by the model or a filter. */
export type FinishReason = 'stop' | 'length' | 'refusal';

/** One attempt at one server. */
export interface ChatRequest {
	readonly model: string;
	readonly messages: readonly ChatMessage[];
	/** Completion tokens at most. */
	readonly maxTokens?: number;
	/** Sent only when set: some models refuse it. */
	readonly temperature?: number;
	/** Whether a model that can reason should; absent leaves the server's default. */
	readonly thinking?: boolean;
	/** Told as soon as the server may have the request, and so may count it. Telling it again changes nothing. */
	readonly onSent?: () => void;
}

/** The reply of one attempt. */
export interface ChatReply {
	/** The reply without reasoning. */
	readonly text: string;
	readonly reasoning: string;
	readonly finishReason: FinishReason;
	readonly usage: Usage;
	/** The model as the server names it. */
	readonly model: string;
	/** From sending the request to the first piece of text or reasoning, ms. */
	readonly firstTokenMs: number;
	/** The whole attempt, ms. */
	readonly durationMs: number;
	/** What the server says that it charged, USD; absent when it does not tell. */
	readonly chargedUsd?: number;
}

/** Receives the reply piece by piece. */
export type DeltaSink = (text: string, channel: Channel) => void;

/** What is known of a model on a server. */
export interface ModelListing {
	readonly name: string;
	/** Tokens of the window that the server really serves; absent when it does not tell. */
	readonly contextTokens?: number;
	/** Tokens of the largest window that the model can be served with; absent when the server does not tell. */
	readonly maxContextTokens?: number;
	/** In the server's memory now; absent when it does not tell. */
	readonly isLoaded?: boolean;
	/** Bytes of a loaded model with its cache, or of its file where only that is told. */
	readonly bytes?: number;
	/** Bytes of it in the memory of GPUs. */
	readonly vramBytes?: number;
	/** What the server charges. */
	readonly price?: Price;
	/** False for models that cannot chat (embeddings, rerankers); absent when the server does not tell. */
	readonly isChat?: boolean;
}

/** Id of a server's software as the table of kinds lists it; `compatible` is none of those. */
export type ServerSoftware = string;

/** What a probe of a server found. */
export interface ServerReport {
	/** Name and version of the software, as it says. */
	readonly software?: string;
	/** Which software it is; absent for what is no server. */
	readonly kind?: ServerSoftware;
	readonly models: readonly ModelListing[];
	/** Calls that it works on at a time; more wait. Absent when it does not tell. */
	readonly slots?: number;
	/** It answers, but is loading a model, so that calls and some look-ups wait. */
	readonly isLoading?: boolean;
}

/** What a server says of its work at this moment. Everything is absent that it does not tell. */
export interface ServerLoad {
	/** Calls that it works on, of all its users. */
	readonly running?: number;
	/** Calls that wait inside it, of all its users. */
	readonly waiting?: number;
	readonly slots?: number;
	/** Share of the memory for prompts that is taken, 0 to 1. */
	readonly cacheUsedShare?: number;
	/** Tokens per second, as the server measures them over its recent work. */
	readonly promptTokensPerSecond?: number;
	readonly completionTokensPerSecond?: number;
}

/**
 * One server, spoken to in its own wire protocol. A provider makes one attempt a call: retry, failover and queueing
 * are the pool's. Every method obeys its signal within milliseconds and closes the connection when it fires.
 */
export interface Provider {
	/** @throws ModelError for every failure of the server or the connection; CancelledError when the signal fired */
	chat(request: ChatRequest, onDelta: DeltaSink, signal: AbortSignal): Promise<ChatReply>;
	/** Asks the server what it is and what it has. @throws ModelError, CancelledError */
	probe(signal: AbortSignal): Promise<ServerReport>;
	/** Tokens of the window in which this server would serve the model, if it tells. @throws ModelError, CancelledError */
	contextTokens(model: string, signal: AbortSignal): Promise<number | undefined>;
	/**
	 * The cheapest sign of life that the server has. A provider without it is always there.
	 * @returns true when it can take calls, false when it is loading a model
	 * @throws ModelError, CancelledError
	 */
	isReady?(signal: AbortSignal): Promise<boolean>;
	/** What the server says of its work; undefined when it tells nothing. @throws ModelError, CancelledError */
	load?(signal: AbortSignal): Promise<ServerLoad | undefined>;
	/** Closes its connections. Idempotent. */
	dispose?(): void;
}

/** A model that would serve a role, described before the first call. */
export interface ModelDescription {
	readonly model: string;
	/** Id of the server. */
	readonly server: string;
	/** Tokens of the served window, prompt and completion together. */
	readonly contextTokens: number;
	/** False when the server did not tell and `contextTokens` is the cautious default. */
	readonly isContextKnown: boolean;
	/** Present when the price is known. */
	readonly price?: Price;
	/** The deterministic program that stands in when no model is configured. */
	readonly isBuiltin: boolean;
}

/** USD for a million tokens. */
export interface Price {
	readonly promptUsd: number;
	readonly completionUsd: number;
	/** Price of cached prompt tokens; the prompt price when absent. */
	readonly cachedPromptUsd?: number;
	/** Price of prompt tokens written to the cache; the prompt price when absent. */
	readonly cacheWriteUsd?: number;
	/** Prices of all tokens of a call whose prompt is longer; the same for every length when absent. */
	readonly long?: Omit<Price, 'long'> & { readonly abovePromptTokens: number };
}

/** A call as the loop makes it: to a role, not to a server. */
export interface ModelCall {
	readonly role: ModelRole;
	/** The model asked for by name; absent means the configured model of the role. */
	readonly model?: string;
	readonly messages: readonly ChatMessage[];
	readonly maxTokens?: number;
	readonly thinking?: boolean;
	/** The run that pays for it, for fairness between runs. */
	readonly runId: string;
	/** Same for all calls that share a growing prefix, so that they can stay on the server that caches it. */
	readonly conversationId: string;
	/** How long a reply is of use, ms from the call on; absent: for ever. */
	readonly timeLeftMs?: number;
}

/**
 * What happens after a failed attempt. `other-server` names the one that is expected to take the call; another one takes
 * it when it is free sooner.
 */
export type NextStep =
	| { readonly kind: 'retry'; readonly afterMs: number }
	| { readonly kind: 'other-server'; readonly server: string }
	| { readonly kind: 'give-up' };

/** One request to one server, before it is sent. */
export interface AttemptStart {
	readonly server: string;
	readonly model: string;
	/** Of this model at this server; absent when nobody knows it. */
	readonly price?: Price;
}

/** What a server counted, or may have counted, for one request. */
export interface AttemptUse {
	readonly usage: Usage;
	/** USD; absent when the price is unknown. */
	readonly costUsd?: number;
	/** False when the attempt gave no reply: it failed, was given up, or another one was faster. */
	readonly isReply: boolean;
}

/** Told of everything between the call and its reply. */
export interface CallObserver {
	onDelta: DeltaSink;
	/**
	 * An attempt is about to be made.
	 * @returns told once, before the call settles, what the attempt used; undefined when no server has worked on it
	 * @throws RlmError to end the call instead of making the attempt
	 */
	onAttempt(attempt: AttemptStart): (use: AttemptUse | undefined) => void;
	/** An attempt failed. When it had already delivered text, the next attempt starts the reply anew. */
	onAttemptFailed(failure: {
		server: string;
		category: FailureCategory;
		message: string;
		restartsReply: boolean;
		next: NextStep;
	}): void;
}

/** The reply of a call, whichever server gave it. */
export interface ModelReply extends ChatReply {
	readonly server: string;
	readonly attempts: number;
	/** Waiting for a free place before the attempt that succeeded, ms. */
	readonly queueMs: number;
	/** USD; absent when the price is unknown. Never zero for "unknown". */
	readonly costUsd?: number;
}

/** The models as the loop sees them; implemented by the pool. */
export interface ModelPort {
	/** Which model would serve a role. @throws NoServerError, ConfigError, CancelledError */
	describe(role: ModelRole, model: string | undefined, signal: AbortSignal): Promise<ModelDescription>;
	/** Makes a call, with retries and failover. @throws ModelError, NoServerError, CancelledError, what `onAttempt` throws */
	call(call: ModelCall, observer: CallObserver, signal: AbortSignal): Promise<ModelReply>;
}
