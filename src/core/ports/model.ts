import type { FailureCategory } from '../errors.ts';

/** One message of a conversation with a model. */
export interface ChatMessage {
	readonly role: 'system' | 'user' | 'assistant';
	readonly content: string;
}

/** Roles of models. */
export const MODEL_ROLES = ['root', 'sub'] as const;

/** `root` writes the code of a run; `sub` answers `llm_query`. The root model of a child run has the role `root`. */
export type ModelRole = (typeof MODEL_ROLES)[number];

/** Channel of a piece of a reply: the reply itself or the model's reasoning. */
export type Channel = 'text' | 'reasoning';

/** Tokens of one call. */
export interface Usage {
	/** All prompt tokens, cached ones included. */
	readonly promptTokens: number;
	readonly completionTokens: number;
	/** Prompt tokens served from the server's cache; absent when the server does not report it. */
	readonly cachedPromptTokens?: number;
	/** Completion tokens spent on reasoning; absent when the server does not report it. */
	readonly reasoningTokens?: number;
	/** True when the server reported nothing and the figures are estimates. */
	readonly isEstimate: boolean;
	/** Prompt tokens written to the server's cache at a separate price; absent when the server does not report it. */
	readonly cacheWriteTokens?: number;
}

/** Why a reply ended: complete, cut by a token limit, or declined by the model or a filter. */
export type FinishReason = 'stop' | 'length' | 'refusal';

/** A JSON schema (draft 2020-12), not checked. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How a reply is written. An absent option leaves the server's default. */
export interface CallOptions {
	/** Maximum of completion tokens. */
	readonly maxTokens?: number;
	/** 0 takes the likeliest token each time; 2 is the most. Models that refuse it are asked again without it. */
	readonly temperature?: number;
	/** Chooses among the likeliest tokens that have this share of the probability together, above 0 up to 1. */
	readonly topP?: number;
	/**
	 * The reply ends before the first of these texts, with `finishReason` `stop`. It holds for every provider: what a
	 * server writes beyond is dropped.
	 */
	readonly stop?: readonly string[];
	/** Begins the reply. */
	readonly prefill?: Prefill;
	/**
	 * The reply is to be JSON that fits this schema. A server that can decodes by it; elsewhere the option is left out. So
	 * the messages have to say it as well, and whoever reads the reply has to check it.
	 */
	readonly format?: JsonSchema;
	/** Whether a model that can reason does. */
	readonly thinking?: boolean;
}

/**
 * The beginning of a reply, which the model continues. Not every server can (`ModelDescription.canPrefill` says whether
 * the likely one can), and a model may refuse it; then the call is made without. `ChatReply.isPrefilled` says what
 * happened: when it is true, `text` begins with this text.
 */
export interface Prefill {
	/**
	 * Ends with the line end where the model should go on in a new line: behind half a line it completes the line. Costs
	 * prompt tokens, not completion tokens.
	 */
	readonly text: string;
	/** More texts for `CallOptions.stop`, only for a reply that is continued: the closing fence of a code block. */
	readonly stop?: readonly string[];
}

/** One attempt at one server. */
export interface ChatRequest extends CallOptions {
	readonly model: string;
	readonly messages: readonly ChatMessage[];
	/** Called as soon as the server may have the request and may count it. Further calls change nothing. */
	readonly onSent?: () => void;
}

/** A call of a tool. RLM offers none; models that were trained with tools call them all the same. */
export interface ToolCall {
	readonly name: string;
	/** As the server sends them: usually JSON. */
	readonly arguments: string;
}

/** The reply of one attempt. */
export interface ChatReply {
	/**
	 * The reply without reasoning, stop tokens and other marks of the model's chat format; it begins with the prefill when
	 * `isPrefilled` says so.
	 */
	readonly text: string;
	readonly reasoning: string;
	/** Present when the model called tools, with or without a text beside. */
	readonly toolCalls?: readonly ToolCall[];
	readonly finishReason: FinishReason;
	/**
	 * True when it was cut because it said the same over and over, which would have held its place at the server until
	 * the maximum of tokens. `finishReason` is then `length`.
	 */
	readonly isRepeating?: boolean;
	/** True when the model continued the prefill of the call. */
	readonly isPrefilled?: boolean;
	readonly usage: Usage;
	/** The model as the server names it. */
	readonly model: string;
	/** From sending the request to the first piece of text or reasoning, ms. */
	readonly firstTokenMs: number;
	/** The whole attempt, ms. */
	readonly durationMs: number;
	/** What the server says it charged, USD; absent when it does not report it. */
	readonly chargedUsd?: number;
}

