import { modelError } from '../../models/http/classify.ts';
import { errorOfPage, getPage } from '../../models/http/page.ts';
import type { Timeouts } from '../../models/http/phaseTimer.ts';
import { parsePrometheus } from '../../models/http/prometheus.ts';
import { Transport } from '../../models/http/transport.ts';
import { type GpuFigures, readGpus } from './gpu.ts';

const TIMEOUTS: Timeouts = { connectMs: 3_000, firstByteMs: 3_000, idleMs: 3_000 };
/** Upper bound of the metrics of one machine's exporter. */
const MAX_BYTES = 1024 * 1024;

/** An exporter of GPU figures that runs beside a server. */
export interface GpuExporter {
	/** @throws ModelError when it does not answer or reports no GPU, CancelledError */
	read(signal: AbortSignal): Promise<readonly GpuFigures[]>;
	dispose(): void;
}

/** @param serverId for messages. The server's key is not sent, because the exporter is another program. */
export function createGpuExporter(serverId: string, url: string): GpuExporter {
	const site = { server: serverId, url, secrets: [] };
	const transport = new Transport({ site, headers: {}, timeouts: TIMEOUTS });
	return {
		async read(signal) {
			const page = await getPage(transport, url, signal, { timeouts: TIMEOUTS, maxBytes: MAX_BYTES });
			const error = errorOfPage(site, page);
			if (error) throw error;
			const gpus = readGpus(parsePrometheus(page.text));
			if (gpus.length > 0) return gpus;
			throw modelError(site, 'these metrics have no GPU figures.', {
				category: 'server',
				hint: 'metricsUrl is the address of dcgm-exporter (:9400/metrics) or nvidia_gpu_exporter (:9835/metrics).',
			});
		},
		dispose: () => transport.dispose(),
	};
}
