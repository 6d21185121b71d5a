import { Worker } from 'node:worker_threads';
import type { SandboxFailure } from '../core/errors.ts';
import {
	CONTROL_BYTES,
	CONTROL_INTERRUPT,
	CONTROL_WAKE,
	type HostMessage,
	MOVED_BYTES,
	type WorkerMessage,
} from '../protocol/sandboxFrames.ts';
import { Exchange } from './exchange.ts';
import type { CommandResult, Interpreter, InterpreterOptions } from './interpreter.ts';
import type { VaultFiles } from './vaultFolder.ts';
import type { SandboxWorkerData, WorkerInput } from './worker.ts';

/** JavaScript heap of a worker, MB. It holds decoded files while they are searched; linear memory does not count. */
const JAVASCRIPT_HEAP_MB = 1024;

/** Room for short-lived objects, MB: V8's own choice is several times as much, and resident in every idle sandbox. */
const YOUNG_HEAP_MB = 2;

export interface ThreadOptions {
	readonly script: URL | string;
	/** The thread starts while they are still being read. */
	readonly files: Promise<VaultFiles>;
}

/** An interpreter in a worker thread of this process. */
export class WorkerThread implements Interpreter {
	readonly #worker: Worker;
	readonly #control: Int32Array;
	readonly #exchange: Exchange;
	readonly #exited: Promise<void>;

	private constructor(script: URL | string) {
		const control = new SharedArrayBuffer(CONTROL_BYTES);
		this.#control = new Int32Array(control);
		this.#worker = new Worker(script, {
			name: 'rlm-sandbox',
			workerData: { control } satisfies SandboxWorkerData,
			env: {},
			argv: [],
			stdin: false,
			stdout: true,
			stderr: true,
			resourceLimits: { maxOldGenerationSizeMb: JAVASCRIPT_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
		});
		// The exit is waited for in kill(); here it is enough that it comes.
		const exchange = new Exchange(() => void this.#worker.terminate());
		this.#exchange = exchange;
		this.#worker.stdout.resume();
		this.#worker.stderr.resume();
		this.#worker.on('message', (message: WorkerMessage) => exchange.receive(message?.frame, message?.buffer));
		this.#worker.on('messageerror', (error) => exchange.lose('crashed', error.message));
		this.#worker.on('error', (error) => exchange.lose(isOutOfMemory(error) ? 'memory' : 'crashed', String(error)));
		this.#exited = new Promise((resolve) => {
			this.#worker.once('exit', (code) => {
				exchange.lose('crashed', `the worker ended with ${code}`);
				resolve();
			});
		});
	}

	/** Starts a thread and waits until its interpreter is up; it serves nobody yet. @throws SandboxError */
	static async start(options: ThreadOptions): Promise<WorkerThread> {
		const thread = new WorkerThread(options.script);
		const started = thread.#exchange.started();
		try {
			thread.#tell({ files: await Promise.race([options.files, started.then(() => options.files)]) });
			await started;
			// A forgotten sandbox must not keep the command line from ending.
			thread.#worker.unref();
			return thread;
		} catch (error) {
			await thread.kill('start', 'Python did not start');
			throw error;
		}
	}

	/** Gives the thread to a session, once: its texts, its limits, and the memory to go on from when there is one. */
	begin(options: InterpreterOptions): void {
		const { contexts, memoryBytes, checkpoint } = options;
		this.#exchange.begin(options);
		this.#tell({ session: { contexts, memoryBytes, checkpoint } });
	}

	get loss() {
		return this.#exchange.loss;
	}

	get layers() {
		return this.#exchange.layers;
	}

	get checkpoint() {
		return this.#exchange.checkpoint;
	}

	settled(): Promise<void> {
		return this.#exchange.settled();
	}

	run(header: object, payload: Uint8Array): Promise<CommandResult> {
		Atomics.store(this.#control, CONTROL_INTERRUPT, 0);
		// While a command runs, the host has something to wait for.
		this.#worker.ref();
		const result = this.#exchange.command(() => this.#post({ request: 0, header, payload }));
		return result.finally(() => this.#worker.unref());
	}

	reply(request: number, header: object, payload: Uint8Array): void {
		if (!this.loss) this.#post({ request, header, payload });
	}

	interrupt(): void {
		Atomics.store(this.#control, CONTROL_INTERRUPT, 1);
		this.#wake();
	}

	async kill(reason: SandboxFailure, message: string): Promise<void> {
		this.#exchange.lose(reason, message);
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
}

/** Memory that can be handed over: large, and nothing else lies in it. */
function movable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
	const isMovable = buffer instanceof ArrayBuffer && byteLength >= MOVED_BYTES && byteLength === buffer.byteLength;
	return isMovable ? [buffer] : [];
}

function isOutOfMemory(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
