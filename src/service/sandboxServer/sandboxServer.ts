import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { WebSocketServer } from 'ws';
import { CancelledError, InputError, RlmError, reasonOf, traceOf } from '../../core/errors.ts';
import type { SandboxFactory } from '../../core/ports/sandbox.ts';
import { Bodies, BodyError, type BodyLimits } from '../../node/bodies.ts';
import { addressOf, listen, SERVER_OPTIONS } from '../../node/listening.ts';
import { type Log, NO_LOG } from '../../node/log.ts';
import { isLoopback } from '../../node/loopback.ts';
import { logRequests } from '../../node/requestLog.ts';
import { REMOTE_PROTOCOL } from '../../protocol/remoteFrames.ts';
import { type Connection, SOCKET_OPTIONS } from '../../sandbox/host/remote/framedSocket.ts';
import { executeOnce, parseRequest } from './executeOnce.ts';
import { ServerSession } from './serverSession.ts';
import { DEFAULT_TENANT_LIMITS, LimitError, Tenant, type TenantLimits, Tenants, type TokenOwner } from './tenants.ts';

/** Largest body of `POST /execute`. Bytes. */
const BODY_BYTES = 4 << 20;
/** When to come back after status 503. Seconds. */
const RETRY_S = 5;

export interface SandboxServerOptions {
	readonly host: string;
	/** Port; 0 takes any free one. */
	readonly port: number;
	/** Tokens and their owners. Without any, everybody who reaches the server may use it. */
	readonly owners: readonly TokenOwner[];
	/** Limits of each owner. */
	readonly limits: TenantLimits;
	/** Creates the sandboxes; disposed of by whoever made it. */
	readonly sandboxes: SandboxFactory;
	/** Silence after which a client counts as gone. ms */
	readonly graceMs?: number;
	readonly bodyLimits?: Partial<BodyLimits>;
	readonly log?: Log;
}

/** A listening sandbox server. */
export interface SandboxServer {
	readonly url: string;
	/** Refuses new sessions, waits up to the given time for open ones, then ends the rest. ms */
	close(drainMs: number): Promise<void>;
}

/** A request that is answered with an error. */
class RefusedError extends RlmError {
	readonly code: string;
	readonly status: number;

	constructor(status: number, code: string, message: string) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

/** Starts a sandbox server. @throws InputError when it would be open to strangers or its address is taken */
export async function startSandboxServer(options: SandboxServerOptions): Promise<SandboxServer> {
	if (options.owners.length === 0 && !isLoopback(options.host)) {
		throw new InputError(
			`without a token the server listens on loopback only, not on ${options.host}`,
			'Put a token into an environment variable and name it with --token-env.',
		);
	}
	const running = new RunningServer(options);
	await running.listen();
	return running;
}

class RunningServer implements SandboxServer {
	readonly #options: SandboxServerOptions;
	readonly #log: Log;
	readonly #tenants: Tenants;
	readonly #bodies: Bodies;
	readonly #server: Server;
	readonly #webSockets = new WebSocketServer({ noServer: true, ...SOCKET_OPTIONS });
	readonly #sessions = new Set<ServerSession>();
	readonly #closing = new AbortController();
	#isReady = false;

	constructor(options: SandboxServerOptions) {
		this.#options = options;
		this.#log = options.log ?? NO_LOG;
		this.#tenants = new Tenants(options.owners, options.limits);
		this.#bodies = new Bodies(options.bodyLimits);
		this.#server = createAdaptorServer({
			fetch: this.#createApp().fetch,
			overrideGlobalObjects: false,
			serverOptions: SERVER_OPTIONS,
		}) as Server;
		logRequests(this.#server, this.#log);
		this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
	}

