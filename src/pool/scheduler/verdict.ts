import type { ModelErrorFacts } from '../../core/errors.ts';
import { backoffMs, MAX_RETRY_AFTER_MS, reactionTo } from '../retry.ts';
import type { Job } from './job.ts';
import type { ServerState } from './serverState.ts';
import type { Clock } from './types.ts';

/** A call does not return before this to a server that refused it. ms */
const REDIRECT_PAUSE_MS = 1_000;
/** Extra attempts at a server that used to answer and cannot be reached: it may be restarting. */
const RESTART_RETRIES = 8;
/** Once a server has refused everything for this long, calls waiting for it are not each retried. ms */
const PATIENCE_MS = 5 * 60_000;
/** A server that delivered something this recently is alive, whatever one call met. ms */
const PROGRESS_MS = 30_000;

/** Whether the failure means that the server is in trouble. */
function isFault({ category }: ModelErrorFacts): boolean {
	return ['connect', 'timeout', 'server', 'stream-cut', 'empty'].includes(category);
}

/** Records a failure at a server: errors open its breaker, refusals lower its limit or block it for a while. */
export function noteAtServer(server: ServerState, model: string, facts: ModelErrorFacts, clock: Clock): void {
	const now = clock.now();
	if (isFault(facts)) {
		server.noteOutcome(true);
		const isProgressing =
			server.running.size > 0 && now - (server.lastByteAt ?? Number.NEGATIVE_INFINITY) < PROGRESS_MS;
		if (facts.category === 'connect') server.forgetMemory();
		if (facts.category !== 'timeout' || !isProgressing) server.breaker.failure(facts.category === 'connect');
	}
	switch (facts.category) {
		case 'overloaded':
		case 'rate-limit':
			noteRefusal(server, facts, clock);
			break;
		case 'tls':
		case 'quota':
		case 'auth':
			server.markMisconfigured();
			break;
		case 'model-not-found':
			server.markMissing(model);
			break;
	}
}

/** A busy server gets no more than it was serving; an idle one that refuses gets a pause. */
function noteRefusal(server: ServerState, facts: ModelErrorFacts, clock: Clock): void {
	const inFlight = server.running.size;
	const { retryAfterMs = 0 } = facts;
	if (retryAfterMs > MAX_RETRY_AFTER_MS) {
		server.markMisconfigured(retryAfterMs);
		return;
	}
	if (inFlight > 0) server.limit.refused(inFlight, clock.now());
	if (inFlight > 0 && retryAfterMs === 0) return;
	server.refusals++;
	server.refusingSince ??= clock.now();
	const block = backoffMs(facts, server.refusals, clock.random());
	server.blockedUntil = Math.max(server.blockedUntil, clock.now() + block);
}

/** What a failure means for the job. */
export type Verdict =
	/** Retry at the same server, after this many ms. */
	| { readonly kind: 'same'; readonly afterMs: number }
	/** Return to the queue, for any server. */
	| { readonly kind: 'queue' }
	| { readonly kind: 'give-up' };

/**
 * Decides how a job continues after a failed attempt, by the table of `retry.ts`. Refusals cost nothing: look at the
 * other servers next. A fault is retried at the same server if that helps and the budget allows it.
 * @param spend takes a token of the retry budget; false when there is none
 */
export function judge(
	job: Job,
	server: ServerState,
	facts: ModelErrorFacts,
	{ clock, spend }: { clock: Clock; spend: () => boolean },
): Verdict {
	const reaction = reactionTo(facts);
	const failures = (job.failures.get(server) ?? 0) + 1;
	job.failures.set(server, failures);
	if (failures > retriesAt(server, facts, clock.now())) job.exhausted.add(server);
	if (reaction.otherServer === 'never') return { kind: 'give-up' };
	if (reaction.otherServer === 'larger-window') {
		job.tooSmallWindow = Math.max(1, facts.contextTokens ?? 0);
		// A server that cannot be reached is not worth waiting for, even if its window might be larger.
		for (const { server: other } of job.open) if (other.breaker.state !== 'closed') job.exhausted.add(other);
	}
	const now = clock.now();
	const others = job.open.filter((target) => target.server !== server);
	const mayStay = job.open.length > others.length;
	if (mayStay && reaction.otherServer === 'after' && server.breaker.state === 'closed') {
		if (spend()) return { kind: 'same', afterMs: backoffMs(facts, failures, clock.random()) };
		job.exhausted.add(server);
	}
	if (others.length > 0 && mayStay) job.avoidUntil.set(server, now + REDIRECT_PAUSE_MS);
	return job.open.length > 0 ? { kind: 'queue' } : { kind: 'give-up' };
}

/** Further attempts of a call at a server after this failure. */
function retriesAt(server: ServerState, facts: ModelErrorFacts, now: number): number {
	if (facts.category === 'connect' && server.breaker.hasAnswered) return RESTART_RETRIES;
	const hasPatience = now - (server.refusingSince ?? now) < PATIENCE_MS;
	return isFault(facts) || hasPatience ? reactionTo(facts).retries : 0;
}

/** When the first of the job's remaining servers takes calls again; now if one does already. */
export function earliestOpening(job: Job, now: number): number {
	const times = job.open.map(({ server }) => {
		const { breaker, blockedUntil } = server;
		return Math.max(now, blockedUntil, breaker.reopensAt ?? 0, job.avoidUntil.get(server) ?? 0);
	});
	return Math.min(...times);
}
