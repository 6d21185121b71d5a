import { Worker } from 'node:worker_threads';
import type { Sandbox } from '../../src/core/ports/sandbox.ts';
import { median, report } from '../measure.ts';
import { create, createSandboxes, instantHost, measuredInside, RUNS } from './support.ts';

const BATCH = 1000;

/** Sub-calls that the host answers at once, against a worker that only sends and waits. */
export async function benchCalls(): Promise<void> {
	for (const [name, bytes, rounds] of [
		['1 KB', 1000, 500],
		['1 MB', 1_000_000, 20],
	] as const) {
		await reportRoundTrip(name, bytes, rounds);
	}
	await reportBatch();
}

async function reportRoundTrip(name: string, bytes: number, rounds: number): Promise<void> {
	const factory = createSandboxes();
	try {
		const sandbox = await create(factory, { host: instantHost('y'.repeat(bytes)) });
		const calls: number[] = [];
		const echoes: number[] = [];
		for (let run = 0; run <= RUNS; run++) {
			const samples = [
				median(await callTimes(sandbox, bytes, rounds)),
				median(await echoTimes(bytes, rounds)),
			] as const;
			if (run === 0) continue;
			calls.push(samples[0]);
			echoes.push(samples[1]);
		}
		const call = median(calls);
		const echo = median(echoes);
		const details = `${micro(call)} against ${micro(echo)}; overhead ${micro(call - echo)}`;
		report(`one llm_query of ${name} there and back, over an empty bridge`, call / echo, details);
	} finally {
		await factory.dispose();
	}
}

function callTimes(sandbox: Sandbox, bytes: number, rounds: number): Promise<number[]> {
	return measuredInside(
		sandbox,
		`
import time
def measure():
    prompt, times = "x" * ${bytes}, []
    for _ in range(${rounds}):
        started = time.perf_counter()
        llm_query(prompt)
        times.append((time.perf_counter() - started) * 1000)
    return times
print(json.dumps(measure()))`,
	);
}

async function echoTimes(bytes: number, rounds: number): Promise<number[]> {
	const control = new SharedArrayBuffer(4);
	const wake = new Int32Array(control);
	const worker = new Worker(new URL('echoWorker.ts', import.meta.url), { workerData: { control, bytes, rounds } });
	const reply = () => {
		worker.postMessage(new Uint8Array(bytes));
		Atomics.add(wake, 0, 1);
		Atomics.notify(wake, 0);
	};
	const times = await new Promise<number[]>((resolve, reject) => {
		worker.on('error', reject);
		worker.on('message', (message: Uint8Array | number[]) => (Array.isArray(message) ? resolve(message) : reply()));
	});
	await worker.terminate();
	return times;
}

async function reportBatch(): Promise<void> {
	const factory = createSandboxes();
	try {
		const sandbox = await create(factory);
		const measure = (code: string) => measuredInside(sandbox, batchCode(code));
		await measure('llm_query_batched(prompts)');
		const batched: number[] = [];
		const single: number[] = [];
		const awaited: number[] = [];
		for (let run = 0; run < RUNS; run++) {
			batched.push(...(await measure('llm_query_batched(prompts)')));
			single.push(...(await measure('[llm_query(prompt) for prompt in prompts]')));
			awaited.push(...(await measure('await asyncio.gather(*[allm_query(prompt) for prompt in prompts])')));
		}
		const one = median(single);
		const each = (total: number) => `${(total).toFixed(1)} ms against ${one.toFixed(1)} ms`;
		report(`${BATCH} calls in one batch, over one after the other`, median(batched) / one, each(median(batched)));
		report(`${BATCH} calls awaited together, over one after the other`, median(awaited) / one, each(median(awaited)));
	} finally {
		await factory.dispose();
	}
}

function batchCode(statement: string): string {
	return `
import time
prompts = [f"prompt {n}" for n in range(${BATCH})]
started = time.perf_counter()
_replies = ${statement}
print([(time.perf_counter() - started) * 1000])`;
}

function micro(milliseconds: number): string {
	return `${(milliseconds * 1000).toFixed(0)} us`;
}
