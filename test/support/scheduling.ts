import { countingClock, VirtualClock } from '../../bench/pool/virtualClock.ts';
import type { FailureCategory, ModelErrorFacts } from '../../src/core/errors.ts';
import type { NextStep } from '../../src/core/ports/model.ts';
import { Scheduler } from '../../src/pool/scheduler/scheduler.ts';
import type {
	AttemptHandle,
	JobEnd,
	JobRequest,
	SchedulerOptions,
	ServerSpec,
} from '../../src/pool/scheduler/types.ts';

/** A server of the scheduler under test. */
export function spec(id: string, extra: Partial<ServerSpec> = {}): ServerSpec {
	return {
		id,
		priority: 1,
		maxConcurrent: 1,
		maxResident: Number.POSITIVE_INFINITY,
		maxPrefixes: 8,
		abortLagMs: 0,
		...extra,
	};
}

/** A call of the scheduler under test, and what happened to it. */
export interface Observed {
	readonly name: string;
	/** In the order of their start. */
	readonly attempts: AttemptHandle[];
	/** Attempts that the scheduler has stopped. */
	readonly stopped: AttemptHandle[];
	readonly steps: (NextStep | undefined)[];
	end: 'done' | 'failed' | JobEnd | undefined;
	/** How often it was told an end. */
	ends: number;
	cancel(): void;
	/** The reply is complete: takes a second of virtual time in all unless told otherwise. */
	finish(figures?: { promptTokens?: number; completionTokens?: number; cachedPromptTokens?: number }): void;
	fail(category: FailureCategory, extra?: Partial<ModelErrorFacts>): NextStep | undefined;
	firstToken(tokens?: number): void;
}

/** The real scheduler on a virtual clock, its attempts in the hands of the test. */
export interface Bed {
	readonly scheduler: Scheduler;
	readonly clock: VirtualClock;
	/** Timers of the scheduler that are set. */
	readonly timers: number;
	/** Names of calls and their servers, in the order in which attempts started. */
	readonly started: string[];
	submit(name: string, request?: Partial<JobRequest>): Observed;
	/** Lets time pass, ms. */
	pass(milliseconds: number): void;
}

/** @param servers all of which have the model `m` unless a call names others */
export function bed(servers: readonly ServerSpec[], options: Partial<SchedulerOptions> = {}): Bed {
	const clock = new VirtualClock(1);
	const counting = countingClock(clock);
	const settings = { strategy: 'adaptive', cloudUse: 'balanced', hedging: false } as const;
	const scheduler = new Scheduler({ servers, clock: counting, ...settings, ...options });
	const started: string[] = [];
	const pass = (milliseconds: number) => {
		let isOver = false;
		clock.at(clock.now() + milliseconds, () => {
			isOver = true;
		});
		clock.run(() => isOver);
	};
	return {
		scheduler,
		clock,
		started,
		pass,
		get timers() {
			return counting.pending;
		},
		submit(name, request = {}) {
			const controller = new AbortController();
			const observed = observe(name, controller, clock);
			scheduler.submit(
				{
					role: 'sub',
					runId: 'run',
					conversationId: name,
					choices: servers.map(({ id }) => ({ serverId: id, model: 'm' })),
					promptTokens: 500,
					...request,
				},
				{
					start(handle) {
						observed.attempts.push(handle);
						started.push(`${name}@${handle.serverId}`);
						return () => observed.stopped.push(handle);
					},
					ended(end) {
						observed.end = end;
						observed.ends++;
					},
				},
				controller.signal,
			);
			pass(0);
			return observed;
		},
	};
}

function observe(name: string, controller: AbortController, clock: VirtualClock): Observed {
	const last = () => {
		const attempt = observed.attempts.at(-1);
		if (!attempt) throw new Error(`"${name}" was not started`);
		return attempt;
	};
	const startedAt = clock.now();
	const observed: Observed = {
		name,
		attempts: [],
		stopped: [],
		steps: [],
		end: undefined,
		ends: 0,
		cancel: () => controller.abort(),
		firstToken: (tokens = 1) => last().progress(tokens),
		finish({ promptTokens = 500, completionTokens = 100, ...cached } = {}) {
			const durationMs = Math.max(1000, clock.now() - startedAt);
			const isFirst = last().done({
				promptTokens,
				completionTokens,
				firstTokenMs: durationMs / 2,
				durationMs,
				...cached,
			});
			if (!isFirst) return;
			observed.end = 'done';
			observed.ends++;
		},
		fail(category, extra = {}) {
			const step = last().failed({ category, ...extra });
			observed.steps.push(step);
			if (step?.kind === 'give-up') {
				observed.end = 'failed';
				observed.ends++;
			}
			return step;
		},
	};
	return observed;
}

/** Shows the scheduler how fast servers are: each serves one call in the time given, ms. */
export function teach(made: Bed, times: Readonly<Record<string, number>>): void {
	for (const [serverId, milliseconds] of Object.entries(times)) {
		const call = made.submit(`teach ${serverId}`, { runId: 'teacher', choices: [{ serverId, model: 'm' }] });
		made.pass(milliseconds / 2);
		call.firstToken();
		made.pass(milliseconds / 2);
		call.finish();
	}
	made.pass(0);
	made.started.length = 0;
}
