import type { Citation, Conflict, EventError, RunEnd, RunOutcome, UnsupportedSentence } from './events.ts';
import type { Usage } from './ports/model.ts';
import { present } from './present.ts';

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

/** Describes the end of a run as an object for other programs. */
export function reportOf(end: RunEnd, journal: string | undefined): Report {
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
