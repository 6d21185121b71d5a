import type { Clock } from './scheduler/types.ts';

/** Node fires longer timers immediately. The scheduler sets a new one when it wakes too early. ms */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real clock and random source. */
export const SYSTEM_CLOCK: Clock = {
	now: () => performance.now(),
	at(time, run) {
		const delay = time - performance.now();
		if (delay > 0) {
			const timer = setTimeout(run, Math.min(LONGEST_TIMER_MS, Math.ceil(delay)));
			return () => clearTimeout(timer);
		}
		let isCancelled = false;
		queueMicrotask(() => {
			if (!isCancelled) run();
		});
		return () => {
			isCancelled = true;
		};
	},
	random: Math.random,
};
