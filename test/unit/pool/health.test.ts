import { describe, expect, test } from 'vitest';
import { HealthMonitor } from '../../../src/pool/health/health.ts';
import { cleanUps, FakeServer, gaps, MINUTE, SECOND, watchServer } from '../../support/monitoredServer.ts';
import { SteppedClock } from '../../support/steppedClock.ts';

const NEVER = new AbortController().signal;

describe('when servers are asked', () => {
	test('asks nobody before it is held and nobody after it is let go', async () => {
		const { clock, server, monitor, health } = watchServer();
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
		const { clock, server, monitor } = watchServer();
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
			const { clock, server, monitor } = watchServer({ random: () => random });
			cleanUps.push(monitor.hold());
			await clock.advance(2 * MINUTE);
			expect(new Set(gaps(server.asked))).toEqual(new Set([gap]));
		}
		const { clock, server, monitor } = watchServer();
		cleanUps.push(monitor.hold());
		await clock.advance(5 * MINUTE);
		expect(gaps(server.probed)).toEqual([60, 60, 60, 60, 60]);
	});

	test('the interval is a setting, and hosted services are asked for their long lists every ten minutes', async () => {
		const { clock, server, monitor } = watchServer({ intervalMs: 10 * SECOND });
		server.isHosted = true;
		cleanUps.push(monitor.hold());
		await clock.advance(MINUTE);
		expect(gaps(server.asked)).toEqual([10, 10, 10, 10, 10, 10]);
		await clock.advance(9 * MINUTE);
		expect(gaps(server.probed)).toEqual([600]);
	});

	test('a failed call triggers a check, but not at every failure, and not when nobody holds it', async () => {
		const { clock, server, monitor, health } = watchServer();
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
		const { clock, server, monitor, health } = watchServer({ random: () => 0.5 });
		monitor.hold();
		await clock.advance(10 * SECOND);
		server.answer = 'connect';
		await monitor.check(NEVER);
		expect(health()).toMatchObject({ state: 'degraded' });
		await clock.advance(5 * SECOND);
		expect(gaps(server.asked)).toEqual([10, 5]);
		expect(health()).toMatchObject({ state: 'down' });
	});

	test('a check ends after five seconds, and never runs twice at once', async () => {
		const { clock, server, monitor } = watchServer({ intervalMs: SECOND });
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

	test('after the machine slept it asks immediately, and one failure does not count', async () => {
		const { clock, server, monitor, health } = watchServer();
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
		const { clock, server, monitor, health } = watchServer();
		server.answer = 'never';
		cleanUps.push(monitor.hold());
		await clock.advance(SECOND);
		server.answer = 'ready';
		await clock.sleepMachine(60 * MINUTE);
		expect(health()).toMatchObject({ state: 'up' });
		expect(server.asked).toHaveLength(2);
	});

	test('cancelling a check ends the wait, and disposing ends everything', async () => {
		const { clock, server, monitor } = watchServer();
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
});

describe('the history of a server', () => {
	test('keeps the last hour, minute by minute, with the worst of each', async () => {
		const { clock, server, monitor } = watchServer();
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
});