/** Receives the reply piece by piece. */
export type DeltaSink = (text: string, channel: Channel) => void;

/** What a server tells of a model itself. */
export interface ModelFacts {
	/** Number of its parameters, all experts together. */
	readonly parameters?: number;
	/** Family or architecture, as the server names it: `qwen2`. */
	readonly family?: string;
	/** Other names: of its file, of the repository of its weights, of the model that it was trained from. */
	readonly aliases?: readonly string[];
	/** Whether it can reason before it replies. */
	readonly canThink?: boolean;
}

/** What is known of a model on a server. */
export interface ModelListing extends ModelFacts {
	readonly name: string;
	/** Tokens of the window that the server actually serves; absent when it does not report it. */
	readonly contextTokens?: number;
	/** Tokens of the largest window that the model supports; absent when the server does not report it. */
	readonly maxContextTokens?: number;
	/** Whether it is in the server's memory now; absent when the server does not report it. */
	readonly isLoaded?: boolean;
	/** Bytes of a loaded model with its cache, or of its file where only that is known. */
	readonly bytes?: number;
	/** Bytes in the memory of GPUs. */
	readonly vramBytes?: number;
	/** What the server charges. */
	readonly price?: Price;
	/** False for models that cannot chat (embeddings, rerankers); absent when the server does not report it. */
	readonly isChat?: boolean;
}

/** Id of a server's software as the table of kinds lists it; `compatible` is none of those. */
export type ServerSoftware = string;

/** What a probe of a server found. */
export interface ServerReport {
	/** Name and version of the software, as it reports them. */
	readonly software?: string;
	/** Which software it is; absent when there is no server software. */
	readonly kind?: ServerSoftware;
	readonly models: readonly ModelListing[];
	/** Concurrent calls; further ones wait. Absent when the server does not report it. */
	readonly places?: number;
	/** The server answers, but calls and some look-ups wait because it is loading a model. */
	readonly isLoading?: boolean;
}

/** A snapshot of a server's work. Fields that the server does not report are absent. */
export interface ServerLoad {
	/** Calls in progress, for all its users. */
	readonly running?: number;
	/** Calls waiting inside the server, for all its users. */
	readonly waiting?: number;
	readonly places?: number;
	/** Used share of the memory for prompts, 0 to 1. */
	readonly cacheUsedShare?: number;
	/** Tokens per second, as the server measured them recently. */
	readonly promptTokensPerSecond?: number;
	readonly completionTokensPerSecond?: number;
}

/**
 * A connection to one server in its own wire protocol. Each call makes a single attempt: retry, failover and queueing
 * belong to the pool. Every method obeys its signal within milliseconds and closes the connection when it fires.
 */
export interface Provider {
	/** @throws ModelError for every failure of the server or the connection; CancelledError when the signal fired */
	chat(request: ChatRequest, onDelta: DeltaSink, signal: AbortSignal): Promise<ChatReply>;
	/** Asks the server what it is and what it has. @throws ModelError, CancelledError */
	probe(signal: AbortSignal): Promise<ServerReport>;
	/**
	 * Tokens of the window in which this server would serve the model, if it reports that. @throws ModelError,
	 * CancelledError
	 */
	contextTokens(model: string, signal: AbortSignal): Promise<number | undefined>;
	/** What is known of a model beside its window. Absent: nothing. @throws ModelError, CancelledError */
	facts?(model: string, signal: AbortSignal): Promise<ModelFacts>;
	/** Whether it would continue the beginning of a reply. Absent: it never does. @throws ModelError, CancelledError */
	canPrefill?(model: string, signal: AbortSignal): Promise<boolean>;
	/**
	 * Tokens of these messages in the model's own format, as the server's tokenizer counts them; undefined when it does
	 * not say. @throws ModelError, CancelledError
	 */
	countTokens?(model: string, messages: readonly ChatMessage[], signal: AbortSignal): Promise<number | undefined>;
	/**
	 * Makes the cheapest request that proves the server is alive. Providers without it are always available.
	 * @returns true when the server takes calls, false when it is loading a model
	 * @throws ModelError, CancelledError
	 */
	isReady?(signal: AbortSignal): Promise<boolean>;
	/** The server's current work; undefined when it reports nothing. @throws ModelError, CancelledError */
	load?(signal: AbortSignal): Promise<ServerLoad | undefined>;
	/** Closes all connections. Idempotent. */
	dispose?(): void;
}

