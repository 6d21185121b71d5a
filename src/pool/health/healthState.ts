import { explain, type FailureCategory, type ModelError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';

/**
 * State of a server. `unknown`: not asked yet. `up`: takes calls. `busy`: alive, but calls wait because it is loading a
 * model or all its places are taken. `degraded`: takes calls, but needs attention. `down`: takes no calls.
 */
export type HealthState = 'unknown' | 'up' | 'busy' | 'degraded' | 'down';

/** The reason for a server's state. */
export type HealthCause =
	/** It is loading a model. */
	| 'loading'
	/** All its places are taken. */
	| 'full'
	/** It does not answer checks but delivers replies. */
	| 'silent'
	/** The last check failed; after one more it is down. */
	| 'check-failed'
	/** It cannot list its models, or lacks those in the settings. */
	| 'models'
	/** Calls fail although checks succeed. */
	| 'calls-fail'
	/** It refused the key or the account, or its certificate is not trusted: waiting does not help. */
	| 'misconfigured'
	| 'unreachable'
	| 'failing';

/** A server's state and when it began. */
export interface Health {
	readonly state: HealthState;
	readonly cause?: HealthCause;
	/** One sentence for a person, without the server's name; absent when there is nothing to say. */
	readonly reason?: string;
	/** What to do about it. */
	readonly hint?: string;
	/** ms since the epoch of the last change of state or cause. */
	readonly since: number;
}

/** Result of one check. */
export type Observation =
	| { readonly kind: 'ready'; readonly problem?: Problem }
	| { readonly kind: 'loading' }
	| { readonly kind: 'failed'; readonly error: ModelError };

/** A problem that does not prevent a server from taking calls. */
export interface Problem {
	readonly state: 'busy' | 'degraded';
	readonly cause: HealthCause;
	readonly reason: string;
	readonly hint?: string;
}

/** Health, and what decides the next step. */
export interface HealthTrack {
	readonly health: Health;
	/** Consecutive failed checks. */
	readonly failures: number;
}

/** Consecutive failed checks that take a server down. */
const FAILURES_TO_GO_DOWN = 2;
const MISCONFIGURED: readonly FailureCategory[] = ['auth', 'tls', 'quota'];

export function unknownHealth(now: number): HealthTrack {
	return { health: { state: 'unknown', since: now }, failures: 0 };
}

/**
 * Computes the state after a check. One success brings a server up; two failures in a row take it down. One failure
 * suffices when there is nothing to protect (it was never up) or nothing to wait for (its key was refused). A server
 * that delivers replies is alive even if a check fails: busy servers are slow to answer checks.
 * @param isDelivering whether a call on it received something in the last seconds
 */
export function nextHealth(track: HealthTrack, seen: Observation, isDelivering: boolean, now: number): HealthTrack {
	if (seen.kind === 'loading') {
		return settled(track, now, { state: 'busy', cause: 'loading', reason: 'It is loading a model.' });
	}
	if (seen.kind === 'ready') return settled(track, now, seen.problem ?? { state: 'up' });
	// A refused key or certificate is an answer, and the next call will meet it too.
	if (isDelivering && seen.error.category !== 'auth' && seen.error.category !== 'tls') {
		const reason = 'It delivers replies, but is too busy to answer checks.';
		return settled(track, now, { state: 'busy', cause: 'silent', reason });
	}
	return afterFailure(track, seen.error, now);
}

function afterFailure(track: HealthTrack, error: ModelError, now: number): HealthTrack {
	const failures = track.failures + 1;
	const { category, facts } = error;
	const { message, hint } = explain(error);
	const told = present({ reason: facts.detail ?? message, hint });
	const isMisconfigured = MISCONFIGURED.includes(category);
	const wasUp = track.health.state !== 'down' && track.health.state !== 'unknown';
	if (wasUp && !isMisconfigured && failures < FAILURES_TO_GO_DOWN) {
		return { health: withSince(track, now, { state: 'degraded', cause: 'check-failed', ...told }), failures };
	}
	const isUnreachable = category === 'connect' || category === 'timeout';
	const cause = isMisconfigured ? 'misconfigured' : isUnreachable ? 'unreachable' : 'failing';
	return { health: withSince(track, now, { state: 'down', cause, ...told }), failures };
}

function settled(track: HealthTrack, now: number, health: Omit<Health, 'since'>): HealthTrack {
	return { health: withSince(track, now, health), failures: 0 };
}

function withSince({ health: before }: HealthTrack, now: number, health: Omit<Health, 'since'>): Health {
	const isSame = before.state === health.state && before.cause === health.cause;
	return { ...health, since: isSame ? before.since : now };
}
