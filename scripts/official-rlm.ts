// The official RLM package of the Python package index, as scripts/official-rlm.lock names it: models are trained on its
// prompts. Nothing of it is committed; the build reads its texts into dist/official.json.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockedFolder, pip, pythonCommand } from './pip.ts';

const NAME = 'official-rlm';
const READER = join(import.meta.dirname, 'official_rlm.py');

/** The folder with the installed package. @throws SetupError when it cannot be fetched */
export function officialPackage(): string {
	return lockedFolder(NAME, (folder, lock) => pip(['install', '--no-compile', '--target', folder, ...lock]));
}

/** Its name, version and licence, for the notices. */
export function officialNotice(): { readonly name: string; readonly version: string; readonly licence: string } {
	const folder = officialPackage();
	const info = readdirSync(folder).find((entry) => entry.endsWith('.dist-info')) ?? '';
	const [name = '', version = ''] = info.replace('.dist-info', '').split('-');
	return { name, version, licence: readFileSync(join(folder, info, 'licenses', 'LICENSE'), 'utf8').trim() };
}

/** Writes the texts of its prompts, with names in braces where values go. */
export function buildOfficialFormat(file: string): void {
	const format = JSON.parse(readOfficial('templates'));
	writeFileSync(file, `${JSON.stringify({ version: officialNotice().version, ...format }, undefined, '\t')}\n`);
}

/** Runs the reader of the package. @param input what it reads from its standard input @throws Error when it fails */
export function readOfficial(command: 'templates' | 'messages' | 'blocks', input = ''): string {
	const { status, stdout, stderr } = spawnSync(pythonCommand(), [READER, officialPackage(), command], {
		encoding: 'utf8',
		input,
		maxBuffer: 64 << 20,
	});
	if (status !== 0) throw new Error(`${READER} ${command} failed.\n${stderr.trim().slice(-2000)}`);
	return stdout;
}
