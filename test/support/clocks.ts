import type { Clock } from '../../src/pool/scheduler/types.ts';

/** A clock on which no timer takes any time: the time jumps to when it is due. */
export interface JumpingClock extends Clock {
	/** Waits that were asked for, ms; cancelled ones are not in it. */
	readonly waits: number[];
	/** Lets time pass. */
	advance(milliseconds: number): void;
}

/** @param chance what `random` gives */
export function jumpingClock(chance: number): JumpingClock {
	const waits: number[] = [];
	let time = 0;
	return {
		waits,
		advance: (milliseconds) => {
			time += milliseconds;
		},
		now: () => time,
		at(due, run) {
			let isCancelled = false;
			const fire = () => {
				if (isCancelled) return;
				if (due > time) {
					waits.push(due - time);
					time = due;
				}
				run();
			};
			if (due > time) setImmediate(fire);
			else queueMicrotask(fire);
			return () => {
				isCancelled = true;
			};
		},
		random: () => chance,
	};
}

/** Real time, so many times as fast: what the pool waits between attempts, and nothing else. */
export function fastClock(factor: number): Clock {
	return {
		now: () => performance.now() * factor,
		at(due, run) {
			const timer = setTimeout(run, Math.max(0, due / factor - performance.now()));
			return () => clearTimeout(timer);
		},
		random: Math.random,
	};
}
