// Builds everything that ships: node scripts/build.ts [--production] [--tests]
// --production  minified, without source maps, with the notices of the packages that are really bundled
// --tests       also the mocha suites that run inside VS Code, into dist-test/
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { buildSandboxProcess } from './build-process.ts';
import { buildSuites } from './build-suites.ts';
import { builtinPython } from './builtin-python.ts';
import { nodeBuiltins } from './node-builtins.ts';
import { thirdPartyNotices } from './notices.ts';
import { buildOfficialFormat } from './official-rlm.ts';
import { endWithAdvice } from './pip.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const isProduction = process.argv.includes('--production');

const common: BuildOptions = {
	absWorkingDir: root,
	bundle: true,
	platform: 'node',
	target: 'node22.15',
	mainFields: ['module', 'main'], // the main of jsonc-parser is UMD, whose parts a bundle cannot find
	minify: isProduction,
	sourcemap: isProduction ? false : 'linked',
	define: builtinPython(),
	logLevel: 'warning',
	metafile: true,
};

/**
 * One build with shared chunks, so that activating the extension loads a few KB and the engine, the SDKs and the
 * sandbox come when they are first used. Chunks stay beside the entries: src/assets.ts finds its files relative to them.
 */
async function buildBundles(): Promise<void> {
	wipe();
	const result = await build({
		...common,
		entryPoints: {
			extension: 'src/vscode/extension.ts',
			cli: 'src/cli/main.ts',
			sandboxWorker: 'src/sandbox/guest/worker.ts',
			computeWorker: 'src/compute/worker.ts',
		},
		outdir: 'dist',
		format: 'esm',
		splitting: true,
		chunkNames: '[name]-[hash]',
		external: ['vscode'],
		plugins: [nodeBuiltins],
		metafile: true,
	});
	await buildSandboxProcess(common);
	const pages = await buildWebviews();
	chmodSync(join(dist, 'cli.js'), 0o755);
	if (isProduction)
		writeFileSync(
			join(dist, 'THIRD_PARTY_NOTICES.md'),
			thirdPartyNotices(root, { ...result.metafile, inputs: { ...result.metafile.inputs, ...pages.inputs } }),
		);
}

/** Pages of the editor: scripts for a browser, with their style sheets and the icon font beside them. */
async function buildWebviews(): Promise<Metafile> {
	const { metafile } = await build({
		...common,
		entryPoints: { panel: 'webview/panel/main.ts', chat: 'webview/chat/main.ts' },
		outdir: 'dist/webview',
		platform: 'browser',
		target: 'chrome130',
		format: 'esm',
		loader: { '.ttf': 'file' },
		assetNames: '[name]',
		metafile: true,
	});
	return metafile;
}

/** Empties dist/ except for the vault, so that nothing stale is packed. */
function wipe(): void {
	mkdirSync(dist, { recursive: true });
	for (const entry of readdirSync(dist)) {
		if (entry !== 'vault') rmSync(join(dist, entry), { recursive: true, force: true });
	}
}

/** The interpreter and its snapshot; the script itself knows when they are up to date. */
function buildVault(): void {
	const result = spawnSync(process.execPath, ['scripts/build-vault.ts'], { cwd: root, stdio: 'inherit' });
	// It has said itself why.
	if (result.status !== 0) process.exit(result.status ?? 1);
}

/** The texts that models of the official package were trained on. */
function officialFormat(): void {
	try {
		buildOfficialFormat(join(dist, 'official.json'));
	} catch (error) {
		endWithAdvice(error);
	}
}

await buildBundles().catch(endWithAdvice);
if (process.argv.includes('--tests')) await buildSuites();
officialFormat();
buildVault();
