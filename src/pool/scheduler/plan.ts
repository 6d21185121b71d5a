import type { Job, Target } from './job.ts';
import type { FairQueue } from './queue.ts';
import type { Prediction, ReplyLengths } from './rates.ts';
import type { Score } from './score.ts';
import type { ServerState } from './serverState.ts';

/** With more active runs than this, root calls leave one place of each server to sub-calls. */
const RUNS_WITHOUT_ROOT_CAP = 4;
/** A probe goes first: it is a single call, and its result helps all others. */
const PROBE_SCORE = Number.NEGATIVE_INFINITY;
/** Delay before the next look when an expected place did not become free. ms */
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

/** A model stays in use for this many times its loading time before another replaces it. */
const HOLD_FOR_A_LOAD = 4;

/** Input of a plan. */
export interface PlanInput {
	readonly servers: readonly ServerState[];
	readonly queue: FairQueue;
	readonly lengths: ReplyLengths;
	readonly score: Score;
	readonly now: number;
}

/** A server as it will be once everything planned so far has happened. */
interface Outlook {
	/** When its places become free, soonest first; at most as many as its limit. */
	readonly freeAt: number[];
	resident: readonly string[];
	rootCalls: number;
	/** Calls that are running or planned to start now. */
	concurrency: number;
}

/**
 * Looks ahead over the queue once. Each job in turn gets the place where it would end soonest. That place is reserved
 * for it even if the job has to wait, so that no later job takes a place that an earlier one is about to use. Lives for
 * one pass.
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

	/** The moment of the plan. Time passes while the plan is carried out; what starts later does not start now. */
	get now(): number {
		return this.#input.now;
	}

	/** When something may change on its own: a server reopens, or a place was expected to become free. */
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

	/** Reserves the place for the job, so that later jobs find it taken. */
	reserve({ target, at, prediction, isSwitch }: Placement, job: Job): void {
		const { server, choice } = target;
		const outlook = this.#outlook(server);
		const { freeAt } = outlook;
		if (isSwitch) freeAt.fill(at + prediction.loadMs);
		freeAt.shift();
		insertSorted(freeAt, at + prediction.totalMs);
		if (prediction.loadMs > 0) outlook.resident = afterLoading(outlook.resident, choice.model, server.maxResident);
		if (at > this.#input.now) this.#wake(at + OVERDUE_MS);
		else outlook.concurrency++;
		if (job.request.role === 'root') outlook.rootCalls++;
	}

	/** Whether a server may take calls now. Notes when that changes. */
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

	/** The servers that the job may go to, now or when they become free; doubtful ones only if it has no others. */
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

	/** A root call is not used as a probe if a sub-call can be, or if another server is healthy. */
	#isProbeForOthers(job: Job, server: ServerState): boolean {
		if (job.request.role !== 'root' || server.breaker.state !== 'half-open') return false;
		if (this.#wantedBySubCall(server)) return true;
		return job.open.some(({ server: other, choice }) => {
			return other.breaker.state === 'closed' && !other.isDraining && !other.isDoubtful(choice.model);
		});
	}

	#isKeptForSubCalls(job: Job, server: ServerState): boolean {
		if (job.request.role !== 'root' || server.limit.places < 2) return false;
		this.#isRootCapped ??= this.#input.queue.activeRuns > RUNS_WITHOUT_ROOT_CAP;
		if (!this.#isRootCapped || !this.#wantedBySubCall(server)) return false;
		return this.#outlook(server).rootCalls >= server.limit.places - 1;
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
		const isLoaded = !Number.isFinite(server.maxResident) || resident.includes(choice.model);
		const isSwitch = !isLoaded && resident.length >= server.maxResident;
		// The server must be empty before it loads another model.
		const at = (isSwitch ? freeAt.at(-1) : freeAt[0]) ?? now;
		const completionTokens = lengths.estimate(role, choice.model, maxTokens);
		const newTokens = promptTokens - (isLoaded ? server.prefix.hit(conversationId, choice.model, promptTokens) : 0);
		const together = Math.min(server.limit.places, at <= now ? concurrency + 1 : Math.max(1, concurrency));
		const prediction = server.rates(choice.model).predict(newTokens, completionTokens, together, isLoaded);
		if (isSwitch && role === 'sub' && this.#isHeld(server, prediction.loadMs)) return undefined;
		const isProbe = server.breaker.state === 'half-open' && job.isFresh && at <= now;
		const value = isProbe
			? PROBE_SCORE
			: score({ server, waitMs: at - now, serviceMs: prediction.totalMs, isSwitch, promptTokens, completionTokens });
		return { target, at, prediction, newTokens, completionTokens, isSwitch, score: value };
	}

	/**
	 * Whether a server keeps its models because it has just loaded one that sub-calls wait for. Otherwise two runs with
	 * different models would alternate and make it load for every call. Root calls are few and do not wait.
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
		let rootCalls = 0;
		for (const attempt of server.running) {
			freeAt.push(attempt.expectedEnd(now));
			if (attempt.job.request.role === 'root') rootCalls++;
		}
		freeAt.sort((a, b) => a - b);
		// Above the limit, the first calls to end free no place.
		freeAt.splice(0, Math.max(0, freeAt.length - server.limit.places));
		while (freeAt.length < server.limit.places) freeAt.unshift(now);
		// A single probe, whatever the limit.
		if (server.breaker.state === 'half-open') freeAt.splice(1);
		return { freeAt, resident: server.resident, rootCalls, concurrency: server.running.size };
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

function afterLoading(resident: readonly string[], model: string, maxResident: number): readonly string[] {
	return [...resident.slice(Math.max(0, resident.length + 1 - maxResident)), model];
}
