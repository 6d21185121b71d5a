import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { processScript, vaultFolder } from '../../src/assets.ts';
import { textContext } from '../../src/context/corpus.ts';
import type { Context } from '../../src/core/ports/context.ts';
import type { CellResult, Sandbox, SandboxFactory, SandboxHost, SandboxOptions } from '../../src/core/ports/sandbox.ts';
import { createProcessSandboxes } from '../../src/sandbox/host/process/processSandboxes.ts';
import { createWorkerSandboxes } from '../../src/sandbox/host/workerSandbox.ts';

export const RUNS = 9;
const never = new AbortController().signal;

/** Sandboxes as they ship: the bundled worker script. */
export function createSandboxes(): SandboxFactory {
	return createWorkerSandboxes({ vaultFolder, workerScript: new URL('../../dist/sandboxWorker.js', import.meta.url) });
}

/** The same in processes of their own. */
export function createProcesses(): SandboxFactory {
	return createProcessSandboxes({ vaultFolder, processScript });
}

/** Answers every call at once with the same text. */
export function instantHost(text: string): SandboxHost {
	return {
		query: (queries) => queries.map(() => Promise.resolve({ text })),
		budget: () => ({}),
	};
}

export function create(factory: SandboxFactory, options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
	const defaults = { contexts: [], histories: [], tools: {}, memoryBytes: 4 * (1 << 30) - 65_536 };
	return factory.create({ ...defaults, host: instantHost('ok'), ...options }, never);
}

/** Runs a cell that must succeed. */
export async function cell(sandbox: Sandbox, code: string): Promise<CellResult> {
	const result = await sandbox.execute(code, { timeoutMs: 300_000, outputCharacters: 100_000 }, () => {}, never);
	if (result.error) throw new Error(result.error.traceback);
	return result;
}

/** Numbers that a cell printed as a JSON list. */
export async function measuredInside(sandbox: Sandbox, code: string): Promise<number[]> {
	const { stdout } = await cell(sandbox, code);
	return JSON.parse(stdout) as number[];
}

export function contextOf(text: string): Promise<Context> {
	return textContext({ label: 'bench', path: 'bench.txt', text });
}

/** Lets threads that start in the background finish. ms */
export function settle(durationMs: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, durationMs));
}

export async function elapsed<T>(work: () => Promise<T>): Promise<{ value: T; time: number }> {
	const startedAt = performance.now();
	const value = await work();
	return { value, time: performance.now() - startedAt };
}

/** Whether a program can be started here. */
export function isInstalled(program: string): boolean {
	return spawnSync(program, ['--version']).status === 0;
}
