import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { processScript, vaultFolder, workerScript } from '../assets.ts';
import { present } from '../core/present.ts';
import { printable, printableJson } from '../core/printable.ts';
import { useProxies } from '../models/http/proxies.ts';
import { type FleetServer, fleetOf } from '../pool/fleet.ts';
import type { GpuFigures, GpuMemory } from '../pool/health/gpu.ts';
import type { HealthMinute } from '../pool/health/healthHistory.ts';
import type { HealthCause, HealthState } from '../pool/health/healthState.ts';
import { createPool, type Pool } from '../pool/pool.ts';
import { dayOf } from '../pool/usage/day.ts';
import type { Ledger } from '../pool/usage/ledger.ts';
import type { ServerUsage } from '../pool/usage/usage.ts';
import { describeIsolation, type IsolationReport } from '../sandbox/host/isolationReport.ts';
import { isolationOf } from '../sandboxChoice.ts';
import type { Settings } from '../settings/settings.ts';
import { announce, type ConfigOptions, loadConfiguration } from './config.ts';
import { renderFleet } from './fleetTable.ts';
import { printDrawing } from './output.ts';
import { canRedraw } from './progress.ts';
import { EXIT } from './report.ts';
import { userLedger } from './usage.ts';

/** Options of `rlm servers`. */
export interface ServersOptions extends Pick<ConfigOptions, 'config' | 'trustConfig'> {
	readonly json?: boolean;
	readonly watch?: boolean;
	/** Address of a server to test; it need not be configured. */
	readonly probe?: string;
}

/** Default interval between two checks of a watched server. Seconds. */
const WATCH_SECONDS = 5;
/** Interval between two drawings; ages grow without new checks. ms */
const REDRAW_MS = 1_000;
/** Interval between two lines of `--watch --json`. ms */
const JSON_MS = 5_000;

/**
 * Checks every server and prints a table, and below it the walls of the sandbox; once, or until the user ends it. With
 * `probe` it tests one address instead.
 * @returns the exit code: 0 when at least one server takes calls, else 4
 * @throws InputError, ConfigError, CancelledError
 */
export async function servers(options: ServersOptions, signal: AbortSignal): Promise<number> {
	if (options.probe !== undefined) {
		useProxies(process.env);
		return (await import('./probe.ts')).probe(options.probe, options, signal);
	}
	const configuration = await loadConfiguration(options, signal);
	const { settings, apiKey } = configuration;
	announce(configuration, false);
	const health = options.watch ? { intervalSeconds: WATCH_SECONDS, ...settings.health } : settings.health;
	const pool = createPool(present({ ...settings, apiKey, health }));
	try {
		const view = new FleetView(pool, settings, userLedger());
		const choice = { settings, vaultFolder, workerScript, processScript };
		const [sandbox] = await Promise.all([isolationOf(choice, signal), pool.health.check(signal)]);
		if (options.watch) return await watch(view, pool, sandbox, options, signal);
		const fleet = await view.read();
		printDrawing(draw(fleet, sandbox, options));
		return fleet.some(takesCalls) ? EXIT.answered : EXIT.noServer;
	} finally {
		await pool.dispose();
	}
}

/** Refreshes the table until the user ends it, which is not a failure. The servers have been checked once already. */
async function watch(
	view: FleetView,
	pool: Pool,
	sandbox: IsolationReport,
	options: ServersOptions,
	signal: AbortSignal,
): Promise<number> {
	const drawOver = canRedraw(process.stdout) && !options.json ? createLogUpdate(process.stdout) : undefined;
	const show = drawOver ?? printDrawing;
	const release = pool.health.hold();
	try {
		while (!signal.aborted) {
			show(draw(await view.read(), sandbox, options));
			await sleep(drawOver ? REDRAW_MS : JSON_MS, undefined, { signal });
		}
	} catch (error) {
		if (!signal.aborted) throw error;
	} finally {
		release();
		drawOver?.done();
	}
	return EXIT.answered;
}

/** Joins what the pool and the ledger know about each server. */
class FleetView {
	readonly #pool: Pool;
	readonly #settings: Settings;
	readonly #ledger: Ledger;

	constructor(pool: Pool, settings: Settings, ledger: Ledger) {
		this.#pool = pool;
		this.#settings = settings;
		this.#ledger = ledger;
	}

	async read(): Promise<readonly FleetServer[]> {
		const [today] = await this.#ledger.read([dayOf(Date.now())]);
		const { health } = this.#pool;
		return fleetOf(this.#settings.servers, health.servers(), this.#pool.servers(), today?.servers ?? []);
	}
}

function takesCalls({ health }: FleetServer): boolean {
	return health.state !== 'down' && health.state !== 'unknown';
}

function draw(fleet: readonly FleetServer[], sandbox: IsolationReport, { json }: ServersOptions): string {
	if (json) return printableJson({ servers: fleet.map(rowOf), sandbox });
	const { columns = 160 } = process.stdout;
	const color = process.stdout.isTTY && process.stdout.hasColors();
	const table = renderFleet(fleet, { width: columns - 1, color, now: Date.now() });
	return `${table}\n\nsandbox  ${printable(describeIsolation(sandbox))}`;
}

/** A server as `--json` prints it. */
export interface ServerRow {
	readonly id: string;
	readonly kind: string;
	readonly url: string;
	readonly state: HealthState;
	readonly cause?: HealthCause;
	readonly reason?: string;
	readonly hint?: string;
	/** ms since the epoch. */
	readonly since: number;
	readonly software?: string;
	readonly models: readonly string[];
	/** Largest known served context window. Tokens. */
	readonly windowTokens?: number;
	/** Models in the server's memory. */
	readonly loaded: readonly string[];
	/** Duration of the check. ms */
	readonly latencyMs?: number;
	readonly calls: FleetServer['calls'];
	readonly load?: FleetServer['load'];
	readonly gpus: readonly GpuFigures[];
	readonly memory?: GpuMemory;
	readonly figuresProblem?: string;
	/** 60 minutes, oldest first; null for minutes without a check. */
	readonly history: readonly (HealthMinute | null)[];
	readonly today?: ServerUsage;
}

/** Describes a server for other programs. */
export function rowOf(server: FleetServer): ServerRow {
	const { health, models, roles: _, checkedAt: __, history, latencyMs, ...same } = server;
	return present({
		...same,
		...health,
		latencyMs: latencyMs === undefined ? undefined : Math.round(latencyMs),
		models: models.map(({ name }) => name),
		loaded: models.filter(({ isLoaded }) => isLoaded).map(({ name }) => name),
		history: history.map((minute) => minute ?? null),
	});
}
