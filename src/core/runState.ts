import type { Budget } from './budget.ts';
import type { SubCalls } from './calls.ts';
import type { Emitter } from './emitter.ts';
import type { Limits } from './events.ts';
import type { Seen } from './evidence/seen.ts';
import type { Way } from './modes.ts';
import type { OpenTexts } from './openTexts.ts';
import type { Pace } from './pace.ts';
import type { CorpusReader } from './ports/context.ts';
import type { ModelDescription } from './ports/model.ts';
import type { CellResult, ChangedVariable, FinalAnswer, Sandbox } from './ports/sandbox.ts';
import type { Frame } from './prompt/frame.ts';
import type { PromptProfile } from './prompt/profiles.ts';
import type { Sample } from './prompt/sample.ts';
import type { Repeats } from './repeats.ts';
import type { RunDeps, RunRequest, RunResult } from './request.ts';
import type { Semaphore } from './semaphore.ts';
import type { Spending } from './totals.ts';
import type { Transcript } from './transcript.ts';

/** What all runs of one tree share. */
export interface Shared {
	readonly deps: RunDeps;
	readonly emitter: Emitter;
	/** What was printed and written so far. */
	readonly seen: Seen;
	readonly budget: Budget;
	/** Places for sub-calls in flight. */
	readonly places: Semaphore;
	/** Texts of sub-calls in flight. */
	readonly texts: OpenTexts;
	/** How fast its models write. */
	readonly pace: Pace;
	/** Fires when ordinary work has to stop but an answer may still be given. */
	readonly stop: AbortSignal;
	/** Fires when the time of the whole tree is up, including the forced last iteration. */
	readonly deadline: AbortSignal;
	/** Ends ordinary work early enough for a forced last iteration of this length, ms. */
	readonly keepBack: (closingMs: number) => void;
	readonly createNodeId: () => string;
	readonly runChild: (request: RunRequest, shared: Shared, place: RunPlace, signal: AbortSignal) => Promise<RunResult>;
}

/** Where a run stands in the tree. */
export interface RunPlace {
	readonly runId: string;
	readonly nodeId: string;
	readonly parentId: string | undefined;
	readonly depth: number;
	/**
	 * For a voter: the run that it votes for. It stands below that run in the tree, but is no level deeper for `rlm_query`,
	 * and its calls take that run's share of the servers: a run that has its question put to a vote gets no more of them.
	 */
	readonly votesFor?: string;
}

/** The run whose share of the servers the calls of a run take. */
export function payerOf({ runId, votesFor = runId }: RunPlace): string {
	return votesFor;
}

/** Progress of a run. */
export interface Progress {
	/** The mode that it is in; undefined before the first. */
	mode: Way | undefined;
	iterations: number;
	cells: number;
	consecutiveErrors: number;
	emptyReplies: number;
	/** True once an answer was refused because the code had not looked at the context. */
	wasRefusedBlind: boolean;
	/** Times that an answer was refused for its evidence, and the last such answer. */
	refusals: number;
	refused: FinalAnswer | undefined;
	/** True once code has named the context or asked anything about it. */
	hasLooked: boolean;
	/** Whether calls of the newest cell failed, so that the same code may find more the next time. */
	haveCallsFailed: boolean;
	/** True once the sandbox could not start: steps that need code are left out. */
	lacksSandbox: boolean;
	/** True once a plan was left because the limits did not allow what it takes. */
	isCutShort: boolean;
	/** Blocks that have run before. */
	readonly repeats: Repeats;
	/** The newest result of a cell: citations, the answer so far. */
	last: CellResult | undefined;
	/** Variables that cells changed, newest last. */
	readonly changed: Map<string, ChangedVariable>;
	/** What was shown of the context to a model that answers in short calls, newest last. */
	readonly evidence: string[];
	/** What was tried in vain, each a sentence. */
	readonly tried: string[];
	/** Sentences for the model, held until its iteration ends. */
	readonly notes: string[];
}

/** One run in progress. */
export interface RunState {
	readonly request: RunRequest;
	readonly shared: Shared;
	readonly place: RunPlace;
	readonly limits: Limits;
	readonly root: ModelDescription;
	readonly sub: ModelDescription;
	readonly profile: PromptProfile;
	readonly transcript: Transcript;
	/** How the conversation is framed. */
	readonly frame: Frame;
	/** What the first message shows of the contexts. */
	readonly sample: Sample;
	readonly calls: SubCalls;
	readonly corpus: CorpusReader;
	readonly progress: Progress;
	readonly spending: Spending;
	/** Cancels the run. */
	readonly signal: AbortSignal;
	/** Ends ordinary work: cancelled, out of time, or the user wants the answer now. */
	readonly work: AbortSignal;
	/** Ends what may follow ordinary work: cancelled, or the final deadline has passed. */
	readonly ending: AbortSignal;
	/** The REPL, started on first use. */
	sandbox(): Promise<Sandbox>;
	close(): Promise<void>;
}

/** The fields of an event that identify its run. */
export function head(place: RunPlace): { runId: string; nodeId: string; parentId?: string } {
	const { runId, nodeId, parentId } = place;
	return parentId === undefined ? { runId, nodeId } : { runId, nodeId, parentId };
}
