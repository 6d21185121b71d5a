import { CancelledError, InputError, RlmError, SandboxError, traceOf } from '../../core/errors.ts';
import type { Sandbox, SandboxFactory, SandboxOptions } from '../../core/ports/sandbox.ts';
import { present } from '../../core/present.ts';
import type { Log } from '../../node/log.ts';
import { type ClientHeader, checkClientHeader, decodeRemote, type RemoteCommand } from '../../protocol/remoteFrames.ts';
import { type Frame, FrameError, PAYLOAD_BYTES } from '../../protocol/sandboxFrames.ts';
import { type Connection, FramedSocket } from '../../sandbox/host/remote/framedSocket.ts';
import { ReceivedSession, readDescription, textBytes } from './receivedSession.ts';
import { RemoteHost } from './remoteHost.ts';
import { LimitError, type Tenant } from './tenants.ts';

type CommandHeader = Extract<ClientHeader, { op: RemoteCommand }>;

export interface ServerSessionOptions {
	readonly tenant: Tenant;
	readonly sandboxes: SandboxFactory;
	/** Silence after which the client counts as gone. ms */
	readonly graceMs: number;
	/** Writes one line to the log. */
	readonly log: Log;
}

/** A client's session: one sandbox for as long as the connection lives. */
export class ServerSession {
	readonly #options: ServerSessionOptions;
	readonly #socket: FramedSocket;
	readonly #host: RemoteHost;
	/** Running commands by number. Opening has the number 0. */
	readonly #commands = new Map<number, AbortController>();
	/** Shares of the tenant's limits that this session holds. */
	readonly #taken: (() => void)[] = [];
	readonly #lifetime: NodeJS.Timeout;
	#idle: NodeJS.Timeout | undefined;
	#received: ReceivedSession | undefined;
	#sandbox: Sandbox | undefined;
	/** Setup of the sandbox. */
	#setup: SandboxOptions | undefined;
	#starting: Promise<void> | undefined;
	/** Why the server ended the session; undefined when the client did. */
	#closedFor: string | undefined;
	/** Resolves when the sandbox is gone and the tenant has everything back. */
	readonly ended: Promise<void>;
	#resolveEnded: () => void = () => {};
	#hasEnded = false;

