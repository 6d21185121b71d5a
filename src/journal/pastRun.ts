import * as v from 'valibot';
import { WAYS } from '../core/modes.ts';
import { totalsSchema } from './eventSchema.ts';

/** Longest text of a run in the index. */
export const INDEX_CHARACTERS = 500;

export const runIdSchema = v.pipe(v.string(), v.maxLength(100));
const indexText = v.pipe(v.string(), v.maxLength(INDEX_CHARACTERS));

/** How a run ended, for lists. */
export const endOfPastRun = v.object({
	outcome: v.picklist(['answered', 'partial', 'cancelled', 'failed']),
	/** ms since the epoch. */
	at: v.number(),
	/** The mode that it ended in. */
	mode: v.exactOptional(v.picklist(WAYS)),
	iterations: v.number(),
	totals: totalsSchema,
});

export const pastRunSchema = v.object({
	runId: runIdSchema,
	/** The beginning of the answer. */
	question: indexText,
	/** Description of its contexts. */
	contextLabel: indexText,
	/** ms since the epoch. */
	startedAt: v.number(),
	/** Absent when the journal breaks off: the run was interrupted, or is still running. */
	end: v.exactOptional(endOfPastRun),
});

/** A past run, for lists. */
export type PastRun = v.InferOutput<typeof pastRunSchema> & {
	/** Path of its journal. */
	readonly journal: string;
};
