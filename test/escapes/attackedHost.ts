import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EscapeAttempt } from '../support/escapeFile.ts';
import type { EscapeOutcome } from '../support/escapes.ts';
import type { HostAnswer, HostRequest } from './host.ts';
import type { TargetName } from './targets.ts';

/** An attempt that has not ended after this has hung its host. ms */
const HANG_MS = 120_000;

/** A process whose sandboxes are attacked, and another one when it did not survive. */
export class AttackedHost {
	readonly #target: TargetName;
	#child: ChildProcess | undefined;

	constructor(target: TargetName) {
		this.#target = target;
	}

	async attack(attempt: EscapeAttempt, withoutGuide: boolean): Promise<EscapeOutcome> {
		const answer = await this.#ask({ attempt, withoutGuide });
		if ('outcome' in answer) return answer.outcome;
		const problem = 'problem' in answer ? answer.problem : 'the host ended';
		return { id: attempt.id, isBlocked: false, ending: 'failed', problem };
	}

	/** @returns what is wrong after the end: interpreters that are still there, or a host that is not. Empty for nothing */
	async end(): Promise<string> {
		if (!this.#child) return '';
		const answer = await this.#ask('end');
		if ('problem' in answer) return answer.problem;
		return 'left' in answer && answer.left > 0 ? `${answer.left} interpreters were left behind` : '';
	}

	async #ask(request: HostRequest): Promise<HostAnswer | { problem: string }> {
		const child = this.#living();
		const settled = new AbortController();
		const signal = AbortSignal.any([AbortSignal.timeout(HANG_MS), settled.signal]);
		const answered = once(child, 'message', { signal }).then(([answer]) => answer as HostAnswer);
		const ended = once(child, 'exit', { signal }).then(([code, name]) => ({
			problem: `the host ended with ${code ?? name}`,
		}));
		child.send(request);
		try {
			return await Promise.race([answered, ended]);
		} catch {
			child.kill('SIGKILL');
			await once(child, 'exit');
			return { problem: `the host hung for ${HANG_MS / 1000} s` };
		} finally {
			settled.abort();
			await Promise.allSettled([answered, ended]);
		}
	}

	#living(): ChildProcess {
		const child = this.#child;
		if (child && child.exitCode === null && child.signalCode === null && child.connected) return child;
		const script = join(import.meta.dirname, 'host.ts');
		const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, this.#target], {
			stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
		});
		started.stdin?.on('error', () => undefined).write('STDIN-CANARY\n'.repeat(10));
		this.#child = started;
		return started;
	}
}
