import { InputError } from './errors.ts';
import type { Limits, RunEnd } from './events.ts';
import type { Mode } from './modes.ts';
import type { Context, CorpusReader, PassageFinder } from './ports/context.ts';
import type { JsonReader } from './ports/json.ts';
import type { ModelPort } from './ports/model.ts';
import type { HostTool, OutputField, ReplSource, SandboxFactory } from './ports/sandbox.ts';
import type { OfficialFormat } from './prompt/official.ts';
import type { ProfileName } from './prompt/profiles.ts';
import type { RunState } from './runState.ts';
import type { Ending } from './salvage.ts';

/** Checks an answer that was handed in as a value, for example against a JSON schema. */
export interface AnswerValidator {
	/** Description of the expected answer, for the system prompt. */
	readonly description: string;
	/**
	 * The problem in one sentence that names the field, or undefined when the value fits.
	 * @param answer JSON text @throws CancelledError
	 */
	check(answer: string, signal: AbortSignal): Promise<string | undefined>;
}

/** A question and its contexts. */
export interface RunRequest {
	/** Id of the run, if its host announces it before it begins; made when absent. Unique among all runs. */
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
	/** Answers identical sub-calls of the run once. */
	readonly memo?: boolean;
	/** Refuses an answer whose evidence does not hold, a few times, so that the model mends or drops it. */
	readonly strict?: boolean;
	/** Prompt profile; absent: chosen by the model's name and window. */
	readonly profile?: ProfileName;
	/** The way to the answer; absent: `explore`. */
	readonly mode?: Mode;
	/**
	 * Where the mode is chosen for the user, a context of at most this many tokens is read in one direct call. 0: never.
	 * Absent: up to a size at which models still read well.
	 */
	readonly directBelowTokens?: number;
	/** How many runs answer in the mode `vote`, at most; absent: three. */
	readonly voters?: number;
	/** The root model is nowhere cooler than this, so that runs of the same question differ. */
	readonly leastTemperature?: number;
	/** The REPL of a conversation; absent: a REPL that ends with the run. */
	readonly repl?: ReplSource;
	/** Earlier exchanges, and what the REPL still holds of them, for the first message. */
	readonly earlier?: string;
}

/** Longest question. Characters. */
export const QUESTION_CHARACTERS = 1_000_000;

/** @throws InputError when the question of a person or client is too long; what is large belongs into a context */
export function checkQuestion({ query }: RunRequest): void {
	if (query.length <= QUESTION_CHARACTERS) return;
	throw new InputError('the question has more than 1,000,000 characters', 'Put long texts into a context.');
}

/** What the engine needs from its host. */
export interface RunDeps {
	readonly models: ModelPort;
	readonly sandboxes: SandboxFactory;
	/** Reads the texts of contexts, for citations and direct calls. */
	readonly readCorpus: (contexts: readonly Context[]) => CorpusReader;
	/** Searches contexts, for steps that read what fits a question. */
	readonly passages: PassageFinder;
	/** Makes the context of a child run from a text. */
	readonly textContext: (label: string, text: string) => Promise<Context>;
	/** Reads the replies of sub-calls that have to be JSON. */
	readonly json: JsonReader;
	/** Texts of the official RLM package, for the profile `official`. @throws ConfigError when they are missing */
	readonly officialFormat: () => Promise<OfficialFormat>;
	/** Answers the question of a run that is open, in one mode or several. May throw as model calls do. */
	readonly answer: (state: RunState) => Promise<Ending>;
	/** ms since the epoch. */
	readonly now: () => number;
	/** A new id, unique among all runs. */
	readonly createId: () => string;
}

/** How a run ended: the content of its last event. */
export type RunResult = Omit<RunEnd, 'type' | 'seq' | 'at' | 'nodeId' | 'parentId'> & {
	/** The `memory` dict as JSON text, for the next run of the session. */
	readonly memory?: string;
};
