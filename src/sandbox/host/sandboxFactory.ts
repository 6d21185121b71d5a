import { InputError, SandboxError, throwIfCancelled } from '../../core/errors.ts';
import type { IsolationLayer, SandboxFactory, SandboxOptions } from '../../core/ports/sandbox.ts';
import type { StartInterpreter } from './interpreter.ts';
import { SandboxSession } from './sandboxSession.ts';

/** How a factory starts its interpreters. */
export interface Deployment {
	/** Names that the REPL provides, which no tool may use. Rejects when no sandbox can start. */
	reservedNames(): Promise<readonly string[]>;
	readonly start: StartInterpreter;
	/** Prepares in the background. Never throws: whoever creates the first sandbox gets the error. */
	prepare(): void;
	/** Ends started interpreters that no sandbox uses. */
	dispose(): Promise<void>;
	/** Layers that its sandboxes have where the platform allows; a missing one is logged. */
	readonly layers: readonly IsolationLayer[];
}

/**
 * Makes sandboxes of one deployment.
 * @param deploy receives a function that returns the number of live sandboxes
 */
export function createSandboxes(
	deploy: (inUse: () => number) => Deployment,
	log: ((message: string) => void) | undefined,
): SandboxFactory {
	const alive = new Set<SandboxSession>();
	const deployment = deploy(() => alive.size);
	const { start, layers } = deployment;
	let isDisposed = false;
	let hasWarned = false;
	const warnOfMissing = (expected: readonly IsolationLayer[], found: readonly IsolationLayer[]) => {
		const missing = expected.filter((layer) => !found.includes(layer));
		if (missing.length > 0 && !hasWarned) log?.(`the sandbox runs without ${missing.join(' and ')} on this machine`);
		hasWarned ||= missing.length > 0;
	};
	const refuseWhenOver = (signal: AbortSignal) => {
		throwIfCancelled(signal);
		if (isDisposed) throw new SandboxError('disposed', 'the sandboxes have been disposed of');
	};
	return {
		async create(sandboxOptions, signal) {
			refuseWhenOver(signal);
			// An interpreter starts while the files are read.
			deployment.prepare();
			const reservedNames = await deployment.reservedNames();
			refuseWhenOver(signal);
			refuseReservedNames(sandboxOptions, reservedNames);
			const sandbox = new SandboxSession({ start, log }, sandboxOptions, () => alive.delete(sandbox));
			alive.add(sandbox);
			try {
				await sandbox.start(signal);
				warnOfMissing(layers, sandbox.isolation);
				return sandbox;
			} catch (error) {
				await sandbox.dispose();
				throw error;
			}
		},
		prepare: () => deployment.prepare(),
		async dispose() {
			isDisposed = true;
			await Promise.all([deployment.dispose(), ...[...alive].map((sandbox) => sandbox.dispose())]);
		},
	};
}

/** Does the work when its result is first needed; a failure is not cached. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
	let result: Promise<T> | undefined;
	return () => {
		result ??= work().catch((error: unknown) => {
			result = undefined;
			throw error;
		});
		return result;
	};
}

function refuseReservedNames(options: SandboxOptions, names: readonly string[]): void {
	const reserved = new Set([...names, 'memory', 'answer', 'context', 'history']);
	for (const name of Object.keys(options.tools)) {
		if (reserved.has(name) || /^(context|history)_\d+$/.test(name)) {
			throw new InputError(`the tool name ${name} is reserved: the REPL has its own function of that name`);
		}
		if (!/^[A-Za-z_]\w*$/.test(name)) throw new InputError(`the tool name ${name} is not a Python name`);
	}
}
