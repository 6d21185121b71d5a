import { describe, expect, test } from 'vitest';
import { type FailureCategory, ModelError } from '../../../src/core/errors.ts';
import type { ServerReport } from '../../../src/core/ports/model.ts';
import { HealthMonitor, type MonitorOptions } from '../../../src/pool/health/health.ts';
import type { MonitoredServer, ServerActivity } from '../../../src/pool/health/healthCheck.ts';
import { cleanUpAfterEach } from '../../support/cleanUps.ts';
import { SteppedClock } from '../../support/steppedClock.ts';

const NEVER = new AbortController().signal;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const REPORT: ServerReport = { kind: 'vllm', models: [{ name: 'a', isLoaded: true }] };
const cleanUps = cleanUpAfterEach();

/** A server whose answers a test sets. */
class FakeServer implements MonitoredServer {
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

function watch(options: Partial<MonitorOptions> & { random?: () => number } = {}) {
	const clock = new SteppedClock(undefined, options.random);
	const server = new FakeServer(clock);
	const monitor = new HealthMonitor({ servers: [server], clock, ...options });
	cleanUps.push(() => monitor.dispose());
	const health = () => monitor.servers()[0]?.health;
	return { clock, server, monitor, health };
}

/** Times between entries, in seconds. */
function gaps(times: readonly number[]): number[] {
	return times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / SECOND);
}

