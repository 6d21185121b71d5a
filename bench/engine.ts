import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { block, engineOver, isRootCall, observe, ofType, turnOf } from '../test/support/runs.ts';
import { type Script, startScriptedServer } from '../test/support/scriptedServer.ts';
import { median, ms, report, timed } from './measure.ts';

const RUNS = 9;
const ITERATIONS = 20;
const CALLS = 200;
const CALL_MS = 100;
const CONCURRENCY = 16;

interface Sample {
	/** From the first cell to the end of the run, ms. */
	readonly wall: number;
	/** What the server itself took, ms. */
	readonly server: number;
}

/** A run over a scripted server. @throws Error when the run does not end as the script wants it */
async function runOnce(script: Script, limits: object, places: number): Promise<Sample> {
	const server = await startScriptedServer({ kind: 'openai', script, slots: places });
	const engine = engineOver([server.settings('bench', { maxConcurrent: places, models: ['scripted-model'] })]);
	try {
		await (await observe(engine, { limits })).ended; // the first run pays for starting
		const before = server.handlingMs;
		const run = await observe(engine, { limits });
		const result = await run.ended;
		const [first] = ofType(run.events, 'code-start');
		const last = run.events.at(-1);
		if (result.outcome !== 'answered' || !first || !last) throw new Error(`the run ended as ${result.outcome}`);
		const failed = ofType(run.events, 'call-end').filter(({ status }) => status !== 'done');
		if (failed.length > 0) throw new Error(`${failed.length} sub-calls failed: ${failed[0]?.reply}`);
		return { wall: last.at - first.at, server: server.handlingMs - before };
	} finally {
		await engine.dispose();
		await server.stop();
	}
}

/** Time an iteration and a sub-call take beyond the server's own time, when the server answers at once. */
export async function benchOverhead(): Promise<void> {
	const iterations: Sample[] = [];
	const calls: Sample[] = [];
	for (let run = 0; run < RUNS; run++) {
		iterations.push(
			await runOnce(
				(request) => ({
					text: turnOf(request) < ITERATIONS ? block(`x = ${turnOf(request)}`) : block('FINAL(x)'),
					chunks: 1,
				}),
				{},
				4,
			),
		);
		calls.push(
			await runOnce(
				(request) => ({
					text: isRootCall(request) ? block(`for i in range(${CALLS}): llm_query(str(i))\nFINAL("done")`) : 'ok',
					chunks: 1,
				}),
				{ callsPerCell: CALLS, calls: CALLS },
				4,
			),
		);
	}
	const request = await bareRequestMs();
	for (const [name, samples, count] of [
		['an iteration', iterations, ITERATIONS],
		['a sub-call', calls, CALLS],
	] as const) {
		const wall = median(samples.map((sample) => sample.wall)) / count;
		const server = median(samples.map((sample) => sample.server)) / count;
		report(`${name}: wall time over the server's own time`, wall / server, `${ms(wall)} against ${ms(server)}`);
		report(`${name}: wall time over a bare HTTP request`, wall / request, `${ms(wall)} against ${ms(request)}`);
	}
}

/** A request to an empty server by Node's own fetch, for scale: the first 200 of the process, as a run's own calls are. */
async function bareRequestMs(): Promise<number> {
	const server = createServer((_, response) => response.end('ok'));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	try {
		const times: number[] = [];
		for (let index = 0; index < CALLS; index++) {
			times.push(await timed(async () => (await fetch(url, { method: 'POST', body: '{}' })).text()));
		}
		return median(times);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

/**
 * 200 calls of 100 ms, 16 at a time: at best 13 rounds of 100 ms; the ideal is 200 x 100 / 16 = 1.25 s.
 * @throws Error when the server saw fewer calls at a time, or was not as slow as it should be: then it measures nothing
 */
export async function benchConcurrency(): Promise<void> {
	const ideal = (CALLS * CALL_MS) / CONCURRENCY;
	const walls: number[] = [];
	for (let run = 0; run < 5; run++) {
		let inFlight = 0;
		let peak = 0;
		const waits: number[] = [];
		const { wall } = await runOnce(
			async (request) => {
				if (isRootCall(request)) {
					return { text: block(`r = llm_query_batched([str(i) for i in range(${CALLS})])\nFINAL(len(r))`) };
				}
				peak = Math.max(peak, ++inFlight);
				waits.push(await timed(() => delay(CALL_MS)));
				inFlight--;
				return { text: 'ok', chunks: 1 };
			},
			{ callsPerCell: CALLS, calls: CALLS, concurrency: CONCURRENCY },
			CONCURRENCY,
		);
		if (peak !== CONCURRENCY) throw new Error(`${peak} calls were in flight at most, not ${CONCURRENCY}`);
		const wait = median(waits);
		if (wait > CALL_MS * 1.05) throw new Error(`a call took ${ms(wait)} in the server itself, not ${CALL_MS} ms`);
		walls.push(wall);
	}
	const wall = median(walls);
	report('200 sub-calls of 100 ms at concurrency 16, over the ideal', wall / ideal, `${ms(wall)} against ${ms(ideal)}`);
}
