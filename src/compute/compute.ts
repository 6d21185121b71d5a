import { CancelledError, ComputeError } from '../core/errors.ts';
import { Semaphore } from '../core/semaphore.ts';
import type { JobInput, JobMessage, JobName, JobOutput } from './jobs.ts';
import { ComputeThread } from './thread.ts';

/** Concurrent jobs. */
const THREADS = 2;
/** Jobs waiting for a thread. Further ones are refused, because each holds its input in memory. */
const WAITING = 64;

/**
 * Work on outside data, which can take any amount of time. It runs on a thread of its own, which is killed when a job
 * takes too long or too much memory. The host's thread never waits.
 */
export class Compute {
	readonly #script: URL | string;
	readonly #places = new Semaphore(THREADS);
	readonly #idle: ComputeThread[] = [];
	readonly #threads = new Set<ComputeThread>();
	#asked = 0;
	#isDisposed = false;

	/** @param script entry of a thread; the first job starts the first thread */
	constructor(script: URL | string) {
		this.#script = script;
	}

	/**
	 * Runs a job on a thread.
	 * @param deadlineMs counted from when a thread starts the job
	 * @param moved buffers of the input that are transferred instead of copied
	 * @throws ComputeError when the job took too much, could not start, or failed; CancelledError
	 */
	async run<N extends JobName>(
		name: N,
		input: JobInput<N>,
		deadlineMs: number,
		signal: AbortSignal,
		moved: readonly ArrayBuffer[] = [],
	): Promise<JobOutput<N>> {
		if (this.#asked >= THREADS + WAITING)
			throw new ComputeError('busy', 'too many checks are waiting; try again later');
		this.#asked++;
		try {
			const message: JobMessage = { name, input };
			return (await this.#places.run(() => this.#ask(message, deadlineMs, signal, moved), signal)) as JobOutput<N>;
		} finally {
			this.#asked--;
		}
	}

	/** Kills all running jobs. Idempotent. */
	async dispose(): Promise<void> {
		this.#isDisposed = true;
		await Promise.all([...this.#threads].map((thread) => thread.end()));
	}

	async #ask(
		message: JobMessage,
		deadlineMs: number,
		signal: AbortSignal,
		moved: readonly ArrayBuffer[],
	): Promise<unknown> {
		if (this.#isDisposed) throw new CancelledError();
		const thread = this.#idle.pop() ?? this.#start();
		try {
			return await thread.ask(message, deadlineMs, signal, moved);
		} finally {
			if (!thread.isGone) this.#idle.push(thread);
		}
	}

	#start(): ComputeThread {
		const thread = new ComputeThread(this.#script);
		this.#threads.add(thread);
		void thread.gone.then(() => {
			this.#threads.delete(thread);
			const index = this.#idle.indexOf(thread);
			if (index !== -1) this.#idle.splice(index, 1);
		});
		return thread;
	}
}
