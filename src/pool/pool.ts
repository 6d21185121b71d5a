import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ModelError, NoServerError } from '../core/errors.ts';
import type {
	CallObserver,
	ModelCall,
	ModelDescription,
	ModelPort,
	ModelReply,
	ModelRole,
	NextStep,
	Price,
	Provider,
	ServerReport,
} from '../core/model.ts';
import { TokenEstimator } from '../models/estimate.ts';
import type { CallFigures } from './fleet.ts';
import { HealthMonitor } from './health.ts';
import { monitored } from './monitored.ts';
import { costOf, type PriceSettings, priceOf } from './prices.ts';
import { createProvider, keyOf } from './providers.ts';
import { backoffMs, type Reaction, reactionTo } from './retry.ts';
import { type Clock, PooledServer } from './server.ts';
import type { ServerKind, ServerSettings } from './settings.ts';

/** What a pool is made of. */
export interface PoolOptions {
	readonly servers: readonly ServerSettings[];
	/** `model` or `server/model`; absent: the first model of the first server with the role. */
	readonly rootModel?: string;
	/** The same for sub-calls; absent: the root model where a server offers it for the role. */
	readonly subModel?: string;
	/** The stored key of a server. */
	readonly apiKey: (serverId: string) => Promise<string | undefined>;
	/** For providers that only the host has; undefined leaves the server to the pool. */
	readonly createProvider?: (server: ServerSettings, key: string | undefined) => Promise<Provider | undefined>;
	/** USD for a million tokens by pattern. */
	readonly prices?: PriceSettings;
	/** Between two checks of a server that is well, seconds. */
	readonly health?: { readonly intervalSeconds?: number };
	/** For tests. */
	readonly clock?: Clock;
}

/** A server as views show it. */
export interface ServerSnapshot {
	readonly id: string;
	readonly kind: ServerKind;
	readonly url: string;
	readonly roles: readonly ModelRole[];
	/** `unknown` until the first answer or failure. */
	readonly health: 'unknown' | 'healthy' | 'unhealthy';
	readonly inFlight: number;
	readonly waiting: number;
	readonly maxConcurrent: number;
	/** Absent until the server was asked. */
	readonly models?: readonly string[];
	/** Message of the last failure; absent after a success. */
	readonly lastError?: string;
}

/** What asking a server gave. */
export interface ServerStatus {
	readonly server: ServerSettings;
	readonly url: string;
	readonly latencyMs: number;
	/** Present when it answered. */
	readonly report?: ServerReport;
	/** Present when it did not. */
	readonly error?: ModelError;
}

/** The model servers of one engine. */
export interface Pool extends ModelPort {
	servers(): readonly ServerSnapshot[];
	/** How the servers are; watched while a call runs and while a view holds it. */
	readonly health: HealthMonitor;
	/** What is counted of the calls of each server. */
	figures(): readonly CallFigures[];
	/** Asks every server, all at once. Failures are part of the answer. @throws CancelledError */
	probeAll(signal: AbortSignal): Promise<readonly ServerStatus[]>;
	/** Cancels what is running and closes all connections. Idempotent. */
	dispose(): Promise<void>;
}

/** Opens a pool. Nothing is sent before the first call. */
export function createPool(options: PoolOptions): Pool {
	return new SimplePool(options);
}

/** A prompt estimated to be larger than this many windows is not sent: calibrated, and with the ratio only assumed. */
const OVERFLOW_MARGIN = { calibrated: 1.05, assumed: 1.25 };

/** A server that may serve a call. Without a model, the server is asked for one. */
interface Candidate {
	readonly server: PooledServer;
	readonly model: string | undefined;
}

/** A model as asked for: by name, and possibly at one server only. */
interface Wanted {
	readonly model?: string;
	readonly serverId?: string;
}

/** What a call has been through. */
interface CallHistory {
	attempts: number;
	/** Failures by server, in the order of the first one. */
	readonly failures: Map<PooledServer, ModelError[]>;
}

