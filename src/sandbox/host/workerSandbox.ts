import type { SandboxFactory } from '../../core/ports/sandbox.ts';
import { loadVaultFolder } from '../shared/vaultFolder.ts';
import { pooledDeployment } from './pooledDeployment.ts';
import { createSandboxes, once } from './sandboxFactory.ts';
import { WorkerThread } from './workerThread.ts';

const SPARE_BYTES = 64 << 20;

export interface WorkerSandboxOptions {
	/** The entry of the worker thread: `src/sandbox/guest/worker.ts`, or its bundle. */
	readonly workerScript: URL | string;
	/** Folder that `scripts/build-vault.ts` made. */
	readonly vaultFolder: string;
	/** Diagnostics of sandboxes, one line each. */
	readonly log?: (message: string) => void;
}

/** Makes sandboxes in worker threads of this process. Reads nothing from disk before the first one. */
export function createWorkerSandboxes({ workerScript, vaultFolder, log }: WorkerSandboxOptions): SandboxFactory {
	return createSandboxes((inUse) => {
		const load = once(() => loadVaultFolder(vaultFolder));
		return pooledDeployment({
			layers: ['imports', 'realm'],
			spareBytes: SPARE_BYTES,
			reservedNames: async () => (await load()).manifest.reservedNames,
			start: () => WorkerThread.start({ script: workerScript, files: load() }),
			inUse,
		});
	}, log);
}
