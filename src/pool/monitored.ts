import type { Provider } from '../core/model.ts';
import { hostedService } from '../models/listings.ts';
import type { MonitoredServer, ServerActivity } from './healthCheck.ts';
import { createGpuExporter, type GpuExporter } from './metrics.ts';
import { type ServerSettings, serverUrl } from './settings.ts';

/** A server of the pool, as far as watching it needs. */
export interface WatchedServer {
	readonly settings: ServerSettings;
	/** @throws ModelError when its key is missing */
	provider(): Promise<Provider>;
	activity(): ServerActivity;
}

/** A server that the monitor can ask, over the connections that its calls use as well. */
export function monitored(watched: WatchedServer): MonitoredServer & { dispose(): void } {
	const { settings } = watched;
	const url = serverUrl(settings);
	let exporter: GpuExporter | undefined;
	return {
		id: settings.id,
		url,
		isHosted: /^https?:/.test(url) && hostedService(url) !== undefined,
		wantedModels: settings.models ?? [],
		async isReady(signal) {
			const provider = await watched.provider();
			return provider.isReady ? provider.isReady(signal) : true;
		},
		probe: async (signal) => (await watched.provider()).probe(signal),
		load: async (signal) => (await watched.provider()).load?.(signal),
		async gpus(signal) {
			if (settings.metricsUrl === undefined) return [];
			exporter ??= createGpuExporter(settings.id, settings.metricsUrl);
			return exporter.read(signal);
		},
		activity: () => watched.activity(),
		dispose: () => exporter?.dispose(),
	};
}
