import type { SandboxFactory } from '../core/sandbox.ts';
import { createSandboxes } from './sandboxFactory.ts';
import { loadVaultFolder } from './vaultFolder.ts';
import { WorkerThread } from './workerThread.ts';

export interface WorkerSandboxOptions {
	/** The entry of the worker thread: `src/sandbox/worker.ts`, or its bundle. */
	readonly workerScript: URL | string;
	/** Folder that `scripts/build-vault.ts` made. */
	readonly vaultFolder: string;
	/** Diagnostics of sandboxes, one line each. */
	readonly log?: (message: string) => void;
}

/** Makes sandboxes that live in worker threads of this process. Reads nothing from disk before the first one. */
export function createWorkerSandboxes({ workerScript, vaultFolder, log }: WorkerSandboxOptions): SandboxFactory {
	return createSandboxes(async () => {
		const files = await loadVaultFolder(vaultFolder);
		return {
			layers: ['imports', 'realm'],
			reservedNames: files.manifest.reservedNames,
			start: (options) => WorkerThread.start({ ...options, script: workerScript, files }),
		};
	}, log);
}
