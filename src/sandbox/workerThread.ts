import { Worker } from 'node:worker_threads';
import type { SandboxFailure } from '../core/errors.ts';
import {
	CONTROL_BYTES,
	CONTROL_INTERRUPT,
	CONTROL_WAKE,
	type HostMessage,
	type WorkerMessage,
} from '../protocol/sandboxFrames.ts';
import { Exchange } from './exchange.ts';
import type { CommandResult, Interpreter, InterpreterOptions } from './interpreter.ts';
import type { VaultFiles } from './vaultFolder.ts';
import type { SandboxWorkerData } from './worker.ts';

/** JavaScript heap of a worker, MB. It holds decoded files while they are searched; linear memory does not count. */
const JAVASCRIPT_HEAP_MB = 1024;

export interface ThreadOptions extends InterpreterOptions {
	readonly script: URL | string;
	readonly files: VaultFiles;
}

/** An interpreter in a worker thread of this process. */
export class WorkerThread implements Interpreter {
	readonly #worker: Worker;
	readonly #control: Int32Array;
	readonly #exchange: Exchange;
	readonly #exited: Promise<void>;

	private constructor(options: ThreadOptions) {
		const control = new SharedArrayBuffer(CONTROL_BYTES);
		this.#control = new Int32Array(control);
		const { files, contexts, memoryBytes, checkpoint } = options;
		this.#worker = new Worker(options.script, {
			name: 'rlm-sandbox',
			workerData: { files, contexts, memoryBytes, control, checkpoint } satisfies SandboxWorkerData,
			env: {},
			argv: [],
			stdin: false,
			stdout: true,
			stderr: true,
			resourceLimits: { maxOldGenerationSizeMb: JAVASCRIPT_HEAP_MB },
		});
		// The exit is waited for in kill(); here it is enough that it comes.
		const exchange = new Exchange(options, () => void this.#worker.terminate());
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

	/** Starts a thread and waits until its interpreter takes commands. @throws SandboxError */
	static async start(options: ThreadOptions): Promise<WorkerThread> {
		const thread = new WorkerThread(options);
		try {
			await thread.#exchange.started();
			// A forgotten sandbox must not keep the command line from ending.
			thread.#worker.unref();
			return thread;
		} catch (error) {
			await thread.kill('start', 'Python did not start');
			throw error;
		}
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

	#post(message: HostMessage): void {
		this.#worker.postMessage(message);
		this.#wake();
	}

	#wake(): void {
		Atomics.add(this.#control, CONTROL_WAKE, 1);
		Atomics.notify(this.#control, CONTROL_WAKE);
	}
}

function isOutOfMemory(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
