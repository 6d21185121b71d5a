import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CellResult, Sandbox, SandboxFactory } from '../../src/core/sandbox.ts';
import { livingInterpreters, ScriptedHost, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';
import { Dice, hostileCell, type Targets } from './grammar.ts';

const CELL_MS = 200;
/** A cell that is neither finished nor killed after this hangs. */
const HANG_MS = 60_000;
const CELLS_PER_SANDBOX = 50;
const MEMORY_BYTES = 128 << 20;

/** Something that must not happen, and the cell with which it did. */
export interface FuzzFinding {
	/** Number of the cell, from 0; its seed is that of the run plus this. */
	readonly cell: number;
	readonly problem: string;
	readonly code: string;
}

export interface FuzzReport {
	readonly cells: number;
	/** Interpreters that had to be replaced. */
	readonly restarts: number;
	readonly findings: readonly FuzzFinding[];
	/** Interpreters alive after the end. */
	readonly leaked: number;
}

/** Runs random hostile cells, 50 to a sandbox, each from a seed of its own, so that any of them can be run again. */
export async function fuzz(
	factory: SandboxFactory,
	seed: number,
	cells: number,
	onProgress: (done: number) => void = () => {},
): Promise<FuzzReport> {
	const before = livingInterpreters();
	const watch = await Watch.open();
	const findings: FuzzFinding[] = [];
	let restarts = 0;
	try {
		for (let first = 0; first < cells; first += CELLS_PER_SANDBOX) {
			restarts += await fuzzSandbox(factory, watch, seed, first, Math.min(cells, first + CELLS_PER_SANDBOX), findings);
			onProgress(Math.min(cells, first + CELLS_PER_SANDBOX));
		}
	} finally {
		watch.close();
		await factory.dispose();
	}
	return { cells, restarts, findings, leaked: livingInterpreters() - before };
}

/** @returns how often the interpreter was replaced */
async function fuzzSandbox(
	factory: SandboxFactory,
	watch: Watch,
	seed: number,
	first: number,
	end: number,
	findings: FuzzFinding[],
): Promise<number> {
	const sandbox = await factory.create(
		sandboxOptions({ memoryBytes: MEMORY_BYTES, host: new ScriptedHost() }),
		neverAborted,
	);
	let restarts = 0;
	for (let cell = first; cell < end; cell++) {
		const code = hostileCell(new Dice(seed + cell), watch.targets);
		const { result, failure } = await runBounded(sandbox, code);
		if (result?.restart) restarts++;
		const problem = failure ?? watch.finding(result);
		if (problem === undefined) continue;
		findings.push({ cell, problem, code });
		if (failure !== undefined) break;
	}
	// A hanging sandbox is among the findings; waiting for it would hang, too.
	await Promise.race([sandbox.dispose(), sleep(HANG_MS)]);
	return restarts;
}

async function runBounded(sandbox: Sandbox, code: string): Promise<{ result?: CellResult; failure?: string }> {
	const limits = { timeoutMs: CELL_MS, outputCharacters: 5000 };
	const hang = new AbortController();
	try {
		return await Promise.race([
			sandbox.execute(code, limits, () => {}, neverAborted).then((result) => ({ result })),
			sleep(HANG_MS, { failure: 'it hangs' }, { signal: hang.signal }),
		]);
	} catch (error) {
		return { failure: `the sandbox is gone: ${error instanceof Error ? error.message : error}` };
	} finally {
		hang.abort();
	}
}

/** Canaries around the host, and whether one was touched. */
class Watch {
	readonly #folder = mkdtempSync(join(tmpdir(), 'rlm-fuzz-'));
	readonly #secret = `fuzz-canary-${process.pid}-${Date.now()}`;
	readonly #server = createServer((socket) => {
		this.#connections++;
		socket.destroy();
	});
	#connections = 0;
	#port = 0;

	static async open(): Promise<Watch> {
		const watch = new Watch();
		process.env.RLM_CANARY = watch.#secret;
		await new Promise<void>((resolve) => watch.#server.listen(0, '127.0.0.1', resolve));
		const address = watch.#server.address();
		if (address !== null && typeof address === 'object') watch.#port = address.port;
		return watch;
	}

	get targets(): Targets {
		return { proofPath: join(this.#folder, 'proof'), port: this.#port, pid: process.pid };
	}

	/** Which canary the last cell touched; undefined for none. */
	finding(result: CellResult | undefined): string | undefined {
		if (JSON.stringify(result ?? {}).includes(this.#secret)) return 'it read the environment of the host';
		if (existsSync(this.targets.proofPath)) return 'it wrote a file';
		if (this.#connections > 0) return 'it connected';
		const added = Object.keys(Object.prototype);
		return added.length > 0 ? `it changed the prototype of the host's objects: ${added.join(' ')}` : undefined;
	}

	close(): void {
		delete process.env.RLM_CANARY;
		this.#server.close();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}
