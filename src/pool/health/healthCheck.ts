import { CancelledError, ModelError, reasonOf } from '../../core/errors.ts';
import type { ServerLoad, ServerReport } from '../../core/ports/model.ts';
import { present } from '../../core/present.ts';
import { modelError } from '../../models/http/classify.ts';
import type { GpuFigures } from './gpu.ts';
import type { Observation, Problem } from './healthState.ts';

/** Time as the monitor uses it. */
export interface HealthClock {
	/** ms since the epoch by the wall clock, which continues while the machine sleeps. */
	now(): number;
	/** @throws CancelledError when the signal fires */
	sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
	/** From 0 to 1. */
	random(): number;
}

/** A server's work for us, as the pool counts it. */
export interface ServerActivity {
	readonly inFlight: number;
	/** ms since a call on it last received something; absent when none ever did. */
	readonly msSinceByte?: number;
	readonly tokensPerSecond?: number;
	/** The breaker keeps calls away because too many failed. */
	readonly isAvoided?: boolean;
}

/** A server as the monitor sees it. */
export interface MonitoredServer {
	readonly id: string;
	readonly url: string;
	/** True for a public service: its lists are long and rarely change. */
	readonly isHosted: boolean;
	/** Models named in the settings, which the server must have. */
	readonly wantedModels: readonly string[];
	/** @returns false while it loads a model @throws ModelError, CancelledError */
	isReady(signal: AbortSignal): Promise<boolean>;
	/** @throws ModelError, CancelledError */
	probe(signal: AbortSignal): Promise<ServerReport>;
	/** @throws ModelError, CancelledError */
	load(signal: AbortSignal): Promise<ServerLoad | undefined>;
	/** GPUs from its exporter; empty without one. @throws ModelError, CancelledError */
	gpus(signal: AbortSignal): Promise<readonly GpuFigures[]>;
	activity(): ServerActivity;
}

/** Result of one check. */
export interface CheckResult {
	readonly observation: Observation;
	/** Duration of the request that proves the server is alive. ms */
	readonly latencyMs?: number;
	/** Absent when it was not requested or did not arrive. */
	readonly report?: ServerReport;
	readonly load?: ServerLoad;
	readonly gpus: readonly GpuFigures[];
	/** Why expected figures are missing. */
	readonly figuresProblem?: string;
}

/** Deadline of each request of a check. */
export const CHECK_MS = 5_000;
const FIGURES_MS = 3_000;

/**
 * Checks one server once: whether it is alive, then its models (if requested) and figures at the same time.
 * @param known the last report, which says what a server without a new one must have
 * @throws CancelledError
 */
export async function checkServer(
	server: MonitoredServer,
	clock: HealthClock,
	options: { readonly isDiscovery: boolean; readonly known: ServerReport | undefined },
	signal: AbortSignal,
): Promise<CheckResult> {
	const startedAt = clock.now();
	const ready = await inTime(server, clock, CHECK_MS, signal, (bounded) => server.isReady(bounded));
	if (ready instanceof ModelError) return { observation: { kind: 'failed', error: ready }, gpus: [] };
	const latencyMs = clock.now() - startedAt;
	if (!ready) return { observation: { kind: 'loading' }, latencyMs, gpus: [] };
	const [report, load, gpus] = await Promise.all([
		options.isDiscovery ? inTime(server, clock, CHECK_MS, signal, (bounded) => server.probe(bounded)) : undefined,
		inTime(server, clock, FIGURES_MS, signal, (bounded) => server.load(bounded)),
		inTime(server, clock, FIGURES_MS, signal, (bounded) => server.gpus(bounded)),
	]);
	return {
		observation: observationOf(server, report, good(report) ?? options.known, good(load)),
		latencyMs,
		...optional('report', good(report)),
		...optional('load', good(load)),
		gpus: good(gpus) ?? [],
		...optional('figuresProblem', [load, gpus].find((result) => result instanceof ModelError)?.message),
	};
}

function observationOf(
	server: MonitoredServer,
	found: ServerReport | ModelError | undefined,
	known: ServerReport | undefined,
	load: ServerLoad | undefined,
): Observation {
	if (found instanceof ModelError) {
		if (found.category === 'auth' || found.category === 'quota') return { kind: 'failed', error: found };
		const reason = `It answers, but does not list its models: ${found.facts.detail ?? found.message}`;
		return { kind: 'ready', problem: { state: 'degraded', cause: 'models', reason } };
	}
	if (found?.isLoading) return { kind: 'loading' };
	const problem = problemOf(server, known, load);
	return present({ kind: 'ready', problem });
}

function problemOf(
	server: MonitoredServer,
	report: ServerReport | undefined,
	load: ServerLoad | undefined,
): Problem | undefined {
	if (server.activity().isAvoided) {
		return { state: 'degraded', cause: 'calls-fail', reason: 'It answers checks, but calls on it fail.' };
	}
	const missing = report ? server.wantedModels.filter((model) => !hasModel(report, model)) : [];
	if (missing.length > 0) {
		const reason = `It does not have ${missing.map((model) => `"${model}"`).join(', ')}.`;
		const hint = 'Pull the model there, or correct its name in the settings.';
		return { state: 'degraded', cause: 'models', reason, hint };
	}
	if (report?.models.length === 0 && server.wantedModels.length === 0) {
		const hint = 'Load or pull a model there, or name one in the settings if it does not list what it has.';
		return { state: 'degraded', cause: 'models', reason: 'It lists no models.', hint };
	}
	const { running = 0, waiting = 0, places } = load ?? {};
	if (waiting > 0 && running >= (places ?? 1)) {
		const reason = `All its places are taken; ${waiting} ${waiting === 1 ? 'call is' : 'calls are'} waiting.`;
		return { state: 'busy', cause: 'full', reason };
	}
	return undefined;
}

/** In Ollama a name without a tag means the latest. An empty list says nothing. */
function hasModel({ models }: ServerReport, wanted: string): boolean {
	return models.length === 0 || models.some(({ name }) => name === wanted || name === `${wanted}:latest`);
}

/** The result, or the failure as a value, including a missed deadline. @throws CancelledError */
async function inTime<T>(
	server: MonitoredServer,
	clock: HealthClock,
	deadlineMs: number,
	signal: AbortSignal,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T | ModelError> {
	const site = { server: server.id, url: server.url, secrets: [] };
	const late = modelError(site, `no answer to a check after ${deadlineMs / 1000} s.`, { category: 'timeout' });
	const deadline = new AbortController();
	const done = new AbortController();
	const expired = clock.sleep(deadlineMs, AbortSignal.any([signal, done.signal])).then(() => {
		deadline.abort();
		return late;
	});
	try {
		return await Promise.race([work(AbortSignal.any([signal, deadline.signal])), expired]);
	} catch (error) {
		if (signal.aborted) throw new CancelledError();
		if (deadline.signal.aborted) return late;
		if (error instanceof ModelError) return error;
		// Unusable settings or an unexpected page are reported like any failure, with their cause.
		const what = reasonOf(error);
		return modelError(site, `the check failed: ${what}`, { category: 'server' }, error);
	} finally {
		done.abort();
	}
}

function good<T>(result: T | ModelError | undefined): T | undefined {
	return result instanceof ModelError ? undefined : result;
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
	return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
