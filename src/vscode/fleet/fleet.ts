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

/** Between two looks at the counts of calls while something runs or is shown. They cost no request. ms */
const TICK_MS = 1_000;
/** For so long after the last check it is claimed that the servers are as they were. ms */
const FRESH_MS = 5 * 60_000;
/** A check asks for everything once; this is longer than all its own deadlines together. ms */
const CHECK_MS = 30_000;

/** What the fleet needs from the extension. */
export interface FleetHost {
	readonly engines: EngineHost;
	readonly runs: Runs;
	readonly log: Log;
}

type FleetOf = typeof import('../../pool/fleet.ts').fleetOf;

/** What is known of an engine that is in use. */
interface Known extends OpenEngine {
	/** The setting at that time, as it was written. */
	readonly written: string;
	readonly fleetOf: FleetOf;
}

/**
 * The servers of this window as views show them. By itself it asks nobody anything: it listens to the engine that the
 * runs use, and has the servers watched only while a view holds it.
 */
export class Fleet implements Disposable {
	readonly #host: FleetHost;
	readonly #onDidChange = new EventEmitter<void>();
	readonly #subscriptions: Disposable[];
	#holds = 0;
	/** Ends the watch of the present hold. */
	#watching: AbortController | undefined;
	#stopListening = () => {};
	#known: Known | undefined;
	#timer: NodeJS.Timeout | undefined;
	#today: readonly ServerUsage[] = [];
	#problem: string | undefined;
	/** What was measured, and the engine whose sandboxes it is about. */
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

	/** Something about the servers may look different now. */
	readonly onDidChange = this.#onDidChange.event;

	/** How many servers the settings name. */
	get configuredCount(): number {
		return writtenServers().length;
	}

	/** What is known of the servers; empty before they were first used or held. */
	get servers(): readonly FleetServer[] {
		const known = this.#current();
		if (!known) return [];
		const { pool } = known.engine;
		return known.fleetOf(known.settings.servers, pool.health.servers(), pool.servers(), this.#today);
	}

	/** How far model-written code is kept away from this machine; undefined before it was measured. */
	get isolation(): IsolationReport | undefined {
		return this.#isolation?.engine === this.#current()?.engine ? this.#isolation?.report : undefined;
	}

	/** Whether the servers are looked at all the time, so that what is shown is of this moment. */
	get isWatched(): boolean {
		return this.#holds > 0 || this.#host.runs.underWay().length > 0;
	}

	/** Whether what is known of the servers is of this moment, or not much older. */
	get isFresh(): boolean {
		const checkedAt = Math.max(...this.servers.map((server) => server.checkedAt ?? 0));
		return this.isWatched || Date.now() - checkedAt < FRESH_MS;
	}

	/** Why the servers cannot be watched; undefined when they can. */
	get problem(): string | undefined {
		return this.#problem;
	}

	/** Has the servers watched until it is disposed of. */
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

	/** Forgets what is held against servers, uses them again and asks them now. @param ids absent: all */
	async retryNow(ids?: readonly string[]): Promise<void> {
		await this.#withEngine(async ({ pool }) => {
			for (const { id } of pool.servers()) if (ids?.includes(id) ?? true) pool.retryNow(id);
			this.#onDidChange.fire();
			await pool.health.check(AbortSignal.timeout(CHECK_MS), ids);
		});
	}

	/** Gives a server no further calls until `retryNow`; those under way go on. */
	async drain(id: string): Promise<void> {
		await this.#withEngine(({ pool }) => pool.drain(id));
	}

	/** Measures the sandbox, which starts one; once for each engine. @throws ConfigError, CancelledError */
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

	/** The newest engine, unless the servers of the settings are others by now. */
	#current(): Known | undefined {
		return this.#known?.written === JSON.stringify(writtenServers()) ? this.#known : undefined;
	}

	async #withEngine(work: (engine: Engine) => unknown): Promise<void> {
		const { readSettings } = await import('../settings.ts');
		const configured = readSettings();
		// Without servers in the settings, those that a run has found.
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

	/** Calls come and go without an event of their own. */
	#tick(): void {
		clearTimeout(this.#timer);
		this.#onDidChange.fire();
		const next = this.isWatched ? () => this.#tick() : () => this.#onDidChange.fire();
		this.#timer = setTimeout(next, this.isWatched ? TICK_MS : FRESH_MS);
	}

	/** By now interpreters are warm, so that one more is quick. */
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
			this.#host.log.error(l10n.t('The usage of today could not be read'), error);
		}
	}
}

/** The setting as it is written, not validated: reading it loads nothing. */
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
