import type { ServerModel } from './scenario.ts';

/** How fast a server is from a time on: 0 out of order, 1 as described. */
interface Phase {
	readonly fromMs: number;
	readonly speed: number;
	readonly isDown: boolean;
}

/** When a server works and how fast, as its faults say. */
export class Availability {
	readonly #phases: readonly Phase[];

	/** @param withLoads whether the time in which a model is loaded counts as out of order: no work can be done in it */
	constructor({ faults, loadSeconds, resident }: ServerModel, withLoads = false) {
		const loadMs = withLoads ? 1000 * loadSeconds : 0;
		const marks = new Set([0]);
		const outages: { from: number; to: number; isDown: boolean }[] = [];
		const slow: { from: number; to: number; factor: number }[] = [];
		for (const fault of faults) {
			const [from, to] = [fault.from * 1000, fault.to * 1000];
			if (fault.kind === 'down' || fault.kind === 'refuse') outages.push({ from, to, isDown: fault.kind === 'down' });
			if (fault.kind === 'slow') slow.push({ from, to, factor: fault.factor });
			if (fault.kind !== 'flap') continue;
			const cycle = (fault.downSeconds + fault.upSeconds) * 1000;
			for (let at = from; at < Math.min(to, from + MOST_CYCLES * cycle); at += cycle) {
				outages.push({ from: at, to: Math.min(to, at + fault.downSeconds * 1000), isDown: true });
			}
		}
		const loads = outages
			.filter(({ isDown }) => isDown)
			.map(({ to }) => ({ from: to, to: to + loadMs, isDown: false }));
		if (resident.length === 0) loads.push({ from: 0, to: loadMs, isDown: false });
		outages.push(...loads.filter(({ from, to }) => from < to));
		for (const { from, to } of [...outages, ...slow]) marks.add(from).add(to);
		this.#phases = [...marks]
			.filter(Number.isFinite)
			.sort((a, b) => a - b)
			.map((fromMs) => {
				const covers = ({ from, to }: { from: number; to: number }) => from <= fromMs && fromMs < to;
				const isOut = outages.some(covers);
				const factor = slow.filter(covers).reduce((product, entry) => product * entry.factor, 1);
				const isDown = outages.some((outage) => outage.isDown && covers(outage));
				return { fromMs, speed: isOut ? 0 : 1 / factor, isDown };
			});
	}

	isDown(time: number): boolean {
		return this.#at(time).isDown;
	}

	/** Times at which it goes down. */
	get falls(): readonly number[] {
		return this.#phases
			.filter(({ isDown }, index) => isDown && !this.#phases[index - 1]?.isDown)
			.map(({ fromMs }) => fromMs);
	}

	/** When work is done that would take so many ms at full speed; refusing new calls slows none that runs. */
	finish(start: number, workMs: number): number {
		let [time, left] = [start, workMs];
		for (const [index, { fromMs, speed }] of this.#phases.entries()) {
			const end = this.#phases[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
			if (end <= time) continue;
			const from = Math.max(time, fromMs);
			const pace = speed === 0 ? 1 : speed;
			if (left <= (end - from) * pace) return from + left / pace;
			left -= (end - from) * pace;
			time = end;
		}
		return time;
	}

	/** Full-speed ms that one place can work from one time to another. */
	capacity(start: number, end: number): number {
		let sum = 0;
		for (const [index, { fromMs, speed }] of this.#phases.entries()) {
			const until = Math.min(end, this.#phases[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY);
			sum += speed * Math.max(0, until - Math.max(start, fromMs));
		}
		return sum;
	}

	#at(time: number): Phase {
		return this.#phases.findLast(({ fromMs }) => fromMs <= time) as Phase;
	}
}

const MOST_CYCLES = 10_000;
