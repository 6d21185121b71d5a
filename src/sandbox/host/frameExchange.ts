import { reasonOf, SandboxError, type SandboxFailure } from '../../core/errors.ts';
import type { IsolationLayer } from '../../core/ports/sandbox.ts';
import { checkWorkerHeader, type Frame, FrameError, type WorkerHeader } from '../../protocol/sandboxFrames.ts';
import type { CommandResult, InterpreterOptions } from './interpreter.ts';

const START_MS = 30_000;

interface Pending<T> {
	resolve(value: T): void;
	reject(error: SandboxError): void;
}

/** The conversation between the host and one interpreter: what is awaited, what came, and why it ended. */
export class FrameExchange {
	#onFrame: InterpreterOptions['onFrame'] | undefined;
	/** Diagnostics from before a session took the interpreter. */
	#early: { header: WorkerHeader; payload: Uint8Array }[] = [];
	readonly #end: () => void;
	#ready: Pending<void> | undefined;
	#command: Pending<CommandResult> | undefined;
	#loss: SandboxError | undefined;
	#results = 0;
	#checkpoint: { buffer: SharedArrayBuffer; afterResults: number } | undefined;
	/** Results whose state was copied, or is known to be too large to copy. */
	#copied = 0;
	#onCopied: (() => void)[] = [];
	#layers: readonly IsolationLayer[] = [];

	/** @param end ends the interpreter without waiting; called once, when it is lost */
	constructor(end: () => void) {
		this.#end = end;
	}

	/** Assigns the interpreter to a session, once. */
	begin({ onFrame, checkpoint }: InterpreterOptions): void {
		if (checkpoint) this.#checkpoint = { buffer: checkpoint, afterResults: 0 };
		this.#onFrame = onFrame;
		for (const { header, payload } of this.#early.splice(0)) onFrame(header, payload);
	}

	get loss(): SandboxError | undefined {
		return this.#loss;
	}

	get layers(): readonly IsolationLayer[] {
		return this.#layers;
	}

	get checkpoint(): SharedArrayBuffer | undefined {
		return this.#checkpoint?.afterResults === this.#results ? this.#checkpoint.buffer : undefined;
	}

	/** Resolves when the copy of the state after the last result has arrived, or will not arrive. */
	async settled(): Promise<void> {
		if (this.#loss || this.#copied === this.#results) return;
		await new Promise<void>((resolve) => this.#onCopied.push(resolve));
	}

	/** Waits until the interpreter takes commands. @throws SandboxError */
	async started(): Promise<void> {
		const timer = setTimeout(() => this.lose('start', 'Python did not start in time'), START_MS);
		try {
			await new Promise<void>((resolve, reject) => {
				if (this.#loss) throw this.#loss;
				this.#ready = { resolve, reject };
			});
		} catch (error) {
			throw new SandboxError('start', `the sandbox cannot start: ${reasonOf(error)}`, { cause: error });
		} finally {
			clearTimeout(timer);
		}
	}

	/** Sends a command and waits for its result. @throws SandboxError when the interpreter is lost */
	command(send: () => void): Promise<CommandResult> {
		if (this.#loss) return Promise.reject(this.#loss);
		return new Promise<CommandResult>((resolve, reject) => {
			this.#command = { resolve, reject };
			send();
		});
	}

	/**
	 * Takes what the interpreter sent. A malformed frame ends it, and nothing is read after that.
	 * @param frames parses the bytes while they are taken @param buffer memory of a checkpoint
	 */
	receive(frames: Iterable<Frame>, buffer?: unknown): void {
		if (this.#loss) return;
		try {
			for (const { header, payload } of frames) {
				this.#dispatch(checkWorkerHeader(header), payload, buffer);
				if (this.#loss) return;
			}
		} catch (error) {
			const isMalformed = error instanceof FrameError || error instanceof RangeError;
			this.lose(isMalformed ? 'violation' : 'crashed', reasonOf(error));
		}
	}

	/** Rejects everything that is awaited. The first reason counts. */
	lose(reason: SandboxFailure, message: string): void {
		if (this.#loss) return;
		this.#loss = new SandboxError(reason, message);
		this.#ready?.reject(this.#loss);
		this.#command?.reject(this.#loss);
		this.#tellCopied();
		this.#end();
	}

	#dispatch(header: WorkerHeader, payload: Uint8Array, buffer: unknown): void {
		switch (header.op) {
			case 'ready':
				this.#layers = header.layers;
				this.#ready?.resolve();
				return;
			case 'violation':
				this.lose('violation', header.what);
				return;
			case 'crashed':
				this.lose('crashed', header.what);
				return;
			case 'checkpoint':
				this.#checkpoint = this.#checkpointOf(buffer, payload);
				this.#copied = this.#results;
				this.#tellCopied();
				return;
			case 'result':
				this.#results++;
				this.#command?.resolve({ header, payload });
				return;
			default:
				this.#pass(header, payload);
		}
	}

	#tellCopied(): void {
		for (const resolve of this.#onCopied.splice(0)) resolve();
	}

	#pass(header: WorkerHeader, payload: Uint8Array): void {
		if (this.#onFrame) this.#onFrame(header, payload);
		else if (header.op === 'log') this.#early.push({ header, payload });
		else throw new FrameError(`an interpreter without a session sent ${header.op}`);
	}

	/** Threads hand over shared memory, processes send the bytes; nothing means that the session was too large. */
	#checkpointOf(buffer: unknown, payload: Uint8Array) {
		if (buffer instanceof SharedArrayBuffer) return { buffer, afterResults: this.#results };
		if (payload.length === 0) return undefined;
		const copy = new SharedArrayBuffer(payload.length);
		new Uint8Array(copy).set(payload);
		return { buffer: copy, afterResults: this.#results };
	}
}
