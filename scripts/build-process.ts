import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/**
 * Bundles the entry of a sandbox process into dist/sandboxProcess.mjs: one file without chunks, because the process may
 * read nothing else. A file that is up to date stays, for another process may be starting from it.
 * @param options what all bundles have in common
 */
export async function buildSandboxProcess(options: BuildOptions = {}): Promise<void> {
	mkdirSync(join(root, 'dist'), { recursive: true });
	const { outputFiles } = await build({
		target: 'node22.15',
		mainFields: ['module', 'main'],
		logLevel: 'warning',
		...options,
		sourcemap: false,
		write: false,
		absWorkingDir: root,
		entryPoints: ['src/sandbox/guest/process/main.ts'],
		outfile: 'dist/sandboxProcess.mjs',
		bundle: true,
		platform: 'node',
		format: 'esm',
	});
	for (const { path, contents } of outputFiles) {
		if (existsSync(path) && readFileSync(path).equals(contents)) continue;
		writeFileSync(`${path}.new`, contents);
		renameSync(`${path}.new`, path);
	}
}
