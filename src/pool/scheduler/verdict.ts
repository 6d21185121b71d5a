import type { ModelErrorFacts } from '../../core/errors.ts';
import { backoffMs, MAX_RETRY_AFTER_MS, reactionTo } from '../retry.ts';
import type { Job } from './job.ts';
import type { ServerState } from './serverState.ts';
import type { Clock } from './types.ts';

/** A server that refused a call is not asked again by the same call before that. ms */
const REDIRECT_PAUSE_MS = 1_000;
/** Attempts more at a server that used to answer and cannot be reached: it may be restarting. */
const RESTART_RETRIES = 8;
/** Calls that wait for a server which has refused everything for this long are not each tried over and over. ms */
const PATIENCE_MS = 5 * 60_000;
/** A server that delivered something this recently is alive, whatever one call met. ms */
const PROGRESS_MS = 30_000;

/** Whether the failure says that the server is in trouble. */
function isFault({ category }: ModelErrorFacts): boolean {
	return ['connect', 'timeout', 'server', 'stream-cut', 'empty'].includes(category);
}

/** Takes note of a failure at a server: errors open its breaker, refusals lower its limit or block it for a while. */
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

/** A busy server gets no more than it was serving; an idle one that refuses is left alone for a moment. */
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
	/** Again at the same server, in so many ms. */
	| { readonly kind: 'same'; readonly afterMs: number }
	/** Back to the queue, for whichever server comes first. */
	| { readonly kind: 'queue' }
	| { readonly kind: 'give-up' };

/**
 * Decides how a job goes on after a failed attempt, by the table of `retry.ts`. Refusals cost nothing and are followed
 * by a look at the other servers; a fault is tried again at the same server where that helps and the budget allows it.
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
		// Whether another server has a larger window is not worth waiting for one that cannot be reached.
		for (const { server: other } of job.open) if (other.breaker.state !== 'closed') job.exhausted.add(other);
	}
	const now = clock.now();
	const others = job.open.filter((target) => target.server !== server);
	const mayStay = job.open.length > others.length;
	if (mayStay && reaction.otherServer === 'after' && server.breaker.state === 'closed') {
		// Over a dead connection nothing was asked, so asking again puts no load on the server.
		const isAtOnce = reaction.wait === 'none';
		if (isAtOnce || spend()) {
			return { kind: 'same', afterMs: isAtOnce ? 0 : backoffMs(facts, failures, clock.random()) };
		}
		job.exhausted.add(server);
	}
	if (others.length > 0 && mayStay) job.avoidUntil.set(server, now + REDIRECT_PAUSE_MS);
	return job.open.length > 0 ? { kind: 'queue' } : { kind: 'give-up' };
}

/** Further attempts of a call at a server after it failed like this. */
function retriesAt(server: ServerState, facts: ModelErrorFacts, now: number): number {
	if (facts.category === 'connect' && server.breaker.hasAnswered) return RESTART_RETRIES;
	const hasPatience = now - (server.refusingSince ?? now) < PATIENCE_MS;
	return isFault(facts) || hasPatience ? reactionTo(facts).retries : 0;
}

/** When the first of the servers that the job may still try takes calls again; now when one does. */
export function earliestOpening(job: Job, now: number): number {
	const times = job.open.map(({ server }) => {
		const { breaker, blockedUntil } = server;
		return Math.max(now, blockedUntil, breaker.reopensAt ?? 0, job.avoidUntil.get(server) ?? 0);
	});
	return Math.min(...times);
}
