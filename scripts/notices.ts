import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { officialNotice } from './official-rlm.ts';
import { licencesOf, type PythonPackage, readPackages } from './python-packages.ts';

interface Manifest {
	readonly name: string;
	readonly version: string;
	readonly license?: string;
}

/** The notices of everything that the bundles really contain, and of the interpreter that ships beside them. */
export function thirdPartyNotices(root: string, { inputs }: Metafile): string {
	const folders = new Set(Object.keys(inputs).flatMap(packageFolder));
	const packages = [...folders].sort().map((folder) => packageNotice(join(root, folder)));
	const python = readPackages().map(pythonNotice);
	return `${['# Third-party notices', interpreter(root), officialTexts(), ...python, ...packages].join('\n\n')}\n`;
}

/** The folder of the package that a bundled file belongs to; none for our own files. */
function packageFolder(file: string): string[] {
	const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
	return match?.[1] === undefined ? [] : [match[1]];
}

function packageNotice(folder: string): string {
	const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
	const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
	return section(`${name} ${version}`, license ?? 'see below', file && readFileSync(join(folder, file), 'utf8'));
}

function interpreter(root: string): string {
	const folder = join(root, 'node_modules', 'pyodide');
	const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
	const source = `Made from the npm package pyodide by scripts/build-vault.ts of this project. Its source: https://github.com/pyodide/pyodide/tree/${version}`;
	const licence = `${source}\nLicence: https://www.mozilla.org/MPL/2.0/`;
	const python = readFileSync(join(root, 'scripts', 'licences', 'python.txt'), 'utf8');
	return [
		section(`Pyodide ${version}`, 'MPL-2.0', licence),
		section('CPython (interpreter and standard library, inside Pyodide)', 'Python-2.0', python),
	].join('\n\n');
}

/** The prompts of the official RLM package, in dist/official.json. */
function officialTexts(): string {
	const { name, version, licence } = officialNotice();
	return section(`${name} ${version} (prompts of the profile "official")`, 'MIT', licence);
}

/** A bundled Python package, whose compiled code is in the interpreter's snapshot. */
function pythonNotice(entry: PythonPackage): string {
	const { name, version, licence } = entry;
	return section(`${name} ${version} (Python package)`, licence, licencesOf(entry).join('\n\n'));
}

function section(title: string, licence: string, text: string | undefined): string {
	const body = text === undefined ? '' : `\n\n\`\`\`text\n${text.trim()}\n\`\`\``;
	return `## ${title}\n\nLicence: ${licence}${body}`;
}
