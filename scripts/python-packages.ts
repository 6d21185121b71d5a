// What lies in vendor/python: packages as they were released, and the manifest that says which.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One entry of `vendor/python/manifest.json`. */
export interface PythonPackage {
	/** Name on the Python Package Index. */
	readonly name: string;
	readonly version: string;
	/** SPDX expression. */
	readonly licence: string;
	/** Of the released wheel. */
	readonly sha256: string;
	/** The one module or package that code imports. */
	readonly module: string;
	/** What a model uses it for. */
	readonly use: string;
	/** The package that it is there for; absent when it is worth its bytes by itself. */
	readonly neededBy?: string;
	/** Files and folders of the wheel that cannot work or have no use in the sandbox. */
	readonly leftOut?: readonly string[];
	/** `hashOfPackage` of the folder. */
	readonly filesHash: string;
}

export const packagesFolder = join(import.meta.dirname, '..', 'vendor', 'python');
export const manifestFile = join(packagesFolder, 'manifest.json');

/** The folder of a package that holds its licences; all else in it is Python. */
export const LICENCES = 'licences';

export function readPackages(): PythonPackage[] {
	return (JSON.parse(readFileSync(manifestFile, 'utf8')) as { packages: PythonPackage[] }).packages;
}

/** Paths of all files of a package, relative to its folder, in the order of their names. */
export function filesOfPackage(name: string): string[] {
	return readdirSync(join(packagesFolder, name), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(join(packagesFolder, name).length + 1))
		.map((path) => path.replaceAll('\\', '/'))
		.sort();
}

export function readPackageFile(name: string, path: string): Buffer {
	return readFileSync(join(packagesFolder, name, path));
}

/** SHA-256 over the paths and contents of a package's files, as hexadecimal digits. */
export function hashOfPackage(name: string): string {
	const hash = createHash('sha256');
	for (const path of filesOfPackage(name)) {
		const content = readPackageFile(name, path);
		hash.update(`${path}\0${content.length}\0`).update(content);
	}
	return hash.digest('hex');
}

/** The modules that prompts name, in the order of their names. */
export function namedModules(packages: readonly PythonPackage[]): string[] {
	return packages
		.filter(({ neededBy }) => neededBy === undefined)
		.map(({ module }) => module)
		.sort();
}
