import type { Limits } from './events.ts';

/** Default limits of a run. */
export const DEFAULT_LIMITS: Limits = {
	iterations: 30,
	depth: 1,
	callsPerCell: 50,
	calls: 1000,
	tokens: 20_000_000,
	costUsd: 5,
	durationMs: 60 * 60_000,
	cellMs: 300_000,
	consecutiveErrors: 5,
	emptyReplies: 3,
	concurrency: 64,
	outputCharacters: 20_000,
	contextBytes: 100 * 1024 * 1024,
};
