import { CancelledError } from '../../core/errors.ts';
import { activityOf } from './activity.ts';
import { type Attempts, createAttempts } from './attempts.ts';
import { Cancellation } from './cancellation.ts';
import { Job } from './job.ts';
import { type Placement, Plan } from './plan.ts';
import { FairQueue } from './queue.ts';
import { ReplyLengths, workOf } from './rates.ts';
import { RetryBudget } from './retryBudget.ts';
import { type Score, scoreOf } from './score.ts';
import { type ServerState, statesOf } from './serverState.ts';
import { Alarm, watchdog } from './timers.ts';
import type { Cancel, Clock, Health, JobOwner, JobRequest, SchedulerOptions, ServerActivity } from './types.ts';

const QUEUE_MAX = 20_000;
/** Waiting jobs that a pass looks at, for each place that they may get. */
const HORIZON_PER_PLACE = 16;
const MAX_HORIZON = 512;
/** Root calls that may start in a row while sub-calls wait. */
const ROOT_STREAK = 8;
/** How far a run may get ahead of others because its prefix is cached: reference seconds of work. */
const WARM_LEAD = 30;
/** A conversation is warm when at most this share of its prompt is not cached. */
const WARM_SHARE = 0.5;
/** With more waiting root calls than this, they are served strictly in order. */
const MOST_WARM_CANDIDATES = 64;
/** When all servers of a new job are cut off, one is asked this soon. ms */
const LAST_STANDING_MS = 5_000;

/**
 * Spreads calls over servers. Jobs wait in one central queue and are bound to a server only when they start there. The
 * scheduler does no work itself: the owner of a job makes the attempts and reports on them. Every decision is made in
 * `#pass`.
 */
export class Scheduler {
	readonly #clock: Clock;
	readonly #options: SchedulerOptions;
	readonly #servers: readonly ServerState[];
	readonly #score: Score;
	readonly #queue = new FairQueue();
	readonly #lengths = new ReplyLengths();
	readonly #attempts: Attempts;
	readonly #alarm: Alarm;
	readonly #cancellation = new Cancellation<Job>((job) => this.#abandon(job, 'cancelled'));
	/** Jobs submitted while the queue was full, in order. */
	readonly #outside = new Set<Job>();
	#soon: Cancel | undefined;
	#sequence = 0;
	#rootStreak = 0;

