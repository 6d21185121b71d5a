import { InputError, SandboxError } from '../core/errors.ts';
import type { SandboxFactory, SandboxOptions } from '../core/sandbox.ts';
import { throwIfCancelled, WorkerSandbox } from './sandboxSession.ts';
import { loadVaultFolder, type VaultFiles } from './vaultFolder.ts';
import { WarmPool } from './warmPool.ts';
import { WorkerThread } from './workerThread.ts';

export interface WorkerSandboxOptions {
	/** Folder that `scripts/build-vault.ts` made. */
	readonly vaultFolder: string;
	/** The entry of the worker thread: `src/sandbox/worker.ts`, or its bundle. */
	readonly workerScript: URL | string;
	/** Diagnostics of sandboxes, one line each. */
	readonly log?: (message: string) => void;
}

/** Makes sandboxes that live in worker threads of this process. Reads nothing from disk before the first one. */
export function createWorkerSandboxes(options: WorkerSandboxOptions): SandboxFactory {
	const alive = new Set<WorkerSandbox>();
	const load = loadOnce(options.vaultFolder);
	const spares = new WarmPool({
		start: () => WorkerThread.start({ script: options.workerScript, files: load() }),
		inUse: () => alive.size,
	});
	let isDisposed = false;

	const createSandbox = (sandboxOptions: SandboxOptions): WorkerSandbox => {
		const sandbox = new WorkerSandbox(
			{
				takeThread: () => spares.take(),
				log: options.log,
				onDispose: () => alive.delete(sandbox),
			},
			sandboxOptions,
		);
		alive.add(sandbox);
		return sandbox;
	};
	return {
		async create(sandboxOptions, signal) {
			throwIfCancelled(signal);
			if (isDisposed) throw new SandboxError('disposed', 'the sandboxes have been disposed of');
			// A thread comes up while the files are read.
			spares.prepare();
			refuseReservedNames(sandboxOptions, await load());
			throwIfCancelled(signal);
			if (isDisposed) throw new SandboxError('disposed', 'the sandboxes have been disposed of');
			const sandbox = createSandbox(sandboxOptions);
			try {
				await sandbox.start(signal);
				return sandbox;
			} catch (error) {
				await sandbox.dispose();
				throw error;
			}
		},
		prepare: () => spares.prepare(),
		async dispose() {
			isDisposed = true;
			await Promise.all([spares.dispose(), ...[...alive].map((sandbox) => sandbox.dispose())]);
		},
	};
}

/** Reads the files when they are first asked for; a failure is not kept. */
function loadOnce(folder: string): () => Promise<VaultFiles> {
	let files: Promise<VaultFiles> | undefined;
	return () => {
		files ??= loadVaultFolder(folder).catch((error: unknown) => {
			files = undefined;
			throw error;
		});
		return files;
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
