import type { ErrorAction, FailureCategory } from './errors.ts';
import type { Mode, ModeReason, Way } from './modes.ts';
import type { LeftOut, SourceSpan } from './ports/context.ts';
import type { CallOptions, Channel, FinishReason, NextStep, Usage } from './ports/model.ts';
import type { CellError, ChangedVariable, QueryReply } from './ports/sandbox.ts';

/** Limits of a run. All are hard and apply to the whole tree of a run and its children. */
export interface Limits {
	/** Iterations of one root model. */
	readonly iterations: number;
	/** 1: sub-calls are plain calls. 2 or more: `rlm_query` starts child runs, up to this many levels in all. */
	readonly depth: number;
	readonly callsPerCell: number;
	/** Sub-calls of the whole tree, not counting calls of root models. */
	readonly calls: number;
	/** Prompt and completion tokens of the whole tree. */
	readonly tokens: number;
	/** USD of the whole tree. Calls with an unknown price are not counted, and a notice says so. */
	readonly costUsd: number;
	/** The whole run, ms. */
	readonly durationMs: number;
	/** One cell, ms. */
	readonly cellMs: number;
	readonly consecutiveErrors: number;
	/** Replies in a row that hold neither code nor an answer. */
	readonly emptyReplies: number;
	/** Sub-calls in flight at a time. */
	readonly concurrency: number;
	/** Characters of a cell's output shown to the root model. */
	readonly outputCharacters: number;
	/** Bytes of UTF-8 of all contexts. */
	readonly contextBytes: number;
}

/** The limit that ended a run, or that a warning is about. */
export type LimitName = 'iterations' | 'calls' | 'tokens' | 'cost' | 'duration' | 'errors' | 'emptyReplies';

/** `partial`: a limit or the user ended the run early, and the answer is the best available. */
export type RunOutcome = 'answered' | 'partial' | 'cancelled' | 'failed';

/** Tokens and money of a node or of a subtree. */
export interface Totals {
	readonly usage: Usage;
	/** USD of the calls whose price is known. */
	readonly costUsd: number;
	/** Calls with an unknown price. If there are any, `costUsd` is a lower bound. */
	readonly unpricedCalls: number;
	/**
	 * Requests that servers worked on: calls of root models, sub-calls, and attempts whose reply was lost. Requests that
	 * a server turned away are not counted.
	 */
	readonly calls: number;
}

/**
 * What the check of a citation found. `exact`, `folded`: what the answer quotes stands there, letter for letter or but
 * for white space, typographic quotes and dashes. `place`: the lines exist, and nothing is quoted from them. `not-found`:
 * the lines do not exist, or the quotation does not stand there.
 */
export const CITATION_CHECKS = ['exact', 'folded', 'place', 'not-found'] as const;
export type CitationCheck = (typeof CITATION_CHECKS)[number];

/** Why a citation was not found. */
export const CITATION_FAULTS = ['no-file', 'several-files', 'no-lines', 'other-text'] as const;
export type CitationFault = (typeof CITATION_FAULTS)[number];

/** A citation of the answer, checked against the corpus. */
export interface Citation extends SourceSpan {
	/** The text of these lines, cut for views; empty when they do not exist. */
	readonly quote: string;
	readonly check: CitationCheck;
	/** Only with `not-found`. */
	readonly fault?: CitationFault;
	/** What the answer quotes from there, cut for views. */
	readonly quoted?: string;
	/** Where the quotation stands instead. */
	readonly elsewhere?: SourceSpan;
}

/** A sentence of the answer that rests on nothing that was read. */
export interface UnsupportedSentence {
	readonly sentence: string;
	/** The figures, quotations and names of it that occur nowhere. */
	readonly terms: readonly string[];
}

/** Lines of the text. */
export interface Passage extends SourceSpan {
	readonly text: string;
}

/** Two cited passages that say the same with different values. */
export interface Conflict {
	readonly first: Passage;
	readonly second: Passage;
}

