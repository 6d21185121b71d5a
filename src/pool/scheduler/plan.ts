import type { Job, Target } from './job.ts';
import type { FairQueue } from './queue.ts';
import type { Prediction, ReplyLengths } from './rates.ts';
import type { Score } from './score.ts';
import type { ServerState } from './serverState.ts';

/** With more active runs than these, root turns leave one place of each server to sub-calls. */
const RUNS_WITHOUT_ROOT_CAP = 4;
/** A probe goes before everything else: it is one call, and its result serves all. */
const PROBE_SCORE = Number.NEGATIVE_INFINITY;
/** After a slot was expected to get free, and did not. ms */
const OVERDUE_MS = 20;

/** Where and when a job would be served best. */
export interface Placement {
	readonly target: Target;
	/** Time on the clock. */
	readonly at: number;
	readonly prediction: Prediction;
	readonly newTokens: number;
	readonly completionTokens: number;
	readonly isSwitch: boolean;
	readonly score: number;
}

/** A model is used for so many times as long as it takes to load before another takes its place. */
const HOLD_FOR_A_LOAD = 4;

/** What a plan is made from. */
export interface PlanInput {
	readonly servers: readonly ServerState[];
	readonly queue: FairQueue;
	readonly lengths: ReplyLengths;
	readonly score: Score;
	readonly now: number;
}

/** A server as it will be when what was planned so far has happened. */
interface Outlook {
	/** When its places get free, soonest first; not longer than its limit. */
	readonly freeAt: number[];
	resident: readonly string[];
	rootTurns: number;
	/** Calls that run or are planned to start now. */
	concurrency: number;
}

/**
 * One look ahead over the queue: each job in turn gets the place where it would end soonest, and that place is reserved
 * for it even if it has to wait, so that a later job is not put where an earlier one is about to go. Lives for one pass.
 */
export class Plan {
	readonly #input: PlanInput;
	readonly #outlooks = new Map<ServerState, Outlook>();
	#wakeAt = Number.POSITIVE_INFINITY;
	#wantedBySubCalls: ReadonlySet<ServerState> | undefined;
	#isRootCapped: boolean | undefined;
	#inUse: ReadonlySet<ServerState> | undefined;

	constructor(input: PlanInput) {
		this.#input = input;
	}

	/** The moment that it is made for. Time goes on while it is followed; what starts later in it does not start now. */
	get now(): number {
		return this.#input.now;
	}

	/** When something may change by itself: a server opens again, or a place was expected to be free. */
	get wakeAt(): number {
		return this.#wakeAt;
	}

	/** The best placement of a job; undefined when no server can take it for now. */
	choose(job: Job): Placement | undefined {
		const found = this.#best(job);
		if (found || job.pinned === undefined) return found;
		job.pinned = undefined;
		return this.#best(job);
	}

	/** Keeps the place for the job: what is planned next finds it taken. */
	reserve({ target, at, prediction, isSwitch }: Placement, job: Job): void {
		const { server, choice } = target;
		const outlook = this.#outlook(server);
		const { freeAt } = outlook;
		if (isSwitch) freeAt.fill(at + prediction.loadMs);
		freeAt.shift();
		insertSorted(freeAt, at + prediction.totalMs);
		if (prediction.loadMs > 0) outlook.resident = afterLoading(outlook.resident, choice.model, server.modelSlots);
		if (at > this.#input.now) this.#wake(at + OVERDUE_MS);
		else outlook.concurrency++;
		if (job.request.role === 'root') outlook.rootTurns++;
	}

	/** Whether a server may take calls at all now. Notes when that changes. */
	isOpen(server: ServerState): boolean {
		const { now } = this.#input;
		if (server.isDraining) return false;
		for (const until of server.ghosts) this.#wake(until);
		const { state, reopensAt = 0, hasProbe } = server.breaker;
		const waitUntil = Math.max(server.blockedUntil, state === 'open' ? reopensAt : 0);
		if (waitUntil > now) {
			this.#wake(waitUntil);
			return false;
		}
		return state !== 'half-open' || !hasProbe;
	}

	#best(job: Job): Placement | undefined {
		const usable = this.#usable(job);
		let best: Placement | undefined;
		for (const target of usable) {
			const placement = this.#placement(job, target);
			if (placement && (best === undefined || placement.score < best.score)) best = placement;
		}
		return best;
	}

