import { workOf } from '../../src/pool/scheduler/rates.ts';
import { lowerBound } from './bound.ts';
import { createOriginal, createScheduled, type Driver, ORIGINAL, type Outcome, type Way } from './drivers.ts';
import type { Scenario } from './scenario.ts';
import { SimServer } from './simServer.ts';
import { countingClock, VirtualClock } from './virtualClock.ts';
import { drawPrograms, drawWarmUp, type Program, type SimJob } from './workload.ts';

/** What came out of one simulation. Times in ms. */
export interface Figures {
	readonly jobs: number;
	readonly makespan: number;
	readonly bound: number;
	/** From the submission to the start of the last attempt, of root calls and of sub-calls. */
	readonly rootWaits: readonly number[];
	readonly subWaits: readonly number[];
	/** The longest attempt that gave a reply. */
	readonly longestService: number;
	/** Jain's index of the work done for each batch while all were there, until the first of them had ended; else 1. */
	readonly jain: number;
	/** Share of the prompt tokens of root calls that came from a cache. */
	readonly prefixHits: number;
	/** Share of the place-time of attempts that gave no reply. */
	readonly wastedShare: number;
	readonly attempts: number;
	readonly failed: number;
	/** Under way, waiting, or not yet made. */
	readonly cancelled: number;
	/** Calls without an end, and ends beyond one for a call. */
	readonly lost: number;
	readonly doubled: number;
	/** Places, waiting calls and timers of the pool when all was over. */
	readonly left: number;
	readonly loads: number;
	readonly usd: number;
	/** Of everything that happened, in order: the same for the same seed. */
	readonly trace: string;
}

/** One call while it is followed. */
interface Record {
	readonly job: SimJob;
	readonly submittedAt: number;
	startedAt: number;
	attempts: number;
	ends: number;
	endedAt: number;
	outcome: Outcome | undefined;
	server: string;
}

/** Runs a scenario once. @param calls replaces the size of its batches */
export function simulate(scenario: Scenario, way: Way, seed: number, calls?: number): Figures {
	const programs = drawPrograms(scenario, seed, calls);
	const clock = new VirtualClock(seed);
	const poolClock = countingClock(clock);
	const servers = scenario.servers.map((server) => new SimServer(server, scenario.idleSeconds, clock));
	const driver =
		way === ORIGINAL ? createOriginal(scenario, servers) : createScheduled(scenario, way, servers, poolClock);
	const warmUp = drawWarmUp(scenario, seed);
	if (warmUp) {
		const before = new Follower([warmUp], driver, clock);
		before.start([]);
		clock.run(() => before.isOver);
	}
	const follower = new Follower(programs, driver, clock);
	follower.start(scenario.cancel);
	clock.run(() => follower.isOver);
	// What was set for the present moment still happens; afterwards nothing may be left.
	const end = clock.now();
	let isLater = false;
	const cancel = clock.at(end + 1e-6, () => {
		isLater = true;
	});
	clock.run(() => isLater);
	cancel();
	const left = driver.left + poolClock.pending;
	return {
		...follower.figures(),
		...serverFigures(scenario, servers),
		bound: boundOf(scenario, programs, `${seed} ${calls}`),
		left,
	};
}

/** Bounds found before, by scenario, seed and size: they are the same for all ways, and take longer than a simulation. */
const bounds = new WeakMap<Scenario, Map<string, number>>();

function boundOf(scenario: Scenario, programs: readonly Program[], key: string): number {
	const known = bounds.get(scenario) ?? new Map<string, number>();
	bounds.set(scenario, known);
	const bound = known.get(key) ?? lowerBound(scenario, programs);
	known.set(key, bound);
	return bound;
}

function serverFigures({ servers: models }: Scenario, servers: readonly SimServer[]) {
	const sum = (pick: (server: SimServer) => number) => servers.reduce((total, server) => total + pick(server), 0);
	const wasted = sum(({ tally }) => tally.wastedMs);
	const all = wasted + sum(({ tally }) => tally.usefulMs);
	return {
		prefixHits:
			sum(({ tally }) => tally.rootCachedTokens) /
			Math.max(
				1,
				sum(({ tally }) => tally.rootPromptTokens),
			),
		wastedShare: all === 0 ? 0 : wasted / all,
		loads: sum(({ tally }) => tally.loads),
		usd: models.reduce((total, { price }, index) => {
			const tally = servers[index]?.tally;
			if (!price || !tally) return total;
			return total + (tally.promptTokens * price.promptUsd + tally.completionTokens * price.completionUsd) / 1e6;
		}, 0),
	};
}

/** Submits the calls of all programs when their time has come, and keeps the books. */
class Follower {
	readonly #programs: readonly Program[];
	readonly #driver: Driver;
	readonly #clock: VirtualClock;
	readonly #records: Record[] = [];
	readonly #cancels = new Map<string, AbortController>();
	readonly #expected: number;
	/** When the scenario began. */
	readonly #origin: number;
	#settled = 0;
	#trace = 0x811c9dc5;
	#longestService = 0;
	#dropped = 0;