describe('the health monitor', () => {
	test('asks nobody before it is held and nobody after it is let go', async () => {
		const { clock, server, monitor, health } = watch();
		await clock.advance(10 * MINUTE);
		expect(server.asked).toEqual([]);
		expect(health()).toMatchObject({ state: 'unknown' });
		const first = monitor.hold();
		const second = monitor.hold();
		await clock.advance(0);
		expect(server.asked).toHaveLength(1);
		first();
		first();
		await clock.advance(45 * SECOND);
		expect(server.asked).toHaveLength(2);
		second();
		await clock.advance(10 * MINUTE);
		expect(server.asked).toHaveLength(2);
		expect(clock.sleeping).toBe(0);
	});

	test('a hold soon after another does not ask again', async () => {
		const { clock, server, monitor } = watch();
		for (let call = 0; call < 5; call++) {
			const release = monitor.hold();
			await clock.advance(SECOND);
			release();
		}
		expect(server.asked).toHaveLength(1);
		cleanUps.push(monitor.hold());
		await clock.advance(30 * SECOND);
		expect(server.asked).toHaveLength(2);
	});

	test('asks every 30 seconds, a fifth more or less, and looks at the models every minute', async () => {
		for (const [random, gap] of [
			[0, 24],
			[0.5, 30],
			[1, 36],
		] as const) {
			const { clock, server, monitor } = watch({ random: () => random });
			cleanUps.push(monitor.hold());
			await clock.advance(2 * MINUTE);
			expect(new Set(gaps(server.asked))).toEqual(new Set([gap]));
		}
		const { clock, server, monitor } = watch();
		cleanUps.push(monitor.hold());
		await clock.advance(5 * MINUTE);
		expect(gaps(server.probed)).toEqual([60, 60, 60, 60, 60]);
	});

	test('the interval is a setting, and hosted services are asked for their long lists every ten minutes', async () => {
		const { clock, server, monitor } = watch({ intervalMs: 10 * SECOND });
		server.isHosted = true;
		cleanUps.push(monitor.hold());
		await clock.advance(MINUTE);
		expect(gaps(server.asked)).toEqual([10, 10, 10, 10, 10, 10]);
		await clock.advance(9 * MINUTE);
		expect(gaps(server.probed)).toEqual([600]);
	});

	test('two failures take a server down, one success brings it up', async () => {
		const { clock, server, monitor, health } = watch();
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		expect(health()).toMatchObject({ state: 'up' });
		const upSince = health()?.since ?? 0;
		server.answer = 'server';
		await clock.advance(30 * SECOND);
		expect(health()).toMatchObject({ state: 'degraded', cause: 'check-failed', reason: 'it failed.' });
		await clock.advance(5 * SECOND);
		expect(health()).toMatchObject({ state: 'down', cause: 'failing', since: upSince + 35 * SECOND });
		server.answer = 'ready';
		await clock.advance(10 * SECOND);
		expect(health()).toMatchObject({ state: 'up', since: upSince + 45 * SECOND });
		expect(health()?.reason).toBeUndefined();
	});

	test('a server that flaps at every other check never goes down', async () => {
		const { clock, server, monitor } = watch();
		const seen = new Set<string>();
		monitor.onCheck(({ health }) => seen.add(health.state));
		cleanUps.push(monitor.hold());
		for (let minute = 0; minute < 10; minute++) {
			server.answer = 'ready';
			await clock.advance(30 * SECOND);
			server.answer = 'timeout';
			await clock.advance(5 * SECOND);
		}
		expect(seen).toEqual(new Set(['up', 'degraded']));
	});

	test('a server that was never up is down at its first failure, and is asked less and less often', async () => {
		const { clock, server, monitor, health } = watch();
		server.answer = 'connect';
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		expect(health()).toMatchObject({ state: 'down', cause: 'unreachable' });
		await clock.advance(5 * MINUTE);
		expect(gaps(server.asked).slice(0, 6)).toEqual([5, 10, 20, 40, 60, 60]);
	});

	test('a failed call triggers a check, but not at every failure, and not when nobody holds it', async () => {
		const { clock, server, monitor, health } = watch();
		monitor.suspect('gpu');
		await clock.advance(0);
		expect(server.asked).toHaveLength(0);
		cleanUps.push(monitor.hold());
		await clock.advance(6 * SECOND);
		server.answer = 'connect';
		for (let failure = 0; failure < 10; failure++) monitor.suspect('gpu');
		await clock.advance(0);
		expect(server.asked).toHaveLength(2);
		expect(health()).toMatchObject({ state: 'degraded', cause: 'check-failed' });
		await clock.advance(5 * SECOND);
		monitor.suspect('gpu');
		await clock.advance(0);
		expect(health()).toMatchObject({ state: 'down' });
		monitor.suspect('unknown server');
	});

	test('the result of an extra check sets the time of the next one', async () => {
		const { clock, server, monitor, health } = watch({ random: () => 0.5 });
		monitor.hold();
		await clock.advance(10 * SECOND);
		server.answer = 'connect';
		await monitor.check(NEVER);
		expect(health()).toMatchObject({ state: 'degraded' });
		await clock.advance(5 * SECOND);
		expect(gaps(server.asked)).toEqual([10, 5]);
		expect(health()).toMatchObject({ state: 'down' });
	});

	test('waiting does not help a refused key', async () => {
		const { clock, server, monitor, health } = watch();
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		server.answer = 'auth';
		await clock.advance(30 * SECOND);
		expect(health()).toMatchObject({ state: 'down', cause: 'misconfigured' });
		server.answer = 'ready';
		server.report = 'auth';
		await clock.advance(5 * SECOND);
		expect(health()).toMatchObject({ state: 'down', cause: 'misconfigured' });
	});

	test('a server that delivers is alive whatever the check says', async () => {
		const { clock, server, monitor, health } = watch();
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		server.answer = 'never';
		server.doing = { inFlight: 24, msSinceByte: 30_000 };
		await clock.advance(10 * MINUTE);
		expect(health()).toMatchObject({ state: 'busy', cause: 'silent' });
		server.doing = { inFlight: 24, msSinceByte: 30_001 };
		await clock.advance(2 * MINUTE);
		expect(health()).toMatchObject({ state: 'down', cause: 'unreachable', reason: 'no answer to a check after 5 s.' });
	});

	test('a server that delivers and refuses the key is down: the next call will be refused too', async () => {
		const { clock, server, monitor, health } = watch();
		monitor.hold();
		await clock.advance(SECOND);
		server.doing = { inFlight: 1, msSinceByte: 100 };
		server.report = 'auth';
		await monitor.check(NEVER);
		expect(health()).toMatchObject({ state: 'down', cause: 'misconfigured' });
	});

	test('a check ends after five seconds, and never runs twice at once', async () => {
		const { clock, server, monitor } = watch({ intervalMs: SECOND });
		server.answer = 'never';
		server.doing = { inFlight: 1, msSinceByte: 0 };
		cleanUps.push(monitor.hold());
		const asked = monitor.check(NEVER);
		await clock.advance(4 * SECOND);
		expect(server.asked).toHaveLength(1);
		void monitor.check(NEVER);
		await clock.advance(SECOND);
		await asked;
		await clock.advance(MINUTE);
		expect(server.mostRunning).toBe(1);
		expect(new Set(gaps(server.asked))).toEqual(new Set([6]));
	});

	test('seven dead servers are asked at the same time, not one after the other', async () => {
		const clock = new SteppedClock();
		const servers = Array.from({ length: 7 }, (_, index) => new FakeServer(clock, `gpu-${index}`));
		for (const server of servers) server.answer = 'never';
		const monitor = new HealthMonitor({ servers, clock });
		cleanUps.push(() => monitor.dispose());
		const done = monitor.check(NEVER);
		await clock.advance(5 * SECOND);
		await done;
		expect(monitor.servers().map(({ health }) => health.state)).toEqual(Array(7).fill('down'));
	});

	test('loading is busy, and is looked at again soon', async () => {
		const { clock, server, monitor, health } = watch();
		server.answer = 'loading';
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		expect(health()).toMatchObject({ state: 'busy', cause: 'loading' });
		server.answer = 'ready';
		server.report = { ...REPORT, isLoading: true };
		await clock.advance(5 * SECOND);
		expect(health()).toMatchObject({ state: 'busy', cause: 'loading' });
		server.report = REPORT;
		await clock.advance(MINUTE);
		expect(health()).toMatchObject({ state: 'up' });
	});

	test('missing models and failing calls degrade a server', async () => {
		const { clock, server, monitor, health } = watch();
		server.wantedModels = ['a', 'b'];
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		expect(health()).toMatchObject({ state: 'degraded', cause: 'models', reason: 'It does not have "b".' });
		server.wantedModels = [];
		server.report = { ...REPORT, models: [] };
		await clock.advance(90 * SECOND);
		expect(health()).toMatchObject({ state: 'degraded', cause: 'models', reason: 'It lists no models.' });
		server.report = REPORT;
		server.doing = { inFlight: 0, isAvoided: true };
		await clock.advance(30 * SECOND);
		expect(health()).toMatchObject({ state: 'degraded', cause: 'calls-fail' });
		server.doing = { inFlight: 0 };
		server.report = 'server';
		await clock.advance(MINUTE);
		expect(health()).toMatchObject({ state: 'degraded', cause: 'models' });
	});

	test('after the machine slept it asks immediately, and one failure does not count', async () => {
		const { clock, server, monitor, health } = watch();
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		server.answer = 'connect';
		await clock.advance(30 * SECOND);
		expect(health()).toMatchObject({ state: 'degraded' });
		await clock.sleepMachine(8 * 60 * MINUTE);
		expect(server.asked).toHaveLength(3);
		expect(health()).toMatchObject({ state: 'degraded', cause: 'check-failed' });
		server.answer = 'ready';
		await clock.advance(5 * SECOND);
		expect(health()).toMatchObject({ state: 'up' });
		expect(server.probed).toHaveLength(2);
	});

	test('a check that the machine slept through is made again', async () => {
		const { clock, server, monitor, health } = watch();
		server.answer = 'never';
		cleanUps.push(monitor.hold());
		await clock.advance(SECOND);
		server.answer = 'ready';
		await clock.sleepMachine(60 * MINUTE);
		expect(health()).toMatchObject({ state: 'up' });
		expect(server.asked).toHaveLength(2);
	});

	test('keeps the last hour, minute by minute, with the worst of each', async () => {
		const { clock, server, monitor } = watch();
		cleanUps.push(monitor.hold());
		server.doing = { inFlight: 2, tokensPerSecond: 40 };
		await clock.advance(10 * SECOND);
		server.answer = 'connect';
		server.doing = { inFlight: 5 };
		await clock.advance(22 * SECOND);
		server.answer = 'ready';
		server.doing = { inFlight: 1 };
		await clock.advance(MINUTE);
		const history = monitor.servers()[0]?.history ?? [];
		expect(history).toHaveLength(60);
		expect(history.at(-2)).toEqual({ state: 'degraded', inFlight: 5, tokensPerSecond: 40, latencyMs: 0 });
		expect(history.at(-1)).toMatchObject({ state: 'up', inFlight: 1 });
		expect(history[0]).toBeUndefined();
		await clock.advance(2 * 60 * MINUTE);
		expect(monitor.servers()[0]?.history.every((minute) => minute?.state === 'up')).toBe(true);
	});

	test('cancelling a check ends the wait, and disposing ends everything', async () => {
		const { clock, server, monitor } = watch();
		server.answer = 'never';
		const cancelled = new AbortController();
		const asked = monitor.check(cancelled.signal);
		cancelled.abort();
		await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
		monitor.hold();
		const late = monitor.check(NEVER);
		monitor.dispose();
		await expect(late).rejects.toMatchObject({ code: 'cancelled' });
		await clock.advance(MINUTE);
		expect(clock.sleeping).toBe(0);
		expect(server.running).toBe(0);
	});

	test('a defect in a check becomes its reason and stops nothing', async () => {
		const { clock, server, monitor, health } = watch();
		server.isReady = async () => {
			throw new TypeError('x is undefined');
		};
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		expect(health()).toMatchObject({ state: 'down', reason: 'the check failed: x is undefined' });
	});
});
