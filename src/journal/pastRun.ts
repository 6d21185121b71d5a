import * as v from 'valibot';
import { totalsSchema } from './eventSchema.ts';

/** How a run ended, as a list shows it. */
export const endOfPastRun = v.object({
	outcome: v.picklist(['answered', 'partial', 'cancelled', 'failed']),
	/** ms since the epoch. */
	at: v.number(),
	iterations: v.number(),
	totals: totalsSchema,
});

export const pastRunSchema = v.object({
	runId: v.string(),
	/** Its beginning. */
	question: v.string(),
	/** What it was asked about. */
	contextLabel: v.string(),
	/** ms since the epoch. */
	startedAt: v.number(),
	/** Absent when the journal breaks off: the run was interrupted, or is still under way. */
	end: v.exactOptional(endOfPastRun),
});

/** A run as a list shows it. */
export type PastRun = v.InferOutput<typeof pastRunSchema> & {
	/** Path of its journal. */
	readonly journal: string;
};
