import { setTimeout as delay } from 'node:timers/promises';
import { untilAborted } from '../../core/abort.ts';
import { CancelledError } from '../../core/errors.ts';
import type { ServerLoad, ServerReport } from '../../core/ports/model.ts';
import { present } from '../../core/present.ts';
import { DEFAULTS } from '../../settings/defaults.ts';
import type { GpuFigures } from './gpu.ts';
import { CHECK_MS, type CheckResult, checkServer, type HealthClock, type MonitoredServer } from './healthCheck.ts';
import { HealthHistory, type HealthMinute } from './healthHistory.ts';
import { type Health, type HealthTrack, nextHealth, unknownHealth } from './healthState.ts';

/** Default interval between checks of a healthy server. */
const DEFAULT_INTERVAL_MS = DEFAULTS.healthIntervalSeconds * 1000;
/** Share of the interval by which it varies, so that servers are not all asked at the same moment. */
const JITTER = 0.2;
/** Interval between checks of a server that is down: doubles from the first value to the last. */
const DOWN_MS = { first: 5_000, last: 60_000 };
/** Models, memory and windows change more slowly than a server's state. */
const DISCOVERY_MS = { local: 60_000, hosted: 600_000 };
/** A server that delivered something this recently is alive, whatever a check says. */
const DELIVERING_MS = 30_000;
/** Failed calls trigger at most one extra check of a server in this time. */
const SUSPECT_MS = 5_000;
/** A wait that took this much longer than requested means that the machine slept. */
const SLEPT_MS = 10_000;

/** A server as the monitor last saw it. */
export interface ServerHealth {
	readonly id: string;
	readonly health: Health;
	/** Time of the last check, ms since the epoch; absent before the first. */
	readonly checkedAt?: number;
	/** Duration of the last request that proves the server is alive, ms. */
	readonly latencyMs?: number;
	/** The server's last report about itself. */
	readonly report?: ServerReport;
	/** Whether that report came with the last check. */
	readonly isNewReport: boolean;
	readonly load?: ServerLoad;
	readonly gpus: readonly GpuFigures[];
	/** Why expected figures are missing. */
	readonly figuresProblem?: string;
	/** The last 60 minutes, oldest first; undefined where nobody asked. */
	readonly history: readonly (HealthMinute | undefined)[];
}

/** Receives the result of each check. */
export type HealthListener = (server: ServerHealth) => void;

/** Dependencies of a monitor. */
export interface MonitorOptions {
	readonly servers: readonly MonitoredServer[];
	/** Interval between checks of a healthy server, ms. */
	readonly intervalMs?: number;
	readonly clock?: HealthClock;
}

interface Entry {
	readonly server: MonitoredServer;
	readonly history: HealthHistory;
	track: HealthTrack;
	last: CheckResult | undefined;
	report: ServerReport | undefined;
	/** ms since the epoch. */
	checkedAt: number | undefined;
	discoveredAt: number | undefined;
	/** The check in progress; a second request joins it. */
	running: Promise<void> | undefined;
	/** Ends the wait for the next check early. */
	rest: AbortController | undefined;
}

/**
 * Watches servers while someone holds it: a run that uses them, or a view that shows them. Sends nothing before the
 * first hold and after the last release. Every server has its own schedule and one check at a time.
 */
export class HealthMonitor {
	readonly #entries: ReadonlyMap<string, Entry>;
	readonly #clock: HealthClock;
	readonly #intervalMs: number;
	readonly #disposed = new AbortController();
	readonly #listeners = new Set<HealthListener>();
	#holds = 0;
	/** Ends the loops of the current hold. */
	#watching: AbortController | undefined;

	constructor({ servers, intervalMs = DEFAULT_INTERVAL_MS, clock = WALL_CLOCK }: MonitorOptions) {
		this.#clock = clock;
		this.#intervalMs = intervalMs;
		this.#entries = new Map(servers.map((server) => [server.id, newEntry(server, clock.now())]));
	}