/** The first healthy server of the role serves a call; what fails is tried again or elsewhere. */
class SimplePool implements Pool {
	readonly #options: PoolOptions;
	readonly #servers: readonly PooledServer[];
	readonly #clock: Clock;
	readonly #estimator = new TokenEstimator();
	readonly #disposed = new AbortController();
	readonly health: HealthMonitor;
	readonly #monitored: readonly ReturnType<typeof monitored>[];

	constructor(options: PoolOptions) {
		this.#options = options;
		this.#clock = options.clock ?? SYSTEM_CLOCK;
		const source = {
			key: (server: ServerSettings) => keyOf(server, options.apiKey),
			create: async (server: ServerSettings, key: string | undefined) =>
				(await options.createProvider?.(server, key)) ?? createProvider(server, key, this.#estimator),
		};
		this.#servers = options.servers
			.map((settings) => new PooledServer(settings, source, this.#clock))
			.sort((a, b) => a.priority - b.priority);
		this.#monitored = this.#servers.map((server) => monitored(server));
		const { intervalSeconds } = options.health ?? {};
		this.health = new HealthMonitor({
			servers: this.#monitored,
			...(intervalSeconds === undefined ? {} : { intervalMs: intervalSeconds * 1000 }),
		});
	}

	figures(): readonly CallFigures[] {
		return this.#servers.map(({ id, slots }) => ({
			id,
			inFlight: slots.inFlight,
			limit: slots.max,
			waiting: slots.waiting,
		}));
	}

