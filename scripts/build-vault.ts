// Builds dist/vault/, the files that a sandbox starts from: node scripts/build-vault.ts
// Boots Python once, loads the standard library and our runtime into it, and stores its memory. Does nothing when the
// folder was built from the same inputs.
import { createHash } from 'node:crypto';
import {
	copyFileSync,
	existsSync,
	globSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { encodeFrame } from '../src/protocol/sandboxFrames.ts';
import { imageBytes, PageComparison, writeImage } from '../src/sandbox/guest/memoryImage.ts';
import { KEPT_IMPORTS } from '../src/sandbox/guest/realm/imports.ts';
import { PYTHON_EXPORTS } from '../src/sandbox/guest/realm/types.ts';
import { functionImports, Vault, type VaultAssets } from '../src/sandbox/guest/vault.ts';
import type { VaultManifest } from '../src/sandbox/shared/vaultFolder.ts';
import { wasm } from '../src/sandbox/shared/wasm.ts';
import { type BundledPackage, bundleInputs, bundlePackages, type PythonBundle } from './bundle-python.ts';
import { endWithAdvice } from './pip.ts';
import { trimGlue } from './vault-glue.ts';
import { builderPort } from './vault-port.ts';
import { keepExports } from './vault-wasm.ts';

const root = join(import.meta.dirname, '..');
const sandbox = join(root, 'src/sandbox');
const target = join(root, 'dist/vault');
const pyodide = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));

/** Importing them takes a second from the zip and nothing from the snapshot. */
const PRELOADED = `
	argparse array ast asyncio base64 bisect bz2 calendar collections collections.abc concurrent.futures.thread
	configparser contextlib copy csv dataclasses datetime decimal difflib email.message encodings.idna encodings.latin_1
	encodings.utf_16 encodings.utf_16_le enum fnmatch fractions functools getpass glob graphlib gzip hashlib heapq html
	html.parser importlib.resources inspect io ipaddress itertools json linecache locale logging lzma math numbers operator
	pathlib pickle platform pprint
	queue random re secrets shlex shutil sqlite3 statistics string struct tempfile textwrap threading time timeit
	tokenize tomllib traceback types typing unicodedata urllib.parse uuid weakref xml.etree.ElementTree zipfile zlib zoneinfo
`.trim();

/** What `realm/` uses of the generated loader. */
const GLUE_NEEDS = {
	imports: KEPT_IMPORTS,
	variables: ['__PyRuntime', '__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET', '_Py_EMSCRIPTEN_SIGNAL_HANDLING'],
	properties: ['FS', 'ENV'],
};

const inputs = () => [
	...bundleInputs(),
	...['pyodide.asm.wasm', 'pyodide.asm.mjs', 'python_stdlib.zip'].map((name) => join(pyodide, name)),
	...globSync(
		[
			'guest/realm/*.ts',
			'guest/realm/*.txt',
			'python/**/*.py',
			'guest/vault.ts',
			'guest/memoryImage.ts',
			'shared/wasm.ts',
		],
		{ cwd: sandbox },
	)
		.sort()
		.map((name) => join(sandbox, name)),
	...['build-vault.ts', 'vault-glue.ts', 'vault-wasm.ts'].map((name) => join(root, 'scripts', name)),
];

interface BuiltManifest extends VaultManifest {
	readonly inputHash: string;
	readonly packages: readonly BundledPackage[];
}

/** Builds the folder unless it is up to date. Returns whether it built. */
export async function buildVault(): Promise<boolean> {
	const inputHash = hashOfFiles(inputs());
	if (isUpToDate(inputHash)) return false;
	const glue = await trimGlue(readFileSync(join(pyodide, 'pyodide.asm.mjs'), 'utf8'), GLUE_NEEDS);
	const exports = new Set([...glue.exports, ...PYTHON_EXPORTS]);
	const binary = keepExports(readFileSync(join(pyodide, 'pyodide.asm.wasm')), exports);
	const assets: VaultAssets = {
		module: new wasm.Module(binary),
		glue: glue.script,
		realm: await bundleRealm(),
		stdlib: readFileSync(join(pyodide, 'python_stdlib.zip')),
	};
	checkImports(functionImports(assets.module));
	const bundle = await bundlePackages(assets);
	const snapshot = await takeSnapshot(assets, bundle);
	// Built aside and moved into place at once: another process may be starting a sandbox from the old folder.
	const aside = `${target}.${process.pid}`;
	mkdirSync(aside, { recursive: true });
	writeFileSync(join(aside, 'glue.js'), assets.glue);
	writeFileSync(join(aside, 'realm.js'), assets.realm);
	writeFileSync(join(aside, 'snapshot.bin'), snapshot.image);
	writeFileSync(join(aside, 'pyodide.asm.wasm'), binary);
	copyFileSync(join(pyodide, 'python_stdlib.zip'), join(aside, 'python_stdlib.zip'));
	const { entry, reservedNames } = snapshot;
	const { packages } = bundle;
	const manifest: BuiltManifest = { inputHash, entry, reservedNames, packages };
	writeFileSync(join(aside, 'manifest.json'), `${JSON.stringify(manifest, undefined, '\t')}\n`);
	rmSync(target, { recursive: true, force: true });
	renameSync(aside, target);
	return true;
}

