import type { Uri } from 'vscode';
import type { Explanation } from '../../core/errors.ts';
import type { Limits, RunEvent, RunOutcome } from '../../core/events.ts';
import type { RunResult } from '../../core/run.ts';
import type { RunTree } from '../../core/tree.ts';
import type { ContextSource, SourceOrigin } from '../contextSource.ts';
import type { EventLog } from './eventLog.ts';
import type { SharedRepl } from './sharedRepl.ts';

/** `collecting`: the context is being read. `interrupted`: its window went away while it was under way. */
export type RunState = 'collecting' | 'running' | RunOutcome | 'interrupted';

/** True while a run may still change. */
export function isUnderWay(state: RunState): boolean {
	return state === 'collecting' || state === 'running';
}

/** What is remembered of a run whose tree is not in memory. Plain data. */
export interface RunInfo {
	/** The same in the editor, the events, the journal and the log. */
	readonly id: string;
	readonly question: string;
	/** What it was asked about, for people. */
	readonly contextLabel: string;
	readonly state: RunState;
	/** ms since the epoch. */
	readonly startedAt: number;
	readonly endedAt: number | undefined;
	/** Path of its journal, once there is one. */
	readonly journal: string | undefined;
	/** How to read again what it was asked about. */
	readonly origin?: SourceOrigin | undefined;
}

/** A run of this window, or one that was read back from its journal. */
export interface Run extends RunInfo {
	/** Everything that has happened so far, long texts cut; grows in place while the run is under way. */
	readonly tree: RunTree;
	/** The events behind the tree, long texts cut. */
	readonly log: EventLog;
	/** While the context is collected, what is being done; else empty. */
	readonly progress: string;
	/** Why the run failed or could not begin. */
	readonly error: Explanation | undefined;
	/** Rejects when the run could not begin (nothing to read, no server), and for a run read from a journal that broke off. */
	readonly result: Promise<RunResult>;
	/** The document behind a path of the corpus; undefined when there is none. */
	uriOf(path: string): Promise<Uri | undefined>;
	/** Ends it at once. Without effect when it is over. */
	cancel(): void;
	/** Ends it with the best answer there is. Without effect when it is over or has not begun. */
	answerNow(): void;
	/** Asks the same again, as a new run; undefined where what it was asked about cannot be read again. */
	readonly rerun: (() => Run) | undefined;
}

/** A question to start. What is absent comes from the settings. */
export interface StartRequest {
	readonly question: string;
	readonly source: ContextSource;
	readonly limits?: Partial<Limits>;
	readonly rootModel?: string;
	readonly subModel?: string;
	/** Earlier conversations, each as JSON text of a list of messages. */
	readonly histories?: readonly string[];
	/** JSON text of the `memory` dict. */
	readonly memory?: string;
	/** Contexts up to this size are read in one direct call. Tokens. */
	readonly directBelowTokens?: number;
	/** The REPL of a conversation, which goes on from question to question. Asked again, a question stands alone. */
	readonly repl?: SharedRepl;
}

/** Events of one run, in order and with their full texts. */
export interface RunBatch {
	readonly run: Run;
	readonly events: readonly RunEvent[];
}
