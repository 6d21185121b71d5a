import type { BreakerState, Clock } from './types.ts';

const RING = 20;
const MIN_SAMPLES = 5;
const OPENING_SHARE = 0.5;
/** Short pauses for a server that never answered: it may not exist, and the user should learn that soon. */
const FIRST_OPEN_MS = { unknown: 500, known: 5_000 };
const LONGEST_OPEN_MS = 120_000;
/** A server that stays away is asked less and less often, but soon enough after its return. */
const SHARE_OF_OUTAGE = 0.5;
const JITTER = 0.2;

/**
 * Circuit breaker of one server. Opens immediately when a connection fails, else when half of the last attempts failed.
 * When its time is over, lets a single call through. Closes when that call is answered; otherwise stays open for half
 * as long as the server has been away.
 */
export class Breaker {
	readonly #clock: Clock;
	#outcomes: boolean[] = [];
	#openUntil: number | undefined;
	#openedAt = 0;
	#hasProbe = false;
	#hasAnswered = false;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	get state(): BreakerState {
		if (this.#openUntil === undefined) return 'closed';
		return this.#clock.now() < this.#openUntil ? 'open' : 'half-open';
	}

	/** When a call is let through again; undefined when closed. */
	get reopensAt(): number | undefined {
		return this.#openUntil;
	}

	/** Whether the server has ever answered a call or a check. */
	get hasAnswered(): boolean {
		return this.#hasAnswered;
	}

	/** Whether a call in progress is testing the server. */
	get hasProbe(): boolean {
		return this.#hasProbe;
	}

	/** Starts an attempt; when half-open it is the probe. @returns whether it is the probe */
	enter(): boolean {
		if (this.state !== 'half-open') return false;
		this.#hasProbe = true;
		return true;
	}

	/** Ends the probe without a result. */
	leave(): void {
		this.#hasProbe = false;
	}

	/** The server delivered something: from now on it is known, and worth waiting for when it restarts. */
	answered(): void {
		this.#hasAnswered = true;
	}

	success(): void {
		this.answered();
		this.#note(true);
		this.close();
	}

	/** @param isUnreachable the connection failed */
	failure(isUnreachable: boolean): void {
		this.#note(false);
		const { state } = this;
		this.#hasProbe = false;
		if (state === 'open') return;
		const failures = this.#outcomes.filter((isSuccess) => !isSuccess).length;
		const isBad = this.#outcomes.length >= MIN_SAMPLES && failures >= OPENING_SHARE * this.#outcomes.length;
		if (state === 'closed' && !isUnreachable && !isBad) return;
		const now = this.#clock.now();
		if (state === 'closed') this.#openedAt = now;
		const away = (now - this.#openedAt) * SHARE_OF_OUTAGE;
		const openMs = Math.min(LONGEST_OPEN_MS, Math.max(this.#shortestOpenMs, away));
		this.#openUntil = now + openMs * (1 + JITTER * (2 * this.#clock.random() - 1));
	}

	/** Sets the latest time at which a call is let through: now when a monitor saw the server answer. */
	reopenBy(time: number): void {
		if (this.#openUntil !== undefined) this.#openUntil = Math.min(this.#openUntil, time);
	}

	close(): void {
		if (this.#openUntil !== undefined) this.#outcomes = [];
		this.#openUntil = undefined;
		this.#hasProbe = false;
	}

	get #shortestOpenMs(): number {
		return this.#hasAnswered ? FIRST_OPEN_MS.known : FIRST_OPEN_MS.unknown;
	}

	#note(isSuccess: boolean): void {
		this.#outcomes.push(isSuccess);
		if (this.#outcomes.length > RING) this.#outcomes.shift();
	}
}