	/** The servers that the job may go to now or when they get free; doubtful ones only when it has no others. */
	#usable(job: Job): readonly Target[] {
		const { now } = this.#input;
		const usable: Target[] = [];
		const doubtful: Target[] = [];
		let mayWait = false;
		for (const target of job.targets) {
			const { server, choice } = target;
			if (!job.mayTry(target) || (job.pinned !== undefined && job.pinned !== server)) continue;
			const avoidUntil = job.avoidUntil.get(server) ?? 0;
			if (avoidUntil > now) this.#wake(avoidUntil);
			if (server.isDoubtful(choice.model)) doubtful.push(target);
			else if (avoidUntil > now || !this.isOpen(server) || this.#isProbeForOthers(job, server)) mayWait = true;
			else if (!this.#isKeptForSubCalls(job, server)) usable.push(target);
			else mayWait = true;
		}
		if (usable.length > 0 || mayWait) return usable;
		return doubtful.filter(({ server }) => this.isOpen(server) && (job.avoidUntil.get(server) ?? 0) <= now);
	}

	/** A root turn is no probe while a sub-call can be it, or another server is well. */
	#isProbeForOthers(job: Job, server: ServerState): boolean {
		if (job.request.role !== 'root' || server.breaker.state !== 'half-open') return false;
		if (this.#wantedBySubCall(server)) return true;
		return job.open.some(({ server: other, choice }) => {
			return other.breaker.state === 'closed' && !other.isDraining && !other.isDoubtful(choice.model);
		});
	}

	#isKeptForSubCalls(job: Job, server: ServerState): boolean {
		if (job.request.role !== 'root' || server.limit.slots < 2) return false;
		this.#isRootCapped ??= this.#input.queue.activeRuns > RUNS_WITHOUT_ROOT_CAP;
		if (!this.#isRootCapped || !this.#wantedBySubCall(server)) return false;
		return this.#outlook(server).rootTurns >= server.limit.slots - 1;
	}

	#wantedBySubCall(server: ServerState): boolean {
		this.#wantedBySubCalls ??= this.#input.queue.wanted('sub');
		return this.#wantedBySubCalls.has(server);
	}

	#placement(job: Job, target: Target): Placement | undefined {
		const { now, lengths, score } = this.#input;
		const { server, choice } = target;
		const { role, promptTokens, maxTokens, conversationId } = job.request;
		const { freeAt, resident, concurrency } = this.#outlook(server);
		const isLoaded = !Number.isFinite(server.modelSlots) || resident.includes(choice.model);
		const isSwitch = !isLoaded && resident.length >= server.modelSlots;
		// To load another model, the server has to be empty first.
		const at = (isSwitch ? freeAt.at(-1) : freeAt[0]) ?? now;
		const completionTokens = lengths.estimate(role, choice.model, maxTokens);
		const newTokens = promptTokens - (isLoaded ? server.prefix.hit(conversationId, choice.model, promptTokens) : 0);
		const together = Math.min(server.limit.slots, at <= now ? concurrency + 1 : Math.max(1, concurrency));
		const prediction = server.rates(choice.model).predict(newTokens, completionTokens, together, isLoaded);
		if (isSwitch && role === 'sub' && this.#isHeld(server, prediction.loadMs)) return undefined;
		const isProbe = server.breaker.state === 'half-open' && job.isFresh && at <= now;
		const value = isProbe
			? PROBE_SCORE
			: score({ server, waitMs: at - now, serviceMs: prediction.totalMs, isSwitch, promptTokens, completionTokens });
		return { target, at, prediction, newTokens, completionTokens, isSwitch, score: value };
	}

	/**
	 * Whether a server keeps the models that it has, because it has just loaded one and sub-calls wait for it. Two runs with
	 * a model each would else have it load for every call, for they take turns. Root turns are few and do not wait.
	 */
	#isHeld(server: ServerState, loadMs: number): boolean {
		const until = server.loadedAt + (1 + HOLD_FOR_A_LOAD) * loadMs;
		if (this.#input.now >= until) return false;
		this.#inUse ??= serversInUse(this.#input.queue);
		if (!this.#inUse.has(server)) return false;
		this.#wake(until);
		return true;
	}

	#outlook(server: ServerState): Outlook {
		let outlook = this.#outlooks.get(server);
		if (!outlook) {
			outlook = this.#look(server);
			this.#outlooks.set(server, outlook);
		}
		return outlook;
	}

	#look(server: ServerState): Outlook {
		const { now } = this.#input;
		const freeAt: number[] = [...server.ghosts];
		let rootTurns = 0;
		for (const attempt of server.running) {
			freeAt.push(attempt.expectedEnd(now));
			if (attempt.job.request.role === 'root') rootTurns++;
		}
		freeAt.sort((a, b) => a - b);
		// Above the limit, the first ones to end free nothing.
		freeAt.splice(0, Math.max(0, freeAt.length - server.limit.slots));
		while (freeAt.length < server.limit.slots) freeAt.unshift(now);
		// A single probe, whatever the limit is.
		if (server.breaker.state === 'half-open') freeAt.splice(1);
		return { freeAt, resident: server.resident, rootTurns, concurrency: server.running.size };
	}

	#wake(time: number): void {
		this.#wakeAt = Math.min(this.#wakeAt, time);
	}
}

/** Servers that have a model in memory for which sub-calls wait. */
function serversInUse(queue: FairQueue): ReadonlySet<ServerState> {
	const servers = new Set<ServerState>();
	for (const { role, lane } of queue.lanes()) {
		if (role !== 'sub') continue;
		for (const { server, choice } of lane.targets) if (server.resident.includes(choice.model)) servers.add(server);
	}
	return servers;
}

function insertSorted(times: number[], time: number): void {
	let index = times.length;
	while (index > 0 && (times[index - 1] as number) > time) index--;
	times.splice(index, 0, time);
}

function afterLoading(resident: readonly string[], model: string, modelSlots: number): readonly string[] {
	return [...resident.slice(Math.max(0, resident.length + 1 - modelSlots)), model];
}
