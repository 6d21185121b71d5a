import { onAbort } from '../../core/abort.ts';
import type { Interpreter } from './interpreter.ts';

/** Grace time of an interrupted cell before it is killed. ms */
export const GRACE_MS = 1000;

export type Stop = 'timeout' | 'cancelled';

/** Interrupts a command at its deadline or when its signal fires, and kills it when that does not help. */
export class Supervisor {
	readonly #interpreter: Interpreter;
	readonly #stopListening: () => void;
	readonly #deadline: NodeJS.Timeout;
	#grace: NodeJS.Timeout | undefined;
	/** Why the command was stopped; undefined when it was not. */
	stopped: Stop | undefined;

	/** Create it when the command has been sent. @param timeoutMs from now */
	constructor(interpreter: Interpreter, timeoutMs: number, signal: AbortSignal) {
		this.#interpreter = interpreter;
		this.#deadline = setTimeout(() => this.#stop('timeout'), timeoutMs);
		this.#stopListening = onAbort(signal, () => this.#stop('cancelled'));
	}

	dispose(): void {
		clearTimeout(this.#deadline);
		clearTimeout(this.#grace);
		this.#stopListening();
	}

	#stop(why: Stop): void {
		this.stopped = why === 'cancelled' ? why : (this.stopped ?? why);
		if (this.#grace) return;
		this.#interpreter.interrupt();
		const kill = () => void this.#interpreter.kill('timeout', 'the code could not be interrupted');
		this.#grace = setTimeout(kill, GRACE_MS);
	}
}
