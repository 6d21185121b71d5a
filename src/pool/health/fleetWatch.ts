import { present } from '../../core/present.ts';
import type { ServerMonitorPort } from '../pool.ts';
import type { Clock, Health } from '../scheduler/types.ts';
import type { PooledServer } from '../server.ts';
import type { GpuFigures } from './gpu.ts';
import { HealthMonitor, type ServerHealth } from './health.ts';
import type { MonitoredServer, ServerActivity } from './healthCheck.ts';
import { createGpuExporter, type GpuExporter } from './metrics.ts';

/** Watches the servers of a pool. */
export interface FleetWatch {
	readonly monitor: HealthMonitor;
	/** Stops watching. Idempotent. */
	dispose(): void;
}

/**
 * Watches the servers of a pool over the connections that its calls use, and reports to the pool which servers take
 * calls, what is in memory, and how many calls a server handles at a time.
 * @param intervalSeconds interval between checks of a healthy server; absent: the default
 */
export function watchFleet(
	servers: readonly PooledServer[],
	pool: ServerMonitorPort,
	clock: Pick<Clock, 'now'>,
	intervalSeconds: number | undefined,
): FleetWatch {
	const exporters = new Map<string, GpuExporter>();
	const monitor = new HealthMonitor(
		present({
			servers: servers.map((server) => monitoredServer(server, pool, clock, exporters)),
			intervalMs: intervalSeconds === undefined ? undefined : intervalSeconds * 1000,
		}),
	);
	const teller = new Teller(servers, pool);
	monitor.onCheck((seen) => teller.tell(seen));
	return {
		monitor,
		dispose() {
			monitor.dispose();
			for (const exporter of exporters.values()) exporter.dispose();
		},
	};
}

function monitoredServer(
	server: PooledServer,
	pool: ServerMonitorPort,
	clock: Pick<Clock, 'now'>,
	exporters: Map<string, GpuExporter>,
): MonitoredServer {
	const { id, url, settings } = server;
	return {
		id,
		url,
		isHosted: server.isHosted,
		wantedModels: settings.models ?? [],
		async isReady(signal) {
			const provider = await server.provider();
			return provider.isReady ? provider.isReady(signal) : true;
		},
		probe: async (signal) => (await server.provider()).probe(signal),
		load: async (signal) => (await server.provider()).load?.(signal),
		gpus: (signal) => readExporter(server, exporters, signal),
		activity(): ServerActivity {
			const { inFlight, lastByteAt, completionSpeed, breaker } = pool.activity(id);
			return present({
				inFlight,
				msSinceByte: lastByteAt === undefined ? undefined : clock.now() - lastByteAt,
				tokensPerSecond: completionSpeed === undefined || inFlight === 0 ? undefined : completionSpeed * inFlight,
				isAvoided: breaker === 'open',
			});
		},
	};
}

async function readExporter(
	{ id, settings }: PooledServer,
	exporters: Map<string, GpuExporter>,
	signal: AbortSignal,
): Promise<readonly GpuFigures[]> {
	if (settings.metricsUrl === undefined) return [];
	const exporter = exporters.get(id) ?? createGpuExporter(id, settings.metricsUrl);
	exporters.set(id, exporter);
	return exporter.read(signal);
}

/** Reports changes to the pool. */
class Teller {
	readonly #servers: ReadonlyMap<string, PooledServer>;
	readonly #pool: ServerMonitorPort;
	readonly #told = new Map<string, string>();

	constructor(servers: readonly PooledServer[], pool: ServerMonitorPort) {
		this.#servers = new Map(servers.map((server) => [server.id, server]));
		this.#pool = pool;
	}

	tell(seen: ServerHealth): void {
		this.#tellHealth(seen);
		const { id, report, isNewReport } = seen;
		if (!report || !isNewReport) return;
		this.#servers.get(id)?.noteReport(report);
		if (report.places !== undefined) this.#pool.lowerLimit(id, report.places);
		const tellsResidency = report.models.some(({ isLoaded }) => isLoaded !== undefined);
		const resident = report.models.filter(({ isLoaded }) => isLoaded).map(({ name }) => name);
		if (tellsResidency && !report.isLoading) this.#pool.setResident(id, resident);
	}

	/**
	 * Reports changes only, beginning with up. A server that is up again makes the pool retry one that it had cut off.
	 */
	#tellHealth({ id, health }: ServerHealth): void {
		if (health.state === 'unknown') return;
		const state = stateForPool(health);
		const key = `${state} ${state === 'up' ? '' : health.reason}`;
		if ((this.#told.get(id) ?? 'up ') === key) return;
		this.#told.set(id, key);
		this.#pool.setHealth(id, state, state === 'up' ? undefined : health.reason);
	}
}

function stateForPool({ state, cause }: ServerHealth['health']): Health {
	if (state === 'down') return cause === 'misconfigured' ? 'misconfigured' : 'down';
	return cause === 'loading' ? 'loading' : 'up';
}
