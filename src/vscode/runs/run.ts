import type { Uri } from 'vscode';
import type { Explanation } from '../../core/errors.ts';
import type { Limits, RunEvent, RunOutcome } from '../../core/events.ts';
import type { Mode } from '../../core/modes.ts';
import type { RunResult } from '../../core/request.ts';
import type { RunTree } from '../../core/tree.ts';
import type { ContextSource, SourceOrigin } from '../contextSource.ts';
import type { EventLog } from './eventLog.ts';
import type { SharedRepl } from './sharedRepl.ts';

/** `collecting`: reading the context. `interrupted`: its window closed while it was under way. */
export type RunState = 'collecting' | 'running' | RunOutcome | 'interrupted';

/** Tells whether a run may still change. */
export function isUnderWay(state: RunState): boolean {
	return state === 'collecting' || state === 'running';
}

/** Facts kept of a run whose tree is not in memory, as plain data. */
export interface RunInfo {
	/** Same id in the editor, the events, the journal and the log. */
	readonly id: string;
	readonly question: string;
	/** Names its context for people. */
	readonly contextLabel: string;
	readonly state: RunState;
	/** ms since the epoch. */
	readonly startedAt: number;
	readonly endedAt: number | undefined;
	/** Path of the journal, once it exists. */
	readonly journal: string | undefined;
	/** How to read its context again. */
	readonly origin?: SourceOrigin | undefined;
}

/** A run of this window, or one read back from its journal. */
export interface Run extends RunInfo {
	/** Everything so far, with long texts cut. Grows in place while the run is under way. */
	readonly tree: RunTree;
	/** The events behind the tree, with long texts cut. */
	readonly log: EventLog;
	/** Progress while the context is read; else empty. */
	readonly progress: string;
	/** Why the run failed or could not begin. */
	readonly error: Explanation | undefined;
	/** Rejects when the run could not begin (nothing to read, no server) and when its journal broke off. */
	readonly result: Promise<RunResult>;
	/** Finds the document behind a path of the corpus, if any. */
	uriOf(path: string): Promise<Uri | undefined>;
	/** Ends it at once. No effect on a run that has ended. */
	cancel(): void;
	/** Ends it with its best answer so far. No effect before it has begun or after it has ended. */
	answerNow(): void;
	/** Asks the same again in a new run; undefined when its context cannot be read again. */
	readonly rerun: ((changes?: Pick<StartRequest, 'onBuiltin'>) => Run) | undefined;
}

/** A question to start a run with. Absent fields come from the settings. */
export interface StartRequest {
	readonly question: string;
	readonly source: ContextSource;
	readonly limits?: Partial<Limits>;
	readonly rootModel?: string;
	readonly subModel?: string;
	/** Earlier conversations, each a list of messages as JSON text. */
	readonly histories?: readonly string[];
	/** JSON text of the `memory` dict. */
	readonly memory?: string;
	/** The way to the answer. */
	readonly mode?: Mode;
	/** Contexts up to this size are read in one call. Tokens. */
	readonly directBelowTokens?: number;
	/** The built-in engine answers, whatever the settings say: its user chose that when no server could be reached. */
	readonly onBuiltin?: true;
	/** The REPL of a conversation, shared by its questions. Asking again outside of it uses a REPL of its own. */
	readonly repl?: SharedRepl;
}

/** Events of one run, in order, with full texts. */
export interface RunBatch {
	readonly run: Run;
	readonly events: readonly RunEvent[];
}
