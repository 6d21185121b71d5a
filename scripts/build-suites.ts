import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { builtinPython } from './builtin-python.ts';

const root = join(import.meta.dirname, '..');

/** Bundles the mocha suites that run inside VS Code into dist-test/. Named `.mjs`, so that VS Code loads them as modules. */
export async function buildSuites(): Promise<void> {
	const folder = 'test/vscode/suite';
	rmSync(join(root, 'dist-test'), { recursive: true, force: true });
	await build({
		absWorkingDir: root,
		entryPoints: readdirSync(join(root, folder))
			.filter((file) => file === 'index.ts' || file.endsWith('.test.ts'))
			.map((file) => join(folder, file)),
		outdir: 'dist-test',
		outExtension: { '.js': '.mjs' },
		bundle: true,
		platform: 'node',
		target: 'node22.15',
		mainFields: ['module', 'main'],
		format: 'esm',
		splitting: true,
		sourcemap: 'linked',
		external: ['vscode', 'mocha'],
		define: builtinPython(),
		logLevel: 'warning',
	});
}

if (import.meta.main) await buildSuites();