	get url(): string {
		return addressOf(this.#server);
	}

	async listen(): Promise<void> {
		await listen(this.#server, this.#options);
		void this.#becomeReady();
	}

	/** Marks the server as ready once a sandbox has run a cell. */
	async #becomeReady(): Promise<void> {
		try {
			const tenant = new Tenant('first cell', DEFAULT_TENANT_LIMITS);
			const body = Buffer.from(JSON.stringify({ code: '6 * 7' }));
			const { echo, error } = await executeOnce(
				async () => parseRequest(body),
				tenant,
				this.#options.sandboxes,
				this.#closing.signal,
			);
			this.#isReady = echo === '42';
			if (this.#isReady) this.#log.info('ready');
			else this.#log.error(`not ready: the first cell failed: ${error?.message ?? echo}`);
		} catch (error) {
			if (error instanceof CancelledError) return;
			this.#log.error(`not ready: ${reasonOf(error)}`);
		}
	}

	async close(drainMs: number): Promise<void> {
		this.#closing.abort();
		this.#server.close();
		const ended = () => Promise.all([...this.#sessions].map((session) => session.ended));
		if (drainMs > 0 && this.#sessions.size > 0) {
			this.#log.info(`waiting for ${this.#sessions.size} sessions`);
			await Promise.race([ended(), new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
		}
		for (const session of this.#sessions) session.close('the server is stopping');
		await ended();
		this.#server.closeAllConnections();
	}

	/** The routes; sessions are upgrades and not listed. */
	#createApp(): Hono<{ Bindings: HttpBindings }> {
		const app = new Hono<{ Bindings: HttpBindings }>();
		app.use(async (context, next) => {
			context.header('cache-control', 'no-store');
			await next();
		});
		app.get('/health', (context) => context.json({ status: 'ok' }));
		app.get('/ready', (context) => context.json(this.#readiness()));
		app.use((context, next) => {
			this.#admit(context.env.incoming);
			return next();
		});
		app.post('/execute', async ({ env, json, req }) => {
			const tenant = this.#admit(env.incoming);
			const signal = AbortSignal.any([req.raw.signal, this.#closing.signal]);
			const largest = { bytes: BODY_BYTES, tooLarge: refusalOfLargeBody };
			const receive = () => this.#bodies.read(req.raw, largest, async (bytes) => parseRequest(bytes), signal);
			return json(await executeOnce(receive, tenant, this.#options.sandboxes, signal));
		});
		app.notFound(() => {
			throw new RefusedError(
				404,
				'not-found',
				'the routes are GET /health, GET /ready, POST /execute and GET /session',
			);
		});
		app.onError((error, context) => {
			const { status, body } = this.#refusal(error);
			if (status === 503) context.header('retry-after', String(RETRY_S));
			return context.json(body, status as ContentfulStatusCode);
		});
		return app;
	}

	#readiness(): object {
		if (this.#closing.signal.aborted) throw new RefusedError(503, 'ending', 'the server is stopping');
		if (!this.#isReady) throw new RefusedError(503, 'starting', 'the first sandbox is not ready yet');
		return { status: 'ready', sessions: this.#sessions.size };
	}

	/** Identifies the tenant of a request. @throws RefusedError */
	#admit(request: IncomingMessage): Tenant {
		// Without this, and without a token, any web page in a browser on this machine could run code here.
		const { origin, 'sec-fetch-site': site } = request.headers;
		if (origin !== undefined || site !== undefined)
			throw new RefusedError(403, 'browser', 'requests from browsers are not allowed');
		const tenant = this.#tenants.find(request.headers.authorization);
		if (!tenant) throw new RefusedError(401, 'unauthorized', 'the token is missing or wrong');
		if (this.#closing.signal.aborted) throw new RefusedError(503, 'ending', 'the server is stopping');
		return tenant;
	}

	#onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
		socket.on('error', () => socket.destroy()); // the session gets the error too
		try {
			const tenant = this.#admit(request);
			const asked = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
			if (request.url?.split('?')[0] !== '/session' || !asked.includes(REMOTE_PROTOCOL)) {
				throw new RefusedError(
					400,
					'protocol',
					`GET /session needs a WebSocket with the subprotocol ${REMOTE_PROTOCOL}`,
				);
			}
			const giveBack = tenant.take('sessions', 1);
			let hasBegun = false;
			socket.once('close', () => hasBegun || giveBack());
			this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
				hasBegun = true;
				this.#begin({ webSocket, stream: socket }, giveBack, tenant);
			});
		} catch (error) {
			const { status, body } = this.#refusal(error);
			const json = JSON.stringify(body);
			const headers = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\nConnection: close`;
			socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}\r\n\r\n${json}`);
		}
	}

	#begin(connection: Connection, giveBack: () => void, tenant: Tenant): void {
		const { sandboxes, graceMs = 30_000 } = this.#options;
		const session = new ServerSession(connection, giveBack, { tenant, sandboxes, graceMs, log: this.#log });
		this.#sessions.add(session);
		this.#log.info(`session of ${tenant.name} begins, ${this.#sessions.size} in all`);
		void session.ended.then(() => this.#sessions.delete(session));
	}

	#refusal(error: unknown): { status: number; body: object } {
		if (!(error instanceof RlmError)) {
			this.#log.error(`bug: ${traceOf(error)}`);
			return {
				status: 500,
				body: { error: { code: 'defect', message: 'internal error; the log of the server has details' } },
			};
		}
		const { code, message } = error;
		return { status: statusOf(error), body: { error: { code, message } } };
	}
}

function statusOf(error: RlmError): number {
	if (error instanceof RefusedError || error instanceof BodyError) return error.status;
	if (error instanceof InputError) return 400;
	if (error instanceof LimitError) return 429;
	return error instanceof CancelledError ? 503 : 500;
}

function refusalOfLargeBody(): RefusedError {
	return new RefusedError(413, 'too-large', `a request may have at most ${BODY_BYTES >> 20} MB`);
}
