import { Worker } from 'node:worker_threads';
import { codeOf } from '../../core/errors.ts';
import {
	CONTROL_BYTES,
	CONTROL_INTERRUPT,
	CONTROL_WAKE,
	decodeFrame,
	type Frame,
	FrameError,
	type HostMessage,
	MOVED_BYTES,
	type WorkerMessage,
} from '../../protocol/sandboxFrames.ts';
import type { VaultFiles } from '../shared/vaultFolder.ts';
import type { SandboxWorkerData, WorkerInput } from '../shared/workerInput.ts';
import { HostedInterpreter } from './hostedInterpreter.ts';
import type { CommandResult, InterpreterOptions } from './interpreter.ts';

/** JavaScript heap of a worker: it holds decoded files while they are searched; linear memory does not count. MB */
const JAVASCRIPT_HEAP_MB = 1024;

/** Room for short-lived objects: V8's own choice is several times larger, and resident in every idle sandbox. MB */
const YOUNG_HEAP_MB = 2;

export interface ThreadOptions {
	readonly script: URL | string;
	/** The thread starts while they are still being read. */
	readonly files: Promise<VaultFiles>;
}

/** An interpreter in a worker thread of this process. */
export class WorkerThread extends HostedInterpreter {
	readonly #worker: Worker;
	readonly #control: Int32Array;
	protected readonly gone: Promise<void>;

	private constructor(script: URL | string) {
		super();
		const { exchange } = this;
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
		this.#worker.stdout.resume();
		this.#worker.stderr.resume();
		this.#worker.on('message', (message: WorkerMessage) => exchange.receive(framesOf(message), message?.buffer));
		this.#worker.on('messageerror', (error) => exchange.lose('crashed', error.message));
		this.#worker.on('error', (error) =>
			exchange.lose(codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crashed', String(error)),
		);
		this.gone = new Promise((resolve) => {
			this.#worker.once('exit', (code) => {
				exchange.lose('crashed', `the worker ended with ${code}`);
				resolve();
			});
		});
	}

	/** Starts a thread and waits until its interpreter is up, still unassigned. @throws SandboxError */
	static async start(options: ThreadOptions): Promise<WorkerThread> {
		const thread = new WorkerThread(options.script);
		const started = thread.exchange.started();
		try {
			thread.#tell({ files: await Promise.race([options.files, started.then(() => options.files)]) });
			await started;
			// A forgotten sandbox must not keep the command line from ending.
			thread.setReferenced(false);
			return thread;
		} catch (error) {
			await thread.kill('start', 'Python did not start');
			throw error;
		}
	}

	override run(header: object, payload: Uint8Array): Promise<CommandResult> {
		// An interrupt meant for an earlier command must not end this one.
		Atomics.store(this.#control, CONTROL_INTERRUPT, 0);
		return super.run(header, payload);
	}

	interrupt(): void {
		Atomics.store(this.#control, CONTROL_INTERRUPT, 1);
		this.#wake();
	}

	protected sendSession({ contexts, memoryBytes, checkpoint }: InterpreterOptions): void {
		this.#tell({ session: { contexts, memoryBytes, checkpoint } });
	}

	protected post(request: number, header: object, payload: Uint8Array): void {
		const message: HostMessage = { request, header, payload };
		this.#worker.postMessage(message satisfies WorkerInput, movable(payload));
		this.#wake();
	}

	protected setReferenced(isReferenced: boolean): void {
		if (isReferenced) this.#worker.ref();
		else this.#worker.unref();
	}

	/** Asks the thread to exit without waiting; kill() waits. */
	protected end(): void {
		void this.#worker.terminate();
	}

	#tell(message: Exclude<WorkerInput, HostMessage>): void {
		this.#worker.postMessage(message satisfies WorkerInput);
	}

	#wake(): void {
		Atomics.add(this.#control, CONTROL_WAKE, 1);
		Atomics.notify(this.#control, CONTROL_WAKE);
	}
}

/** Returns the one frame of a message. */
function* framesOf(message: WorkerMessage | undefined): Generator<Frame, void, undefined> {
	if (!(message?.frame instanceof Uint8Array)) throw new FrameError('a message without a frame');
	yield decodeFrame(message.frame);
}

/** Returns memory that can be transferred: large, and shared with nothing else. */
function movable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
	const isMovable = buffer instanceof ArrayBuffer && byteLength >= MOVED_BYTES && byteLength === buffer.byteLength;
	return isMovable ? [buffer] : [];
}
