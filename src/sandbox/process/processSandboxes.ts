import type { SandboxFactory } from '../../core/sandbox.ts';
import { createSandboxes } from '../sandboxFactory.ts';
import { loadManifest } from '../vaultFolder.ts';
import { findLaunch, type LaunchOptions } from './launch.ts';
import { SandboxProcess } from './sandboxProcess.ts';

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
	return createSandboxes(async () => {
		const { reservedNames } = await loadManifest(vaultFolder);
		const launch = await findLaunch(options);
		return {
			reservedNames,
			layers: ['imports', 'realm', 'permissions', 'namespaces'],
			start: (started) => SandboxProcess.start({ ...started, launch, vaultFolder }),
		};
	}, options.log);
}
