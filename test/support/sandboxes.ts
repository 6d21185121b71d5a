import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { processScript } from '../../src/assets.ts';
import type { Context } from '../../src/core/ports/context.ts';
import type {
	CellResult,
	QueryReply,
	Sandbox,
	SandboxFactory,
	SandboxHost,
	SandboxOptions,
	SubQuery,
} from '../../src/core/ports/sandbox.ts';
import { createProcessSandboxes } from '../../src/sandbox/host/process/processSandboxes.ts';
import { createWorkerSandboxes } from '../../src/sandbox/host/workerSandbox.ts';
import { neverAborted } from './signals.ts';

const root = join(import.meta.dirname, '../..');

const vaultFolder = join(root, 'dist/vault');

type Log = (message: string) => void;

/** One factory for each deployment of the port. */
export const DEPLOYMENTS = {
	/** In worker threads that run from the sources. */
	worker: (log: Log) =>
		createWorkerSandboxes({ vaultFolder, workerScript: pathToFileURL(join(root, 'src/sandbox/guest/worker.ts')), log }),
	/** In processes of their own, which run a bundle: they may read nothing else. */
	process: (log: Log) => createProcessSandboxes({ vaultFolder, processScript, log }),
} as const;

export type Deployment = keyof typeof DEPLOYMENTS;

/** The deployment that this run of the suite is about: the projects of `vitest.config.ts` set it. */
export const deployment: Deployment = process.env.RLM_TEST_DEPLOYMENT === 'process' ? 'process' : 'worker';

/** Sandboxes of the deployment under test. */
export function createSandboxes(log: Log = () => {}): SandboxFactory {
	return DEPLOYMENTS[deployment](log);
}

/** Interpreters that this process has started and that are alive: worker threads and child processes. */
export function livingInterpreters(): number {
	const { workers } = process.report.getReport() as { workers: unknown[] };
	const table = spawnSync('ps', ['-axo', 'ppid=,comm='], { encoding: 'utf8' }).stdout;
	const children = table.split('\n').filter((line) => new RegExp(`^\\s*${process.pid}\\s`).test(line));
	// The table has the program that made it.
	return workers.length + children.filter((line) => !/\bps$/.test(line.trim())).length;
}

type Answer = (query: SubQuery, signal: AbortSignal) => Promise<QueryReply> | QueryReply;

/** A host that answers every call with a function of the query, and records them. */
export class ScriptedHost implements SandboxHost {
	readonly queries: SubQuery[] = [];
	readonly signals: AbortSignal[] = [];
	readonly #answer: Answer;

	constructor(answer: Answer = (query) => ({ text: `reply to ${query.prompt}` })) {
		this.#answer = answer;
	}

	query(queries: readonly SubQuery[], signal: AbortSignal): readonly Promise<QueryReply>[] {
		this.queries.push(...queries);
		this.signals.push(signal);
		return queries.map(async (query) => this.#answer(query, signal));
	}

	budget(): Record<string, number | string | null> {
		return { calls: 50, costUsd: null };
	}
}

export function sandboxOptions(options: Partial<SandboxOptions> = {}): SandboxOptions {
	return { contexts: [], histories: [], tools: {}, memoryBytes: 1 << 30, host: new ScriptedHost(), ...options };
}

/** A text context of files given by path. */
export function filesOf(texts: Readonly<Record<string, string>>, kind: 'text' | 'files' = 'files'): Context {
	const parts = Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
	const bytes = new SharedArrayBuffer(parts.reduce((sum, part) => sum + part.bytes.length, 0));
	let offset = 0;
	const files = parts.map((part) => {
		new Uint8Array(bytes).set(part.bytes, offset);
		offset += part.bytes.length;
		const lineCount = part.bytes.toString().replace(/\n$/, '').split('\n').length;
		return { path: part.path, offset: offset - part.bytes.length, length: part.bytes.length, lineCount, firstLine: 1 };
	});
	return { kind, label: 'test', bytes, files, leftOut: [] };
}

export interface RunOptions {
	readonly timeoutMs?: number;
	readonly outputCharacters?: number;
	readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
	readonly signal?: AbortSignal;
}

export function runCell(sandbox: Sandbox, code: string, options: RunOptions = {}): Promise<CellResult> {
	const { timeoutMs = 30_000, outputCharacters = 20_000, onOutput = () => {}, signal = neverAborted } = options;
	return sandbox.execute(code, { timeoutMs, outputCharacters }, onOutput, signal);
}
