import { type FailureCategory, ModelError, NoServerError } from '../core/errors.ts';
import type {
	CallObserver,
	ModelCall,
	ModelDescription,
	ModelOffer,
	ModelPort,
	ModelReply,
	ModelRole,
	Provider,
	ServerReport,
} from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { TokenEstimator } from '../models/estimate.ts';
import { kindOf } from '../models/kinds.ts';
import type { CloudUse, Strategy } from '../settings/choices.ts';
import { DEFAULTS } from '../settings/defaults.ts';
import type { ServerSettings } from '../settings/servers.ts';
import { CallTask } from './callTask.ts';
import { type Candidate, Candidates } from './candidates.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { type FleetWatch, watchFleet } from './health/fleetWatch.ts';
import type { HealthMonitor } from './health/health.ts';
import { offersOf } from './offers.ts';
import { createProvider, keyOf } from './providers.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import type { Clock, Health, JobRequest, ServerActivity } from './scheduler/types.ts';
import { PooledServer, specOf } from './server.ts';
import { type ServerSnapshot, snapshotOf } from './snapshot.ts';
import type { PriceSettings } from './usage/prices.ts';

/** Configuration of a pool. */
export interface PoolOptions {
	readonly servers: readonly ServerSettings[];
	/** `model` or `server/model`; absent: the first model of the first server with the role. */
	readonly rootModel?: string;
	/** The same for sub-calls; absent: the root model where a server offers it for the role. */
	readonly subModel?: string;
	/** Strategy for spreading calls over servers; `adaptive` when absent. */
	readonly strategy?: Strategy;
	/** How eagerly servers with a price are used; `balanced` when absent. */
	readonly cloudUse?: CloudUse;
	/** Also tries a sub-call that takes far too long at a second server; off when absent. */
	readonly hedging?: boolean;
	/** Looks up the stored key of a server. */
	readonly apiKey: (serverId: string) => Promise<string | undefined>;
	/** Creates providers that only the host has; undefined leaves the server to the pool. */
	readonly createProvider?: (server: ServerSettings, key: string | undefined) => Promise<Provider | undefined>;
	/** USD per million tokens, by pattern. */
	readonly prices?: PriceSettings;
	/** Interval between checks of servers. */
	readonly health?: { readonly intervalSeconds?: number };
	/** For tests. */
	readonly clock?: Clock;
}

/** Answer of one server to a probe. */
export interface ServerStatus {
	readonly server: ServerSettings;
	readonly url: string;
	readonly latencyMs: number;
	/** Present when it answered. */
	readonly report?: ServerReport;
	/** Present when it did not answer. */
	readonly error?: ModelError;
}

/** What a health monitor reads from the pool and reports to it. All methods throw RangeError for an unknown server. */
export interface ServerMonitorPort {
	/** A server's current work. Times are on the pool's clock (`performance.now()` by default). */
	activity(serverId: string): ServerActivity;
	/** Takes a probe's result. A server that is `down` is used only when no other is left. */
	setHealth(serverId: string, health: Health, reason?: string): void;
	/** Takes the models that are now in the server's memory. */
	setResident(serverId: string, models: readonly string[]): void;
	/** Takes the number of concurrent calls that the server reports; never raises the limit of the settings. */
	lowerLimit(serverId: string, places: number): void;
	/** Clears a server's record of failures and uses it again immediately. */
	retryNow(serverId: string): void;
	/** Gives a server no further calls until `retryNow`. Calls in progress continue. */
	drain(serverId: string): void;
}

/** The model servers of one engine. */
export interface Pool extends ModelPort, ServerMonitorPort {
	/** Health of the servers, watched while calls are in progress and while a view holds it. */
	readonly health: HealthMonitor;
	servers(): readonly ServerSnapshot[];
	/** Probes every server at once. Failures are part of the result. @throws CancelledError */
	probeAll(signal: AbortSignal): Promise<readonly ServerStatus[]>;
	/** Cancels all calls and closes all connections. Idempotent. */
	dispose(): Promise<void>;
}

/** Failures of calls that may be failures of the server. */
const SUSPICIOUS: readonly FailureCategory[] = ['connect', 'timeout', 'server', 'stream-cut', 'auth', 'tls', 'quota'];

