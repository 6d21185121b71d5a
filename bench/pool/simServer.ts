import type { ModelErrorFacts } from '../../src/core/errors.ts';
import { PrefixMemory } from '../../src/pool/scheduler/prefix.ts';
import type { AttemptFigures, Cancel, Clock } from '../../src/pool/scheduler/types.ts';
import { Availability } from './availability.ts';
import type { ServerModel } from './scenario.ts';
import type { SimJob } from './workload.ts';

/** Who made an attempt. */
export interface Client {
	progress(tokens: number): void;
	done(figures: AttemptFigures): void;
	failed(facts: ModelErrorFacts): void;
}

/** What a server did, for the report. */
export interface ServerTally {
	/** Place-time of attempts that gave a reply, and of all others, ms. */
	usefulMs: number;
	wastedMs: number;
	loads: number;
	promptTokens: number;
	completionTokens: number;
	/** Of root calls only. */
	rootPromptTokens: number;
	rootCachedTokens: number;
}

interface Request {
	readonly job: SimJob;
	readonly client: Client;
	readonly arrivedAt: number;
	/** When it got its place; undefined while it waits. */
	startedAt: number | undefined;
	isOver: boolean;
	cancel: Cancel;
}

const PROGRESS_MS = 2_000;
const REFUSAL_MS = 5;
const CONNECT_MS = 2;

/** A model server in virtual time: places, one model in memory, a prefix cache, and faults. */
export class SimServer {
	readonly model: ServerModel;
	readonly tally: ServerTally = {
		usefulMs: 0,
		wastedMs: 0,
		loads: 0,
		promptTokens: 0,
		completionTokens: 0,
		rootPromptTokens: 0,
		rootCachedTokens: 0,
	};
	readonly #clock: Clock;
	readonly #availability: Availability;
	readonly #prefix: PrefixMemory;
	readonly #idleMs: number;
	readonly #active = new Set<Request>();
	readonly #waiting: Request[] = [];
	#ghosts = 0;
	#resident: string[];
	#loading: { model: string; until: number } | undefined;

	constructor(model: ServerModel, idleSeconds: number, clock: Clock) {
		this.model = model;
		this.#clock = clock;
		this.#idleMs = idleSeconds * 1000;
		this.#availability = new Availability(model);
		this.#prefix = new PrefixMemory(model.maxPrefixes ?? model.slots);
		this.#resident = [...model.resident];
		for (const fall of this.#availability.falls) if (fall < FOREVER_MS) clock.at(fall, () => this.#fall());
	}

	/** Sends a call. @returns how to cancel it */
	request(job: SimJob, client: Client): Cancel {
		const now = this.#clock.now();
		const request: Request = { job, client, arrivedAt: now, startedAt: undefined, isOver: false, cancel: () => {} };
		const refusal = this.#refusal();
		if (refusal) {
			const delay = refusal.category === 'connect' ? CONNECT_MS : REFUSAL_MS;
			request.cancel = this.#clock.at(now + delay, () => this.#end(request, () => client.failed(refusal)));
		} else {
			this.#waiting.push(request);
			this.#serve();
		}
		return () => this.#abort(request);
	}

	#refusal(): ModelErrorFacts | undefined {
		const now = this.#clock.now();
		if (this.#availability.isDown(now)) return { category: 'connect' };
		const refuse = this.#fault('refuse');
		if (refuse) {
			const { retryAfterSeconds } = refuse;
			const asked = retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1000 };
			return { category: 'overloaded', ...asked };
		}
		const isFull = this.#active.size + this.#ghosts + this.#waiting.length >= this.model.slots;
		return isFull && this.model.beyondSlots === 'refuse' ? { category: 'overloaded' } : undefined;
	}

	/** Gives places to who waits, in order; a model is only replaced when nobody uses it. */
	#serve(): void {
		for (;;) {
			const request = this.#waiting[0];
			if (!request || this.#active.size + this.#ghosts >= this.model.slots) return;
			const { model } = request.job;
			const isReady = this.#resident.includes(model);
			if (!isReady && this.#resident.length >= this.model.maxResident && this.#active.size > 0) return;
			this.#waiting.shift();
			this.#active.add(request);
			request.startedAt = this.#clock.now();
			this.#begin(request, isReady ? 0 : this.#load(model));
		}
	}

	/** @returns ms until the model is there */
	#load(model: string): number {
		const kept = this.#resident.slice(Math.max(0, this.#resident.length + 1 - this.model.maxResident));
		if (kept.length < this.#resident.length) this.#prefix.clear();
		this.#resident = [...kept, model];
		this.tally.loads++;
		const loadMs = this.model.loadSeconds * 1000;
		this.#loading = { model, until: this.#clock.now() + loadMs };
		return loadMs;
	}

	#begin(request: Request, loadMs: number): void {
		const { job } = request;
		const now = this.#clock.now();
		const loading = this.#loading?.model === job.model ? Math.max(0, this.#loading.until - now) : 0;
		const cached = this.#prefix.hit(job.conversation, job.model, job.promptTokens - job.newTokens);
		const promptMs = (1000 * (job.promptTokens - cached)) / this.model.promptSpeed;
		const firstAt = this.#availability.finish(now + Math.max(loadMs, loading), promptMs);
		request.cancel = this.#clock.at(firstAt, () => this.#reply(request, cached));
	}

