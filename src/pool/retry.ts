import type { FailureCategory, ModelErrorFacts } from '../core/errors.ts';

/** How to handle a failure. */
export interface Reaction {
	/** Further attempts at the same server, each after a pause. */
	readonly retries: number;
	/** Whether another server is tried, before or after the retries. */
	readonly otherServer: 'first' | 'after' | 'larger-window' | 'never';
}

const NOTHING_HELPS: Reaction = { retries: 0, otherServer: 'never' };
const MISCONFIGURED: Reaction = { retries: 0, otherServer: 'first' };

const REACTIONS: Readonly<Record<FailureCategory, Reaction>> = {
	connect: { retries: 2, otherServer: 'first' },
	tls: MISCONFIGURED,
	timeout: { retries: 1, otherServer: 'after' },
	server: { retries: 2, otherServer: 'after' },
	// Loading a model takes time, and rate limits are counted by the minute: these pauses add up to one.
	overloaded: { retries: 10, otherServer: 'first' },
	'rate-limit': { retries: 10, otherServer: 'first' },
	quota: MISCONFIGURED,
	auth: MISCONFIGURED,
	'model-not-found': { retries: 0, otherServer: 'first' },
	'context-overflow': { retries: 0, otherServer: 'larger-window' },
	truncated: { retries: 0, otherServer: 'larger-window' },
	'bad-request': NOTHING_HELPS,
	'stream-cut': { retries: 1, otherServer: 'after' },
	empty: { retries: 1, otherServer: 'after' },
	refused: NOTHING_HELPS,
	invalid: NOTHING_HELPS,
	budget: NOTHING_HELPS,
	input: NOTHING_HELPS,
	child: NOTHING_HELPS,
	cancelled: NOTHING_HELPS,
};

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 16_000;
/** Longest delay requested by a server that is still waited for. */
export const MAX_RETRY_AFTER_MS = 120_000;

/** How to handle each failure. */
export function reactionTo({ category, retryAfterMs: asked = 0 }: ModelErrorFacts): Reaction {
	const reaction = REACTIONS[category];
	return {
		...reaction,
		retries: asked > MAX_RETRY_AFTER_MS ? 0 : reaction.retries,
	};
}

/**
 * Delay before the next attempt at the same server, ms: what the server asked for, else doubling from half a second.
 * The upper half of either is random, so that calls that failed together do not return together.
 * @param failures of this call at this server so far, from 1
 * @param random from 0 to 1
 */
export function backoffMs({ retryAfterMs }: ModelErrorFacts, failures: number, random: number): number {
	if (retryAfterMs !== undefined) return retryAfterMs + random * Math.min(1000, retryAfterMs / 10);
	const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
	return ceiling * (0.5 + random / 2);
}
