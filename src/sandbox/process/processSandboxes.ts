import type { SandboxFactory } from '../../core/sandbox.ts';
import { createSandboxes, once } from '../sandboxFactory.ts';
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
	return createSandboxes(() => {
		const load = once(async () => {
			const { reservedNames } = await loadManifest(vaultFolder);
			return { reservedNames, launch: await findLaunch(options) };
		});
		return {
			layers: ['imports', 'realm', 'permissions', 'namespaces'],
			reservedNames: async () => (await load()).reservedNames,
			start: async (started) => SandboxProcess.start({ ...started, launch: (await load()).launch, vaultFolder }),
			prepare() {
				load().catch(() => undefined);
			},
			async dispose() {
				// There are no spare processes.
			},
		};
	}, options.log);
}
