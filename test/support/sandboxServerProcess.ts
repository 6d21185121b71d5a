import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { createRemoteSandboxes } from '../../src/sandbox/host/remote/remoteSandboxes.ts';

const root = join(import.meta.dirname, '../..');
const TOKEN_VARIABLE = 'RLM_ESCAPES_TOKEN';
/** Silence after which the server counts as hung. ms */
const ANSWER_MS = 20_000;

/** A real `rlm sandbox-server` on loopback: a process of its own, with a token. */
export class SandboxServerProcess {
	readonly #child: ChildProcess;
	readonly #exited: Promise<unknown>;
	readonly token: string;
	readonly url: string;

	private constructor(child: ChildProcess, token: string, url: string) {
		this.#child = child;
		this.#exited = once(child, 'exit');
		this.token = token;
		this.url = url;
	}

	/** @param environment what the server has in its environment besides its token */
	static async start(environment: Readonly<Record<string, string>>): Promise<SandboxServerProcess> {
		const token = randomUUID();
		const watch = join(root, 'test/fixtures/hostWatch.mjs');
		const command = ['--import', watch, join(root, 'dist/cli.js'), 'sandbox-server', '--port', '0'];
		const child = spawn(process.execPath, [...command, '--token-env', TOKEN_VARIABLE], {
			env: { PATH: process.env.PATH, ...environment, [TOKEN_VARIABLE]: token },
			stdio: ['pipe', 'pipe', 'ignore', 'ipc'],
		});
		child.stdin?.write('STDIN-CANARY\n'.repeat(10));
		if (!child.stdout) throw new Error('the server has no output');
		const signal = AbortSignal.timeout(ANSWER_MS);
		const [line] = (await once(createInterface(child.stdout), 'line', { signal })) as [string];
		const url = /^sandbox server on (\S+)$/.exec(line)?.[1];
		if (url === undefined) throw new Error(`the sandbox server said: ${line}`);
		return new SandboxServerProcess(child, token, url);
	}

	get pid(): number {
		return this.#child.pid ?? 0;
	}

	get isAlive(): boolean {
		return this.#child.exitCode === null && this.#child.signalCode === null;
	}

	client(log: (message: string) => void): SandboxFactory {
		return createRemoteSandboxes({ url: this.url, token: () => this.token, log });
	}

	/** Names that its shared prototypes and its global object have and did not have at first. @throws when it hangs */
	async pollution(): Promise<readonly string[]> {
		const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
		this.#child.send('look');
		const [names] = (await answer) as [readonly string[]];
		return names;
	}

	/** Sessions that have not ended. */
	async sessions(): Promise<number> {
		const response = await fetch(`${this.url}/ready`, { signal: AbortSignal.timeout(ANSWER_MS) });
		const { sessions } = (await response.json()) as { sessions?: number };
		return sessions ?? Number.NaN;
	}

	async stop(): Promise<void> {
		if (!this.isAlive) return;
		this.#child.kill('SIGTERM');
		const kill = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_MS);
		await this.#exited;
		clearTimeout(kill);
	}
}
