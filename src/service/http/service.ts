import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { computeScript } from '../../assets.ts';
import { Compute } from '../../compute/compute.ts';
import { DEFAULT_LIMITS } from '../../core/limits.ts';
import type { Engine } from '../../engine.ts';
import { Bodies, type BodyLimits, DEFAULT_BODY_LIMITS } from '../../node/bodies.ts';
import { addressOf, listen, SERVER_OPTIONS } from '../../node/listening.ts';
import { type Log, NO_LOG } from '../../node/log.ts';
import { logRequests } from '../../node/requestLog.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import { type AccessOptions, assertNotOpen } from './access.ts';
import { createApp } from './app.ts';
import type { BodyReaders } from './body.ts';
import { type ContextLimits, Contexts, DEFAULT_CONTEXT_LIMITS } from './contexts.ts';
import { DEFAULT_EXECUTION_LIMITS, type ExecutionLimits, Executions } from './executions.ts';
import { openApiDocument } from './openapi.ts';
import type { Service } from './routes.ts';
import { logRun } from './runLog.ts';
import type { ServiceMetrics } from './serviceMetrics.ts';
import { DEFAULT_SESSION_LIMITS, type SessionLimits, Sessions } from './sessions.ts';

/** Time after which open connections are cut when the service stops. ms */
const CLOSE_MS = 2_000;
const JSON_BYTES = 32 << 20;

/** The parts of a service. */
export interface ServiceOptions extends AccessOptions {
	/** Port; 0 takes any free one. */
	readonly port: number;
	/** Disposed of by whoever made it. */
	readonly engine: Engine;
	readonly settings: Settings;
	readonly version: string;
	/** Folder whose files clients may use as contexts. */
	readonly filesFolder?: string;
	/** Folder of the engine's journals. */
	readonly journalFolder?: string;
	/** Closed by whoever opened it. */
	readonly tracing?: Tracing | undefined;
	/** Largest JSON body. Bytes. */
	readonly maxJsonBytes?: number;
	readonly bodyLimits?: Partial<BodyLimits>;
	readonly executionLimits?: Partial<ExecutionLimits>;
	readonly contextLimits?: Partial<ContextLimits>;
	readonly sessionLimits?: Partial<SessionLimits>;
	readonly log?: Log;
}

/** A listening service. */
export interface RunningService {
	readonly url: string;
	/** Cancels all runs, ends sessions and closes all connections. Idempotent. */
	close(): Promise<void>;
}

/** Starts the HTTP service. @throws InputError when it would be open to strangers or its address is taken */
export async function startService(options: ServiceOptions): Promise<RunningService> {
	assertNotOpen(options);
	const { engine, settings, version } = options;
	// Loaded here, so that other commands do not pay for it.
	const { ServiceMetrics } = await import('./serviceMetrics.ts');
	const metrics = new ServiceMetrics(() => engine.pool.servers());
	const compute = new Compute(computeScript);
	const stores = openStores(options, metrics);
	const readers = bodyReaders(options, compute, stores.source.maxBytes);
	const openApi = openApiDocument(version);
	const startedAt = Date.now();
	const service = { engine, settings, version, openApi, startedAt, metrics, ...stores, ...readers };
	const server = createServer(service, metrics, options);
	let closing: Promise<void> | undefined;
	const close = async (): Promise<void> => {
		await stores.executions.close();
		await stores.sessions.close();
		await closeServer(server);
		await compute.dispose();
		metrics.dispose();
	};
	try {
		await listen(server, options);
	} catch (error) {
		await close();
		throw error;
	}
	return {
		url: addressOf(server),
		close() {
			closing ??= close();
			return closing;
		},
	};
}

/** Makes what a service keeps for its clients, and says where the texts of contexts come from. */
function openStores(options: ServiceOptions, metrics: ServiceMetrics) {
	const { engine, settings, filesFolder, journalFolder, tracing, log = NO_LOG } = options;
	const executions = new Executions({
		limits: { ...DEFAULT_EXECUTION_LIMITS, ...options.executionLimits },
		...{ journalFolder, log },
		observers: (sessionId) => [
			metrics.runs.observer(),
			logRun(log, sessionId),
			...(tracing ? [tracing.observer(sessionId)] : []),
		],
	});
	const contexts = new Contexts({ ...DEFAULT_CONTEXT_LIMITS, ...options.contextLimits });
	const sessions = new Sessions(
		{ ...DEFAULT_SESSION_LIMITS, ...options.sessionLimits },
		contexts,
		() => engine.converse(),
		(message) => log.warn(message),
	);
	const source = {
		contexts,
		filesFolder,
		exclude: settings.context?.exclude,
		allowSecrets: settings.context?.allowSecrets,
		maxBytes: settings.limits?.contextBytes ?? DEFAULT_LIMITS.contextBytes,
	};
	return { executions, contexts, sessions, source };
}

/** Makes what reads the bodies of requests. @param contextBytes the largest context that the settings allow */
function bodyReaders(options: ServiceOptions, compute: Compute, contextBytes: number): BodyReaders {
	// Otherwise a context of the size that the settings allow could never be sent.
	const bytes = Math.max(DEFAULT_BODY_LIMITS.bytes, contextBytes);
	const bodies = new Bodies({ bytes, ...options.bodyLimits });
	return { bodies, compute, maxJsonBytes: options.maxJsonBytes ?? JSON_BYTES };
}

/** Makes the server that answers requests; it does not listen yet. */
function createServer(service: Service, metrics: ServiceMetrics, options: ServiceOptions): Server {
	const { log = NO_LOG } = options;
	const app = createApp(service, {
		access: options,
		log,
		onAnswer: (...answer) => metrics.countAnswer(...answer),
	});
	const server = createAdaptorServer({
		fetch: app.fetch,
		overrideGlobalObjects: false,
		serverOptions: SERVER_OPTIONS,
	}) as Server;
	logRequests(server, log);
	return server;
}

/** Gives answers that are being sent a moment to arrive. */
async function closeServer(server: Server): Promise<void> {
	if (!server.listening) return;
	const { promise: closed, resolve } = Promise.withResolvers<void>();
	server.close(() => resolve());
	server.closeIdleConnections();
	const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
	await closed;
	clearTimeout(cut);
}
