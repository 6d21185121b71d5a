import { CancelledError } from '../../src/core/errors.ts';
import type { Sandbox } from '../../src/core/ports/sandbox.ts';
import { GRACE_MS } from '../../src/sandbox/host/supervisor.ts';
import { median, ms, report, timed } from '../measure.ts';
import { cell, create, createSandboxes, RUNS, settle } from './support.ts';

/** Time in which a cell is running for certain. ms */
const RUNNING_MS = 100;

/** How long it takes to stop a loop, and to have a REPL again after one was lost, in units of an empty cell. */
export async function benchStopping(): Promise<void> {
	const factory = createSandboxes();
	factory.prepare();
	const empty: number[] = [];
	const interrupts: number[] = [];
	const recoveries: number[] = [];
	const kills: number[] = [];
	try {
		const sandbox = await create(factory);
		for (let run = 0; run < RUNS; run++) {
			await settle(500);
			empty.push(await timed(() => cell(sandbox, 'x = 1')));
			interrupts.push(await interruptTime(sandbox));
			recoveries.push(await recoveryTime(sandbox));
			await settle(500);
			kills.push(await killTime(sandbox));
		}
	} finally {
		await factory.dispose();
	}
	const unit = median(empty);
	const over = (times: readonly number[]) =>
		[median(times) / unit, `${ms(median(times))} against ${ms(unit)}`] as const;
	report('stopping `while True: pass`, over an empty cell', ...over(interrupts));
	report('a cell that ends its interpreter and the REPL back, over an empty cell', ...over(recoveries));
	report('killing a cell that is deaf to interrupts and the REPL back, over an empty cell', ...over(kills));
}

/** From the signal to the end of the cell. */
async function interruptTime(sandbox: Sandbox): Promise<number> {
	const controller = new AbortController();
	const limits = { timeoutMs: 60_000, outputCharacters: 1000 };
	const running = sandbox.execute('while True: pass', limits, () => {}, controller.signal);
	const ended = running.then(
		() => undefined,
		(error: unknown) => error,
	);
	await settle(RUNNING_MS);
	const time = await timed(async () => {
		controller.abort();
		if (!((await ended) instanceof CancelledError)) throw new Error('the loop was not cancelled');
	});
	return time;
}

/** From the end of the time that a cell has for ending after its interrupt to the REPL that is back. */
async function killTime(sandbox: Sandbox): Promise<number> {
	const limits = { timeoutMs: RUNNING_MS, outputCharacters: 1000 };
	const time = await timed(async () => {
		const { restart } = await sandbox.execute('sum(range(10**12))', limits, () => {}, new AbortController().signal);
		if (!restart) throw new Error('the cell was interrupted');
	});
	return time - RUNNING_MS - GRACE_MS;
}

async function recoveryTime(sandbox: Sandbox): Promise<number> {
	const limits = { timeoutMs: 60_000, outputCharacters: 1000 };
	const code = 'import os; os._exit(1)';
	return timed(async () => {
		const { restart } = await sandbox.execute(code, limits, () => {}, new AbortController().signal);
		if (!restart) throw new Error('the interpreter is still there');
	});
}
