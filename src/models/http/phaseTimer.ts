import type { CheckedLines } from './lines.ts';

/** Deadlines of the phases of a request, ms. The caller's signal bounds the whole request. */
export interface Timeouts {
	/** Until the connection is established, including name look-up and TLS. */
	readonly connectMs: number;
	/**
	 * From there to the first piece of the reply: queueing, loading the model and reading the prompt. Comments and pings
	 * restart it, but a server that sends nothing else is given up after ten times this.
	 */
	readonly firstByteMs: number;
	/** Between two pieces of the reply. */
	readonly idleMs: number;
}

/** A phase of a request, as far as it has a deadline of its own. */
export type Phase = 'connect' | 'firstByte' | 'idle';

/** Signs of life may extend the wait for a reply to this many times `firstByteMs`. */
const MAX_PROLONGING = 10;

/** Watches one request: calls back when its current phase lasts too long. */
export class PhaseTimer {
	readonly #timeouts: Timeouts;
	readonly #onTimeout: (phase: Phase, milliseconds: number) => void;
	#timer: NodeJS.Timeout | undefined;
	#phase: Phase = 'connect';
	/** When the wait for the reply began. */
	#waitingSince = 0;
	#isStopped = false;

	constructor(timeouts: Timeouts, onTimeout: (phase: Phase, milliseconds: number) => void) {
		this.#timeouts = timeouts;
		this.#onTimeout = onTimeout;
	}

	/** Begins a phase, or restarts the deadline of the current one. */
	enter(phase: Phase): void {
		if (this.#isStopped) return;
		if (phase === 'firstByte') this.#waitingSince = performance.now();
		if (phase === this.#phase && this.#timer) {
			this.#timer.refresh();
			return;
		}
		this.#phase = phase;
		this.#start(phase);
	}

	/**
	 * Before the reply begins, signs of life extend the deadline for a while: servers send comments while a request is
	 * queued or its prompt is read. After that only payload does: a server that is shutting down still sends pings into a
	 * reply that it will not finish.
	 */
	sawLines(sign: CheckedLines['sign']): void {
		if (sign === 'payload') this.enter('idle');
		else if (sign === 'life' && this.#phase === 'firstByte') this.#prolong();
	}

	/** Clears the deadline: the body has ended. */
	pause(): void {
		clearTimeout(this.#timer);
	}

	/** Ends the watch for good. */
	stop(): void {
		this.#isStopped = true;
		this.pause();
	}

	#prolong(): void {
		const longestMs = this.#timeouts.firstByteMs * (MAX_PROLONGING - 1);
		if (performance.now() - this.#waitingSince < longestMs) this.#start('firstByte');
	}

	#start(phase: Phase): void {
		if (this.#isStopped) return;
		clearTimeout(this.#timer);
		const milliseconds = this.#timeouts[`${phase}Ms`];
		this.#timer = setTimeout(() => this.#onTimeout(phase, milliseconds), milliseconds);
	}
}
