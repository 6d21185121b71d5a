import type { Clock } from './scheduler/types.ts';

/** Longer timers fire at once in Node; the scheduler sets a new one when it is woken too soon. ms */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Real time and real chance. */
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
