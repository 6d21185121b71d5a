import { type FailureCategory, ModelError } from '../../src/core/errors.ts';
import type { ServerReport } from '../../src/core/ports/model.ts';
import { HealthMonitor, type MonitorOptions } from '../../src/pool/health/health.ts';
import type { MonitoredServer, ServerActivity } from '../../src/pool/health/healthCheck.ts';
import { cleanUpAfterEach } from './cleanUps.ts';
import { SteppedClock } from './steppedClock.ts';

/** ms */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
/** What a server says of itself when nothing is wrong. */
export const REPORT: ServerReport = { kind: 'vllm', models: [{ name: 'a', isLoaded: true }] };
/** Run after each test of the file that imports this. */
export const cleanUps = cleanUpAfterEach();

/** A server whose answers a test sets. */
export class FakeServer implements MonitoredServer {
	readonly id: string;
	readonly url = 'http://gpu:8000';
	isHosted = false;
	wantedModels: readonly string[] = [];
	/** What the sign of life gives. */
	answer: 'ready' | 'loading' | 'never' | FailureCategory = 'ready';
	report: ServerReport | FailureCategory = REPORT;
	doing: ServerActivity = { inFlight: 0 };
	running = 0;
	mostRunning = 0;
	readonly asked: number[] = [];
	readonly probed: number[] = [];
	readonly #clock: SteppedClock;

	constructor(clock: SteppedClock, id = 'gpu') {
		this.#clock = clock;
		this.id = id;
	}

	async isReady(signal: AbortSignal): Promise<boolean> {
		this.asked.push(this.#clock.now());
		this.mostRunning = Math.max(this.mostRunning, ++this.running);
		try {
			if (this.answer === 'never') await this.#clock.sleep(Number.MAX_SAFE_INTEGER, signal);
			if (this.answer === 'ready' || this.answer === 'loading') return this.answer === 'ready';
			throw new ModelError('failed', { category: this.answer as FailureCategory, detail: 'it failed.' });
		} finally {
			this.running--;
		}
	}

	async probe(): Promise<ServerReport> {
		this.probed.push(this.#clock.now());
		if (typeof this.report === 'string') throw new ModelError('no list', { category: this.report });
		return this.report;
	}

	async load() {
		return undefined;
	}

	async gpus() {
		return [];
	}

	activity(): ServerActivity {
		return this.doing;
	}
}

/** A monitor of one server, on a clock that the test moves. */
export function watchServer(options: Partial<MonitorOptions> & { random?: () => number } = {}) {
	const clock = new SteppedClock(undefined, options.random);
	const server = new FakeServer(clock);
	const monitor = new HealthMonitor({ servers: [server], clock, ...options });
	cleanUps.push(() => monitor.dispose());
	const health = () => monitor.servers()[0]?.health;
	return { clock, server, monitor, health };
}

/** Times between entries, in seconds. */
export function gaps(times: readonly number[]): number[] {
	return times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / SECOND);
}
