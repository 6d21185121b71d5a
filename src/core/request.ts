import type { Limits, RunEnd } from './events.ts';
import type { Context, CorpusReader } from './ports/context.ts';
import type { ModelPort } from './ports/model.ts';
import type { HostTool, OutputField, ReplSource, SandboxFactory } from './ports/sandbox.ts';
import type { ProfileName } from './prompt/profiles.ts';

/** Checks an answer that was handed in as a value, for example against a JSON schema. */
export interface AnswerValidator {
	/** What the answer must be, for the system prompt. */
	readonly description: string;
	/**
	 * The problem in one sentence that names the field, or undefined when the value fits.
	 * @param answer JSON text @throws CancelledError
	 */
	check(answer: string, signal: AbortSignal): Promise<string | undefined>;
}

/** A question and what to ask it about. */
export interface RunRequest {
	/** Id of the run where its host speaks of it before it begins; made when absent. Unique among all runs. */
	readonly runId?: string;
	readonly query: string;
	readonly contexts: readonly Context[];
	/** Earlier conversations, each as JSON text of a list of messages. */
	readonly histories?: readonly string[];
	/** JSON text of the `memory` dict. */
	readonly memory?: string;
	readonly limits: Limits;
	readonly rootModel?: string;
	readonly subModel?: string;
	readonly tools?: Readonly<Record<string, HostTool>>;
	readonly outputFields?: readonly OutputField[];
	readonly output?: AnswerValidator;
	/** Identical sub-calls of the run are answered once. */
	readonly memo?: boolean;
	/** A variant of the prompts; chosen by the model's name and window when absent. */
	readonly profile?: ProfileName;
	/**
	 * When the whole context is at most so many tokens, one direct call answers the question without a REPL.
	 * 0: never; absent: never, but the user is told when it would be possible.
	 */
	readonly directBelowTokens?: number;
	/** The REPL of a conversation; absent: one of its own, which ends with the run. */
	readonly repl?: ReplSource;
	/** What was said before in the conversation and what the REPL holds of it, for the first message. */
	readonly earlier?: string;
}

/** What the engine needs from the world. */
export interface RunDeps {
	readonly models: ModelPort;
	readonly sandboxes: SandboxFactory;
	/** Reads the texts of contexts, for citations and direct calls. */
	readonly readCorpus: (contexts: readonly Context[]) => CorpusReader;
	/** Makes the context of a child run from a text. */
	readonly textContext: (label: string, text: string) => Promise<Context>;
	/** ms since the epoch. */
	readonly now: () => number;
	/** A new id, unique among all runs. */
	readonly createId: () => string;
}

/** How a run ended: what its last event says. */
export type RunResult = Omit<RunEnd, 'type' | 'seq' | 'at' | 'nodeId' | 'parentId'> & {
	/** The `memory` dict as JSON text, to be given to the next run of the session. */
	readonly memory?: string;
};