function isUpToDate(inputHash: string): boolean {
	const file = join(target, 'manifest.json');
	return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).inputHash === inputHash;
}

function hashOfFiles(files: readonly string[]): string {
	const hash = createHash('sha256');
	for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
	return hash.digest('hex');
}

/**
 * Checks the module's imports: the firewall was written for one list, and another needs a review.
 * @throws Error when the list differs
 */
export function checkImports(names: readonly string[]): void {
	const file = join(sandbox, 'guest/realm/recordedImports.txt');
	const found = `${[...names].sort().join('\n')}\n`;
	if (!existsSync(file) && process.argv.includes('--record-imports')) writeFileSync(file, found);
	if (readFileSync(file, 'utf8') === found) return;
	throw new Error(
		'pyodide.asm.wasm imports other functions than src/sandbox/guest/realm/recordedImports.txt says. Decide for each new ' +
			'one in src/sandbox/guest/realm/imports.ts, then delete the file and run this script with --record-imports.',
	);
}

async function bundleRealm(): Promise<string> {
	const result = await build({
		entryPoints: [join(sandbox, 'guest/realm/realm.ts')],
		bundle: true,
		write: false,
		format: 'iife',
		globalName: 'realm',
		platform: 'neutral',
		target: 'es2023',
		footer: { js: 'realm.bootRealm' },
	});
	const [output] = result.outputFiles;
	if (!output) throw new Error('esbuild gave no output for realm.ts');
	return `"use strict";${output.text}`;
}

interface Snapshot {
	readonly image: Uint8Array;
	/** Returns the address of the Python function that serves one command. */
	readonly entry: number;
	readonly reservedNames: string[];
}

async function takeSnapshot(assets: VaultAssets, { packages, payload }: PythonBundle): Promise<Snapshot> {
	let report: { entry: number; reservedNames: string[] } | undefined;
	const messages: string[] = [];
	const port = builderPort(encodeFrame({ packages }, payload), messages, ({ header }) => {
		report = header as typeof report;
	});
	const vault = await Vault.open(assets, { memoryBytes: 256 << 20 }, port, []);
	const isLoaded = vault.run(loaderSource());
	if (!isLoaded || !report) throw new Error(`the Python runtime does not load:\n${messages.join('\n')}`);
	vault.keep(report.entry);
	return { image: imageOf(vault.memory), ...report };
}

function imageOf(memory: Uint8Array): Uint8Array {
	const empty = { memoryBytes: memory.length, pageNumbers: new Uint32Array(), pages: new Uint8Array() };
	const pages = new PageComparison(empty).changedPages(memory);
	const buffer = new ArrayBuffer(imageBytes(pages.length));
	writeImage(buffer, memory, pages);
	return new Uint8Array(buffer);
}

/** Python source that loads everything and leaves nothing behind of what only loaded it. Texts in JSON are texts in Python. */
function loaderSource(): string {
	const python = join(sandbox, 'python');
	const loader = readFileSync(join(python, 'snapshot/load_runtime.py'), 'utf8');
	const sources = globSync('_rlm/*.py', { cwd: python }).map((file) => [
		basename(file) === '__init__.py' ? '_rlm' : `_rlm.${basename(file, '.py')}`,
		readFileSync(join(python, file), 'utf8'),
	]);
	return `
def _load():
    import gc
    loader = {"__name__": "load_runtime"}
    exec(compile(${JSON.stringify(loader)}, "<rlm:load_runtime>", "exec"), loader)
    serve = loader["load"](dict(${JSON.stringify(sources)}), ${JSON.stringify(PRELOADED)}.split())
    loader.clear()
    gc.collect()
    gc.freeze()
_load()
del _load
`;
}

if (process.argv[1] === import.meta.filename) {
	const started = performance.now();
	const didBuild = await buildVault().catch(endWithAdvice);
	console.log(
		didBuild ? `dist/vault built in ${Math.round(performance.now() - started)} ms` : 'dist/vault is up to date',
	);
}
