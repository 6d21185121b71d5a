import type { Attempt } from './attempt.ts';
import type { Flow, Lane } from './queue.ts';
import type { ServerState } from './serverState.ts';
import type { Cancel, Choice, JobOwner, JobRequest } from './types.ts';

/** A server that may serve a job, and the model it would run. */
export interface Target {
	readonly server: ServerState;
	readonly choice: Choice;
}

/** A call from submission to its end: what was tried, and what is in progress. */
export class Job {
	readonly request: JobRequest;
	readonly owner: JobOwner;
	readonly targets: readonly Target[];
	/** Its position among the jobs of its flow. */
	readonly sequence: number;
	/** Estimated work in reference seconds, the unit of the fair queue. */
	readonly cost: number;
	/** Its place in the queue, set by the queue. */
	flow: Flow | undefined;
	lane: Lane | undefined;
	previous: Job | undefined;
	next: Job | undefined;

	queuedAt: number;
	attempts = 0;
	readonly running = new Set<Attempt>();
	/** Failed attempts by server. */
	readonly failures = new Map<ServerState, number>();
	/** Servers that are not tried again. */
	readonly exhausted = new Set<ServerState>();
	/** Servers that refused it, and until when they are not asked again. */
	readonly avoidUntil = new Map<ServerState, number>();
	/** The server of its next attempt. */
	pinned: ServerState | undefined;
	/** A window of this many tokens is too small. */
	tooSmallWindow = 0;
	hasEnded = false;
	/** Timers and listeners that end with the job. */
	readonly cleanUps: Cancel[] = [];

	constructor(
		request: JobRequest,
		owner: JobOwner,
		targets: readonly Target[],
		facts: { sequence: number; cost: number; now: number },
	) {
		this.request = request;
		this.owner = owner;
		this.targets = targets;
		this.sequence = facts.sequence;
		this.cost = facts.cost;
		this.queuedAt = facts.now;
	}

	/** Servers that may still be tried. */
	get open(): readonly Target[] {
		return this.targets.filter((target) => this.mayTry(target));
	}

	mayTry({ server, choice }: Target): boolean {
		if (this.exhausted.has(server)) return false;
		return this.tooSmallWindow === 0 || (choice.contextTokens ?? Number.POSITIVE_INFINITY) > this.tooSmallWindow;
	}

	/** True when it was not tried yet, so that it may go to any server of its lane. */
	get isFresh(): boolean {
		return this.attempts === 0;
	}

	end(): void {
		this.hasEnded = true;
		for (const cleanUp of this.cleanUps.splice(0)) cleanUp();
	}
}