/** What the user and the root model are told about a context. */
export interface ContextSummary {
	readonly kind: 'text' | 'files' | 'json';
	readonly label: string;
	readonly bytes: number;
	readonly lines: number;
	readonly files: number;
	readonly leftOut: readonly LeftOut[];
}

/** An error as data, for views and the journal. */
export interface EventError {
	readonly code: string;
	readonly message: string;
	readonly hint?: string;
	/** Actions to offer. */
	readonly actions: readonly ErrorAction[];
}

interface EventHead {
	/** Position in the stream of the whole tree, from 0 without gaps. */
	readonly seq: number;
	/** ms since the epoch. */
	readonly at: number;
	readonly runId: string;
	/** The node of the tree that the event is about. */
	readonly nodeId: string;
	/** Absent for the root run. */
	readonly parentId?: string;
}

export interface RunStart extends EventHead {
	readonly type: 'run-start';
	readonly query: string;
	readonly contexts: readonly ContextSummary[];
	readonly depth: number;
	readonly limits: Limits;
	readonly rootModel: string;
	readonly rootServer: string;
	readonly subModel: string;
	readonly subServer: string;
	/** True when the built-in engine stands in for a model. */
	readonly isBuiltin: boolean;
	/** Name of the prompt profile. */
	readonly profile: string;
	/** The mode that was asked for; absent in journals of version 0.1.0. */
	readonly mode?: Mode;
}

/** The run goes on in a mode: the one that was asked for, one that was chosen, or another after one led nowhere. */
export interface ModeStart extends EventHead {
	readonly type: 'mode-start';
	readonly mode: Way;
	readonly reason: ModeReason;
}

/** The mode `guided` follows a plan. */
export interface PlanStart extends EventHead {
	readonly type: 'plan-start';
	readonly plan: string;
	/** What it does, in one sentence for people. */
	readonly about: string;
}

export interface RunEnd extends EventHead {
	readonly type: 'run-end';
	readonly outcome: RunOutcome;
	/** Why, for `partial`: a limit, or `answer-now`. */
	readonly reason?: LimitName | 'answer-now';
	/** The answer, or the best available; empty when there is none. */
	readonly answer: string;
	/** The answer as JSON text when it was handed in as a value. */
	readonly answerJson?: string;
	/** Of an answered run: false when the answer is that the text does not say. */
	readonly found?: boolean;
	readonly citations: readonly Citation[];
	/** Absent when there are none. */
	readonly unsupported?: readonly UnsupportedSentence[];
	/** Absent when there are none. */
	readonly conflicts?: readonly Conflict[];
	readonly iterations: number;
	/** The mode that it ended in; absent when it ended before its first. */
	readonly mode?: Way;
	readonly totals: Totals;
	readonly durationMs: number;
	readonly error?: EventError;
}

export interface IterationStart extends EventHead {
	readonly type: 'iteration-start';
	/** From 1. `salvage` marks the forced last iteration. */
	readonly index: number;
	readonly isSalvage: boolean;
	/** Messages added since the last iteration; the journal keeps them, views may skip them. */
	readonly messages: readonly { readonly role: string; readonly content: string }[];
}

export interface IterationEnd extends EventHead {
	readonly type: 'iteration-end';
	readonly index: number;
	readonly own: Totals;
	readonly subtree: Totals;
	readonly durationMs: number;
}

export interface MessageDelta extends EventHead {
	readonly type: 'message-delta';
	readonly text: string;
	readonly channel: Channel;
}

export interface MessageEnd extends EventHead {
	readonly type: 'message-end';
	readonly text: string;
	readonly reasoning: string;
	readonly finishReason: FinishReason;
	readonly usage: Usage;
	readonly costUsd?: number;
	readonly server: string;
	readonly model: string;
	readonly attempts: number;
	readonly queueMs: number;
	readonly firstTokenMs: number;
	readonly durationMs: number;
}

export interface CodeStart extends EventHead {
	readonly type: 'code-start';
	readonly code: string;
}

