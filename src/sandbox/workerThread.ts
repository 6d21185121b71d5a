import { Worker } from 'node:worker_threads';
import { SandboxError, type SandboxFailure } from '../core/errors.ts';
import {
	CONTROL_BYTES,
	CONTROL_INTERRUPT,
	CONTROL_WAKE,
	checkWorkerHeader,
	decodeFrame,
	FrameError,
	type HostMessage,
	MOVED_BYTES,
	type WorkerHeader,
	type WorkerMessage,
} from '../protocol/sandboxFrames.ts';
import type { VaultFiles } from './vaultFolder.ts';
import type { SandboxWorkerData, SessionData, WorkerInput } from './worker.ts';

/** JavaScript heap of a worker, MB. It holds decoded files while they are searched; linear memory does not count. */
const JAVASCRIPT_HEAP_MB = 1024;
/** Room for short-lived objects, MB: V8's own choice is several times as much, and resident in every idle sandbox. */
const YOUNG_HEAP_MB = 2;
const START_MS = 30_000;

export interface ThreadOptions {
	readonly script: URL | string;
	/** The thread starts while they are still being read. */
	readonly files: Promise<VaultFiles>;
}

/** Told of everything the interpreter asks. What it throws ends the thread. */
export type FrameSink = (header: WorkerHeader, payload: Uint8Array) => void;

/** Result of a command, as the interpreter made it. */
export interface CommandResult {
	readonly header: Extract<WorkerHeader, { op: 'result' }>;
	readonly payload: Uint8Array;
}

interface Pending<T> {
	resolve(value: T): void;
	reject(error: SandboxError): void;
}

/** The host's end of one worker thread. Whatever happens inside, here it is a rejected promise at most. */
export class WorkerThread {
	readonly #worker: Worker;
	readonly #control: Int32Array;
	readonly #exited: Promise<void>;
	#ready: Pending<void> | undefined;
	#onFrame: FrameSink | undefined;
	/** Diagnostics from before there was anybody to tell. */
	#early: { header: WorkerHeader; payload: Uint8Array }[] = [];
	#command: Pending<CommandResult> | undefined;
	#loss: SandboxError | undefined;
	#results = 0;
	#checkpoint: { buffer: SharedArrayBuffer; afterResults: number } | undefined;

