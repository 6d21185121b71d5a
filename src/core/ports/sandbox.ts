import type { FailureCategory } from '../errors.ts';
import type { Context, SourceSpan } from './context.ts';
import type { JsonSchema } from './model.ts';

/** A sub-call requested by model-written code. */
export interface SubQuery {
	readonly kind: 'llm' | 'rlm';
	readonly prompt: string;
	readonly model?: string;
	/** Context of a child run; absent means the parent's corpus. Only for `rlm`. */
	readonly context?: string;
	/** Instructions before the prompt. Only for `llm`, like the options below. */
	readonly system?: string;
	/** How the reply is written; see `CallOptions`. */
	readonly temperature?: number;
	readonly maxTokens?: number;
	readonly stop?: readonly string[];
	/** The reply is a JSON value that fits; see `QueryReply.text`. At most one of these two. */
	readonly schema?: JsonSchema;
	/** The reply is one of these texts. */
	readonly choices?: readonly string[];
	/** Present when the call is made to mend a reply. */
	readonly repair?: Repair;
	/** Source spans of the prompt's text, as far as they were found in the corpus. */
	readonly spans: readonly SourceSpan[];
}

/** A reply that cannot be used, and why. */
export interface Repair {
	readonly reply: string;
	/** What is wrong with it, one sentence for the model. */
	readonly problem: string;
	/** Which repair of its call this is, from 1 to `MOST_REPAIRS`. */
	readonly count: number;
}

/** Calls that may be made to mend the reply of another. */
export const MOST_REPAIRS = 2;

/** Why a reply was cut: it reached its maximum of tokens, or said the same over and over. */
export const REPLY_CUTS = ['length', 'repetition'] as const;

/** Result of a sub-call. A failure is data too: the calling code decides what to do. */
export interface QueryReply {
	/**
	 * The reply, as JSON text when a schema or choices were asked for: then it is checked, and whole. On failure a sentence
	 * for the model's code.
	 */
	readonly text: string;
	readonly failure?: FailureCategory;
	/** Calls that were made to mend the reply; absent when there were none. */
	readonly repairs?: number;
	/** Present when the reply is not whole. */
	readonly cut?: (typeof REPLY_CUTS)[number];
}

/** A host function that the REPL offers under its own name. */
export interface HostTool {
	/** One line for the system prompt and the Python docstring. */
	readonly description: string;
	/** Its signature, for example `symbols(path)`; absent: the name with any arguments. */
	readonly signature?: string;
	/**
	 * Takes and returns JSON text: `{"args": […], "kwargs": {…}}` in, any value out.
	 * A rejection becomes a Python RuntimeError with its message.
	 */
	call(argumentsJson: string, signal: AbortSignal): Promise<string>;
}

/** What the sandbox may ask its host while a cell runs. */
export interface SandboxHost {
	/**
	 * Starts all sub-calls of one request. Returns one promise per query, in order; none of them rejects. The signal
	 * fires when the code stops waiting or the cell ends.
	 */
	query(queries: readonly SubQuery[], signal: AbortSignal): readonly Promise<QueryReply>[];
	/** What is left of the run's limits, for `budget()`. A promise if the host is on another machine. */
	budget(): BudgetLeft | Promise<BudgetLeft>;
}

/** Remaining amount by name of the limit; null where there is no limit. */
export type BudgetLeft = Readonly<Record<string, number | string | null>>;

/** A field of a typed answer: Python type as text, for example `str`, `float`, `list[str]`, `Literal['yes','no']`. */
export interface OutputField {
	readonly name: string;
	readonly type: string;
}

/** Configuration of a REPL. */
export interface SandboxOptions {
	readonly contexts: readonly Context[];
	/** Earlier conversations: `history` is the first, all are `history_0`, … as JSON text. */
	readonly histories: readonly string[];
	/** The `memory` dict kept between runs of a session, as JSON text of an object. */
	readonly memory?: string;
	readonly tools: Readonly<Record<string, HostTool>>;
	/** If given, `SUBMIT` takes exactly these fields and checks their types. */
	readonly outputFields?: readonly OutputField[];
	/** Memory cap of the interpreter, bytes. */
	readonly memoryBytes: number;
	readonly host: SandboxHost;
}

/** What the next run changes when it takes over a REPL. */
export type SandboxRenewal = Pick<
	SandboxOptions,
	'contexts' | 'histories' | 'tools' | 'outputFields' | 'memoryBytes' | 'host'
>;

/** Limits of one cell. */
export interface CellLimits {
	/** Run time after which the code is interrupted, and killed if it does not stop. ms */
	readonly timeoutMs: number;
	/** Characters kept of stdout and of stderr: the head and the tail. */
	readonly outputCharacters: number;
}

/** A variable that a cell created or changed. */
export interface ChangedVariable {
	readonly name: string;
	readonly type: string;
	/** Its length where it has one (characters, items), as the model would count it. */
	readonly size?: number;
	/** Whether it is a text, number, list, dict or tuple; told for `variables` only. */
	readonly isPlain?: boolean;
}

/** An error raised by a cell. */
export interface CellError {
	/** Name of the Python exception class, or `Timeout`. */
	readonly type: string;
	readonly message: string;
	/** Traceback with line numbers of the cell. */
	readonly traceback: string;
	/** Line of the cell where it was raised, from 1; absent when unknown. */
	readonly line?: number;
	/** Advice, when the mistake is a common one. */
	readonly hint?: string;
}

