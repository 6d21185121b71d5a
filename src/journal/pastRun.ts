import * as v from 'valibot';
import { totalsSchema } from './eventSchema.ts';

/** How a run ended, for lists. */
export const endOfPastRun = v.object({
	outcome: v.picklist(['answered', 'partial', 'cancelled', 'failed']),
	/** ms since the epoch. */
	at: v.number(),
	iterations: v.number(),
	totals: totalsSchema,
});

export const pastRunSchema = v.object({
	runId: v.string(),
	/** The beginning of the answer. */
	question: v.string(),
	/** Description of its contexts. */
	contextLabel: v.string(),
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
