import type { ModelErrorFacts } from '../../src/core/errors.ts';
import { present } from '../../src/core/present.ts';
import { Scheduler } from '../../src/pool/scheduler/scheduler.ts';
import type { AttemptFigures, Clock, ServerSpec, Strategy } from '../../src/pool/scheduler/types.ts';
import { isPaid, type Scenario, type ServerModel } from './scenario.ts';
import type { SimServer } from './simServer.ts';
import type { SimJob } from './workload.ts';

/** How a call ended. */
export type Outcome = 'done' | 'failed' | 'cancelled';

/** Told of everything that happens to a call. */
export interface Watcher {
	attempt(serverId: string): void;
	/** @param serviceMs of the attempt that gave the reply */
	ended(outcome: Outcome, serviceMs?: number): void;
}

/** Something that spreads calls over servers. */
export interface Driver {
	submit(job: SimJob, watcher: Watcher, signal: AbortSignal): void;
	/** Places taken and calls waiting; 0 when idle. */
	readonly left: number;
}

/** The name of the early-binding formula that the pool is compared with. */
export const ORIGINAL = 'original';
export type Way = Strategy | typeof ORIGINAL;

/** Estimates of prompts are off by as much as a tokenizer's are, up or down. */
const ESTIMATE_ERROR = 0.15;

/** The pool's scheduler over simulated servers. It is told the settings of the servers, not their speeds. */
export function createScheduled(
	scenario: Scenario,
	strategy: Strategy,
	servers: readonly SimServer[],
	clock: Clock,
): Driver {
	const { cloudUse, hedging } = scenario;
	const scheduler = new Scheduler({ servers: scenario.servers.map(specOf), clock, strategy, cloudUse, hedging });
	return {
		get left() {
			return scheduler.inFlight + scheduler.waiting;
		},
		submit(job, watcher, signal) {
			const request = {
				role: job.role,
				runId: job.run,
				conversationId: job.conversation,
				choices: choicesOf(scenario, job),
				promptTokens: estimated(job),
			};
			const owner = {
				start: (handle: Parameters<Parameters<Scheduler['submit']>[1]['start']>[0]) => {
					watcher.attempt(handle.serverId);
					return serverOf(servers, handle.serverId).request(job, {
						progress: (tokens) => handle.progress(tokens),
						done: (figures) => {
							if (handle.done(figures)) watcher.ended('done', figures.durationMs);
						},
						failed: (facts) => {
							if (handle.failed(facts)?.kind === 'give-up') watcher.ended('failed');
						},
					});
				},
				ended: () => watcher.ended('cancelled'),
			};
			scheduler.submit(request, owner, signal);
		},
	};
}

function specOf({ id, priority = 1, price, slots, ...server }: ServerModel): ServerSpec {
	return present({
		id,
		priority,
		maxConcurrent: server.maxConcurrent ?? slots,
		price,
		maxResident: server.models.length > 1 ? server.maxResident : Number.POSITIVE_INFINITY,
		maxPrefixes: server.maxPrefixes ?? slots,
		abortLagMs: 1000 * server.abortLagSeconds,
	});
}

function choicesOf({ servers, cloudUse }: Scenario, job: SimJob) {
	return servers
		.filter((server) => cloudUse !== 'never' || !isPaid(server))
		.filter(({ roles, models }) => roles.includes(job.role) && models.includes(job.model))
		.map(({ id }) => ({ serverId: id, model: job.model }));
}

function estimated({ id, promptTokens }: SimJob): number {
	const offset = (((id * 2654435761) >>> 0) / 2 ** 32) * 2 - 1;
	return Math.max(1, Math.round(promptTokens * (1 + ESTIMATE_ERROR * offset)));
}

function serverOf(servers: readonly SimServer[], id: string): SimServer {
	const server = servers.find(({ model }) => model.id === id);
	if (!server) throw new RangeError(`no server "${id}"`);
	return server;
}

/** What the formula counts of a server. */
interface Counted {
	readonly server: SimServer;
	readonly priority: number;
	readonly places: number;
	/** Assigned and not ended. */
	load: number;
	running: number;
	requests: number;
	errors: number;
	readonly line: (() => void)[];
}

/**
 * The formula that such pools usually begin with: a call is bound to a server when it is made, to the one with the
 * smallest 0.3 x priority + 0.5 x load + 0.2 x errors, and waits in the line of that server. No retries. Servers without
 * a priority are numbered in the order of the scenario, as a configuration would.
 */
export function createOriginal(scenario: Scenario, servers: readonly SimServer[]): Driver {
	const counted = servers.map((server, index): Counted => {
		const { priority = index + 1, maxConcurrent, slots } = server.model;
		return { server, priority, places: maxConcurrent ?? slots, load: 0, running: 0, requests: 0, errors: 0, line: [] };
	});
	return {
		get left() {
			return counted.reduce((sum, { load }) => sum + load, 0);
		},
		submit(job, watcher, signal) {
			const allowed = new Set(choicesOf(scenario, job).map(({ serverId }) => serverId));
			const candidates = counted.filter(({ server }) => allowed.has(server.model.id));
			candidates.sort((a, b) => originalScore(a) - originalScore(b));
			const chosen = candidates[0];
			if (!chosen) throw new RangeError(`no server for the model "${job.model}"`);
			bind(chosen, job, watcher, signal);
		},
	};
}

function originalScore({ priority, load, places, errors, requests }: Counted): number {
	return 0.3 * priority + 0.5 * Math.min(1, load / places) + 0.2 * (requests === 0 ? 0 : errors / requests);
}

function bind(chosen: Counted, job: SimJob, watcher: Watcher, signal: AbortSignal): void {
	let isOver = false;
	let stop = () => {};
	let isRunning = false;
	const end = (tell: () => void) => {
		if (isOver) return;
		isOver = true;
		signal.removeEventListener('abort', cancel);
		chosen.load--;
		if (isRunning) chosen.running--;
		tell();
		chosen.line.shift()?.();
	};
	const cancel = () => {
		stop();
		const index = chosen.line.indexOf(start);
		if (index >= 0) chosen.line.splice(index, 1);
		end(() => watcher.ended('cancelled'));
	};
	const start = () => {
		isRunning = true;
		chosen.running++;
		chosen.requests++;
		watcher.attempt(chosen.server.model.id);
		stop = chosen.server.request(job, {
			progress: () => {},
			done: (figures: AttemptFigures) => end(() => watcher.ended('done', figures.durationMs)),
			failed: (_facts: ModelErrorFacts) => {
				chosen.errors++;
				end(() => watcher.ended('failed'));
			},
		});
	};
	signal.addEventListener('abort', cancel, { once: true });
	chosen.load++;
	if (chosen.running < chosen.places) start();
	else chosen.line.push(start);
}