/** A finished answer. */
export interface FinalAnswer {
	/** The answer as text. */
	readonly text: string;
	/** The value as strict JSON text (no NaN), if it has one. */
	readonly json?: string;
}

/** A citation that the code recorded with `cite`. */
export type RecordedCitation = SourceSpan;

/** The sandbox had to be replaced during a cell. */
export interface SandboxRestart {
	readonly reason: 'timeout' | 'violation' | 'crashed' | 'memory';
	/** True when variables are as they were before the cell, false when all of them are lost. */
	readonly isRestored: boolean;
	/** One sentence for the model: the reason, and what was kept or lost. */
	readonly explanation: string;
}

/** Result of running one cell. */
export interface CellResult {
	/** Head and tail of what was printed. A line in between says how much was left out. */
	readonly stdout: string;
	readonly stderr: string;
	/** Representation of the last expression, as a notebook shows it; also at the end of `stdout`. */
	readonly echo?: string;
	/** Characters printed in all, before anything was cut. */
	readonly printedCharacters: number;
	readonly error?: CellError;
	/** Set when the cell handed in an answer and did not fail. */
	readonly final?: FinalAnswer;
	/** Content of `answer` so far, ready or not; absent when empty. */
	readonly answerSoFar?: string;
	/** Sentences for the model: refused answers, restored names. */
	readonly notices: readonly string[];
	readonly changed: readonly ChangedVariable[];
	/** All citations recorded in this session so far. */
	readonly citations: readonly RecordedCitation[];
	/** Whether the code names the context, or a function that reads it; absent when the code did not run. */
	readonly usesContext?: boolean;
	/** Source spans of the printed text, as far as they were found in the corpus. */
	readonly spans: readonly SourceSpan[];
	/** Run time of the cell, including the wait for sub-calls, ms. */
	readonly durationMs: number;
	readonly restart?: SandboxRestart;
}

/** Where model-written code runs: in a worker thread of the host, in a restricted process, or on a server. */
export type Isolation = (typeof ISOLATIONS)[number];

/** Every deployment, the nearest first. */
export const ISOLATIONS = ['worker', 'process', 'remote'] as const;

/**
 * A wall around model-written code: `imports` stubs for every host function that WebAssembly does not need, `realm` a
 * JavaScript realm without Node, `permissions` a process that may read its own files only, `namespaces` a process
 * without network and without sight of others.
 */
export type IsolationLayer = (typeof ISOLATION_LAYERS)[number];

/** All layers, the innermost first. */
export const ISOLATION_LAYERS = ['imports', 'realm', 'permissions', 'namespaces'] as const;

/** A Python REPL that keeps its variables from cell to cell. */
export interface Sandbox {
	/** The layers that are in force, as measured at start-up. */
	readonly isolation: readonly IsolationLayer[];
	/**
	 * Runs one cell, one at a time. Errors of the code are part of the result.
	 * @param onOutput receives printed text as it appears, bounded like the result
	 * @throws CancelledError when the signal fired: the code was interrupted, variables survive
	 * @throws SandboxError when the sandbox is gone and could not be replaced
	 */
	execute(
		code: string,
		limits: CellLimits,
		onOutput: (stream: 'stdout' | 'stderr', text: string) => void,
		signal: AbortSignal,
	): Promise<CellResult>;
	/** The user's variables: name, type, size. @throws like execute */
	variables(signal: AbortSignal): Promise<readonly ChangedVariable[]>;
	/**
	 * Text of a variable, cut to `maxCharacters`. Undefined when the variable is missing or cannot be an answer: a
	 * function, the error of a failed call, the untouched `answer`.
	 * @throws like execute
	 */
	variableText(name: string, maxCharacters: number, signal: AbortSignal): Promise<string | undefined>;
	/** Replaces `history` after a compaction. JSON text of a list of messages. @throws like execute */
	setHistory(json: string, signal: AbortSignal): Promise<void>;
	/** The `memory` dict as JSON text. @throws like execute */
	memory(signal: AbortSignal): Promise<string>;
	/**
	 * Hands the REPL over to the next run of a conversation: variables and `memory` stay; `answer`, citations, histories
	 * and the host are replaced.
	 * @returns false when the variables could not be kept; the REPL is then unusable
	 * @throws CancelledError
	 */
	renew(renewal: SandboxRenewal, signal: AbortSignal): Promise<boolean>;
	/** Ends the REPL and kills running code. Idempotent. */
	dispose(): Promise<void>;
}

/** Provides the REPL of a run and takes it back. */
export interface ReplSource {
	/**
	 * Opens a REPL with these options.
	 * @returns also a sentence for the model when the REPL differs from what the model was promised
	 * @throws SandboxError, CancelledError
	 */
	open(options: SandboxOptions, signal: AbortSignal): Promise<{ readonly sandbox: Sandbox; readonly notice?: string }>;
	/** Takes the REPL back after the run. Never throws. */
	close(sandbox: Sandbox): Promise<void>;
}

/** Creates sandboxes; owned by the composition root. */
export interface SandboxFactory {
	/** @throws SandboxError, CancelledError */
	create(options: SandboxOptions, signal: AbortSignal): Promise<Sandbox>;
	/** Loads in the background what every sandbox needs, so that the next `create` is fast. Never throws. */
	prepare(): void;
	/** Ends every live sandbox. */
	dispose(): Promise<void>;
}
