import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../src/core/errors.ts';
import type { CellResult, Sandbox } from '../../src/core/ports/sandbox.ts';
import { ScriptedHost, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';
import { Dice, hostileCell, type Targets } from './grammar.ts';
import type { Target } from './targets.ts';

const CELL_MS = 100;
/** A cell that is neither finished nor killed after this hangs. */
const HANG_MS = 60_000;
const CELLS_PER_SANDBOX = 50;
/** Sandboxes at a time: a core is busy while another cell waits for its deadline, or for a new interpreter. */
const LANES = 3;
const MEMORY_BYTES = 48 << 20;

/** Something that must not happen, and the cell with which it did. */
export interface FuzzFinding {
	/** Number of the cell, from 0; its seed is that of the run plus this. */
	readonly cell: number;
	readonly problem: string;
	readonly code: string;
}

export interface FuzzReport {
	readonly cells: number;
	/** Interpreters that had to be ended. */
	readonly kills: number;
	/** Of these, how often the variables were there again afterwards. */
	readonly restores: number;
	readonly findings: readonly FuzzFinding[];
	/** Interpreters or sessions that are there after the end. */
	readonly leaked: number;
}

/** What all lanes of a run share. */
interface Progress {
	readonly target: Target;
	readonly seed: number;
	readonly cells: number;
	readonly onProgress: (done: number) => void;
	next: number;
	done: number;
	kills: number;
	restores: number;
	readonly findings: FuzzFinding[];
}

/**
 * Runs random hostile cells, 50 to a sandbox, each from a seed of its own, so that any of them can be run again. Disposes
 * of the target.
 */
export async function fuzz(
	target: Target,
	seed: number,
	cells: number,
	onProgress: (done: number) => void = () => {},
): Promise<FuzzReport> {
	const run: Progress = { target, seed, cells, onProgress, next: 0, done: 0, kills: 0, restores: 0, findings: [] };
	let leaked: number;
	try {
		await Promise.all(Array.from({ length: LANES }, () => fuzzLane(run)));
	} finally {
		leaked = await target.dispose();
	}
	const { kills, restores, findings } = run;
	return { cells: run.done, kills, restores, findings, leaked };
}

/** One sandbox after the other, with canaries of its own, until there are no cells left. */
async function fuzzLane(run: Progress): Promise<void> {
	const watch = await Watch.open(run.target);
	try {
		while (run.next < run.cells) {
			const first = run.next;
			run.next = Math.min(run.cells, first + CELLS_PER_SANDBOX);
			await fuzzSandbox(run, watch, first, run.next);
		}
	} finally {
		watch.close();
	}
}

async function fuzzSandbox(run: Progress, watch: Watch, first: number, end: number): Promise<void> {
	const options = sandboxOptions({ memoryBytes: MEMORY_BYTES, host: new ScriptedHost() });
	const sandbox = await run.target.factory.create(options, neverAborted);
	for (let cell = first; cell < end; cell++) {
		const code = hostileCell(new Dice(run.seed + cell), watch.targets);
		const { result, failure } = await runBounded(sandbox, code);
		run.done++;
		if (result?.restart) run.kills++;
		if (result?.restart?.isRestored) run.restores++;
		const problem = failure ?? watch.finding(result);
		if (problem !== undefined) run.findings.push({ cell, problem, code });
		if (failure !== undefined) break;
	}
	const pollution = await run.target.pollution();
	if (pollution.length > 0) {
		const problem = `one of the cells up to this one, or of those beside it, gave every object ${pollution.join(' ')}`;
		run.findings.push({ cell: end - 1, problem, code: '' });
	}
	// A hanging sandbox is among the findings; waiting for it would hang, too.
	await Promise.race([sandbox.dispose(), sleep(HANG_MS, undefined, { ref: false })]);
	run.onProgress(run.done);
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
		return { failure: `the sandbox is gone: ${reasonOf(error)}` };
	} finally {
		hang.abort();
	}
}

/** Canaries of one lane, and whether one was touched. */
class Watch {
	readonly #target: Target;
	readonly #folder = mkdtempSync(join(tmpdir(), 'rlm-fuzz-'));
	readonly #server = createServer((socket) => {
		this.#connections++;
		socket.destroy();
	});
	#connections = 0;
	#port = 0;

	private constructor(target: Target) {
		this.#target = target;
	}

	static async open(target: Target): Promise<Watch> {
		const watch = new Watch(target);
		await new Promise<void>((resolve) => watch.#server.listen(0, '127.0.0.1', resolve));
		const address = watch.#server.address();
		if (address !== null && typeof address === 'object') watch.#port = address.port;
		return watch;
	}

	get targets(): Targets {
		return { proofPath: join(this.#folder, 'proof'), port: this.#port, pid: this.#target.pid };
	}

	/** Which canary the last cell touched; undefined for none. */
	finding(result: CellResult | undefined): string | undefined {
		const shown = JSON.stringify(result ?? {});
		if (this.#target.secrets.some((secret) => shown.includes(secret))) return 'it got at a secret of the host';
		if (existsSync(this.targets.proofPath)) return 'it wrote a file';
		return this.#connections > 0 ? 'it connected' : undefined;
	}

	close(): void {
		this.#server.close();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}
