import { Counter } from 'prom-client';
import type { ServerSnapshot } from '../../pool/snapshot.ts';
import { addHostMetrics } from '../../telemetry/hostMetrics.ts';
import { RunMetrics } from '../../telemetry/metrics.ts';

/** Collects the metrics of a service: runs, servers, process and requests. */
export class ServiceMetrics {
	readonly runs = new RunMetrics();
	readonly #requests = new Counter({
		registers: [this.runs.registry],
		name: 'rlm_http_requests_total',
		help: 'Answered requests; an event stream counts when it starts.',
		labelNames: ['method', 'route', 'status'],
	});
	readonly #endMeasuring: () => void;

	constructor(servers: () => readonly ServerSnapshot[]) {
		this.#endMeasuring = addHostMetrics(this.runs.registry, servers);
	}

	get contentType(): string {
		return this.runs.registry.contentType;
	}

	text(): Promise<string> {
		return this.runs.registry.metrics();
	}

	countAnswer(method: string, route: string, status: number): void {
		const known = ['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD'].includes(method) ? method : 'other';
		this.#requests.inc({ method: known, route, status });
	}

	dispose(): void {
		this.#endMeasuring();
		this.runs.registry.clear();
	}
}
