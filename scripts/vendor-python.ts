// node scripts/vendor-python.ts [NAME]...   Makes the folders of vendor/python again from its manifest, with pip.
// To take another version: change `version` and `sha256` (of the wheel) in the manifest, then run this. What follows
// from it (hashes of the folders, the list of modules that prompts name) is written too. `npm run format` afterwards.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	hashOfPackage,
	LICENCES,
	manifestFile,
	namedModules,
	type PythonPackage,
	packagesFolder,
	readPackages,
} from './python-packages.ts';

/** The interpreter's version; the platform only decides which wheel pip takes where there is one for each. */
const TARGET = ['--python-version', '3.14', '--implementation', 'cp', '--platform', 'manylinux2014_x86_64'];
const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'];
const LICENCE_FILE = /^(licen[cs]e|copying|notice|authors)/i;

const modulesFile = join(import.meta.dirname, '../src/core/prompt/bundledModules.ts');

/** Downloads a wheel, checks its hash and unpacks it. @throws Error when pip refuses */
function unpack({ name, version, sha256 }: PythonPackage, folder: string): void {
	const requirements = join(folder, 'requirements.txt');
	writeFileSync(requirements, `${name}==${version} --hash=sha256:${sha256}\n`);
	const options = ['--only-binary', ':all:', '--require-hashes', '--target', join(folder, 'unpacked')];
	const { status } = spawnSync('python3', [...PIP, ...TARGET, ...options, '-r', requirements], { stdio: 'inherit' });
	if (status !== 0) throw new Error(`pip could not install ${name} ${version}`);
}

function takeOver(entry: PythonPackage, unpacked: string): void {
	const target = join(packagesFolder, entry.name);
	rmSync(target, { recursive: true, force: true });
	mkdirSync(join(target, LICENCES), { recursive: true });
	for (const path of entry.leftOut ?? []) rmSync(join(unpacked, path), { recursive: true });
	for (const name of [entry.module, `${entry.module}.py`]) {
		const found = statSync(join(unpacked, name), { throwIfNoEntry: false });
		if (found) cpSync(join(unpacked, name), join(target, name), { recursive: true });
	}
	for (const file of licenceFiles(unpacked)) cpSync(file, join(target, LICENCES, file.replace(/^.*[\\/]/, '')));
}

function licenceFiles(unpacked: string): string[] {
	return readdirSync(unpacked, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && /\.dist-info\b/.test(entry.parentPath))
		.filter((entry) => /licenses$/.test(entry.parentPath) || LICENCE_FILE.test(entry.name))
		.map((entry) => join(entry.parentPath, entry.name));
}

function vendor(entry: PythonPackage): PythonPackage {
	const folder = mkdtempSync(join(tmpdir(), 'vendor-python-'));
	try {
		unpack(entry, folder);
		takeOver(entry, join(folder, 'unpacked'));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	console.log(`${entry.name} ${entry.version}`);
	return { ...entry, filesHash: hashOfPackage(entry.name) };
}

/** The loop may import nothing outside src/core, so the names are written into a file of its own. */
function writeModules(packages: readonly PythonPackage[]): void {
	const names = namedModules(packages).map((name) => `\t'${name}',\n`);
	const comment =
		'/** Bundled packages that Python code can import beside the standard library. Written by scripts/vendor-python.ts. */';
	writeFileSync(modulesFile, `${comment}\nexport const BUNDLED_MODULES: readonly string[] = [\n${names.join('')}];\n`);
}

const asked = process.argv.slice(2);
const packages = readPackages().map((entry) =>
	asked.length === 0 || asked.includes(entry.name) ? vendor(entry) : entry,
);
writeFileSync(manifestFile, `${JSON.stringify({ packages }, undefined, '\t')}\n`);
writeModules(packages);
