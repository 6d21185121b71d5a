import type { ModelErrorFacts } from '../../core/errors.ts';
import type { NextStep } from '../../core/ports/model.ts';
import { Attempt, type AttemptReports } from './attempt.ts';
import { armHedge, type Hedging } from './hedge.ts';
import type { Job } from './job.ts';
import type { Placement, Plan } from './plan.ts';
import type { FairQueue } from './queue.ts';
import { type ReplyLengths, workOf } from './rates.ts';
import type { RetryBudget } from './retryBudget.ts';
import { takeCredit } from './score.ts';
import type { ServerState } from './serverState.ts';
import type { AttemptFigures, Clock } from './types.ts';
import { earliestOpening, judge, noteAtServer } from './verdict.ts';

/** What attempts need from the scheduler. */
export interface AttemptsOptions {
	readonly clock: Clock;
	readonly servers: readonly ServerState[];
	readonly queue: FairQueue;
	readonly lengths: ReplyLengths;
	readonly budget: RetryBudget;
	readonly hedging: boolean;
	readonly plan: () => Plan;
	/** Reports a change that a waiting job may benefit from. */
	readonly wake: () => void;
	/** Returns a job to the head of its lane. */
	readonly requeue: (job: Job) => void;
	/** Ends a job and everything that belongs to it. */
	readonly end: (job: Job) => void;
}

/** Starts attempts and tracks them to their end. */
export interface Attempts {
	start(job: Job, placement: Placement): void;
	/** Stops an attempt: the job was cancelled, or another attempt was faster. */
	stop(attempt: Attempt): void;
}

export function createAttempts(options: AttemptsOptions): Attempts {
	return new AttemptKeeper(options);
}

/** Implements attempts. Only this code takes and frees places. */
class AttemptKeeper implements Attempts, AttemptReports {
	readonly #options: AttemptsOptions;
	readonly #hedging: Hedging = { jobs: 0, hedges: 0 };
	#started = 0;

	constructor(options: AttemptsOptions) {
		this.#options = options;
	}

