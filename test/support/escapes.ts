import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellResult, Sandbox, SandboxFactory, SandboxHost } from '../../src/core/sandbox.ts';
import { neverAborted } from './signals.ts';

/** How to see that an attempt has succeeded. */
export type EscapeProof =
	| { readonly type: 'stdout'; readonly contains: string }
	| { readonly type: 'file'; readonly path: string }
	| { readonly type: 'tcp'; readonly port: string }
	| { readonly type: 'hostmsg'; readonly contains: string }
	| { readonly type: 'hostprop'; readonly prop: string }
	| { readonly type: 'hostcrash' }
	| { readonly type: 'none' }
	| { readonly type: 'any'; readonly of: readonly EscapeProof[] };

/**
 * An attempt to break out of a sandbox or to harm its host. Code and proof may name canaries: `{{CANARY}}` a secret of
 * the host's environment, `{{PROOF}}` a path that does not exist, `{{PORT}}` a port that listens, `{{PID}}` the host's
 * process, `{{CANARY_B}}` a text that only the attempt knows.
 */
export interface EscapeAttempt {
	readonly id: string;
	readonly route: string;
	readonly severity: 'host' | 'realm' | 'memory' | 'dos';
	readonly code: string;
	readonly proof: EscapeProof;
}

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

const REMOVE_GUIDE = `
import os, posix, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "_Guide"]
for name in dir(posix):
    setattr(os, name, getattr(posix, name))
del os, posix, sys, name
`;

/** Runs attempts in sandboxes of a factory, each in one of its own, and looks for the proofs. */
export class EscapeRunner {
	readonly #factory: SandboxFactory;
	readonly #folder = mkdtempSync(join(tmpdir(), 'rlm-escapes-'));
	readonly #secret = `canary-${process.pid}-${Date.now()}`;
	#server: Server | undefined;
	#connections = 0;

	constructor(factory: SandboxFactory) {
		this.#factory = factory;
		process.env.RLM_CANARY = this.#secret;
	}

	async run(attempt: EscapeAttempt, options: EscapeOptions): Promise<EscapeOutcome> {
		const canaries = await this.#plant(attempt.id);
		const { code, proof } = JSON.parse(fill(JSON.stringify(attempt), canaries)) as EscapeAttempt;
		const received: string[] = [];
		const sandbox = await this.#factory.create(
			{ contexts: [], histories: [], tools: {}, memoryBytes: options.memoryBytes, host: recordingHost(received) },
			neverAborted,
		);
		try {
			if (options.withoutGuide) await execute(sandbox, REMOVE_GUIDE, options.timeoutMs);
			const result = await execute(sandbox, code, options.timeoutMs);
			const next = await execute(sandbox, 'print(6 * 7)', options.timeoutMs);
			const found = this.#proven(proof, result, received);
			const problem = found || next.stdout === '42\n' ? found : `the next cell printed ${next.stdout}`;
			return { id: attempt.id, isBlocked: problem === '', ending: ending(result), problem };
		} finally {
			await sandbox.dispose();
		}
	}

	async dispose(): Promise<void> {
		rmSync(this.#folder, { recursive: true, force: true });
		delete process.env.RLM_CANARY;
		const server = this.#server;
		if (server) await new Promise((resolve) => server.close(resolve));
	}

	async #plant(id: string): Promise<Record<string, string>> {
		this.#connections = 0;
		rmSync(join(this.#folder, id), { recursive: true, force: true });
		return {
			CANARY: this.#secret,
			CANARY_B: `forged-by-${id}`,
			PROOF: join(this.#folder, id),
			PORT: String(await this.#listen()),
			PID: String(process.pid),
		};
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

	/** Which proof was found; empty for none. */
	#proven(proof: EscapeProof, result: CellResult, received: readonly string[]): string {
		switch (proof.type) {
			case 'stdout':
				return result.stdout.includes(proof.contains) ? `it printed ${proof.contains}` : '';
			case 'file':
				return existsSync(proof.path) ? `it made ${proof.path}` : '';
			case 'tcp':
				return this.#connections > 0 ? 'it connected' : '';
			case 'hostmsg':
				return received.some((text) => text.includes(proof.contains)) ? 'the host took a forged message' : '';
			case 'hostprop':
				return proof.prop in {} ? `every object of the host has ${proof.prop}` : '';
			case 'any':
				return proof.of.map((one) => this.#proven(one, result, received)).find(Boolean) ?? '';
			case 'hostcrash':
			case 'none':
				return '';
		}
	}
}

function fill(text: string, canaries: Record<string, string>): string {
	return text.replace(/\{\{(\w+)\}\}/g, (all, name: string) => JSON.stringify(canaries[name] ?? all).slice(1, -1));
}

function recordingHost(received: string[]): SandboxHost {
	return {
		query(queries) {
			received.push(...queries.map((query) => query.prompt));
			return queries.map(async () => ({ text: 'reply' }));
		},
		budget: () => ({}),
	};
}

function execute(sandbox: Sandbox, code: string, timeoutMs: number): Promise<CellResult> {
	return sandbox.execute(code, { timeoutMs, outputCharacters: 20_000 }, () => {}, neverAborted);
}

function ending(result: CellResult): string {
	return result.error ? `${result.error.type}: ${result.error.message}`.slice(0, 120) : 'ran';
}
