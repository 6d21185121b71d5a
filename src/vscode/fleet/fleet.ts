import { type Disposable, EventEmitter, l10n, workspace } from 'vscode';
import { aborted } from '../../core/abort.ts';
import { explain } from '../../core/errors.ts';
import type { Engine } from '../../engine.ts';
import type { FleetServer } from '../../pool/fleet.ts';
import type { HealthMonitor } from '../../pool/health/health.ts';
import type { ServerUsage } from '../../pool/usage/usage.ts';
import type { IsolationReport } from '../../sandbox/host/isolationReport.ts';
import type { EngineHost, OpenEngine } from '../engineHost.ts';
import type { Log } from '../log.ts';
import type { Runs } from '../runs/runs.ts';

/** Interval at which call counts are read while something runs or is shown. Reading them sends no request. ms */
const TICK_MS = 1_000;
/** How long the last check of the servers counts as fresh. ms */
const FRESH_MS = 5 * 60_000;
/** Time limit of a check, longer than all its own deadlines together. ms */
const CHECK_MS = 30_000;

/** The parts of the extension that the fleet needs. */
export interface FleetHost {
	readonly engines: EngineHost;
	readonly runs: Runs;
	readonly log: Log;
}

type FleetOf = typeof import('../../pool/fleet.ts').fleetOf;

/** An engine in use and what its servers told. */
interface Known extends OpenEngine {
	/** The setting `rlm.servers` that it was made from, as it was written. */
	readonly written: string;
	readonly fleetOf: FleetOf;
}

/**
 * The servers of this window as views show them. It asks no server by itself: it listens to the engine that the
 * runs use, and watches the servers only while a view holds it.
 */
export class Fleet implements Disposable {
	readonly #host: FleetHost;
	readonly #onDidChange = new EventEmitter<void>();
	readonly #subscriptions: Disposable[];
	#holds = 0;
	/** Ends the current watch. */
	#watching: AbortController | undefined;
	#stopListening = () => {};
	#known: Known | undefined;
	#timer: NodeJS.Timeout | undefined;
	#today: readonly ServerUsage[] = [];
	#problem: string | undefined;
	/** The measured isolation, and the engine that it belongs to. */
	#isolation: { readonly engine: Engine; readonly report: IsolationReport } | undefined;