	start(job: Job, placement: Placement, isHedge = false): void {
		const { clock, queue, hedging, servers } = this.#options;
		const attempt = this.#attemptOf(job, placement, isHedge);
		const { server } = placement.target;
		takeCredit(
			server,
			servers.filter((other) => job.targets.some((target) => target.server === other) && other.idlePlaces > 0),
		);
		server.lastStart = ++this.#started;
		server.running.add(attempt);
		server.load(attempt.model);
		job.running.add(attempt);
		job.pinned = undefined;
		queue.charge(job);
		attempt.stop = job.owner.start(attempt);
		if (!hedging || isHedge || attempt.isOver) return;
		armHedge(attempt, this.#hedging, {
			clock,
			canHedge: () => queue.size === 0,
			plan: this.#options.plan,
			start: (second) => this.start(job, second, true),
		});
	}

	stop(attempt: Attempt): void {
		if (!this.#finish(attempt, this.#costOf(attempt))) return;
		const { server } = attempt.target;
		const now = this.#options.clock.now();
		const lag = Math.min(server.spec.abortLagMs, attempt.promptMsLeft(now));
		if (lag > 0) server.ghosts.push(now + lag);
		if (attempt.start.isProbe) server.breaker.leave();
		attempt.stop();
	}

	progress(attempt: Attempt, tokens: number): void {
		const now = this.#options.clock.now();
		const { server } = attempt.target;
		server.lastByteAt = now;
		server.breaker.answered();
		const rates = server.rates(attempt.model);
		if (attempt.firstTokenAt === undefined) {
			attempt.firstTokenAt = now;
			const firstTokenMs = now - attempt.start.startedAt;
			server.firstToken.add(firstTokenMs);
			if (attempt.start.isProbe) this.#reopen(server);
			rates.learnFirstToken(attempt.start.newTokens, firstTokenMs, attempt.start.isCold);
		}
		attempt.tokens = Math.max(attempt.tokens, tokens);
		rates.learnGrowth(attempt.tokens, now - attempt.firstTokenAt);
	}

	done(attempt: Attempt, figures: AttemptFigures): boolean {
		const { clock, lengths, budget, end } = this.#options;
		const { job } = attempt;
		const { server } = attempt.target;
		if (attempt.firstTokenAt === undefined) this.progress(attempt, 0);
		if (
			!this.#finish(attempt, workOf(figures.promptTokens - (figures.cachedPromptTokens ?? 0), figures.completionTokens))
		)
			return false;
		server.rates(attempt.model).learnCompletion(figures, attempt.start.concurrency);
		server.noteOutcome(false);
		server.breaker.success();
		server.forgive();
		server.limit.succeeded(clock.now());
		server.lastByteAt = clock.now();
		const { role, conversationId } = job.request;
		server.prefix.remember(conversationId, attempt.model, figures.promptTokens + figures.completionTokens);
		lengths.learn(role, attempt.model, figures.completionTokens);
		budget.earn();
		end(job);
		return true;
	}

	failed(attempt: Attempt, facts: ModelErrorFacts): NextStep | undefined {
		const { clock, budget, end, wake } = this.#options;
		const { job } = attempt;
		const { server } = attempt.target;
		if (!this.#finish(attempt, 0)) return undefined;
		if (attempt.start.isProbe) server.breaker.leave();
		noteAtServer(server, attempt.model, facts, clock);
		wake();
		const verdict = judge(job, server, facts, { clock, spend: () => budget.spend() });
		if (job.running.size > 0) return undefined;
		const step = this.#stepAfter(job, server, verdict);
		if (step.kind === 'give-up') end(job);
		return step;
	}

	#stepAfter(job: Job, server: ServerState, verdict: ReturnType<typeof judge>): NextStep {
		const { clock, plan, requeue } = this.#options;
		const { deadline = Number.POSITIVE_INFINITY } = job.request;
		const now = clock.now();
		if (verdict.kind === 'give-up') return verdict;
		if (verdict.kind === 'same') {
			if (now + verdict.afterMs >= deadline) return { kind: 'give-up' };
			job.pinned = server;
			this.#sleep(job, verdict.afterMs);
			return { kind: 'retry', afterMs: verdict.afterMs };
		}
		const next = plan().choose(job);
		const opensAt = earliestOpening(job, now);
		if (next === undefined && opensAt >= deadline) return { kind: 'give-up' };
		requeue(job);
		if (next && next.target.server !== server) return { kind: 'other-server', server: next.target.server.spec.id };
		return { kind: 'retry', afterMs: Math.max(0, (next?.at ?? opensAt) - now) };
	}

	/** Returns the job to the queue after a pause. */
	#sleep(job: Job, milliseconds: number): void {
		const { clock, requeue } = this.#options;
		if (milliseconds <= 0) requeue(job);
		else job.cleanUps.push(clock.at(clock.now() + milliseconds, () => requeue(job)));
	}

	#attemptOf(job: Job, placement: Placement, isHedge: boolean): Attempt {
		const { target, prediction, newTokens, completionTokens } = placement;
		const { server } = target;
		const isLoading = [...server.running].some(({ start, firstTokenAt }) => start.isCold && firstTokenAt === undefined);
		const start = {
			number: ++job.attempts,
			isHedge,
			startedAt: this.#options.clock.now(),
			prediction,
			newTokens,
			completionTokens,
			concurrency: server.running.size + 1,
			isCold: prediction.loadMs > 0 || isLoading,
			isProbe: server.breaker.enter(),
		};
		return new Attempt(job, target, start, this);
	}

	/** A server that delivers is alive: its other places need not wait for the end of the probe. */
	#reopen(server: ServerState): void {
		server.breaker.close();
		this.#options.wake();
	}

	/** Frees the place, once. @param cost what the flow finally pays */
	#finish(attempt: Attempt, cost: number): boolean {
		if (attempt.isOver) return false;
		attempt.isOver = true;
		attempt.target.server.running.delete(attempt);
		attempt.job.running.delete(attempt);
		this.#options.queue.settle(attempt.job, cost);
		this.#options.wake();
		return true;
	}

	/** Cost of an attempt so far. */
	#costOf({ start, tokens, firstTokenAt }: Attempt): number {
		return firstTokenAt === undefined ? 0 : workOf(start.newTokens, tokens);
	}
}
