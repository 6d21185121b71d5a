import { Availability } from './availability.ts';
import { isPaid, type Scenario, type ServerModel } from './scenario.ts';
import type { Program, SimJob } from './workload.ts';

const STEPS = 400;
/** Times from which the rest of the work is looked at on its own. */
const RELEASES = 12;

interface Machine {
	readonly server: ServerModel;
	readonly availability: Availability;
	readonly places: number;
}

/**
 * A makespan that no schedule can beat, ms: the largest of three lower bounds.
 *
 * 1. Work over capacity for unrelated machines: with prices y of place-time at each server, no schedule costs less than
 *    every call at its cheapest server, and none can spend more than the places offer until the makespan. The largest
 *    bound over all prices is the linear relaxation of R||Cmax (Lenstra, Shmoys and Tardos 1990) by its Lagrangian dual;
 *    the prices are found by subgradient steps. Outages and slow periods take their part of the capacity away. The same is
 *    done for the calls that arrive after a time, from that time on.
 * 2. The longest chain of calls that have to follow each other, each at its fastest server.
 * 3. For every call its arrival and its time at the fastest server.
 *
 * Loading is counted once for a server that begins empty and once after each time it was down; else it is free, and a conversation's earlier calls are always cached, so real schedules cannot reach it.
 */
export function lowerBound(scenario: Scenario, programs: readonly Program[]): number {
	const machines = scenario.servers
		.filter((server) => scenario.cloudUse !== 'never' || !isPaid(server))
		.map((server) => ({
			server,
			availability: new Availability(server, true),
			places: Math.min(server.slots, server.maxConcurrent ?? server.slots),
		}));
	const released = programs.flatMap(({ startMs, steps }) =>
		steps.flatMap((jobs) => jobs.map((job) => ({ job, at: startMs + job.afterMs }))),
	);
	released.sort((a, b) => a.at - b.at);
	const starts = new Set(
		Array.from({ length: RELEASES }, (_, i) => released[Math.floor((i * released.length) / RELEASES)]?.at ?? 0),
	);
	let bound = 0;
	for (const start of starts) {
		const jobs = released.filter(({ at }) => at >= start).map(({ job }) => job);
		bound = Math.max(bound, workBound(machines, jobs, start));
	}
	for (const { job, at } of released) bound = Math.max(bound, fastestEnd(machines, job, at));
	for (const program of programs) bound = Math.max(bound, chainBound(machines, program));
	return bound;
}

/** Time of a call at a server with nothing in its way, ms; Infinity where it cannot go. */
function serviceMs({ roles, models, promptSpeed, completionSpeed }: ServerModel, job: SimJob): number {
	if (!roles.includes(job.role) || !models.includes(job.model)) return Number.POSITIVE_INFINITY;
	return 1000 * (job.newTokens / promptSpeed + job.completionTokens / completionSpeed);
}

function fastestEnd(machines: readonly Machine[], job: SimJob, at: number): number {
	return Math.min(
		...machines.map(({ server, availability }) => {
			const service = serviceMs(server, job);
			return Number.isFinite(service) ? availability.finish(at, service) : Number.POSITIVE_INFINITY;
		}),
	);
}

function chainBound(machines: readonly Machine[], { startMs, pauseMs, steps }: Program): number {
	let time = startMs;
	for (const [index, jobs] of steps.entries()) {
		const start = time + (index > 0 ? pauseMs : 0);
		for (const job of jobs) time = Math.max(time, fastestEnd(machines, job, start + job.afterMs));
	}
	return time;
}

function workBound(machines: readonly Machine[], jobs: readonly SimJob[], start: number): number {
	const services = jobs.map((job) => machines.map(({ server }) => serviceMs(server, job)));
	const prices = machines.map(({ server }) => 1 / Math.max(1, server.slots));
	let best = start;
	for (let step = 1; step <= STEPS; step++) {
		const loads = machines.map(() => 0);
		let cost = 0;
		for (const service of services) {
			let cheapest = 0;
			for (let index = 1; index < service.length; index++) {
				if (priced(service, prices, index) < priced(service, prices, cheapest)) cheapest = index;
			}
			cost += priced(service, prices, cheapest);
			loads[cheapest] = (loads[cheapest] ?? 0) + (service[cheapest] ?? 0);
		}
		const end = timeFor(machines, prices, cost, start);
		best = Math.max(best, end);
		if (!Number.isFinite(end)) return end;
		const rate = 0.5 / Math.sqrt(step);
		for (const [index, { availability, places }] of machines.entries()) {
			const capacity = places * availability.capacity(start, end);
			const use = (loads[index] ?? 0) / Math.max(1, capacity);
			prices[index] = (prices[index] ?? 0) * Math.exp(rate * Math.max(-1, Math.min(1, use - 1)));
		}
	}
	return best;
}

function priced(service: readonly number[], prices: readonly number[], index: number): number {
	return (service[index] ?? Number.POSITIVE_INFINITY) * (prices[index] ?? 0);
}

/** When the places have offered so much priced time; Infinity when they never will, because servers stay down. */
function timeFor(machines: readonly Machine[], prices: readonly number[], cost: number, start: number): number {
	const offered = (end: number) =>
		machines.reduce(
			(sum, { availability, places }, index) => sum + (prices[index] ?? 0) * places * availability.capacity(start, end),
			0,
		);
	let [low, high] = [start, start + 1000];
	while (offered(high) < cost && high < Number.MAX_SAFE_INTEGER) high = start + 2 * (high - start);
	if (offered(high) < cost) return Number.POSITIVE_INFINITY;
	for (let step = 0; step < 50; step++) {
		const middle = (low + high) / 2;
		if (offered(middle) < cost) low = middle;
		else high = middle;
	}
	return low;
}