	/** Watches the servers until the returned function is called. */
	hold(): () => void {
		if (this.#disposed.signal.aborted) return () => {};
		if (this.#holds++ === 0) this.#start();
		let isHeld = true;
		return () => {
			if (!isHeld) return;
			isHeld = false;
			if (--this.#holds === 0) this.#watching?.abort();
		};
	}

	/**
	 * Checks servers now, all at once, including their models. Joins a check in progress.
	 * @param ids absent: all
	 * @throws CancelledError
	 */
	async check(signal: AbortSignal, ids?: readonly string[]): Promise<void> {
		const entries = [...this.#entries.values()].filter(({ server }) => ids?.includes(server.id) ?? true);
		for (const entry of entries) entry.discoveredAt = undefined;
		const all = Promise.all(entries.map((entry) => this.#check(entry)));
		await untilAborted(all, signal);
	}

	/** Makes an extra check of a server after a failed call, unless it was just checked. */
	suspect(id: string): void {
		const entry = this.#entries.get(id);
		if (!entry || this.#holds === 0 || this.#disposed.signal.aborted) return;
		if (entry.checkedAt !== undefined && this.#clock.now() - entry.checkedAt < SUSPECT_MS) return;
		this.#check(entry).catch((error: unknown) => {
			if (!(error instanceof CancelledError)) throw error;
		});
	}

	/** Servers as last seen, in the order of the settings. */
	servers(): readonly ServerHealth[] {
		return [...this.#entries.values()].map((entry) => this.#view(entry));
	}

	/** Reports every check until the returned function is called. */
	onCheck(listener: HealthListener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Stops everything. Idempotent. */
	dispose(): void {
		this.#disposed.abort();
		this.#watching?.abort();
		this.#listeners.clear();
	}

	#start(): void {
		const watching = new AbortController();
		this.#watching = watching;
		const signal = AbortSignal.any([watching.signal, this.#disposed.signal]);
		for (const entry of this.#entries.values()) void this.#watch(entry, signal);
	}

	/** The check loop of one server. Ends with its signal. */
	async #watch(entry: Entry, signal: AbortSignal): Promise<void> {
		try {
			// Holds in quick succession do not each start a check.
			let pause = this.#untilDue(entry);
			for (;;) {
				// An extra check reschedules the next one: a server that has just begun to fail is checked again soon.
				if (await this.#pause(entry, pause, signal)) await this.#check(entry);
				pause = this.#pauseAfter(entry);
			}
		} catch (error) {
			if (!(error instanceof CancelledError)) throw error;
		}
	}

	#untilDue({ checkedAt, track }: Entry): number {
		if (checkedAt === undefined || track.failures > 0) return 0;
		return Math.min(this.#intervalMs, Math.max(0, checkedAt + this.#intervalMs - this.#clock.now()));
	}

	#pauseAfter({ track }: Entry): number {
		const { failures, health } = track;
		const soon = Math.min(DOWN_MS.last, DOWN_MS.first * 2 ** Math.max(0, failures - 1));
		const pause = failures > 0 || health.cause === 'loading' ? soon : this.#intervalMs;
		return pause * (1 + JITTER * (2 * this.#clock.random() - 1));
	}

	/**
	 * Waits. If the machine slept, known results are stale and earlier failures do not count.
	 * @returns false when a check happened in the meantime
	 */
	async #pause(entry: Entry, milliseconds: number, signal: AbortSignal): Promise<boolean> {
		if (signal.aborted) throw new CancelledError();
		if (milliseconds <= 0) return true;
		const wakeAt = this.#clock.now() + milliseconds;
		const rest = new AbortController();
		entry.rest = rest;
		try {
			await this.#clock.sleep(milliseconds, AbortSignal.any([signal, rest.signal]));
		} catch (error) {
			if (signal.aborted || !rest.signal.aborted) throw error;
			return false;
		} finally {
			entry.rest = undefined;
		}
		if (this.#clock.now() - wakeAt > SLEPT_MS) forget(entry);
		return true;
	}

	#check(entry: Entry): Promise<void> {
		entry.running ??= this.#checkOnce(entry).finally(() => {
			entry.running = undefined;
		});
		return entry.running;
	}

	async #checkOnce(entry: Entry): Promise<void> {
		const signal = this.#disposed.signal;
		if (signal.aborted) throw new CancelledError();
		const startedAt = this.#clock.now();
		const options = { isDiscovery: this.#isDiscoveryDue(entry), known: entry.report };
		let result = await checkServer(entry.server, this.#clock, options, signal);
		if (this.#clock.now() - startedAt > 2 * CHECK_MS + SLEPT_MS) {
			// The machine slept during the check, so what broke says nothing about the server.
			forget(entry);
			result = await checkServer(entry.server, this.#clock, options, signal);
		}
		this.#note(entry, result);
	}

	#note(entry: Entry, result: CheckResult): void {
		const now = this.#clock.now();
		const { msSinceByte = Number.POSITIVE_INFINITY, inFlight, tokensPerSecond } = entry.server.activity();
		entry.track = nextHealth(entry.track, result.observation, msSinceByte <= DELIVERING_MS, now);
		entry.last = result;
		entry.checkedAt = now;
		entry.rest?.abort();
		if (result.report) {
			entry.report = result.report;
			entry.discoveredAt = now;
		}
		if (result.observation.kind === 'failed') entry.discoveredAt = undefined;
		const { latencyMs, load } = result;
		// Includes the calls of others if the server reports them.
		const running = Math.max(inFlight, load?.running ?? 0);
		const speed = tokensPerSecond ?? (running > 0 ? load?.completionTokensPerSecond : undefined);
		const { state } = entry.track.health;
		entry.history.add(present({ state, inFlight: running, tokensPerSecond: speed, latencyMs }), now);
		for (const listener of this.#listeners) listener(this.#view(entry));
	}

	#isDiscoveryDue({ discoveredAt, server }: Entry): boolean {
		const every = server.isHosted ? DISCOVERY_MS.hosted : DISCOVERY_MS.local;
		return discoveredAt === undefined || this.#clock.now() - discoveredAt >= every;
	}

	#view({ server, track, last, report, checkedAt, history }: Entry): ServerHealth {
		const { latencyMs, load, gpus = [], figuresProblem } = last ?? {};
		return present({
			id: server.id,
			health: track.health,
			checkedAt,
			latencyMs,
			report,
			isNewReport: last?.report !== undefined,
			load,
			gpus,
			figuresProblem,
			history: history.minutes(this.#clock.now()),
		});
	}
}

function newEntry(server: MonitoredServer, now: number): Entry {
	return {
		server,
		history: new HealthHistory(),
		track: unknownHealth(now),
		last: undefined,
		report: undefined,
		checkedAt: undefined,
		discoveredAt: undefined,
		running: undefined,
		rest: undefined,
	};
}

function forget(entry: Entry): void {
	entry.track = { ...entry.track, failures: 0 };
	entry.discoveredAt = undefined;
}

const WALL_CLOCK: HealthClock = {
	now: Date.now,
	async sleep(milliseconds, signal) {
		try {
			await delay(milliseconds, undefined, { signal });
		} catch (error) {
			throw signal.aborted ? new CancelledError() : error;
		}
	},
	random: Math.random,
};
