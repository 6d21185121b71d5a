import { InputError, SandboxError } from '../core/errors.ts';
import type { IsolationLayer, SandboxFactory, SandboxOptions } from '../core/sandbox.ts';
import type { StartInterpreter } from './interpreter.ts';
import { SandboxSession, throwIfCancelled } from './sandboxSession.ts';

/** What a deployment needs to know before it can start interpreters. */
export interface Deployment {
	/** Names that the REPL provides, which no tool may have. */
	readonly reservedNames: readonly string[];
	readonly start: StartInterpreter;
	/** Layers that its sandboxes have where the platform allows; one that is missing is logged. */
	readonly layers: readonly IsolationLayer[];
}

/**
 * Makes sandboxes of one deployment.
 * @param loadDeployment called before the first sandbox, and again when it failed
 */
export function createSandboxes(
	loadDeployment: () => Promise<Deployment>,
	log: ((message: string) => void) | undefined,
): SandboxFactory {
	const alive = new Set<SandboxSession>();
	let deployment: Promise<Deployment> | undefined;
	let isDisposed = false;
	let hasWarned = false;
	const warnOfMissing = (expected: readonly IsolationLayer[], found: readonly IsolationLayer[]) => {
		const missing = expected.filter((layer) => !found.includes(layer));
		if (missing.length > 0 && !hasWarned) log?.(`the sandbox runs without ${missing.join(' and ')} on this machine`);
		hasWarned ||= missing.length > 0;
	};
	const load = () => {
		deployment ??= loadDeployment().catch((error: unknown) => {
			deployment = undefined;
			throw error;
		});
		return deployment;
	};
	return {
		async create(sandboxOptions, signal) {
			const { start, reservedNames, layers } = await load();
			throwIfCancelled(signal);
			if (isDisposed) throw new SandboxError('disposed', 'the sandboxes have been disposed of');
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
		prepare() {
			// Whoever creates the first sandbox is told what is wrong.
			load().catch(() => undefined);
		},
		async dispose() {
			isDisposed = true;
			await Promise.all([...alive].map((sandbox) => sandbox.dispose()));
		},
	};
}

function refuseReservedNames(options: SandboxOptions, names: readonly string[]): void {
	const reserved = new Set([...names, 'memory', 'answer', 'context', 'history']);
	for (const name of Object.keys(options.tools)) {
		if (reserved.has(name) || /^(context|history)_\d+$/.test(name)) {
			throw new InputError(`the tool name ${name} is reserved: the REPL provides a function of that name itself`);
		}
		if (!/^[A-Za-z_]\w*$/.test(name)) throw new InputError(`the tool name ${name} is no Python name`);
	}
}