/** Opens a pool. Nothing is sent before the first call. */
export function createPool(options: PoolOptions): Pool {
	return new ScheduledPool(options);
}

/** Time for which servers are still watched after the last call. ms */
const WATCH_LINGERS_MS = 1_000;

/** Connects settings, providers and windows to the scheduler. */
class ScheduledPool implements Pool {
	readonly #servers: readonly PooledServer[];
	readonly #candidates: Candidates;
	readonly #scheduler: Scheduler;
	readonly #watch: FleetWatch;
	readonly #clock: Clock;
	readonly #estimator = new TokenEstimator();
	readonly #disposed = new AbortController();
	#openCalls = 0;
	/** Ends the watch that calls hold. */
	#release: (() => void) | undefined;
	#lingering: NodeJS.Timeout | undefined;

	constructor(options: PoolOptions) {
		const {
			clock = SYSTEM_CLOCK,
			strategy = DEFAULTS.strategy,
			cloudUse = DEFAULTS.cloudUse,
			hedging = DEFAULTS.hedging,
		} = options;
		this.#clock = clock;
		const source = {
			key: (server: ServerSettings) => keyOf(server, options.apiKey),
			create: async (server: ServerSettings, key: string | undefined) =>
				(await options.createProvider?.(server, key)) ?? createProvider(server, key, this.#estimator),
		};
		this.#servers = options.servers
			.map((settings) => new PooledServer(settings, source, clock, options.prices))
			.sort((a, b) => a.priority - b.priority);
		this.#candidates = new Candidates(this.#servers, options);
		this.#scheduler = new Scheduler({ servers: this.#servers.map(specOf), clock, strategy, cloudUse, hedging });
		this.#watch = watchFleet(this.#servers, this, clock, options.health?.intervalSeconds);
	}

	get health(): HealthMonitor {
		return this.#watch.monitor;
	}

	async describe(role: ModelRole, model: string | undefined, signal: AbortSignal): Promise<ModelDescription> {
		const failures: ModelError[] = [];
		for (const candidate of this.#likelyFirst(this.#candidates.find(role, model))) {
			try {
				return await describeCandidate(candidate, signal);
			} catch (error) {
				if (!(error instanceof ModelError)) throw error;
				failures.push(error);
			}
		}
		if (failures.length === 1 && failures[0]) throw failures[0];
		const told = failures.map(({ message }) => `- ${message}`).join('\n');
		throw new NoServerError(`None of ${failures.length} servers could serve the call:\n${told}`, failures);
	}

	offers(role: ModelRole): readonly ModelOffer[] {
		return offersOf(this.#servers.filter((server) => server.hasRole(role)));
	}

	idlePlaces(role: ModelRole): number {
		const activities = this.#servers.filter((server) => server.hasRole(role)).map(({ id }) => this.activity(id));
		const usable = activities.filter(
			({ isDraining, health, breaker }) => !isDraining && health !== 'down' && breaker === 'closed',
		);
		const free = usable.reduce((sum, { limit, inFlight }) => sum + Math.max(0, limit - inFlight), 0);
		return Math.max(0, free - Math.max(0, ...usable.map(({ waiting }) => waiting)));
	}

	async call(call: ModelCall, observer: CallObserver, signal: AbortSignal): Promise<ModelReply> {
		this.#holdWatch();
		try {
			return await this.#call(call, this.#watchedBy(observer), signal);
		} finally {
			this.#releaseWatch();
		}
	}

	/** Watches servers while calls are in progress. */
	#holdWatch(): void {
		clearTimeout(this.#lingering);
		this.#openCalls++;
		this.#release ??= this.health.hold();
	}

	/** Calls of a run follow each other closely; the watch continues between them. */
	#releaseWatch(): void {
		if (--this.#openCalls > 0) return;
		this.#lingering = setTimeout(() => {
			this.#release?.();
			this.#release = undefined;
		}, WATCH_LINGERS_MS);
		this.#lingering.unref();
	}

