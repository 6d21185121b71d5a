import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/**
 * Bundles the entry of a sandbox process into dist/sandboxProcess.mjs: one file without chunks, because the process may
 * read nothing else. @param options what all bundles have in common
 */
export async function buildSandboxProcess(options: BuildOptions = {}): Promise<void> {
	mkdirSync(join(root, 'dist'), { recursive: true });
	await build({
		target: 'node22.15',
		logLevel: 'warning',
		...options,
		absWorkingDir: root,
		entryPoints: ['src/sandbox/process/main.ts'],
		outfile: 'dist/sandboxProcess.mjs',
		bundle: true,
		platform: 'node',
		format: 'esm',
	});
}
