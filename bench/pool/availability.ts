import type { ServerModel } from './scenario.ts';

/** How fast a server is from a time on: 0 out of order, 1 as described. */
interface Phase {
	readonly fromMs: number;
	readonly speed: number;
	readonly isDown: boolean;
	/** Full-speed ms that one place could work before this phase. */
	readonly workedMs: number;
}

/** Something that begins and ends: an outage, or a period in which everything takes `factor` times as long. */
interface Period {
	readonly from: number;
	readonly to: number;
	readonly kind: 'down' | 'out' | 'slow';
	readonly factor: number;
}

/** When a server works and how fast, as its faults say. */
export class Availability {
	readonly #phases: readonly Phase[];

	/** @param withLoads whether the time in which a model is loaded counts as out of order: no work can be done in it */
	constructor({ faults, loadSeconds, resident }: ServerModel, withLoads = false) {
		const loadMs = withLoads ? 1000 * loadSeconds : 0;
		const periods = faults.flatMap(periodsOf);
		const loads = periods.filter(({ kind }) => kind === 'down').map(({ to }) => outage(to, to + loadMs));
		if (resident.length === 0) loads.push(outage(0, loadMs));
		this.#phases = phasesOf([...periods, ...loads].filter(({ from, to }) => from < to));
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
		for (let index = this.#indexAt(start); index < this.#phases.length; index++) {
			const { speed } = this.#phases[index] as Phase;
			const end = this.#phases[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
			const pace = speed === 0 ? 1 : speed;
			if (left <= (end - time) * pace) return time + left / pace;
			left -= (end - time) * pace;
			time = end;
		}
		return time;
	}

	/** Full-speed ms that one place can work from one time to another. */
	capacity(start: number, end: number): number {
		return Math.max(0, this.#workedUntil(end) - this.#workedUntil(start));
	}

	#workedUntil(time: number): number {
		const { fromMs, speed, workedMs } = this.#at(time);
		return workedMs + speed * (time - fromMs);
	}

	#at(time: number): Phase {
		return this.#phases[this.#indexAt(time)] as Phase;
	}

	/** The last phase that has begun by then; flapping makes thousands of them. */
	#indexAt(time: number): number {
		let [low, high] = [0, this.#phases.length - 1];
		while (low < high) {
			const middle = Math.ceil((low + high) / 2);
			if ((this.#phases[middle] as Phase).fromMs <= time) low = middle;
			else high = middle - 1;
		}
		return low;
	}
}

function outage(from: number, to: number, kind: 'down' | 'out' = 'out'): Period {
	return { from, to, kind, factor: 1 };
}

function periodsOf(fault: ServerModel['faults'][number]): readonly Period[] {
	const [from, to] = [fault.from * 1000, fault.to * 1000];
	if (fault.kind === 'down') return [outage(from, to, 'down')];
	if (fault.kind === 'refuse') return [outage(from, to)];
	if (fault.kind === 'slow') return [{ from, to, kind: 'slow', factor: fault.factor }];
	if (fault.kind !== 'flap') return [];
	const cycle = (fault.downSeconds + fault.upSeconds) * 1000;
	const cycles = Math.min(MOST_CYCLES, Math.ceil((to - from) / cycle));
	return Array.from({ length: cycles }, (_, index) => {
		const at = from + index * cycle;
		return outage(at, Math.min(to, at + fault.downSeconds * 1000), 'down');
	});
}

function phasesOf(periods: readonly Period[]): readonly Phase[] {
	const marks = periods.flatMap((period) => [
		{ time: period.from, period, begins: true },
		{ time: period.to, period, begins: false },
	]);
	marks.sort((a, b) => a.time - b.time);
	const active = new Set<Period>();
	const phases: Phase[] = [phaseAt(0, active, undefined)];
	for (const { time, period, begins } of marks) {
		if (!Number.isFinite(time)) continue;
		if (begins) active.add(period);
		else active.delete(period);
		const last = phases.at(-1);
		if (last?.fromMs === time) phases.pop();
		phases.push(phaseAt(time, active, phases.at(-1)));
	}
	return phases;
}

function phaseAt(fromMs: number, active: ReadonlySet<Period>, before: Phase | undefined): Phase {
	const periods = [...active];
	const isDown = periods.some(({ kind }) => kind === 'down');
	const isOut = periods.some(({ kind }) => kind !== 'slow');
	const factor = periods.reduce((product, period) => product * period.factor, 1);
	const workedMs = before ? before.workedMs + before.speed * (fromMs - before.fromMs) : 0;
	return { fromMs, speed: isOut ? 0 : 1 / factor, isDown, workedMs };
}

const MOST_CYCLES = 10_000;