	/** A failed attempt may mean that the server is down, so it is checked immediately. */
	#watchedBy(observer: CallObserver): CallObserver {
		return {
			onDelta: (text, channel) => observer.onDelta(text, channel),
			onAttempt: (attempt) => observer.onAttempt(attempt),
			onAttemptFailed: (failure) => {
				if (SUSPICIOUS.includes(failure.category)) this.health.suspect(failure.server);
				observer.onAttemptFailed(failure);
			},
		};
	}

	#call(call: ModelCall, observer: CallObserver, callSignal: AbortSignal): Promise<ModelReply> {
		return new Promise((resolve, reject) => {
			const candidates = this.#candidates.find(call.role, call.model);
			const task = new CallTask({ call, observer, candidates, estimator: this.#estimator, resolve, reject });
			const signal = AbortSignal.any([callSignal, this.#disposed.signal]);
			this.#scheduler.submit(this.#jobOf(call, candidates), task, signal);
		});
	}

	servers(): readonly ServerSnapshot[] {
		return this.#servers.map((server) => snapshotOf(server, this.#scheduler.activity(server.id), this.#clock.now()));
	}

	probeAll(signal: AbortSignal): Promise<readonly ServerStatus[]> {
		return Promise.all(
			this.#servers.map(async (server) => {
				const startedAt = this.#clock.now();
				const status = (found: Pick<ServerStatus, 'report' | 'error'>): ServerStatus => ({
					server: server.settings,
					url: server.url,
					latencyMs: this.#clock.now() - startedAt,
					...found,
				});
				try {
					return status({ report: await server.report(signal, true) });
				} catch (error) {
					if (!(error instanceof ModelError)) throw error;
					return status({ error });
				}
			}),
		);
	}

	activity(serverId: string): ServerActivity {
		return this.#scheduler.activity(serverId);
	}

	setHealth(serverId: string, health: Health, reason?: string): void {
		this.#scheduler.setHealth(serverId, health, reason);
	}

	setResident(serverId: string, models: readonly string[]): void {
		this.#scheduler.setResident(serverId, models.map(withoutTag));
	}

	lowerLimit(serverId: string, places: number): void {
		this.#scheduler.lowerLimit(serverId, places);
	}

	retryNow(serverId: string): void {
		this.#scheduler.retryNow(serverId);
	}

	drain(serverId: string): void {
		this.#scheduler.drain(serverId);
	}

	async dispose(): Promise<void> {
		this.#disposed.abort();
		clearTimeout(this.#lingering);
		this.#release?.();
		this.#watch.dispose();
		this.#scheduler.dispose();
		for (const server of this.#servers) server.dispose();
	}

	#jobOf(call: ModelCall, candidates: readonly Candidate[]): JobRequest {
		const { role, runId, conversationId, maxTokens, timeLeftMs = Number.POSITIVE_INFINITY, messages } = call;
		const choices = candidates.map(({ server: { id, settings }, model = '' }) =>
			present({
				serverId: id,
				model: withoutTag(model),
				contextTokens: settings.contextLength,
			}),
		);
		const texts = messages.map((message) => message.content);
		return present({
			role,
			runId,
			conversationId,
			choices,
			promptTokens: this.#estimator.estimate(candidates[0]?.model ?? '', texts).tokens,
			maxTokens,
			deadline: Number.isFinite(timeLeftMs) ? this.#clock.now() + timeLeftMs : undefined,
		});
	}

	/** Healthy servers first, each group by priority. */
	#likelyFirst(candidates: readonly Candidate[]): readonly Candidate[] {
		const isWell = ({ server }: Candidate) => {
			const { breaker, health, isDraining } = this.#scheduler.activity(server.id);
			return breaker === 'closed' && health === 'up' && !isDraining && server.lastError === undefined;
		};
		return [...candidates].sort((a, b) => Number(isWell(b)) - Number(isWell(a)));
	}
}

/** Ollama lists as `name:latest` what people call `name`. */
function withoutTag(model: string): string {
	return model.replace(/:latest$/, '');
}

async function describeCandidate({ server, model }: Candidate, signal: AbortSignal): Promise<ModelDescription> {
	const chosen = model ?? (await server.anyModel(signal));
	const window = await server.window(chosen, signal);
	const canPrefill = await server.canPrefill(chosen, signal);
	const { parameters, family, aliases, canThink } = await server.facts(chosen, signal);
	const price = server.price(chosen);
	return present({
		model: chosen,
		server: server.id,
		contextTokens: window.tokens,
		isContextKnown: window.isKnown,
		price,
		isBuiltin: kindOf(server.settings.kind).place === 'here',
		canPrefill,
		parameters,
		family,
		aliases,
		canThink,
	});
}
