import { describe, expect, test } from 'vitest';
import { cleanUps, gaps, MINUTE, REPORT, SECOND, watchServer } from '../../support/monitoredServer.ts';

const NEVER = new AbortController().signal;

describe('what a check says of a server', () => {
	test('two failures take a server down, one success brings it up', async () => {
		const { clock, server, monitor, health } = watchServer();
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
		const { clock, server, monitor } = watchServer();
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
		const { clock, server, monitor, health } = watchServer();
		server.answer = 'connect';
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		expect(health()).toMatchObject({ state: 'down', cause: 'unreachable' });
		await clock.advance(5 * MINUTE);
		expect(gaps(server.asked).slice(0, 6)).toEqual([5, 10, 20, 40, 60, 60]);
	});

	test('waiting does not help a refused key', async () => {
		const { clock, server, monitor, health } = watchServer();
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
		const { clock, server, monitor, health } = watchServer();
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
		const { clock, server, monitor, health } = watchServer();
		monitor.hold();
		await clock.advance(SECOND);
		server.doing = { inFlight: 1, msSinceByte: 100 };
		server.report = 'auth';
		await monitor.check(NEVER);
		expect(health()).toMatchObject({ state: 'down', cause: 'misconfigured' });
	});

	test('loading is busy, and is looked at again soon', async () => {
		const { clock, server, monitor, health } = watchServer();
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
		const { clock, server, monitor, health } = watchServer();
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

	test('a defect in a check becomes its reason and stops nothing', async () => {
		const { clock, server, monitor, health } = watchServer();
		server.isReady = async () => {
			throw new TypeError('x is undefined');
		};
		cleanUps.push(monitor.hold());
		await clock.advance(0);
		expect(health()).toMatchObject({ state: 'down', reason: 'the check failed: x is undefined' });
	});
});
