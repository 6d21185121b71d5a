import type { SandboxFactory } from '../core/sandbox.ts';
import { createSandboxes, once } from './sandboxFactory.ts';
import { loadVaultFolder } from './vaultFolder.ts';
import { WarmPool } from './warmPool.ts';
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
	return createSandboxes((inUse) => {
		const load = once(() => loadVaultFolder(vaultFolder));
		const spares = new WarmPool({
			start: () => WorkerThread.start({ script: workerScript, files: load() }),
			inUse,
		});
		return {
			layers: ['imports', 'realm'],
			reservedNames: async () => (await load()).manifest.reservedNames,
			async start(options) {
				const thread = await spares.take();
				thread.begin(options);
				return thread;
			},
			prepare: () => spares.prepare(),
			dispose: () => spares.dispose(),
		};
	}, log);
}