	private constructor(options: ThreadOptions) {
		const control = new SharedArrayBuffer(CONTROL_BYTES);
		this.#control = new Int32Array(control);
		this.#worker = new Worker(options.script, {
			name: 'rlm-sandbox',
			workerData: { control } satisfies SandboxWorkerData,
			env: {},
			argv: [],
			stdin: false,
			stdout: true,
			stderr: true,
			resourceLimits: { maxOldGenerationSizeMb: JAVASCRIPT_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
		});
		this.#worker.stdout.resume();
		this.#worker.stderr.resume();
		this.#worker.on('message', (message: WorkerMessage) => this.#receive(message));
		this.#worker.on('messageerror', (error) => this.#lose('crashed', error.message));
		this.#worker.on('error', (error) => this.#lose(isOutOfMemory(error) ? 'memory' : 'crashed', String(error)));
		this.#exited = new Promise((resolve) => {
			this.#worker.once('exit', (code) => {
				this.#lose('crashed', `the worker ended with ${code}`);
				resolve();
			});
		});
	}

	/** Starts a thread and waits until its interpreter is up; it serves nobody yet. @throws SandboxError */
	static async start(options: ThreadOptions): Promise<WorkerThread> {
		const thread = new WorkerThread(options);
		const timer = setTimeout(() => thread.#lose('start', 'Python did not start in time'), START_MS);
		const ready = new Promise<void>((resolve, reject) => {
			thread.#ready = { resolve, reject };
		});
		try {
			thread.#tell({ files: await Promise.race([options.files, ready.then(() => options.files)]) });
			await ready;
			// A forgotten sandbox must not keep the command line from ending.
			thread.#worker.unref();
			return thread;
		} catch (error) {
			const { loss } = thread;
			await thread.kill('start', 'Python did not start');
			// The files cannot be used: that says all.
			if (error instanceof SandboxError && error !== loss) throw error;
			throw new SandboxError('start', `the sandbox cannot start: ${(error as Error).message}`, { cause: error });
		} finally {
			clearTimeout(timer);
		}
	}

	/** Gives the thread to a session, once: its texts, its limits, and the memory to go on from when there is one. */
	begin(session: SessionData, onFrame: FrameSink): void {
		if (session.checkpoint) this.#checkpoint = { buffer: session.checkpoint, afterResults: 0 };
		this.#onFrame = onFrame;
		for (const { header, payload } of this.#early.splice(0)) onFrame(header, payload);
		this.#tell({ session });
	}

	/** Why the thread is gone; undefined while it lives. */
	get loss(): SandboxError | undefined {
		return this.#loss;
	}

	/** Memory as it was after the last command; undefined when it was too large or is not copied yet. */
	get checkpoint(): SharedArrayBuffer | undefined {
		return this.#checkpoint?.afterResults === this.#results ? this.#checkpoint.buffer : undefined;
	}

	/** Runs one command; one at a time. @throws SandboxError when the thread ends before the command does */
	run(header: object, payload: Uint8Array): Promise<CommandResult> {
		if (this.#loss) return Promise.reject(this.#loss);
		Atomics.store(this.#control, CONTROL_INTERRUPT, 0);
		// While a command runs, the host has something to wait for.
		this.#worker.ref();
		return new Promise<CommandResult>((resolve, reject) => {
			this.#command = { resolve, reject };
			this.#post({ request: 0, header, payload });
		}).finally(() => this.#worker.unref());
	}

	reply(request: number, header: object, payload: Uint8Array): void {
		if (!this.#loss) this.#post({ request, header, payload });
	}

	/** Raises KeyboardInterrupt in running code, and ends its waiting. */
	interrupt(): void {
		Atomics.store(this.#control, CONTROL_INTERRUPT, 1);
		this.#wake();
	}

	/** Ends the thread, whatever it is doing. Idempotent. */
	async kill(reason: SandboxFailure, message: string): Promise<void> {
		this.#lose(reason, message);
		this.#worker.ref();
		await this.#exited;
	}

	#tell(message: Exclude<WorkerInput, HostMessage>): void {
		this.#worker.postMessage(message satisfies WorkerInput);
	}

	#post(message: HostMessage): void {
		this.#worker.postMessage(message satisfies WorkerInput, movable(message.payload));
		this.#wake();
	}

	#wake(): void {
		Atomics.add(this.#control, CONTROL_WAKE, 1);
		Atomics.notify(this.#control, CONTROL_WAKE);
	}

	#receive(message: WorkerMessage): void {
		if (this.#loss) return;
		try {
			if (!(message?.frame instanceof Uint8Array)) throw new FrameError('a message without a frame');
			const { header, payload } = decodeFrame(message.frame);
			this.#dispatch(checkWorkerHeader(header), payload, message.buffer);
		} catch (error) {
			const isMalformed = error instanceof FrameError || error instanceof RangeError;
			this.#lose(isMalformed ? 'violation' : 'crashed', error instanceof Error ? error.message : String(error));
		}
	}

	#dispatch(header: WorkerHeader, payload: Uint8Array, buffer: unknown): void {
		switch (header.op) {
			case 'ready':
				this.#ready?.resolve();
				return;
			case 'violation':
				this.#lose('violation', header.what);
				return;
			case 'crashed':
				this.#lose('crashed', header.what);
				return;
			case 'checkpoint':
				this.#checkpoint = buffer instanceof SharedArrayBuffer ? { buffer, afterResults: this.#results } : undefined;
				return;
			case 'result':
				this.#results++;
				this.#command?.resolve({ header, payload });
				return;
			default:
				this.#pass(header, payload);
		}
	}

	#pass(header: WorkerHeader, payload: Uint8Array): void {
		if (this.#onFrame) this.#onFrame(header, payload);
		else if (header.op === 'log') this.#early.push({ header, payload });
		else throw new FrameError(`a thread without a session sent ${header.op}`);
	}

	#lose(reason: SandboxFailure, message: string): void {
		if (this.#loss) return;
		this.#loss = new SandboxError(reason, message);
		this.#ready?.reject(this.#loss);
		this.#command?.reject(this.#loss);
		// The exit is waited for in kill(); here it is enough that it comes.
		void this.#worker.terminate();
	}
}

/** Memory that can be handed over: large, and nothing else lies in it. */
function movable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
	const isMovable = buffer instanceof ArrayBuffer && byteLength >= MOVED_BYTES && byteLength === buffer.byteLength;
	return isMovable ? [buffer] : [];
}

function isOutOfMemory(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
