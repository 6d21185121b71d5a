import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { block, engineOver, isRootCall, observe, ofType, turnOf } from '../test/support/runs.ts';
import { type Script, startScriptedServer } from '../test/support/scriptedServer.ts';
import { median, ms, report, timed } from './measure.ts';

const RUNS = 9;
const TURNS = 20;
const CALLS = 200;

/** A run over a scripted server; its wall time without the time that the server itself took. */
async function runOnce(script: Script, limits: object, concurrent: number): Promise<{ wall: number; server: number }> {
	const server = await startScriptedServer({ kind: 'openai', script });
	const engine = engineOver([server.settings('bench', { maxConcurrent: concurrent, models: ['scripted-model'] })]);
	try {
		await (await observe(engine, { limits })).ended; // the first run pays for starting
		const before = server.handlingMs;
		const run = await observe(engine, { limits });
		await run.until((event) => event.type === 'code-start'); // the sandbox is up
		const [first] = ofType(run.events, 'code-start');
		await run.ended;
		const end = run.events.at(-1)?.at ?? 0;
		return { wall: end - (first?.at ?? end), server: server.handlingMs - before };
	} finally {
		await engine.dispose();
		await server.stop();
	}
}

/** Time a turn and a sub-call take beyond the server's own time, when the server answers at once. */
export async function benchOverhead(): Promise<void> {
	const turns: { wall: number; server: number }[] = [];
	const calls: { wall: number; server: number }[] = [];
	for (let run = 0; run < RUNS; run++) {
		turns.push(
			await runOnce(
				(request) => ({ text: turnOf(request) < TURNS ? block('x = 1') : block('FINAL(x)'), chunks: 1 }),
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
				{ callsPerCell: CALLS },
				4,
			),
		);
	}
	for (const [name, samples, count] of [
		['an iteration', turns, TURNS],
		['a sub-call', calls, CALLS],
	] as const) {
		const wall = median(samples.map((sample) => sample.wall)) / count;
		const server = median(samples.map((sample) => sample.server)) / count;
		report(`${name}: wall time over the server's own time`, wall / server, `${ms(wall)} against ${ms(server)}`);
	}
	const bare = await bareRequestMs();
	const wall = median(calls.map((sample) => sample.wall)) / CALLS;
	report('a sub-call: wall time over a bare HTTP request', wall / bare, `${ms(wall)} against ${ms(bare)}`);
}

/** A request to an empty server by Node's own fetch, for scale. */
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

/** 200 calls of 100 ms, 16 at a time: at best 13 rounds of 100 ms; the ideal is 200 x 100 / 16 = 1.25 s. */
export async function benchConcurrency(): Promise<void> {
	const ideal = (CALLS * 100) / 16;
	const walls: number[] = [];
	for (let run = 0; run < 5; run++) {
		const { wall } = await runOnce(
			(request) =>
				isRootCall(request)
					? { text: block(`r = llm_query_batched([str(i) for i in range(${CALLS})])\nFINAL(len(r))`) }
					: { text: 'ok', delayMs: 100, chunks: 1 },
			{ callsPerCell: CALLS, concurrency: 16 },
			16,
		);
		walls.push(wall);
	}
	const wall = median(walls);
	report('200 sub-calls of 100 ms at concurrency 16, over the ideal', wall / ideal, `${ms(wall)} against ${ms(ideal)}`);
}
