import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';
import type { ServerSnapshot } from '../pool/snapshot.ts';

const QUANTILES = [0.5, 0.9, 0.99] as const;
/** Interval of the timer whose lateness is measured, and resolution of the histogram. ms */
const RESOLUTION_MS = 10;
const HEALTH = ['unknown', 'healthy', 'unhealthy'] as const;

/**
 * Adds figures that are read when Prometheus scrapes: the servers of a pool, and the lateness of this process.
 * @returns a function that ends the measuring
 */
export function addHostMetrics(registry: Registry, servers: () => readonly ServerSnapshot[]): () => void {
	addServers(registry, servers);
	return addProcess(registry);
}

function addServers(registry: Registry, servers: () => readonly ServerSnapshot[]): void {
	const gauge = (name: string, help: string, measure: (server: ServerSnapshot) => number) =>
		new Gauge({
			name,
			help,
			labelNames: ['server'],
			registers: [registry],
			collect() {
				for (const server of servers()) this.set({ server: server.id }, measure(server));
			},
		});
	gauge('rlm_server_in_flight', 'Calls that a server is answering.', ({ inFlight }) => inFlight);
	gauge('rlm_server_queue', 'Calls that wait for a server.', ({ waiting }) => waiting);
	gauge('rlm_server_concurrency_limit', 'Calls that a server gets at a time.', ({ maxConcurrent }) => maxConcurrent);
	new Gauge({
		name: 'rlm_server_state',
		help: '1 for the state that a server is in, 0 for the others.',
		labelNames: ['server', 'kind', 'state'],
		registers: [registry],
		collect() {
			this.reset();
			for (const { id, kind, health } of servers()) {
				for (const state of HEALTH) this.set({ server: id, kind, state }, state === health ? 1 : 0);
			}
		},
	});
}

function addProcess(registry: Registry): () => void {
	const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	delay.enable();
	new Gauge({
		name: 'rlm_event_loop_delay_seconds',
		help: 'How late timers of this process fire, since the last time of asking.',
		labelNames: ['quantile'],
		registers: [registry],
		collect() {
			for (const quantile of QUANTILES) {
				const lateNs = delay.percentile(quantile * 100) - RESOLUTION_MS * 1e6;
				this.set({ quantile }, Math.max(0, lateNs) / 1e9);
			}
			delay.reset();
		},
	});
	new Gauge({
		name: 'process_resident_memory_bytes',
		help: 'Resident memory of this process.',
		registers: [registry],
		collect() {
			this.set(process.memoryUsage.rss());
		},
	});
	return () => delay.disable();
}
