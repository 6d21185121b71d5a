import { availableParallelism } from 'node:os';
import { SandboxError, type SandboxFailure } from '../../core/errors.ts';
import { Semaphore } from '../../core/semaphore.ts';

/** Maximum spares, however much memory there is: one to hand out, one more while child runs come and go. */
const SPARES = 2;
/** Maximum share of free memory that spares take. */
const SHARE_OF_FREE_MEMORY = 1 / 16;
/** Time after which an unused spare is ended. ms */
const IDLE_MS = 10 * 60_000;

/** Never fires: a wait for a place ends by itself, because starts have a deadline. */
const NEVER = new AbortController().signal;
/** Minimum number of interpreters that may start at the same time. */
const STARTS = 2;
/** Delay of the next spare after one was taken, so that it does not compete with the first cell. ms */
const REFILL_DELAY_MS = 200;

/** Something that takes a while to start and is used once. */
export interface Pooled {
	/** Why it is unusable; undefined while it works. */
	readonly loss: Error | undefined;
	kill(reason: SandboxFailure, message: string): Promise<void>;
}

export interface PoolSettings<T extends Pooled> {
	start(): Promise<T>;
	/** Sandboxes in use. */
	inUse(): number;
	/** Estimated memory of a spare. Bytes. */
	readonly spareBytes: number;
	/** Free memory. Bytes. */
	readonly freeMemory?: () => number;
	readonly idleMs?: number;
	readonly refillDelayMs?: number;
}

interface Spare<T> {
	readonly started: Promise<T>;
	/** Set once it is up. */
	value?: T;
}

/**
 * Starts interpreters ahead of their use. Each is handed out once and never comes back. Nobody ever waits for another one
 * to end: a missing one is started, so parents that wait for their children cannot starve them.
 */
export class WarmPool<T extends Pooled> {
	readonly #settings: PoolSettings<T>;
	readonly #spares = new Set<Spare<T>>();
	/** Running starts, including those that somebody waits for. */
	readonly #starting = new Set<Promise<T>>();
	#idleTimer: NodeJS.Timeout | undefined;
	#refillTimer: NodeJS.Timeout | undefined;
	/** Places for starts: many at once would all be late. Nobody in one waits for anybody but the interpreter. */
	readonly #places = new Semaphore(Math.max(STARTS, availableParallelism()));
	#isDisposed = false;

	constructor(settings: PoolSettings<T>) {
		this.#settings = settings;
	}

	/** Starts a spare in the background unless there is one. Never throws; whoever takes one gets the error. */
	prepare(): void {
		this.#restartIdleTimer();
		this.#refill();
	}

	/** Returns a spare, the one that is starting, or a new one. The caller owns it. @throws SandboxError */
	async take(): Promise<T> {
		if (this.#isDisposed) throw disposed();
		this.#restartIdleTimer();
		const spare = this.#bestSpare();
		if (spare) this.#spares.delete(spare);
		this.#refillSoon();
		return spare?.started ?? this.#start();
	}

	/** Ends all spares, including those that are starting. */
	async dispose(): Promise<void> {
		this.#isDisposed = true;
		clearTimeout(this.#idleTimer);
		clearTimeout(this.#refillTimer);
		await this.#endSpares();
	}

	#bestSpare(): Spare<T> | undefined {
		for (const spare of this.#spares) if (spare.value?.loss) this.#spares.delete(spare);
		const spares = [...this.#spares];
		return spares.find((spare) => spare.value) ?? spares[0];
	}

	#start(): Promise<T> {
		const started = this.#places.run(() => {
			if (this.#isDisposed) throw disposed();
			return this.#settings.start();
		}, NEVER);
		this.#starting.add(started);
		started.then(
			() => {
				this.#starting.delete(started);
				this.#refillSoon();
			},
			// No retry until somebody asks.
			() => this.#starting.delete(started),
		);
		return started;
	}

	#refillSoon(): void {
		clearTimeout(this.#refillTimer);
		if (this.#isDisposed) return;
		this.#refillTimer = setTimeout(() => this.#refill(), this.#settings.refillDelayMs ?? REFILL_DELAY_MS).unref();
	}

	/** Starts one at a time, and not while somebody waits for a start. */
	#refill(): void {
		if (this.#isDisposed || this.#starting.size > 0 || this.#spares.size >= this.#wanted()) return;
		const spare: Spare<T> = { started: this.#start() };
		this.#spares.add(spare);
		spare.started.then(
			(value) => {
				spare.value = value;
			},
			() => this.#spares.delete(spare),
		);
	}

	#wanted(): number {
		const free = (this.#settings.freeMemory ?? process.availableMemory)();
		const affordable = Math.floor((free * SHARE_OF_FREE_MEMORY) / this.#settings.spareBytes);
		return Math.min(this.#settings.inUse() > 1 ? SPARES : 1, affordable);
	}

	#restartIdleTimer(): void {
		clearTimeout(this.#idleTimer);
		this.#idleTimer = setTimeout(() => void this.#endSpares(), this.#settings.idleMs ?? IDLE_MS).unref();
	}

	async #endSpares(): Promise<void> {
		const spares = [...this.#spares];
		this.#spares.clear();
		await Promise.all(spares.map(({ started }) => started.then(endSpare, ignoreFailedStart)));
	}
}

function endSpare(spare: Pooled): Promise<void> {
	return spare.kill('disposed', 'a spare that is no longer needed');
}

/** A spare that failed to start has ended itself. */
function ignoreFailedStart(): void {}

function disposed(): SandboxError {
	return new SandboxError('disposed', 'the sandboxes have been disposed of');
}
