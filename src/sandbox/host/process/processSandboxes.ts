import type { SandboxFactory } from '../../../core/ports/sandbox.ts';
import { loadManifest } from '../../shared/vaultFolder.ts';
import { pooledDeployment } from '../pooledDeployment.ts';
import { createSandboxes, once } from '../sandboxFactory.ts';
import { findLaunch, type LaunchOptions } from './launch.ts';
import { SandboxProcess } from './sandboxProcess.ts';

/** Nothing of it is shared with another one. */
const SPARE_BYTES = 100 << 20;

export interface ProcessSandboxOptions extends LaunchOptions {
	/** Diagnostics of sandboxes, one line each. */
	readonly log?: (message: string) => void;
}

/**
 * Makes sandboxes that are processes of their own, with as few rights as the platform lets us give them. Each tells in
 * `isolation` which layers it found around itself.
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