	constructor(options: SchedulerOptions) {
		this.#options = options;
		this.#clock = options.clock;
		this.#score = scoreOf(options.strategy, options.cloudUse);
		this.#servers = statesOf(options.servers, options.clock);
		this.#alarm = new Alarm(this.#clock, () => this.#pass());
		this.#attempts = createAttempts({
			...options,
			servers: this.#servers,
			queue: this.#queue,
			lengths: this.#lengths,
			budget: new RetryBudget(),
			plan: () => this.#plan(),
			wake: () => this.#wake(),
			requeue: (job) => this.#requeue(job),
			end: (job) => this.#end(job),
		});
	}

	/** Calls waiting for a server. */
	get waiting(): number {
		return this.#queue.size + this.#outside.size;
	}

	/** Attempts in progress. */
	get inFlight(): number {
		return this.#servers.reduce((sum, { running }) => sum + running.size, 0);
	}

	/**
	 * Takes a call. It waits in the queue, and its owner learns of each attempt.
	 * @throws CancelledError when the signal has already fired
	 */
	submit(request: JobRequest, owner: JobOwner, signal: AbortSignal): void {
		if (signal.aborted) throw new CancelledError();
		const job = this.#jobOf(request, owner);
		job.cleanUps.push(this.#cancellation.watch(signal, job));
		if (request.deadline !== undefined) {
			job.cleanUps.push(watchdog(this.#clock, request.deadline, () => this.#abandon(job, 'deadline')));
		}
		this.#hurryWhenCutOff(job);
		if (this.#queue.size < (this.#options.queueMax ?? QUEUE_MAX)) this.#queue.add(job, false);
		else this.#outside.add(job);
		this.#wake();
	}

	/** A server's work and what is known about it. */
	activity(serverId: string): ServerActivity {
		return activityOf(this.#state(serverId), this.#queue);
	}

	/** Takes a monitor's result. A server that fails its probes is used only when no other is left. */
	setHealth(serverId: string, health: Health, reason?: string): void {
		const server = this.#state(serverId);
		server.health = health;
		server.healthReason = reason;
		if (health === 'up') {
			server.breaker.answered();
			server.breaker.reopenBy(this.#clock.now());
		}
		this.#wake();
	}

	/** Takes the models that are now in the server's memory. */
	setResident(serverId: string, models: readonly string[]): void {
		this.#state(serverId).setResident(models);
		this.#wake();
	}

	/** Takes the number of concurrent calls that the server reports; never raises the limit of the settings. */
	lowerLimit(serverId: string, places: number): void {
		this.#state(serverId).limit.lower(places);
		this.#wake();
	}

	/** Clears a server's record of failures and uses it again immediately. */
	retryNow(serverId: string): void {
		const server = this.#state(serverId);
		server.breaker.close();
		server.forgive();
		server.blockedUntil = Number.NEGATIVE_INFINITY;
		server.isDraining = false;
		server.health = 'up';
		server.healthReason = undefined;
		this.#wake();
	}

	/** Gives a server no further calls until `retryNow`. Calls in progress continue. */
	drain(serverId: string): void {
		this.#state(serverId).isDraining = true;
		this.#wake();
	}

	/** Ends all timers. The owner has already cancelled all jobs. */
	dispose(): void {
		this.#alarm.clear();
		this.#soon?.();
		this.#soon = undefined;
	}

	/** Schedules one pass for everything that happens at this moment. */
	#wake(): void {
		this.#soon ??= this.#clock.at(this.#clock.now(), () => {
			this.#soon = undefined;
			this.#pass();
		});
	}

	/**
	 * Makes one pass over the queue: each job in turn is planned to the place where it would end soonest, and started if
	 * that place is free now. A job that waits for a better place keeps it reserved against later ones.
	 */
	#pass(): void {
		for (const server of this.#servers) server.expireGhosts();
		this.#admit();
		if (this.#queue.size === 0) {
			this.#alarm.clear();
			return;
		}
		const plan = this.#plan();
		for (const { job, placement } of this.#choose(plan)) if (!job.hasEnded) this.#attempts.start(job, placement);
		this.#alarm.set(plan.wakeAt);
	}

	/** Takes the jobs that start now out of the queue. */
	#choose(plan: Plan): readonly { job: Job; placement: Placement }[] {
		const chosen: { job: Job; placement: Placement }[] = [];
		const wanted = this.#queue.wanted();
		let idle = 0;
		for (const server of wanted) if (plan.isOpen(server)) idle += Math.max(0, server.idlePlaces);
		if (idle === 0) return chosen;
		idle -= this.#takeWarm(plan, idle, chosen);
		const horizon = new Horizon();
		const walk = this.#queue.walk();
		while (idle > 0) {
			const job = this.#nextRole(walk.peek('root'), walk.peek('sub'));
			if (!job) break;
			if (horizon.isReached(job)) {
				walk.skipLane(job);
				continue;
			}
			const placement = plan.choose(job);
			if (!placement) {
				if (job.isFresh) walk.skipLane(job);
				else walk.skip(job);
				continue;
			}
			walk.passed(job);
			plan.reserve(placement, job);
			if (placement.at > plan.now) {
				horizon.pass(job);
				continue;
			}
			idle--;
			this.#rootStreak = job.request.role === 'root' ? this.#rootStreak + 1 : 0;
			this.#queue.remove(job);
			chosen.push({ job, placement });
		}
		return chosen;
	}

	/**
	 * Moves root calls whose conversation is cached on a free server ahead of those that would have to be read again,
	 * unless their run is far ahead of the others.
	 */
	#takeWarm(plan: Plan, idle: number, chosen: { job: Job; placement: Placement }[]): number {
		if (this.#rootStreak >= ROOT_STREAK && this.#queue.wanted('sub').size > 0) return 0;
		const heads = this.#queue.rootHeads();
		if (heads.length <= idle || heads.length > MOST_WARM_CANDIDATES) return 0;
		const least = Math.min(...heads.map(({ tag }) => tag));
		let taken = 0;
		for (const { job, tag } of heads) {
			if (taken === idle || tag > least + WARM_LEAD) continue;
			const placement = plan.choose(job);
			if (!placement || placement.at > plan.now) continue;
			if (placement.newTokens > WARM_SHARE * job.request.promptTokens) continue;
			plan.reserve(placement, job);
			this.#queue.remove(job);
			chosen.push({ job, placement });
			this.#rootStreak++;
			taken++;
		}
		return taken;
	}

	/** Root calls go first, because they are few and whole runs wait for them, but not indefinitely. */
	#nextRole(root: Job | undefined, sub: Job | undefined): Job | undefined {
		if (root && sub && this.#rootStreak >= ROOT_STREAK) {
			this.#rootStreak = 0;
			return sub;
		}
		return root ?? sub;
	}

	#plan(): Plan {
		return new Plan({
			servers: this.#servers,
			queue: this.#queue,
			lengths: this.#lengths,
			score: this.#score,
			now: this.#clock.now(),
		});
	}

	#admit(): void {
		for (const job of this.#outside) {
			if (this.#queue.size >= (this.#options.queueMax ?? QUEUE_MAX)) break;
			this.#outside.delete(job);
			this.#queue.add(job, false);
		}
	}

	#jobOf(request: JobRequest, owner: JobOwner): Job {
		const targets = request.choices.map((choice) => ({ choice, server: this.#state(choice.serverId) }));
		const { role, promptTokens, maxTokens } = request;
		const model = request.choices[0]?.model ?? '';
		const cost = workOf(promptTokens, this.#lengths.estimate(role, model, maxTokens));
		return new Job(request, owner, targets, { sequence: this.#sequence++, cost, now: this.#clock.now() });
	}

	/** Shortens the wait of a job that arrives while all its servers are cut off, however long they have failed. */
	#hurryWhenCutOff(job: Job): void {
		if (job.targets.some(({ server }) => server.breaker.state !== 'open')) return;
		const soonest = job.targets.map(({ server }) => server.breaker);
		soonest.sort((a, b) => (a.reopensAt ?? 0) - (b.reopensAt ?? 0));
		soonest[0]?.reopenBy(this.#clock.now() + LAST_STANDING_MS);
	}

	#requeue(job: Job): void {
		job.queuedAt = this.#clock.now();
		this.#queue.add(job, true);
		this.#wake();
	}

	#abandon(job: Job, end: 'cancelled' | 'deadline'): void {
		if (job.hasEnded) return;
		this.#end(job);
		job.owner.ended(end);
	}

	/** Removes the job from the queue and ends its attempts and timers. */
	#end(job: Job): void {
		job.end();
		this.#outside.delete(job);
		this.#queue.remove(job);
		for (const attempt of job.running) this.#attempts.stop(attempt);
		this.#wake();
	}

	#state(serverId: string): ServerState {
		const server = this.#servers.find(({ spec }) => spec.id === serverId);
		if (!server) throw new RangeError(`no server has the id "${serverId}"`);
		return server;
	}
}

/**
 * Bounds how many waiting jobs a pass looks at, by role and by set of possible servers. However many wait for a busy
 * server, the pass still finds those behind them that another server could take now.
 */
class Horizon {
	readonly #left = new Map<string, number>();

	isReached(job: Job): boolean {
		return this.#leftFor(job) <= 0;
	}

	pass(job: Job): void {
		this.#left.set(keyOf(job), this.#leftFor(job) - 1);
	}

	#leftFor(job: Job): number {
		return this.#left.get(keyOf(job)) ?? horizonOf(job);
	}
}

function keyOf({ request, lane }: Job): string {
	return `${request.role} ${lane?.key}`;
}

function horizonOf({ targets }: Job): number {
	const places = targets.reduce((sum, { server }) => sum + server.limit.places, 0);
	return Math.min(MAX_HORIZON, HORIZON_PER_PLACE * places);
}