export interface OutputDelta extends EventHead {
	readonly type: 'output-delta';
	readonly stream: 'stdout' | 'stderr';
	readonly text: string;
}

export interface CodeEnd extends EventHead {
	readonly type: 'code-end';
	readonly stdout: string;
	readonly stderr: string;
	readonly echo?: string;
	readonly error?: CellError;
	readonly changed: readonly ChangedVariable[];
	/** Source lines that the printed text shows. */
	readonly spans: readonly SourceSpan[];
	readonly durationMs: number;
}

export interface CallStart extends EventHead {
	readonly type: 'call-start';
	readonly kind: 'llm' | 'rlm';
	/** The full prompt, for the journal. */
	readonly prompt: string;
	/** The beginning of the prompt as one line, for views. */
	readonly preview: string;
	readonly model?: string;
	/** Instructions before the prompt. */
	readonly system?: string;
	/** How the reply was to be written, as far as code said it. */
	readonly options?: Pick<CallOptions, 'temperature' | 'maxTokens' | 'stop'> & {
		/** The form that the reply must have, as the model is told. */
		readonly form?: string;
		/** Which repair of an earlier reply the call is, from 1. */
		readonly repair?: number;
	};
	readonly spans: readonly SourceSpan[];
}

/** `memo`: the run had already answered an identical call. */
export type CallStatus = 'done' | 'memo' | 'failed' | 'refused' | 'cancelled';

export interface CallEnd extends EventHead {
	readonly type: 'call-end';
	readonly status: CallStatus;
	readonly reply: string;
	readonly failure?: FailureCategory;
	/** Why the reply is not whole. */
	readonly cut?: QueryReply['cut'];
	/** Of the attempt that gave the reply; absent when none did. For `rlm`: of the whole child run. */
	readonly usage?: Usage;
	readonly costUsd?: number;
	readonly server?: string;
	readonly model?: string;
	readonly attempts: number;
	readonly queueMs: number;
	readonly durationMs: number;
}

export interface AttemptFailed extends EventHead {
	readonly type: 'attempt-failed';
	readonly server: string;
	readonly category: FailureCategory;
	readonly message: string;
	/** Text already streamed by this attempt is void. */
	readonly restartsReply: boolean;
	readonly next: NextStep;
}

/**
 * A server worked on a request but the reply was lost: the attempt failed, was given up, or a parallel one was faster.
 * It counts like any other request; its tokens are an estimate unless the server reported them.
 */
export interface AttemptLost extends EventHead {
	readonly type: 'attempt-lost';
	readonly server: string;
	readonly model: string;
	readonly usage: Usage;
	readonly costUsd?: number;
}

export interface Compaction extends EventHead {
	readonly type: 'compaction';
	readonly messagesBefore: number;
	readonly tokensBefore: number;
	readonly tokensAfter: number;
	readonly summary: string;
	/** The call that wrote the summary; absent when none could be made. */
	readonly call?: {
		readonly usage: Usage;
		readonly costUsd?: number;
		readonly server: string;
		readonly model: string;
		readonly durationMs: number;
	};
}

/** A sentence shown to the root model or to the user. */
export interface Notice extends EventHead {
	readonly type: 'notice';
	readonly audience: 'model' | 'user';
	readonly text: string;
}

export interface BudgetWarning extends EventHead {
	readonly type: 'budget-warning';
	readonly limit: LimitName;
	readonly used: number;
	readonly max: number;
}

/** Everything that the engine reports. Views, journal and metrics are folds over a stream of these. */
export type RunEvent =
	| RunStart
	| RunEnd
	| ModeStart
	| PlanStart
	| IterationStart
	| IterationEnd
	| MessageDelta
	| MessageEnd
	| CodeStart
	| OutputDelta
	| CodeEnd
	| CallStart
	| CallEnd
	| AttemptFailed
	| AttemptLost
	| Compaction
	| Notice
	| BudgetWarning;

/** An event without the fields that the emitter adds: sequence number and time. */
export type EventBody = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'seq' | 'at'> : never) : never;