/** A model that would serve a role, described before the first call. */
export interface ModelDescription extends ModelFacts {
	readonly model: string;
	/** Id of the server. */
	readonly server: string;
	/** Tokens of the served window, prompt and completion together. */
	readonly contextTokens: number;
	/** False when `contextTokens` is the cautious default because the server reported nothing. */
	readonly isContextKnown: boolean;
	/** Present when the price is known. */
	readonly price?: Price;
	/** True for the built-in engine, the deterministic program that stands in for a model. */
	readonly isBuiltin: boolean;
	/** True when this server continues the beginning of a reply (`Prefill`), as far as it is known. */
	readonly canPrefill: boolean;
}

/** USD per million tokens. */
export interface Price {
	readonly promptUsd: number;
	readonly completionUsd: number;
	/** Price of cached prompt tokens; the prompt price when absent. */
	readonly cachedPromptUsd?: number;
	/** Price of prompt tokens written to the cache; the prompt price when absent. */
	readonly cacheWriteUsd?: number;
	/** Prices of all tokens of a call with a longer prompt; absent when length does not matter. */
	readonly long?: Omit<Price, 'long'> & { readonly abovePromptTokens: number };
}

/** A call as the loop makes it: to a role, not to a server. */
export interface ModelCall extends CallOptions {
	readonly role: ModelRole;
	/** Name of the requested model; absent means the configured model of the role. */
	readonly model?: string;
	readonly messages: readonly ChatMessage[];
	/** The run that pays for it; the scheduler is fair between runs. */
	readonly runId: string;
	/** Shared by all calls with a common growing prefix, so that they stay on the server that caches it. */
	readonly conversationId: string;
	/** How long the reply is useful, counted from the call, ms; absent means without limit. */
	readonly timeLeftMs?: number;
	/** Temperature where neither `temperature` nor the settings of the server that takes the call name one. */
	readonly usualTemperature?: number;
}

/**
 * What happens after a failed attempt. `other-server` names the server expected to take the call; another one takes it
 * if it is free sooner.
 */
export type NextStep =
	| { readonly kind: 'retry'; readonly afterMs: number }
	| { readonly kind: 'other-server'; readonly server: string }
	| { readonly kind: 'give-up' };

/** One request to one server, before it is sent. */
export interface AttemptStart {
	readonly server: string;
	readonly model: string;
	/** Price of this model at this server; absent when unknown. */
	readonly price?: Price;
}

/** What a server counted, or may have counted, for one request. */
export interface AttemptUse {
	readonly usage: Usage;
	/** USD; absent when the price is unknown. */
	readonly costUsd?: number;
	/** USD that a limit counts, where a server may charge less than the user's price or nothing; else `costUsd`. */
	readonly limitUsd?: number;
	/** False when the attempt gave no reply: it failed, was given up, or a parallel one was faster. */
	readonly isReply: boolean;
}

/** Observes everything between a call and its reply. */
export interface CallObserver {
	onDelta: DeltaSink;
	/**
	 * Called before an attempt is made.
	 * @returns called once, before the call settles, with what the attempt used; undefined when no server worked on it
	 * @throws RlmError to end the call instead of making the attempt
	 */
	onAttempt(attempt: AttemptStart): (use: AttemptUse | undefined) => void;
	/** An attempt failed. If it had already delivered text, the next attempt starts the reply again. */
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
	/** Wait for a free place before the successful attempt, ms. */
	readonly queueMs: number;
	/** USD; absent when the price is unknown. Never zero for "unknown". */
	readonly costUsd?: number;
}

/** A model that code may name in a call. */
export interface ModelOffer extends ModelFacts {
	/** The name to call it by. */
	readonly model: string;
	/** Tokens of the served window; absent when unknown. */
	readonly contextTokens?: number;
	/** Absent when unknown. */
	readonly price?: Price;
}

/** The models as the loop sees them. The pool implements this. */
export interface ModelPort {
	/**
	 * The models that a role may be served by, as far as is known without asking a server: those of the settings, and those
	 * that servers without such a list have in memory. The first of a server is its usual one.
	 */
	offers(role: ModelRole): readonly ModelOffer[];
	/** Calls of a role that servers could begin at once, without any other waiting for it. */
	idlePlaces(role: ModelRole): number;
	/** Selects the model for a role. @throws NoServerError, ConfigError, CancelledError */
	describe(role: ModelRole, model: string | undefined, signal: AbortSignal): Promise<ModelDescription>;
	/**
	 * Makes a call, with retries and failover. @throws ModelError, NoServerError, CancelledError, what `onAttempt` throws
	 */
	call(call: ModelCall, observer: CallObserver, signal: AbortSignal): Promise<ModelReply>;
}