	async describe(role: ModelRole, model: string | undefined, signal: AbortSignal): Promise<ModelDescription> {
		const history: CallHistory = { attempts: 0, failures: new Map() };
		for (const { server, model: named } of inOrder(this.#candidates(role, model))) {
			try {
				const chosen = named ?? (await server.anyModel(signal));
				const window = await server.window(chosen, signal);
				const { kind } = server.settings;
				const price = this.#price(server, chosen);
				return {
					model: chosen,
					server: server.id,
					contextTokens: window.tokens,
					isContextKnown: window.isKnown,
					...(price === undefined ? {} : { price }),
					isBuiltin: kind === 'builtin',
				};
			} catch (error) {
				if (!(error instanceof ModelError)) throw error;
				history.failures.set(server, [error]);
			}
		}
		throw finalError(history);
	}

	async call(call: ModelCall, observer: CallObserver, signal: AbortSignal): Promise<ModelReply> {
		const release = this.health.hold();
		try {
			return await this.#call(call, observer, signal);
		} finally {
			release();
		}
	}

	async #call(call: ModelCall, observer: CallObserver, callSignal: AbortSignal): Promise<ModelReply> {
		const signal = AbortSignal.any([callSignal, this.#disposed.signal]);
		const candidates = this.#candidates(call.role, call.model);
		const history: CallHistory = { attempts: 0, failures: new Map() };
		let candidate = inOrder(candidates)[0] as Candidate;
		for (;;) {
			let hasDelivered = false;
			const onDelta: CallObserver['onDelta'] = (text, channel) => {
				hasDelivered = true;
				candidate.server.noteByte();
				observer.onDelta(text, channel);
			};
			try {
				return await candidate.server.assign(() => this.#attempt(candidate, call, history, onDelta, signal));
			} catch (error) {
				if (!(error instanceof ModelError)) throw error;
				const { server } = candidate;
				server.noteFailure(error);
				history.failures.set(server, [...(history.failures.get(server) ?? []), error]);
				const { step, next } = this.#afterFailure(error, candidate, candidates, history);
				const { category, message } = error;
				observer.onAttemptFailed({ server: server.id, category, message, restartsReply: hasDelivered, next: step });
				if (next === undefined) throw finalError(history, error);
				if (step.kind === 'retry') await this.#clock.sleep(step.afterMs, signal);
				candidate = next;
			}
		}
	}

	servers(): readonly ServerSnapshot[] {
		return this.#servers.map((server) => {
			const { settings, slots, knownModels, lastError } = server;
			const isFailing = !server.isHealthy || lastError !== undefined;
			return {
				id: server.id,
				kind: settings.kind,
				url: server.url,
				roles: settings.roles ?? ['root', 'sub'],
				health: isFailing ? 'unhealthy' : server.hasAnswered ? 'healthy' : 'unknown',
				inFlight: slots.inFlight,
				waiting: slots.waiting,
				maxConcurrent: slots.max,
				...(knownModels === undefined ? {} : { models: knownModels }),
				...(lastError === undefined ? {} : { lastError: lastError.message }),
			};
		});
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

	async dispose(): Promise<void> {
		this.#disposed.abort();
		this.health.dispose();
		for (const server of [...this.#monitored, ...this.#servers]) server.dispose();
	}

	/** One attempt: the prompt is checked against the window, a place is waited for, the model is asked. */
	async #attempt(
		{ server, model: named }: Candidate,
		call: ModelCall,
		history: CallHistory,
		onDelta: CallObserver['onDelta'],
		signal: AbortSignal,
	): Promise<ModelReply> {
		history.attempts++;
		const provider = await server.provider();
		const model = named ?? (await server.anyModel(signal));
		await this.#checkSize(server, model, call, signal);
		const { messages, maxTokens, thinking } = call;
		const waitingSince = this.#clock.now();
		return server.slots.use(call.role === 'root', signal, async () => {
			const queueMs = this.#clock.now() - waitingSince;
			const request = {
				model,
				messages,
				...(maxTokens === undefined ? {} : { maxTokens }),
				...(thinking === undefined ? {} : { thinking }),
			};
			const reply = await provider.chat(request, onDelta, signal);
			server.noteSuccess();
			const { chargedUsd, ...answer } = reply;
			const costUsd = costOf(reply.usage, this.#price(server, model), chargedUsd);
			return {
				...answer,
				server: server.id,
				attempts: history.attempts,
				queueMs,
				...(costUsd === undefined ? {} : { costUsd }),
			};
		});
	}

	#price(server: PooledServer, model: string): Price | undefined {
		return priceOf(server.settings, model, this.#options.prices, server.toldPrice(model))?.price;
	}

	/** @throws ModelError `context-overflow` when the prompt cannot fit, before anything is sent */
	async #checkSize(server: PooledServer, model: string, call: ModelCall, signal: AbortSignal): Promise<void> {
		const window = await server.window(model, signal);
		if (!window.isKnown) return;
		const texts = call.messages.map((message) => message.content);
		const { tokens, isCalibrated } = this.#estimator.estimate(model, texts);
		const margin = isCalibrated ? OVERFLOW_MARGIN.calibrated : OVERFLOW_MARGIN.assumed;
		if (tokens <= window.tokens * margin) return;
		throw new ModelError(
			`Server "${server.id}" (${server.url}), model "${model}": the prompt of about ${tokens} tokens does not fit into ` +
				`the context window of ${window.tokens} tokens.`,
			{
				category: 'context-overflow',
				server: server.id,
				url: server.url,
				model,
				promptTokens: tokens,
				contextTokens: window.tokens,
			},
		);
	}

	#afterFailure(
		error: ModelError,
		failed: Candidate,
		candidates: readonly Candidate[],
		history: CallHistory,
	): { step: NextStep; next?: Candidate } {
		const reaction = reactionTo(error);
		const failures = history.failures.get(failed.server)?.length ?? 0;
		const other = this.#otherServer(error, reaction, candidates, history);
		const mayRetry = failures <= reaction.retries;
		if (mayRetry && (other === undefined || reaction.otherServer !== 'first')) {
			const afterMs = reaction.wait === 'none' ? 0 : backoffMs(error, failures, this.#clock.random());
			return { step: { kind: 'retry', afterMs }, next: failed };
		}
		if (other) return { step: { kind: 'other-server', server: other.server.id }, next: other };
		return { step: { kind: 'give-up' } };
	}

	#otherServer(
		error: ModelError,
		reaction: Reaction,
		candidates: readonly Candidate[],
		history: CallHistory,
	): Candidate | undefined {
		if (reaction.otherServer === 'never') return undefined;
		const untried = inOrder(candidates).filter(({ server }) => !history.failures.has(server));
		if (reaction.otherServer !== 'larger-window') return untried[0];
		const tooSmall = error.facts.contextTokens ?? 0;
		// A window that nobody told may be large enough; the server's own check decides.
		return untried.find(({ server }) => (server.settings.contextLength ?? Number.POSITIVE_INFINITY) > tooSmall);
	}

	/** Servers that may serve a call, by priority. @throws NoServerError when there is none */
	#candidates(role: ModelRole, model: string | undefined): readonly Candidate[] {
		const withRole = this.#servers.filter((server) => server.hasRole(role));
		if (withRole.length === 0) {
			throw new NoServerError(
				`No server has the role "${role}".`,
				[],
				'Add a server in the settings, or give one of them the role.',
			);
		}
		const wanted = this.#wanted(role, model, withRole);
		const candidates = withRole
			.filter((server) => wanted.serverId === undefined || server.id === wanted.serverId)
			.filter((server) => wanted.model === undefined || wanted.serverId !== undefined || server.mayHave(wanted.model))
			.map((server) => ({ server, model: wanted.model ?? server.settings.models?.[0] }));
		if (candidates.length > 0) return candidates;
		const offered = [...new Set(withRole.flatMap((server) => server.knownModels ?? []))];
		throw new NoServerError(
			`No server with the role "${role}" has the model "${wanted.model}".`,
			[],
			offered.length > 0 ? `There are: ${offered.join(', ')}.` : undefined,
		);
	}

	#wanted(role: ModelRole, model: string | undefined, withRole: readonly PooledServer[]): Wanted {
		const { rootModel, subModel } = this.#options;
		const named = model ?? (role === 'root' ? rootModel : subModel);
		if (named !== undefined && named !== 'auto') return this.#parse(named);
		if (role === 'root' || rootModel === undefined || rootModel === 'auto') return {};
		const root = this.#parse(rootModel);
		const isOffered = withRole.some(
			({ id, settings }) =>
				(root.serverId === undefined || id === root.serverId) && settings.models?.includes(root.model ?? '') !== false,
		);
		return isOffered ? root : {};
	}

