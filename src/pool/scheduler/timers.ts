import type { Cancel, Clock } from './types.ts';

/** A timer this late means that the machine slept. ms */
const SLEPT_MS = 10_000;

/**
 * Calls back after a time that the machine was awake. A timer that fires far too late is set again, because nothing
 * could arrive during the sleep.
 */
export function watchdog(clock: Clock, time: number, run: () => void): Cancel {
	const setAt = clock.now();
	let cancel = clock.at(time, () => {
		const isLate = clock.now() - time > SLEPT_MS;
		if (isLate) cancel = clock.at(clock.now() + Math.max(0, time - setAt), run);
		else run();
	});
	return () => cancel();
}

/** One timer that can be moved to an earlier or later time; all waiting in the scheduler uses it. */
export class Alarm {
	readonly #clock: Clock;
	readonly #run: () => void;
	#setTo: number | undefined;
	#cancel: Cancel | undefined;

	constructor(clock: Clock, run: () => void) {
		this.#clock = clock;
		this.#run = run;
	}

	/** @param time on the clock; Infinity for never */
	set(time: number): void {
		if (time === this.#setTo) return;
		this.clear();
		if (!Number.isFinite(time)) return;
		this.#setTo = time;
		this.#cancel = this.#clock.at(time, () => {
			this.#setTo = undefined;
			this.#run();
		});
	}

	clear(): void {
		this.#cancel?.();
		this.#setTo = undefined;
		this.#cancel = undefined;
	}
}
