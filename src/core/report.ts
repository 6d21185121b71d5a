import type { Citation, Conflict, EventError, RunEnd, RunOutcome, UnsupportedSentence } from './events.ts';
import { inWords, type Way } from './modes.ts';
import type { Usage } from './ports/model.ts';
import { present } from './present.ts';
import type { RunNode } from './tree.ts';

/** The end of a run as programs receive it: `rlm query --json` and the HTTP service. */
export interface Report {
	readonly outcome: RunOutcome;
	/** Why the run is partial. */
	readonly reason?: string;
	readonly answer: string;
	/** The answer as JSON text when it was handed in as a value. */
	readonly answerJson?: string;
	/** Of an answered run: false when the answer is that the text does not say. */
	readonly found?: boolean;
	readonly citations: readonly Citation[];
	/** Sentences that rest on nothing that was read. */
	readonly unsupported: readonly UnsupportedSentence[];
	/** Cited passages that say the same with different values. */
	readonly conflicts: readonly Conflict[];
	/** The mode that it ended in; absent when it ended before its first, and in journals of version 0.1.0. */
	readonly mode?: Way;
	/** Why in this mode, in a sentence. */
	readonly modeReason?: string;
	/** The plan that it followed last. */
	readonly plan?: string;
	readonly iterations: number;
	/** Requests that servers worked on; see `Totals`. */
	readonly calls: number;
	readonly usage: Usage;
	/** USD; null when no price is known. A lower bound when there are `unpricedCalls`. */
	readonly cost: number | null;
	readonly unpricedCalls: number;
	readonly durationMs: number;
	readonly runId: string;
	/** Path of the journal; null when none was written. */
	readonly journal: string | null;
	readonly error?: EventError;
}

/** Describes the end of a run as an object for other programs. @param run its node; undefined when it could not start */
export function reportOf(end: RunEnd, run: RunNode | undefined, journal: string | undefined): Report {
	const { costUsd, unpricedCalls, calls, usage } = end.totals;
	return present({
		outcome: end.outcome,
		reason: end.reason,
		answer: end.answer,
		answerJson: end.answerJson,
		found: end.found,
		citations: end.citations,
		unsupported: end.unsupported ?? [],
		conflicts: end.conflicts ?? [],
		mode: end.mode,
		modeReason: run?.mode && inWords(run.mode.reason),
		plan: run?.plan?.plan,
		iterations: end.iterations,
		calls,
		usage,
		cost: calls > 0 && unpricedCalls === calls ? null : costUsd,
		unpricedCalls,
		durationMs: end.durationMs,
		runId: end.runId,
		journal: journal ?? null,
		error: end.error,
	});
}