	constructor(host: FleetHost) {
		this.#host = host;
		this.#subscriptions = [
			host.engines.onDidOpen((opened) => void this.#listen(opened)),
			host.runs.onDidStart(() => this.#tick()),
			host.runs.onDidEnd(() => void this.#afterRun()),
			workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('rlm') && this.#restart()),
			this.#onDidChange,
		];
	}

	/** Fires when something about the servers may have changed. */
	readonly onDidChange = this.#onDidChange.event;

	/** Number of servers in the settings. */
	get configuredCount(): number {
		return writtenServers().length;
	}

	/** States of the servers; empty before their first use. */
	get servers(): readonly FleetServer[] {
		const known = this.#current();
		if (!known) return [];
		const { pool } = known.engine;
		return known.fleetOf(known.settings.servers, pool.health.servers(), pool.servers(), this.#today);
	}

	/** How well the sandbox isolates model-written code; undefined before it was measured. */
	get isolation(): IsolationReport | undefined {
		return this.#isolation?.engine === this.#current()?.engine ? this.#isolation?.report : undefined;
	}

	/** Whether the servers are being watched, so that everything shown is current. */
	get isWatched(): boolean {
		return this.#holds > 0 || this.#host.runs.underWay().length > 0;
	}

	/** Whether the states of the servers are current or only a little older. */
	get isFresh(): boolean {
		const checkedAt = Math.max(...this.servers.map((server) => server.checkedAt ?? 0));
		return this.isWatched || Date.now() - checkedAt < FRESH_MS;
	}

	/** Why the servers cannot be watched, if they cannot. */
	get problem(): string | undefined {
		return this.#problem;
	}

	/** Watches the servers until the result is disposed of. */
	hold(): Disposable {
		if (this.#holds++ === 0) void this.#watch();
		let isHeld = true;
		return {
			dispose: () => {
				if (!isHeld) return;
				isHeld = false;
				if (--this.#holds === 0) this.#watching?.abort();
			},
		};
	}

	/** Asks servers now. @param ids absent: all @throws ConfigError, CancelledError after half a minute */
	async check(ids?: readonly string[]): Promise<void> {
		await this.#withEngine(({ pool }) => pool.health.check(AbortSignal.timeout(CHECK_MS), ids));
	}

	/** Forgets the failures of servers, uses them again and asks them now. @param ids absent: all */
	async retryNow(ids?: readonly string[]): Promise<void> {
		await this.#withEngine(async ({ pool }) => {
			for (const { id } of pool.servers()) if (ids?.includes(id) ?? true) pool.retryNow(id);
			this.#onDidChange.fire();
			await pool.health.check(AbortSignal.timeout(CHECK_MS), ids);
		});
	}

	/** Gives a server no new calls until `retryNow`; calls under way go on. */
	async drain(id: string): Promise<void> {
		await this.#withEngine(({ pool }) => pool.drain(id));
	}

	/** Measures the isolation of a sandbox, once for each engine. @throws ConfigError, CancelledError */
	async measureIsolation(): Promise<IsolationReport | undefined> {
		let measured: IsolationReport | undefined;
		await this.#withEngine(async (engine) => {
			const known = this.#isolation?.engine === engine ? this.#isolation.report : undefined;
			measured = known ?? (await engine.isolation(AbortSignal.timeout(CHECK_MS)));
			this.#isolation = { engine, report: measured };
		});
		return measured;
	}

	dispose(): void {
		this.#watching?.abort();
		clearTimeout(this.#timer);
		this.#stopListening();
		for (const subscription of this.#subscriptions) subscription.dispose();
	}

	/** The newest engine, unless the settings name other servers by now. */
	#current(): Known | undefined {
		return this.#known?.written === JSON.stringify(writtenServers()) ? this.#known : undefined;
	}

	async #withEngine(work: (engine: Engine) => unknown): Promise<void> {
		const { readSettings } = await import('../settings.ts');
		const configured = readSettings();
		// Without servers in the settings, show those that a run has found.
		const settings = configured.servers.length > 0 ? configured : this.#current()?.settings;
		if (!settings) return;
		await this.#host.engines.use(settings, work);
		this.#onDidChange.fire();
	}

	async #listen(opened: OpenEngine): Promise<void> {
		const { fleetOf } = await import('../../pool/fleet.ts');
		if (this.#host.engines.opened !== opened) return;
		this.#stopListening();
		this.#stopListening = opened.engine.pool.health.onCheck(() => this.#onDidChange.fire());
		this.#known = { ...opened, written: JSON.stringify(writtenServers()), fleetOf };
		this.#onDidChange.fire();
	}

	async #watch(): Promise<void> {
		const watching = new AbortController();
		this.#watching = watching;
		this.#problem = undefined;
		this.#tick();
		void this.#readToday();
		try {
			await this.#withEngine(({ pool }) => heldUntil(pool.health, watching.signal));
		} catch (error) {
			this.#host.log.error(l10n.t('The servers could not be watched'), error);
			this.#problem = explain(error).message;
			this.#onDidChange.fire();
		}
	}

	#restart(): void {
		this.#watching?.abort();
		if (this.#holds > 0) void this.#watch();
		this.#onDidChange.fire();
	}

	/** Reads call counts at intervals, because calls fire no event. */
	#tick(): void {
		clearTimeout(this.#timer);
		this.#onDidChange.fire();
		const next = this.isWatched ? () => this.#tick() : () => this.#onDidChange.fire();
		this.#timer = setTimeout(next, this.isWatched ? TICK_MS : FRESH_MS);
	}

	/** Measures the isolation while interpreters are warm, when one more starts quickly. */
	async #afterRun(): Promise<void> {
		await this.#readToday();
		try {
			await this.measureIsolation();
		} catch (error) {
			this.#host.log.error(l10n.t('The sandbox could not be measured'), error);
		}
	}

	async #readToday(): Promise<void> {
		try {
			const [{ createLedger }, { usageFolder }, { dayOf }] = await Promise.all([
				import('../../pool/usage/ledger.ts'),
				import('../../settings/dataFolder.ts'),
				import('../../pool/usage/day.ts'),
			]);
			const ledger = createLedger(usageFolder(process.env), () => {});
			const [today] = await ledger.read([dayOf(Date.now())]);
			this.#today = today?.servers ?? [];
			this.#onDidChange.fire();
		} catch (error) {
			this.#host.log.error(l10n.t("Today's usage could not be read"), error);
		}
	}
}

/** Reads the setting as it is written, without loading what validates it. */
function writtenServers(): readonly unknown[] {
	const servers = workspace.getConfiguration('rlm').get<unknown>('servers');
	return Array.isArray(servers) ? servers : [];
}

async function heldUntil(health: HealthMonitor, signal: AbortSignal): Promise<void> {
	const release = health.hold();
	try {
		await aborted(signal);
	} finally {
		release();
	}
}
