import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createPool, type Pool } from '../../src/pool/pool.ts';
import { fastClock } from '../../test/support/clocks.ts';
import { type Fleet, startFleet } from '../../test/support/fleet.ts';
import { load, prompts, sixServers } from '../../test/support/fleetLoad.ts';

const CALLS = 2_000;
const PLACES = 8;
const SERVICE_MS = 2;
const PROCESSES = 3;
/** With faults the host must not be held up for longer than a frame. ms */
const FRAME_MS = 16;
/** Time in the pool runs so many times as fast: what is measured is work, not waiting between attempts. */
const SPEED = 100;
const TIMEOUTS = { connectMs: 5_000, firstByteMs: 400, idleMs: 400 };

/**
 * The pool over real sockets: 2,000 sub-calls at once to six servers of all three protocols in processes of their own,
 * without faults and with a fault at 30 % of the requests. Prints calls a second and the delay of the event loop.
 * @returns how many targets were missed
 */
export async function benchSockets(): Promise<number> {
	console.log(`\nsockets: ${CALLS} calls at once, 6 servers with ${PLACES} places, ${SERVICE_MS} ms each`);
	let misses = 0;
	for (const faultShare of [0, 0.3]) misses += await runFleet(faultShare);
	return misses;
}

async function runFleet(faultShare: number): Promise<number> {
	const plans = sixServers(faultShare, SERVICE_MS);
	const fleet = await startFleet(plans, PROCESSES);
	const pool = createPool({
		servers: plans.map(({ id }) => serverOf(fleet, id)),
		apiKey: async () => undefined,
		clock: fastClock(SPEED),
	});
	try {
		return await measure(pool, faultShare);
	} finally {
		await pool.dispose();
		await fleet.stop();
	}
}

function serverOf(fleet: Fleet, id: string) {
	return fleet.settings(id, { models: ['scripted-model'], maxConcurrent: PLACES, timeouts: TIMEOUTS });
}

async function measure(pool: Pool, faultShare: number): Promise<number> {
	const never = new AbortController().signal;
	// The first calls pay for loading the protocols.
	await load(pool, prompts(200), never);
	const delay = monitorEventLoopDelay({ resolution: 1 });
	const work = monitorOwnWork();
	const startedAt = performance.now();
	delay.enable();
	const report = await load(pool, prompts(CALLS), never);
	delay.disable();
	const ownWork = work.stop();
	const seconds = (performance.now() - startedAt) / 1000;
	const p99 = delay.percentile(99) / 1e6;
	console.log(
		`${String(faultShare * 100).padStart(3)} % faults: ${Math.round(CALLS / seconds)} calls/s; event loop delay ` +
			`p50 ${(delay.percentile(50) / 1e6).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, of which own work p99 ` +
			`${ownWork.p99.toFixed(1)} ms, most ${ownWork.most.toFixed(1)} ms; ${report.answered} answered, ` +
			`${report.failedAttempts} failed attempts, ended by ${JSON.stringify(report.failed)}`,
	);
	const lost = report.wrong.length + report.untyped.length;
	if (lost > 0) console.log(`MISSED: ${lost} calls had another's answer or an error without a type`);
	// Without faults it is the calls a second that count: nobody's models reply in 2 ms, and the loop is always full.
	const isHeldUp = faultShare > 0 && p99 >= FRAME_MS;
	if (isHeldUp) console.log(`MISSED: the event loop was held up for ${p99.toFixed(1)} ms at the 99th percentile`);
	return Number(lost > 0) + Number(isHeldUp);
}

/** Processor time of this thread between two rounds of the event loop: its delay without what other programs took. ms */
function monitorOwnWork(): { stop(): { p99: number; most: number } } {
	const delays: number[] = [];
	let before = process.threadCpuUsage();
	const timer = setInterval(() => {
		const { user, system } = process.threadCpuUsage(before);
		before = process.threadCpuUsage();
		delays.push((user + system) / 1000);
	}, 1);
	return {
		stop() {
			clearInterval(timer);
			delays.sort((a, b) => a - b);
			return { p99: delays[Math.floor(delays.length * 0.99)] ?? 0, most: delays.at(-1) ?? 0 };
		},
	};
}
