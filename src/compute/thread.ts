import { Worker } from 'node:worker_threads';
import { onAbort } from '../core/abort.ts';
import { CancelledError, ComputeError, codeOf, reasonOf } from '../core/errors.ts';
import type { JobAnswer, JobMessage, READY } from './jobs.ts';

/** JavaScript heap of a thread, MB. */
const HEAP_MB = 1024;
/** Stack of a thread, MB. Data nested too deeply ends in an error instead of ending the process. */
const STACK_MB = 4;
/** Time for a thread to start, generous for a busy machine. ms */
const START_MS = 30_000;
/** Idle time after which a thread ends. ms */
const IDLE_MS = 30_000;

/** A thread that does one job at a time, until it is killed or idle for too long. */
export class ComputeThread {
	readonly #worker: Worker;
	/** Resolves when the thread has ended. */
	readonly gone: Promise<void>;
	readonly #ready = Promise.withResolvers<void>();
	#isGone = false;
	#loss: ComputeError | undefined;
	#settle: { resolve(output: unknown): void; reject(error: Error): void } | undefined;
	#idle: NodeJS.Timeout | undefined;

	constructor(script: URL | string) {
		this.#worker = new Worker(script, {
			name: 'rlm-compute',
			env: {},
			argv: [],
			stdin: false,
			stdout: true,
			stderr: true,
			resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, stackSizeMb: STACK_MB },
		});
		this.#worker.stdout.resume();
		this.#worker.stderr.resume();
		this.#worker.on('message', (message: JobAnswer | typeof READY) => {
			if ('isReady' in message) this.#ready.resolve();
			else this.#answered(message);
		});
		this.#worker.on('error', (error) => this.#lose(lossOf(error)));
		this.#worker.unref();
		this.gone = new Promise((resolve) => {
			this.#worker.once('exit', () => {
				this.#lose(new ComputeError('failed', 'the thread ended'));
				resolve();
			});
		});
	}

	/** True when it takes no more jobs. */
	get isGone(): boolean {
		return this.#isGone;
	}

	/** Runs a job. A thread that is stopped in the middle is lost. @throws ComputeError, CancelledError */
	async ask(
		message: JobMessage,
		deadlineMs: number,
		signal: AbortSignal,
		moved: readonly ArrayBuffer[],
	): Promise<unknown> {
		if (signal.aborted) throw new CancelledError();
		if (this.#loss) throw this.#loss;
		clearTimeout(this.#idle);
		const { promise, resolve, reject } = Promise.withResolvers<unknown>();
		this.#settle = { resolve, reject };
		const stop = (error: Error) => {
			reject(error);
			void this.end();
		};
		const late = () => stop(new ComputeError('time', `it took longer than ${deadlineMs / 1000} s`));
		let deadline = setTimeout(late, START_MS);
		const stopListening = onAbort(signal, () => stop(new CancelledError()));
		this.#worker.ref();
		try {
			await Promise.race([this.#ready.promise, promise]);
			clearTimeout(deadline);
			deadline = setTimeout(late, deadlineMs);
			this.#worker.postMessage(message, moved);
			return await promise;
		} finally {
			clearTimeout(deadline);
			stopListening();
			this.#settle = undefined;
			this.#worker.unref();
			this.#idle = setTimeout(() => void this.end(), IDLE_MS).unref();
		}
	}

	/** Kills the thread whatever it is doing. Idempotent. */
	async end(): Promise<void> {
		this.#isGone = true;
		clearTimeout(this.#idle);
		await this.#worker.terminate();
	}

	#answered(answer: JobAnswer): void {
		if ('error' in answer) this.#settle?.reject(new ComputeError('failed', answer.error));
		else this.#settle?.resolve(answer.output);
	}

	#lose(loss: ComputeError): void {
		this.#isGone = true;
		this.#loss ??= loss;
		this.#settle?.reject(this.#loss);
	}
}

function lossOf(error: unknown): ComputeError {
	if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY')
		return new ComputeError('memory', 'it took more memory than it may use', { cause: error });
	return new ComputeError('failed', reasonOf(error), { cause: error });
}
