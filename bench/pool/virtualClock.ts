import { Heap } from '../../src/pool/scheduler/heap.ts';
import type { Cancel, Clock } from '../../src/pool/scheduler/types.ts';

interface Timer {
	readonly time: number;
	readonly sequence: number;
	readonly run: () => void;
	isCancelled: boolean;
}

/** A scheduler that never comes to rest would run for ever on a clock that costs nothing. */
const MAX_TIMERS = 20_000_000;

/** Time that passes only from one timer to the next, and chance that is the same for the same seed. */
export class VirtualClock {
	#time = 0;
	#sequence = 0;
	#fired = 0;
	readonly #timers = new Heap<Timer>([], (a, b) => a.time < b.time || (a.time === b.time && a.sequence < b.sequence));
	readonly #random: () => number;

	constructor(seed: number) {
		this.#random = randomFrom(seed);
	}

	now(): number {
		return this.#time;
	}

	random(): number {
		return this.#random();
	}

	at(time: number, run: () => void): Cancel {
		const timer: Timer = { time: Math.max(time, this.#time), sequence: this.#sequence++, run, isCancelled: false };
		this.#timers.push(timer);
		return () => {
			timer.isCancelled = true;
		};
	}

	/** Runs timers until there are none, or until the condition holds. */
	run(isOver: () => boolean = () => false): void {
		while (!isOver()) {
			const timer = this.#timers.peek();
			if (!timer) return;
			this.#timers.pop();
			if (timer.isCancelled) continue;
			if (++this.#fired > MAX_TIMERS) throw new Error('the scenario does not come to an end');
			this.#time = timer.time;
			timer.run();
		}
	}
}

/** A clock that counts its timers, so that a test can see whether any is left. */
export function countingClock(clock: VirtualClock): Clock & { readonly pending: number } {
	let pending = 0;
	return {
		get pending() {
			return pending;
		},
		now: () => clock.now(),
		random: () => clock.random(),
		at(time, run) {
			let isOver = false;
			pending++;
			const end = () => {
				if (!isOver) pending--;
				isOver = true;
			};
			const cancel = clock.at(time, () => {
				end();
				run();
			});
			return () => {
				end();
				cancel();
			};
		},
	};
}

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32, Tommy Ettinger, public domain). */
export function randomFrom(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
}
