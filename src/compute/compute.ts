import { CancelledError, ComputeError } from '../core/errors.ts';
import { Semaphore } from '../core/semaphore.ts';
import type { JobInput, JobMessage, JobName, JobOutput } from './jobs.ts';
import { ComputeThread } from './thread.ts';

/** Jobs at a time. */
const THREADS = 2;
/** Jobs that wait for a thread; more are refused, because each holds its input in memory. */
const WAITING = 64;

/**
 * Work on data from outside, whose amount nobody can tell before: it runs on a thread of its own, and the thread is killed
 * when the job takes too long or too much memory. The host's thread never waits.
 */
export class Compute {
	readonly #script: URL | string;
	readonly #places = new Semaphore(THREADS);
	readonly #idle: ComputeThread[] = [];
	readonly #threads = new Set<ComputeThread>();
	#asked = 0;
	#isDisposed = false;

	/** @param script entry of a thread; none is started before the first job */
	constructor(script: URL | string) {
		this.#script = script;
	}

	/**
	 * Runs a job on a thread.
	 * @param deadlineMs from when a thread has begun it
	 * @param moved buffers of the input that are handed over instead of copied
	 * @throws ComputeError when it took too much, could not be begun, or failed; CancelledError
	 */
	async run<N extends JobName>(
		name: N,
		input: JobInput<N>,
		deadlineMs: number,
		signal: AbortSignal,
		moved: readonly ArrayBuffer[] = [],
	): Promise<JobOutput<N>> {
		if (this.#asked >= THREADS + WAITING) throw new ComputeError('busy', 'too much is waiting to be checked');
		this.#asked++;
		try {
			const message: JobMessage = { name, input };
			return (await this.#places.run(() => this.#ask(message, deadlineMs, signal, moved), signal)) as JobOutput<N>;
		} finally {
			this.#asked--;
		}
	}

	/** Kills what is running. Idempotent. */
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
