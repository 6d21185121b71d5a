// Loaded into every process of the VS Code server; acts in the extension host alone, where the extension runs. Measures how
// late the event loop is, and writes the figures since its last start to a file. SIGUSR2 starts anew.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;
const report = process.env.RLM_LOOP_REPORT;
const isExtensionHost = process.argv.some((argument) => argument.includes('extensionHost'));

if (report && isExtensionHost) {
	const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	delay.enable();
	writeFileSync(`${report}.pid`, String(process.pid));
	process.on('SIGUSR2', () => delay.reset());
	const toMs = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
	setInterval(() => {
		const { rss, heapUsed } = process.memoryUsage();
		const figures = { p50: toMs(delay.percentile(50)), p99: toMs(delay.percentile(99)), max: toMs(delay.max) };
		writeFileSync(report, JSON.stringify({ ...figures, rssMb: rss / 2 ** 20, heapMb: heapUsed / 2 ** 20 }));
	}, 500).unref();
}
