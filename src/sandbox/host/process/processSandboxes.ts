import type { SandboxFactory } from '../../../core/ports/sandbox.ts';
import { loadManifest } from '../../shared/vaultFolder.ts';
import { pooledDeployment } from '../pooledDeployment.ts';
import { createSandboxes, once } from '../sandboxFactory.ts';
import { findLaunch, type LaunchOptions } from './launch.ts';
import { SandboxProcess } from './sandboxProcess.ts';

/** Processes share nothing with each other. */
const SPARE_BYTES = 100 << 20;

export interface ProcessSandboxOptions extends LaunchOptions {
	/** Diagnostics of sandboxes, one line each. */
	readonly log?: (message: string) => void;
}

/**
 * Makes sandboxes that are separate processes, with as few rights as the platform allows. Each reports in `isolation`
 * which layers it found around itself.
 */
export function createProcessSandboxes(options: ProcessSandboxOptions): SandboxFactory {
	const { vaultFolder } = options;
	return createSandboxes((inUse) => {
		const load = once(async () => {
			const { reservedNames } = await loadManifest(vaultFolder);
			return { reservedNames, launch: await findLaunch(options) };
		});
		return pooledDeployment({
			layers: ['imports', 'realm', 'permissions', 'namespaces'],
			spareBytes: SPARE_BYTES,
			reservedNames: async () => (await load()).reservedNames,
			start: async () => SandboxProcess.start({ launch: (await load()).launch, vaultFolder }),
			inUse,
		});
	}, options.log);
}
