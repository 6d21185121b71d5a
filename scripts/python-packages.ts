// The packages that Python code finds in the sandbox. python-packages.lock says which wheels they are, and
// python-packages.json what they are there for; their files come from the Python package index.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockedFolder, pip, python } from './pip.ts';

/** One entry of `python-packages.json`, with what the lock says of it. */
export interface PythonPackage {
	/** Name on the Python Package Index. */
	readonly name: string;
	readonly version: string;
	/** SPDX expression. */
	readonly licence: string;
	/** The one module or package that code imports. */
	readonly module: string;
	/** What a model uses it for. */
	readonly use: string;
	/** The package that it is there for; absent when it is worth its bytes by itself. */
	readonly neededBy?: string;
	/** Modules and folders of the wheel that cannot work or have no use in the sandbox. */
	readonly leftOut?: readonly string[];
}

const listFile = join(import.meta.dirname, 'python-packages.json');
const lockFile = join(import.meta.dirname, 'python-packages.lock');
/** Files that say what the packages are, contents included: the lock has the hashes of the wheels. */
export const packageInputs: readonly string[] = [listFile, lockFile, import.meta.filename];

/** What the interpreter takes. The platform only decides which wheel pip takes where there is one for each. */
export const INTERPRETER = [
	...['--python-version', '3.14', '--implementation', 'cp', '--platform', 'manylinux2014_x86_64'],
];
const LICENCE_FILE = /^(licen[cs]e|copying|notice|authors)/i;

export function readPackages(): PythonPackage[] {
	const { packages } = JSON.parse(readFileSync(listFile, 'utf8')) as { packages: Omit<PythonPackage, 'version'>[] };
	const lock = readFileSync(lockFile, 'utf8');
	const versions = new Map([...lock.matchAll(/^([\w.-]+)==(\S+)/gm)].map(([, name, version]) => [name, version]));
	return packages.map((entry) => {
		const version = versions.get(entry.name);
		if (version === undefined) throw new Error(`python-packages.lock has no ${entry.name}`);
		return { ...entry, version };
	});
}

/** Paths and texts of a package's modules, in the order of their paths. */
export function sourcesOf({ name, module, leftOut = [] }: PythonPackage): [path: string, source: string][] {
	const folder = wheelFolder(name);
	const isLeftOut = (path: string) => leftOut.some((left) => path === left || path.startsWith(`${left}/`));
	return pathsBelow(folder)
		.filter((path) => path.endsWith('.py') && (path === `${module}.py` || path.startsWith(`${module}/`)))
		.filter((path) => !isLeftOut(path))
		.map((path) => [path, readFileSync(join(folder, path), 'utf8')]);
}

/** The texts of a package's licences. */
export function licencesOf({ name }: PythonPackage): string[] {
	const folder = wheelFolder(name);
	return pathsBelow(folder)
		.filter((path) => /^[^/]+\.dist-info\/(licenses\/.+|[^/]+)$/.test(path))
		.filter((path) => path.includes('.dist-info/licenses/') || LICENCE_FILE.test(path.replace(/^.*\//, '')))
		.map((path) => readFileSync(join(folder, path), 'utf8').trim());
}

/** The modules that prompts name, in the order of their names. */
export function namedModules(packages: readonly PythonPackage[]): string[] {
	return packages
		.filter(({ neededBy }) => neededBy === undefined)
		.map(({ module }) => module)
		.sort();
}

/** The folder with everything that a package's wheel holds. @throws SetupError when it cannot be fetched */
function wheelFolder(name: string): string {
	return join(lockedFolder('python-packages', fetchWheels), normalized(name));
}

function fetchWheels(folder: string, lock: readonly string[]): void {
	const wheels = join(folder, 'wheels');
	pip(['download', ...INTERPRETER, '--dest', wheels, ...lock]);
	for (const wheel of readdirSync(wheels)) {
		const target = join(folder, normalized(wheel.split('-')[0] ?? wheel));
		mkdirSync(target);
		python(['-m', 'zipfile', '-e', join(wheels, wheel), target]);
	}
}

/** A package's name as the index compares it. */
export function normalized(name: string): string {
	return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function pathsBelow(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
		.map((path) => path.replaceAll('\\', '/'))
		.sort();
}