	/** `server/model` when the part before the first slash is the id of a server; many model names have slashes too. */
	#parse(name: string): Wanted {
		const slash = name.indexOf('/');
		const serverId = name.slice(0, slash);
		const isServer = slash > 0 && this.#servers.some(({ id }) => id === serverId);
		return isServer ? { serverId, model: name.slice(slash + 1) } : { model: name };
	}
}

/** Healthy ones first, then by priority; of equals the one with the fewest calls for each of its places. */
function inOrder(candidates: readonly Candidate[]): Candidate[] {
	const rank = ({ server }: Candidate) => [server.isHealthy ? 0 : 1, server.priority, server.load];
	return [...candidates].sort((a, b) => {
		const [first, second] = [rank(a), rank(b)];
		const difference = first.findIndex((value, index) => value !== second[index]);
		return (first[difference] ?? 0) - (second[difference] ?? 0);
	});
}

/** One server's failure is told as it is; the failures of several are told together, unless the call itself was at fault. */
function finalError(history: CallHistory, last?: ModelError): ModelError | NoServerError {
	const failures = [...history.failures.values()].flatMap((ofServer) => ofServer.at(-1) ?? []);
	const only = failures.length === 1 ? failures[0] : undefined;
	if (only) return only;
	if (last && ['never', 'larger-window'].includes(reactionTo(last).otherServer)) return last;
	const told = failures.map(({ message }) => `- ${message}`).join('\n');
	return new NoServerError(`None of ${failures.length} servers could serve the call:\n${told}`, failures);
}

const SYSTEM_CLOCK: Clock = {
	now: () => performance.now(),
	async sleep(milliseconds, signal) {
		try {
			await delay(milliseconds, undefined, { signal });
		} catch (error) {
			throw signal.aborted ? new CancelledError() : error;
		}
	},
	random: Math.random,
};
