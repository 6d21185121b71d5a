import { buildSandboxProcess } from '../../scripts/build-process.ts';
import { buildVault } from '../../scripts/build-vault.ts';

/** Runs once before all tests: the sandbox starts from files that are built from its sources. */
export async function setup(): Promise<void> {
	await Promise.all([buildVault(), buildSandboxProcess()]);
}