	/** The first token is there; the rest follows, or what a fault makes of it. */
	#reply(request: Request, cached: number): void {
		const { job, client } = request;
		const now = this.#clock.now();
		if (this.#happens('error')) {
			this.#end(request, () => client.failed({ category: 'server' }));
			return;
		}
		client.progress(1);
		if (request.isOver) return;
		const isCut = this.#happens('cut');
		const isStalled = this.#happens('stall');
		const slowdown = 1 + this.model.sharing * (this.#active.size - 1);
		const speed = this.model.completionSpeed / slowdown;
		const endAt = this.#availability.finish(now, (1000 * job.completionTokens) / speed);
		const lastAt = isCut || isStalled ? now + (endAt - now) / 2 : endAt;
		this.#stream(request, { from: now, to: endAt, until: lastAt }, () => {
			if (isCut) this.#end(request, () => client.failed({ category: 'stream-cut' }));
			else if (isStalled) request.cancel = this.#clock.at(lastAt + this.#idleMs, () => this.#giveUp(request));
			else this.#complete(request, now, cached);
		});
	}

	/** Reports tokens as they come, then goes on. */
	#stream(request: Request, times: { from: number; to: number; until: number }, then: () => void): void {
		const now = this.#clock.now();
		const next = Math.min(times.until, now + PROGRESS_MS);
		request.cancel = this.#clock.at(next, () => {
			if (next >= times.until) {
				then();
				return;
			}
			const share = (next - times.from) / (times.to - times.from);
			request.client.progress(Math.max(1, Math.floor(share * request.job.completionTokens)));
			if (!request.isOver) this.#stream(request, times, then);
		});
	}

	/** The client has heard nothing for too long and closes the connection. */
	#giveUp(request: Request): void {
		this.#end(request, () => request.client.failed({ category: 'timeout' }));
	}

	#complete(request: Request, firstAt: number, cached: number): void {
		const { job, client, arrivedAt } = request;
		const { promptTokens, completionTokens } = job;
		this.#prefix.remember(job.conversation, job.model, promptTokens + completionTokens);
		this.tally.promptTokens += promptTokens;
		this.tally.completionTokens += completionTokens;
		if (job.role === 'root') {
			this.tally.rootPromptTokens += promptTokens;
			this.tally.rootCachedTokens += cached;
		}
		const now = this.#clock.now();
		const figures = { promptTokens, completionTokens, cachedPromptTokens: cached };
		const times = { firstTokenMs: firstAt - arrivedAt, durationMs: now - arrivedAt };
		this.#end(request, () => client.done({ ...figures, ...times }), true);
	}

	#end(request: Request, tell: () => void, isUseful = false): void {
		if (request.isOver) return;
		request.isOver = true;
		request.cancel();
		const { startedAt } = request;
		this.#active.delete(request);
		const index = this.#waiting.indexOf(request);
		if (index >= 0) this.#waiting.splice(index, 1);
		const spent = startedAt === undefined ? 0 : this.#clock.now() - startedAt;
		if (isUseful) this.tally.usefulMs += spent;
		else this.tally.wastedMs += spent;
		tell();
		this.#serve();
	}

	/** The client has closed the connection; the place may stay taken for a moment. */
	#abort(request: Request): void {
		if (request.isOver) return;
		const lag = this.model.abortLagSeconds * 1000;
		if (lag > 0 && this.#active.has(request)) {
			this.#ghosts++;
			this.#clock.at(this.#clock.now() + lag, () => {
				this.#ghosts--;
				this.#serve();
			});
		}
		this.#end(request, () => {});
	}

	/** The server dies: everything in it fails and its memory is lost. */
	#fall(): void {
		this.#prefix.clear();
		this.#resident = [];
		this.#loading = undefined;
		const lost = [...this.#active, ...this.#waiting];
		this.#waiting.length = 0;
		for (const request of lost) {
			const category = request.startedAt === undefined ? 'connect' : 'stream-cut';
			this.#end(request, () => request.client.failed({ category }));
		}
	}

	#happens(kind: 'error' | 'cut' | 'stall'): boolean {
		const fault = this.#fault(kind);
		return fault !== undefined && this.#clock.random() < fault.share;
	}

	#fault<K extends ServerModel['faults'][number]['kind']>(kind: K) {
		const seconds = this.#clock.now() / 1000;
		type Fault = Extract<ServerModel['faults'][number], { kind: K }>;
		return this.model.faults.find((fault): fault is Fault => {
			return fault.kind === kind && fault.from <= seconds && seconds < fault.to;
		});
	}
}

/** Longer than any scenario: flapping for ever needs no more timers than these. */
const FOREVER_MS = 7 * 24 * 3_600_000;