	/** @param giveBack returns the place of the session to its tenant */
	constructor(connection: Connection, giveBack: () => void, options: ServerSessionOptions) {
		this.#options = options;
		this.#taken.push(giveBack);
		this.ended = new Promise((resolve) => {
			this.#resolveEnded = resolve;
		});
		this.#socket = new FramedSocket(connection, {
			silenceMs: options.graceMs,
			onFrame: (frame) => this.#receive(frame),
			onEnd: (error) => void this.#end(this.#closedFor ?? error?.message ?? 'the client disconnected'),
		});
		this.#host = new RemoteHost((header, payload) => this.#socket.send(header, payload));
		const { lifetimeMs } = options.tenant.limits;
		this.#lifetime = setTimeout(() => this.close(`it is older than ${lifetimeMs / 1000} s`), lifetimeMs);
		this.#watchIdleness();
	}

	/** Ends the session and tells the client why. */
	close(reason: string): void {
		this.#closedFor = reason;
		this.#socket.send({ op: 'closing', message: reason });
		this.#socket.close();
	}

	async #end(reason: string): Promise<void> {
		if (this.#hasEnded) return;
		this.#hasEnded = true;
		clearTimeout(this.#lifetime);
		clearTimeout(this.#idle);
		for (const command of this.#commands.values()) command.abort();
		this.#host.dropAll();
		await this.#starting;
		await this.#sandbox?.dispose();
		for (const giveBack of this.#taken.splice(0)) giveBack();
		this.#options.log.info(`session of ${this.#options.tenant.name} ended: ${reason}`);
		this.#resolveEnded();
	}

	#receive({ header: unchecked, payload }: Frame): void {
		const header = checkClientHeader(unchecked);
		switch (header.op) {
			case 'open':
				this.#open(payload);
				break;
			case 'piece':
				this.#takePiece(payload);
				break;
			case 'abort':
				this.#commands.get(header.id)?.abort();
				break;
			case 'reply':
			case 'answer':
				this.#host.receive(header, payload);
				break;
			default:
				void this.#perform(header, payload);
		}
	}

	#open(payload: Uint8Array): void {
		if (this.#received) throw new FrameError('the session was opened twice');
		const description = readDescription(payload);
		const { tenant } = this.#options;
		try {
			this.#taken.push(tenant.take('memoryBytes', description.memoryBytes));
			this.#taken.push(tenant.take('contextBytes', textBytes(description)));
		} catch (error) {
			this.#fail(0, error);
			this.#socket.close();
			return;
		}
		this.#received = new ReceivedSession(description);
		if (this.#received.isComplete) this.#starting = this.#start(this.#received);
	}

	#takePiece(payload: Uint8Array): void {
		if (!this.#received || payload.length === 0) throw new FrameError('a piece of text was unexpected');
		this.#watchIdleness();
		this.#received.receive(payload);
		if (this.#received.isComplete) this.#starting = this.#start(this.#received);
	}

	#start(received: ReceivedSession): Promise<void> {
		return this.#run(0, async (signal) => {
			const options = received.options(this.#host, this.#host.tools(received.description.tools));
			this.#setup = options;
			const sandbox = await this.#options.sandboxes.create(options, signal);
			if (this.#hasEnded) return sandbox.dispose();
			this.#sandbox = sandbox;
			this.#socket.send({ op: 'opened', isolation: sandbox.isolation });
		});
	}

	/** Runs a command and sends its result. */
	#perform(header: CommandHeader, payload: Uint8Array): Promise<void> {
		const { id } = header;
		const sandbox = this.#sandbox;
		if (!sandbox || id === 0 || this.#commands.size > 0) throw new FrameError(`command ${id} cannot be run now`);
		return this.#run(id, async (signal) => {
			const result = await this.#command(sandbox, header, new TextDecoder().decode(payload), signal);
			const json = Buffer.from(JSON.stringify(result));
			if (json.length > PAYLOAD_BYTES) throw new SandboxError('violation', 'the result is too large to send');
			this.#socket.send({ op: 'done', id }, json);
		});
	}

	async #run(id: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
		const controller = new AbortController();
		this.#commands.set(id, controller);
		this.#watchIdleness();
		try {
			await work(controller.signal);
		} catch (error) {
			this.#fail(id, error);
		} finally {
			this.#commands.delete(id);
			this.#watchIdleness();
		}
	}

	async #command(sandbox: Sandbox, header: CommandHeader, text: string, signal: AbortSignal): Promise<object> {
		switch (header.op) {
			case 'execute':
				return this.#execute(sandbox, header, text, signal);
			case 'variables':
				return { variables: await sandbox.variables(signal) };
			case 'variableText':
				return { text: await sandbox.variableText(text, header.maxCharacters, signal) };
			case 'setHistory':
				await sandbox.setHistory(text, signal);
				return {};
			case 'memory':
				return { json: await sandbox.memory(signal) };
			case 'renew':
				return { isKept: await this.#renew(sandbox, text, signal) };
		}
	}

	/** Hands the sandbox to the client's next run, with the contexts that it was opened with. */
	#renew(sandbox: Sandbox, text: string, signal: AbortSignal): Promise<boolean> {
		const { tools, histories, outputFields } = decodeRemote('renewal', Buffer.from(text));
		const { contexts, memoryBytes } = this.#setup as SandboxOptions;
		return sandbox.renew(
			present({
				contexts,
				histories,
				memoryBytes,
				outputFields,
				tools: this.#host.tools(tools),
				host: this.#host,
			}),
			signal,
		);
	}

	async #execute(
		sandbox: Sandbox,
		{ id, timeoutMs, outputCharacters }: Extract<CommandHeader, { op: 'execute' }>,
		code: string,
		signal: AbortSignal,
	): Promise<object> {
		const giveBack = this.#options.tenant.take('cells', 1);
		this.#host.isCellRunning = true;
		const onOutput = (stream: 'stdout' | 'stderr', text: string) =>
			this.#socket.send({ op: 'output', id, stream }, Buffer.from(text));
		try {
			return await sandbox.execute(code, { timeoutMs, outputCharacters }, onOutput, signal);
		} finally {
			this.#host.isCellRunning = false;
			this.#host.dropAll();
			giveBack();
		}
	}

	#fail(id: number, error: unknown): void {
		const kind = kindOf(error);
		// A bug goes to the log; the client only learns that there was one.
		if (!(error instanceof RlmError)) this.#options.log.error(`bug: ${traceOf(error)}`);
		const message = error instanceof RlmError ? error.message : 'internal error; the log of the server has details';
		const reason = error instanceof SandboxError ? { reason: error.reason } : {};
		this.#socket.send({ op: 'failed', id, kind, ...reason, message: message.slice(0, 8000) });
	}

	/** Starts the idle timer when nothing runs. */
	#watchIdleness(): void {
		clearTimeout(this.#idle);
		if (this.#hasEnded || this.#commands.size > 0) return;
		const { idleMs } = this.#options.tenant.limits;
		this.#idle = setTimeout(() => this.close(`nothing ran for ${idleMs / 1000} s`), idleMs);
	}
}

function kindOf(error: unknown): 'cancelled' | 'sandbox' | 'input' | 'limit' {
	if (error instanceof CancelledError) return 'cancelled';
	if (error instanceof InputError) return 'input';
	return error instanceof LimitError ? 'limit' : 'sandbox';
}
