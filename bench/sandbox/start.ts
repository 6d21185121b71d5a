import { Worker } from 'node:worker_threads';
import type { Sandbox, SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { median, ms, report, sideBySide, timed } from '../measure.ts';
import { cell, create, createProcesses, createSandboxes, elapsed, RUNS, settle } from './support.ts';

/** Time in which a spare sandbox is up for certain. ms */
const SPARE_MS = 1000;

/** From nothing to the first result, against Pyodide as documented; and from a pool that had time to prepare. */
export async function benchStart(): Promise<void> {
	const cold = await sideBySide(RUNS, coldStart, plainStart);
	report('cold start to the first cell, over plain loadPyodide', cold.ratio, `${ms(cold.a)} against ${ms(cold.b)}`);
	const warm = await warmStarts(createSandboxes());
	const times = `${ms(warm.acquire)}; to the first cell ${ms(warm.first)}`;
	report('a sandbox from the pool, over a cold one', warm.acquire / cold.a, times);
	const processes = await warmStarts(createProcesses());
	report(
		'a process from the pool, over a thread from the pool',
		processes.acquire / warm.acquire,
		`${ms(processes.acquire)}; to the first cell ${ms(processes.first)}`,
	);
}

/** A factory of its own, so that nothing is loaded or started beforehand. Reading the files is part of it. */
async function coldStart(): Promise<number> {
	const factory = createSandboxes();
	try {
		return await timed(async () => cell(await create(factory), '1 + 1'));
	} finally {
		await factory.dispose();
	}
}

async function plainStart(): Promise<number> {
	let worker: Worker | undefined;
	const time = await timed(async () => {
		worker = new Worker(new URL('plainWorker.ts', import.meta.url));
		await new Promise((resolve, reject) => worker?.once('message', resolve).once('error', reject));
	});
	await worker?.terminate();
	return time;
}

/** @param factory is disposed of */
async function warmStarts(factory: SandboxFactory): Promise<{ acquire: number; first: number }> {
	factory.prepare();
	const acquires: number[] = [];
	const firsts: number[] = [];
	try {
		for (let run = 0; run < RUNS; run++) {
			await settle(SPARE_MS);
			const { value, time } = await elapsed(() => create(factory));
			acquires.push(time);
			firsts.push(time + (await timed(() => cell(value, '1 + 1'))));
			await value.dispose();
		}
	} finally {
		await factory.dispose();
	}
	return { acquire: median(acquires), first: median(firsts) };
}

/** Resident memory that one more idle sandbox takes. */
export async function benchMemory(): Promise<void> {
	const factory = createSandboxes();
	const idle: Sandbox[] = [];
	try {
		// What the first few make this process allocate once is not theirs.
		for (let run = 0; run < 6; run++) idle.push(await idleSandbox(factory));
		await settle(SPARE_MS);
		const before = process.memoryUsage.rss();
		for (let run = 0; run < RUNS; run++) idle.push(await idleSandbox(factory));
		await settle(SPARE_MS);
		const megabytes = (process.memoryUsage.rss() - before) / RUNS / 1e6;
		const target = 50;
		report(
			`memory of an idle sandbox, over ${target} MB`,
			megabytes / target,
			`${megabytes.toFixed(1)} MB each of ${RUNS}`,
		);
	} finally {
		await Promise.all(idle.map((sandbox) => sandbox.dispose()));
		await factory.dispose();
	}
}

async function idleSandbox(factory: SandboxFactory): Promise<Sandbox> {
	const sandbox = await create(factory);
	await cell(sandbox, 'x = 1');
	return sandbox;
}