	constructor(programs: readonly Program[], driver: Driver, clock: VirtualClock) {
		this.#programs = programs;
		this.#driver = driver;
		this.#clock = clock;
		this.#origin = clock.now();
		this.#expected = programs.reduce((sum, { steps }) => sum + steps.reduce((jobs, step) => jobs + step.length, 0), 0);
	}

	get isOver(): boolean {
		return this.#settled + this.#dropped >= this.#expected;
	}

	start(cancel: Scenario['cancel']): void {
		for (const program of this.#programs) {
			if (!this.#cancels.has(program.run)) this.#cancels.set(program.run, new AbortController());
			this.#clock.at(this.#origin + program.startMs, () => this.#step(program, 0));
		}
		for (const { run, at } of cancel) this.#clock.at(this.#origin + at * 1000, () => this.#cancel(run));
	}

	/** A run, or all conversations of a load. */
	#cancel(name: string): void {
		const named = this.#programs.filter(({ run, load }) => run === name || load === name);
		for (const { run } of named) this.#cancels.get(run)?.abort();
	}

	#step(program: Program, index: number): void {
		const jobs = program.steps[index];
		if (!jobs) return;
		const signal = (this.#cancels.get(program.run) as AbortController).signal;
		if (signal.aborted) {
			this.#dropped += program.steps.slice(index).reduce((sum, step) => sum + step.length, 0);
			return;
		}
		let open = jobs.length;
		const onEnd = () => {
			open--;
			if (open > 0) return;
			this.#clock.at(this.#clock.now() + program.pauseMs, () => this.#step(program, index + 1));
		};
		const start = this.#clock.now();
		for (const job of jobs) {
			if (job.afterMs === 0) this.#submit(job, signal, onEnd);
			else this.#clock.at(start + job.afterMs, () => this.#submit(job, signal, onEnd));
		}
	}

	#submit(job: SimJob, signal: AbortSignal, onEnd: () => void): void {
		if (signal.aborted) {
			this.#dropped++;
			onEnd();
			return;
		}
		const now = this.#clock.now();
		const record: Record = {
			job,
			submittedAt: now,
			startedAt: now,
			attempts: 0,
			ends: 0,
			endedAt: now,
			outcome: undefined,
			server: '',
		};
		this.#records.push(record);
		this.#driver.submit(
			job,
			{
				attempt: (server) => {
					record.attempts++;
					record.startedAt = this.#clock.now();
					record.server = server;
					this.#note('attempt', record);
				},
				ended: (outcome, serviceMs = 0) => this.#end(record, outcome, serviceMs, onEnd),
			},
			signal,
		);
	}

	#end(record: Record, outcome: Outcome, serviceMs: number, onEnd: () => void): void {
		record.ends++;
		if (record.ends > 1) return;
		record.outcome = outcome;
		record.endedAt = this.#clock.now();
		this.#longestService = Math.max(this.#longestService, serviceMs);
		this.#settled++;
		this.#note(outcome, record);
		onEnd();
	}

	/** FNV-1a over everything that happens. */
	#note(what: string, { job, server }: Record): void {
		for (const character of `${this.#clock.now().toFixed(3)} ${what} ${job.id} ${server};`) {
			this.#trace = Math.imul(this.#trace ^ character.charCodeAt(0), 0x01000193) >>> 0;
		}
	}

	figures() {
		const records = this.#records;
		const waits = (role: string) =>
			records
				.filter(({ job, outcome }) => job.role === role && outcome === 'done')
				.map(({ startedAt, submittedAt }) => startedAt - submittedAt);
		const count = (outcome: Outcome) => records.filter((record) => record.outcome === outcome).length;
		return {
			jobs: records.length,
			makespan: records.reduce((latest, { endedAt }) => Math.max(latest, endedAt - this.#origin), 0),
			rootWaits: waits('root'),
			subWaits: waits('sub'),
			longestService: this.#longestService,
			jain: this.#jain(),
			attempts: records.reduce((sum, { attempts }) => sum + attempts, 0),
			failed: count('failed'),
			cancelled: count('cancelled') + this.#dropped,
			lost: records.filter(({ ends }) => ends === 0).length,
			doubled: records.filter(({ ends }) => ends > 1).length,
			trace: this.#trace.toString(16).padStart(8, '0'),
		};
	}

	/** From when the last of the batches had arrived: a run cannot be given anything before it is there. */
	#jain(): number {
		const batches = new Set(this.#programs.filter(({ kind }) => kind === 'batch').map(({ run }) => run));
		const byRun = [...batches].map((run) => this.#records.filter(({ job }) => job.run === run));
		const from = Math.max(...byRun.map((records) => Math.min(...records.map(({ submittedAt }) => submittedAt))));
		const to = Math.min(...byRun.map((records) => Math.max(...records.map(({ endedAt }) => endedAt))));
		const shares = byRun.map((records) =>
			records
				.filter(({ outcome, endedAt }) => outcome === 'done' && endedAt > from && endedAt <= to)
				.reduce((sum, { job }) => sum + workOf(job.promptTokens, job.completionTokens), 0),
		);
		const total = shares.reduce((sum, share) => sum + share, 0);
		// One batch alone, or batches that were never there together, take nothing from each other.
		if (shares.length < 2 || total === 0) return 1;
		return total ** 2 / (shares.length * shares.reduce((sum, share) => sum + share ** 2, 0));
	}
}
