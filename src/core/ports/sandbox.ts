import type { FailureCategory } from '../errors.ts';
import type { Context, SourceSpan } from './context.ts';

/** One sub-call that model-written code asks for. */
export interface SubQuery {
	readonly kind: 'llm' | 'rlm';
	readonly prompt: string;
	readonly model?: string;
	/** Text that a child run gets as its context; absent means the parent's own corpus. Only for `rlm`. */
	readonly context?: string;
	/** Where the prompt's text stands in the corpus, as far as it was found there. */
	readonly spans: readonly SourceSpan[];
}

/** What a sub-call gave. A failed one is data too: the code that asked decides what to do. */
export interface QueryReply {
	/** The reply; on failure the sentence that the model's code gets. */
	readonly text: string;
	readonly failure?: FailureCategory;
}

/** A host function offered to the REPL under a name of its own. */
export interface HostTool {
	/** One line for the system prompt and the Python docstring. */
	readonly description: string;
	/** How it is called, for example `symbols(path)`; absent: the name and any arguments. */
	readonly signature?: string;
	/**
	 * Takes and returns JSON text: `{"args": […], "kwargs": {…}}` in, any value out.
	 * A rejection becomes a Python RuntimeError with its message.
	 */
	call(argumentsJson: string, signal: AbortSignal): Promise<string>;
}

/** What the sandbox may ask of its host while a cell runs. */
export interface SandboxHost {
	/**
	 * Starts the sub-calls of one request, all at once. One promise a query, in order; none of them rejects.
	 * The signal fires when the code gives up waiting or the cell ends.
	 */
	query(queries: readonly SubQuery[], signal: AbortSignal): readonly Promise<QueryReply>[];
	/** What is left of the run's limits, as shown by `budget()`. A promise where the host is on another machine. */
	budget(): BudgetLeft | Promise<BudgetLeft>;
}

/** Names of limits to what is left of them; null where there is no end. */
export type BudgetLeft = Readonly<Record<string, number | string | null>>;

/** A field of a typed answer: Python type as text, for example `str`, `float`, `list[str]`, `Literal['yes','no']`. */
export interface OutputField {
	readonly name: string;
	readonly type: string;
}

/** How a REPL is set up. */
export interface SandboxOptions {
	readonly contexts: readonly Context[];
	/** Earlier conversations: `history` is the first, all are `history_0`, … as JSON text. */
	readonly histories: readonly string[];
	/** The `memory` dict kept between runs of a session, as JSON text of an object. */
	readonly memory?: string;
	readonly tools: Readonly<Record<string, HostTool>>;
	/** When given, `SUBMIT` takes exactly these fields and checks their types. */
	readonly outputFields?: readonly OutputField[];
	/** Cap of the interpreter's memory, bytes. */
	readonly memoryBytes: number;
	readonly host: SandboxHost;
}

/** What a REPL is set up with anew when the next run takes it over. */
export type SandboxRenewal = Pick<
	SandboxOptions,
	'contexts' | 'histories' | 'tools' | 'outputFields' | 'memoryBytes' | 'host'
>;

/** Limits of one cell. */
export interface CellLimits {
	/** Run time; then the code is interrupted, and if it does not stop, killed. ms */
	readonly timeoutMs: number;
	/** Characters of stdout and of stderr kept: the head and the tail of what was printed. */
	readonly outputCharacters: number;
}

/** A variable that a cell made or changed. */
export interface ChangedVariable {
	readonly name: string;
	readonly type: string;
	/** Its length where it has one (characters, items), as the model would count it. */
	readonly size?: number;
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
	/** What usually helps, when the mistake is a common one. */
	readonly hint?: string;
}

/** A finished answer. */
export interface FinalAnswer {
	/** The answer as text. */
	readonly text: string;
	/** The value as JSON text (strict JSON, no NaN), when it has one. */
	readonly json?: string;
}

/** A citation that the code recorded with `cite`. */
export type RecordedCitation = SourceSpan;

/** The sandbox had to be replaced during a cell. */
export interface SandboxRestart {
	readonly reason: 'timeout' | 'violation' | 'crashed' | 'memory';
	/** True when variables are as they were before the cell; false when all of them are gone. */
	readonly isRestored: boolean;
	/** One sentence for the model: why, and what was kept or lost. */
	readonly explanation: string;
}

/** What running one cell did. */
export interface CellResult {
	/** Head and tail of what was printed, with a line in between that says how much was left out. */
	readonly stdout: string;
	readonly stderr: string;
	/** Representation of the last expression, as a notebook shows it; also at the end of `stdout`. */
	readonly echo?: string;
	/** Characters printed in all, before anything was left out. */
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
	/** Where the printed text stands in the corpus, as far as it was found there. */
	readonly spans: readonly SourceSpan[];
	/** Run time of the cell, waiting for sub-calls included, ms. */
	readonly durationMs: number;
	readonly restart?: SandboxRestart;
}

/** Where model-written code runs: in a worker thread of the host, in a restricted process of its own, or on a server. */
export type Isolation = (typeof ISOLATIONS)[number];

/** Every place, the nearest first. */
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
	/** The layers that hold, as measured when it started. */
	readonly isolation: readonly IsolationLayer[];
	/**
	 * Runs one cell; one at a time. Errors of the code are part of the result.
	 * @param onOutput printed text as it appears, bounded like the result
	 * @throws CancelledError when the signal fired: the code was interrupted, variables live on
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
	 * Text of a variable, cut to `maxCharacters`; undefined when there is none or it could not be an answer: a function,
	 * the error of a failed call, the untouched `answer`. @throws like execute
	 */
	variableText(name: string, maxCharacters: number, signal: AbortSignal): Promise<string | undefined>;
	/** Replaces `history` after a compaction. JSON text of a list of messages. @throws like execute */
	setHistory(json: string, signal: AbortSignal): Promise<void>;
	/** The `memory` dict as JSON text. @throws like execute */
	memory(signal: AbortSignal): Promise<string>;
	/**
	 * Hands the REPL over to the next run of a conversation: its variables and `memory` stay; `answer`, citations, the
	 * histories and the host are the new run's.
	 * @returns false when it could not keep the variables: then it is of no use any more
	 * @throws CancelledError
	 */
	renew(renewal: SandboxRenewal, signal: AbortSignal): Promise<boolean>;
	/** Ends the REPL; running code is killed. Idempotent. */
	dispose(): Promise<void>;
}

/** Where a run gets its REPL, and whom it gives it back to. */
export interface ReplSource {
	/**
	 * A REPL set up as the options say.
	 * @returns with it, a sentence for the model when it is not what the model was promised
	 * @throws SandboxError, CancelledError
	 */
	open(options: SandboxOptions, signal: AbortSignal): Promise<{ readonly sandbox: Sandbox; readonly notice?: string }>;
	/** The run is over. Never throws. */
	close(sandbox: Sandbox): Promise<void>;
}

/** Makes sandboxes; owned by the composition root. */
export interface SandboxFactory {
	/** @throws SandboxError, CancelledError */
	create(options: SandboxOptions, signal: AbortSignal): Promise<Sandbox>;
	/** Loads in the background what every sandbox needs, so that the next `create` is quick. Never throws. */
	prepare(): void;
	/** Ends every sandbox that is still alive. */
	dispose(): Promise<void>;
}
