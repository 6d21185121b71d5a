import type { Attempt } from './attempt.ts';
import { Breaker } from './breaker.ts';
import { AdaptiveLimit } from './limit.ts';
import { PrefixMemory } from './prefix.ts';
import { ModelRates } from './rates.ts';
import { RunningMean } from './runningMean.ts';
import type { Clock, Health, ServerSpec } from './types.ts';

/** How long a server is skipped after it refused a key, a certificate or a payment, or lacked a model. ms */
const MISCONFIGURED_MS = 60_000;
const NEWEST_ERROR = 0.1;

/** Everything that the scheduler knows about one server. */
export class ServerState {
	readonly spec: ServerSpec;
	/** Its rank among the priorities: 0 preferred, 1 last. */
	readonly rank: number;
	readonly breaker: Breaker;
	readonly limit: AdaptiveLimit;
	readonly prefix: PrefixMemory;
	readonly running = new Set<Attempt>();
	/** Running share of failed attempts, 0 to 1. */
	errorShare = 0;
	readonly firstToken = new RunningMean(0.2);
	/** When each place becomes free that a cancelled call still holds. */
	ghosts: number[] = [];
	blockedUntil = Number.NEGATIVE_INFINITY;
	/** Refusals since the last success. */
	refusals = 0;
	lastByteAt: number | undefined;
	/** Number of its last attempt, counted over all servers. */
	lastStart = 0;
	health: Health = 'up';
	healthReason: string | undefined;
	isDraining = false;
	/** Credit of the smooth weighted round robin. */
	credit = 0;
	maxResident: number;
	/** When a call last made it load a model. */
	loadedAt = Number.NEGATIVE_INFINITY;
	/** When it began to refuse every call; undefined after it answered one. */
	refusingSince: number | undefined;
	/** Least recently used first. */
	#resident: string[] = [];
	readonly #clock: Clock;
	readonly #anyLoad: RunningMean;
	readonly #rates = new Map<string, ModelRates>();
	readonly #missingUntil = new Map<string, number>();
	#misconfiguredUntil = Number.NEGATIVE_INFINITY;

	/** @param shared what all servers share: the clock, and the mean time to load a model in ms */
	constructor(spec: ServerSpec, rank: number, { clock, anyLoad }: { clock: Clock; anyLoad: RunningMean }) {
		this.spec = spec;
		this.rank = rank;
		this.#clock = clock;
		this.#anyLoad = anyLoad;
		this.breaker = new Breaker(clock);
		this.limit = new AdaptiveLimit(spec.maxConcurrent);
		this.prefix = new PrefixMemory(spec.maxPrefixes);
		this.maxResident = spec.maxResident;
	}

	get isPaid(): boolean {
		const { price } = this.spec;
		return price !== undefined && price.promptUsd + price.completionUsd > 0;
	}

	get resident(): readonly string[] {
		return this.#resident;
	}

	/** Places in use, including those of cancelled calls that the server has not noticed yet. */
	get busy(): number {
		return this.running.size + this.ghosts.length;
	}

	get idlePlaces(): number {
		return this.limit.places - this.busy;
	}

	/** True when it is known to fail: used only when nothing else is left. */
	isDoubtful(model: string): boolean {
		const now = this.#clock.now();
		if (this.health === 'down' || this.health === 'misconfigured' || now < this.#misconfiguredUntil) return true;
		return now < (this.#missingUntil.get(model) ?? Number.NEGATIVE_INFINITY);
	}

	rates(model: string): ModelRates {
		let rates = this.#rates.get(model);
		if (!rates) {
			rates = new ModelRates(this.#anyLoad);
			this.#rates.set(model, rates);
		}
		return rates;
	}

	/** Rates of all models that were measured or predicted. */
	get allRates(): Iterable<ModelRates> {
		return this.#rates.values();
	}

	/** Marks the model as used. A model that was not loaded replaces the least recently used one. */
	load(model: string): void {
		if (!Number.isFinite(this.maxResident)) return;
		const others = this.#resident.filter((name) => name !== model);
		const kept = others.slice(Math.max(0, others.length + 1 - this.maxResident));
		if (kept.length < others.length) this.prefix.clear();
		if (others.length === this.#resident.length) this.loadedAt = this.#clock.now();
		this.#resident = [...kept, model];
	}

	/** Takes what the server reports to have in memory. */
	setResident(models: readonly string[]): void {
		if (Number.isFinite(this.maxResident)) this.maxResident = Math.max(this.maxResident, models.length);
		this.#resident = [...models];
	}

	/** Forgets what was in its memory, because its process ended. */
	forgetMemory(): void {
		this.#resident = [];
		this.prefix.clear();
	}

	noteOutcome(isError: boolean): void {
		this.errorShare += NEWEST_ERROR * ((isError ? 1 : 0) - this.errorShare);
	}

	markMisconfigured(milliseconds = MISCONFIGURED_MS): void {
		this.#misconfiguredUntil = this.#clock.now() + milliseconds;
	}

	markMissing(model: string): void {
		this.#missingUntil.set(model, this.#clock.now() + MISCONFIGURED_MS);
	}

	/** Clears its record of failures: an attempt succeeded, or the user wants it tried. */
	forgive(): void {
		this.refusals = 0;
		this.refusingSince = undefined;
		this.#misconfiguredUntil = Number.NEGATIVE_INFINITY;
		this.#missingUntil.clear();
	}

	/** Drops cancelled calls that the server has let go of. */
	expireGhosts(): void {
		const now = this.#clock.now();
		if (this.ghosts.length > 0) this.ghosts = this.ghosts.filter((until) => until > now);
	}
}

/** Turns priorities into ranks from 0 to 1, so that only their order counts. */
export function statesOf(servers: readonly ServerSpec[], clock: Clock): readonly ServerState[] {
	const priorities = [...new Set(servers.map(({ priority }) => priority))].sort((a, b) => a - b);
	const last = Math.max(1, priorities.length - 1);
	const shared = { clock, anyLoad: new RunningMean(0.2) };
	return servers.map((spec) => new ServerState(spec, priorities.indexOf(spec.priority) / last, shared));
}
