import { InputError, SandboxError } from '../core/errors.ts';
import type { SandboxFactory, SandboxOptions } from '../core/sandbox.ts';
import { throwIfCancelled, WorkerSandbox, type WorkerSettings } from './sandboxSession.ts';
import { loadVaultFolder, type VaultFiles } from './vaultFolder.ts';

export interface WorkerSandboxOptions extends WorkerSettings {
	/** Folder that `scripts/build-vault.ts` made. */
	readonly vaultFolder: string;
}

/** Makes sandboxes that live in worker threads of this process. Reads nothing from disk before the first one. */
export function createWorkerSandboxes(options: WorkerSandboxOptions): SandboxFactory {
	const alive = new Set<WorkerSandbox>();
	let files: Promise<VaultFiles> | undefined;
	let isDisposed = false;
	const load = () => {
		files ??= loadVaultFolder(options.vaultFolder).catch((error: unknown) => {
			files = undefined;
			throw error;
		});
		return files;
	};
	return {
		async create(sandboxOptions, signal) {
			const vaultFiles = await load();
			throwIfCancelled(signal);
			if (isDisposed) throw new SandboxError('disposed', 'the sandboxes have been disposed of');
			refuseReservedNames(sandboxOptions, vaultFiles);
			const sandbox = new WorkerSandbox(options, vaultFiles, sandboxOptions, () => alive.delete(sandbox));
			alive.add(sandbox);
			try {
				await sandbox.start(signal);
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

function refuseReservedNames(options: SandboxOptions, files: VaultFiles): void {
	const reserved = new Set([...files.manifest.reservedNames, 'memory', 'answer', 'context', 'history']);
	for (const name of Object.keys(options.tools)) {
		if (reserved.has(name) || /^(context|history)_\d+$/.test(name)) {
			throw new InputError(`the tool name ${name} is reserved: the REPL provides a function of that name itself`);
		}
		if (!/^[A-Za-z_]\w*$/.test(name)) throw new InputError(`the tool name ${name} is no Python name`);
	}
}
