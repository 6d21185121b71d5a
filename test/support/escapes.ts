import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellResult, Sandbox, SandboxFactory, SandboxHost } from '../../src/core/ports/sandbox.ts';
import { type EscapeAttempt, type EscapeProof, fillIn } from './escapeFile.ts';
import { filesOf } from './sandboxes.ts';
import { neverAborted } from './signals.ts';

export interface EscapeOutcome {
	readonly id: string;
	/** True when there is no proof and the next cell works. */
	readonly isBlocked: boolean;
	/** How it ended: the error of the cell, or `ran`. */
	readonly ending: string;
	/** Why it counts as a success; empty when it is blocked. */
	readonly problem: string;
}

export interface EscapeOptions {
	/** Take away what we changed in Python's own modules first, so that the layers below it are tested. */
	readonly withoutGuide: boolean;
	readonly timeoutMs: number;
	/** Cap of the interpreter's memory, bytes. */
	readonly memoryBytes: number;
}

/** Whose sandboxes are attacked. */
export interface EscapeTarget {
	readonly factory: SandboxFactory;
	/** Process of the host; this one when absent. */
	readonly pid?: number;
	/** What must appear in nothing that a sandbox hands out. */
	readonly secrets: readonly string[];
	/** Names that the host's shared objects have and should not have. */
	pollution(): Promise<readonly string[]>;
}

const REMOVE_GUIDE = `
import os, posix, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "_Guide"]
for name in dir(posix):
    setattr(os, name, getattr(posix, name))
del os, posix, sys, name
`;

/** The cell after an attempt is an ordinary one on a machine that may be busy. ms */
const NEXT_CELL_MS = 30_000;

/** Something for attempts on the corpus desk: many lines, and one that patterns backtrack on. */
const CORPUS = filesOf({ 'notes/a.txt': 'a line of text\n'.repeat(30_000), 'b.txt': `${'a'.repeat(5000)}!\n` });

/** What is known of one attempt after it has run. */
interface Evidence {
	readonly results: readonly CellResult[];
	/** Prompts that the host was asked. */
	readonly received: readonly string[];
	readonly pollution: readonly string[];
	/** State of the files before the attempt, by path. */
	readonly before: ReadonlyMap<string, string>;
	/** Path that no blocked attempt makes. */
	readonly proofPath: string;
}

/** Runs attempts in sandboxes of a target, each in one of its own, and looks for the proofs. */
export class EscapeRunner {
	readonly #target: EscapeTarget;
	readonly #folder = mkdtempSync(join(tmpdir(), 'rlm-escapes-'));
	#attempts = 0;
	#server: Server | undefined;
	#connections = 0;

	constructor(target: EscapeTarget) {
		this.#target = target;
	}

	async run(attempt: EscapeAttempt, options: EscapeOptions): Promise<EscapeOutcome> {
		this.#connections = 0;
		const proofPath = join(this.#folder, `proof-${++this.#attempts}`);
		const {
			code,
			next: further = [],
			proof,
		} = fillIn(attempt, {
			CANARY: this.#target.secrets[0] ?? '',
			CANARY_B: `forged-by-${attempt.id}`,
			PROOF: proofPath,
			PORT: String(await this.#listen()),
			PID: String(this.#target.pid ?? process.pid),
		});
		const before = new Map(pathsOf(proof).map((path) => [path, stateOf(path)]));
		const received: string[] = [];
		const sandbox = await this.#target.factory.create(
			{ contexts: [CORPUS], histories: [], tools: {}, memoryBytes: options.memoryBytes, host: recordingHost(received) },
			neverAborted,
		);
		try {
			if (options.withoutGuide) await execute(sandbox, REMOVE_GUIDE, options.timeoutMs);
			const results: CellResult[] = [];
			for (const cell of [code, ...further]) results.push(await execute(sandbox, cell, options.timeoutMs));
			const last = await execute(sandbox, '6 * 7', NEXT_CELL_MS);
			const pollution = await this.#target.pollution();
			const evidence = { results: [...results, last], received, pollution, before, proofPath };
			const problem = this.#problem(proof, evidence) || (last.echo === '42' ? '' : `the next cell gave ${shown(last)}`);
			return { id: attempt.id, isBlocked: problem === '', ending: results.map(shown).join('; '), problem };
		} finally {
			await sandbox.dispose();
		}
	}

	async dispose(): Promise<void> {
		rmSync(this.#folder, { recursive: true, force: true });
		const server = this.#server;
		if (server) await new Promise((resolve) => server.close(resolve));
	}

	async #listen(): Promise<number> {
		const server = this.#server ?? createServer((socket) => socket.destroy());
		if (!this.#server) {
			this.#server = server;
			server.on('connection', () => this.#connections++);
			await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		}
		const address = server.address();
		if (address === null || typeof address === 'string') throw new Error('the listener has no port');
		return address.port;
	}

	/** Why the attempt has succeeded: by its own proof, or by a canary that nobody may touch. Empty when it has not. */
	#problem(proof: EscapeProof, evidence: Evidence): string {
		const { results, received, pollution, proofPath } = evidence;
		const handedOut = JSON.stringify([results, received]);
		if (this.#target.secrets.some((secret) => handedOut.includes(secret))) return 'it got at a secret of the host';
		if (stateOf(proofPath) !== ABSENT) return `it made ${proofPath}`;
		if (this.#connections > 0) return 'it connected';
		if (pollution.length > 0) return `every object of the host has ${pollution.join(' ')}`;
		return this.#proven(proof, evidence);
	}

	/** The proof that was found, in words; empty for none. */
	#proven(proof: EscapeProof, evidence: Evidence): string {
		switch (proof.type) {
			case 'stdout':
				return evidence.results.some(({ stdout }) => stdout.includes(proof.contains))
					? `it printed ${proof.contains}`
					: '';
			case 'file':
				return stateOf(proof.path) === evidence.before.get(proof.path) ? '' : `it made or changed ${proof.path}`;
			case 'hostmsg':
				return evidence.received.some((text) => text.includes(proof.contains)) ? 'the host took a forged message' : '';
			case 'any':
				return proof.of.map((one) => this.#proven(one, evidence)).find(Boolean) ?? '';
			// The canaries that every attempt is watched with; and who runs this is alive.
			case 'tcp':
			case 'hostprop':
			case 'hostcrash':
			case 'none':
				return '';
		}
	}
}

const ABSENT = 'absent';

/** What shows whether a file was made or changed. */
function stateOf(path: string): string {
	const found = statSync(path, { bigint: true, throwIfNoEntry: false });
	return found ? `${found.ino} ${found.size} ${found.mtimeNs}` : ABSENT;
}

function pathsOf(proof: EscapeProof): string[] {
	if (proof.type === 'any') return proof.of.flatMap(pathsOf);
	return proof.type === 'file' ? [proof.path] : [];
}

function recordingHost(received: string[]): SandboxHost {
	return {
		query(queries) {
			received.push(...queries.flatMap(({ prompt, context, model }) => [prompt, context ?? '', model ?? '']));
			return queries.map(async () => ({ text: 'reply' }));
		},
		budget: () => ({}),
	};
}

function execute(sandbox: Sandbox, code: string, timeoutMs: number): Promise<CellResult> {
	return sandbox.execute(code, { timeoutMs, outputCharacters: 20_000 }, () => {}, neverAborted);
}

function shown({ error, echo }: CellResult): string {
	return error ? `${error.type}: ${error.message}`.slice(0, 120) : (echo ?? 'ran');
}
