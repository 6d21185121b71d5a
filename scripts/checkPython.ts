// Lint, format and types of our Python. node scripts/checkPython.ts [--write]   writes what can be put right instead.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endWithAdvice, lockedFolder, pip } from './pip.ts';

const sources = join(import.meta.dirname, '../src/sandbox/python');
/** Cells of the built-in engine: linted by their own rules, neither formatted nor typed. */
const plans = join(import.meta.dirname, '../src/builtin/python');

function installTools(): string {
	return lockedFolder('python-tools', (folder, lock) => pip(['install', '--no-compile', '--target', folder, ...lock]));
}

function commands(tools: string, doesWrite: boolean): [string, string[]][] {
	const ruff = ['bin/ruff', 'bin/ruff.exe', 'Scripts/ruff.exe'].map((name) => join(tools, name)).find(existsSync);
	if (ruff === undefined) throw new Error(`there is no ruff in ${tools}`);
	if (doesWrite) {
		return [
			[ruff, ['check', '--fix', '--quiet', sources]],
			[ruff, ['format', '--quiet', sources]],
		];
	}
	return [
		[ruff, ['check', '--quiet', '--no-cache', sources, plans]],
		[ruff, ['format', '--check', '--quiet', '--no-cache', sources]],
		// The checker is JavaScript; the package has it as it is.
		[process.execPath, [join(tools, 'basedpyright/index.js'), '--warnings', '--project', sources]],
	];
}

try {
	let failures = 0;
	for (const [command, args] of commands(installTools(), process.argv.includes('--write'))) {
		const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
		if (status === 0) continue;
		process.stdout.write(`${stdout}${stderr}`);
		failures++;
	}
	process.exit(failures === 0 ? 0 : 1);
} catch (error) {
	endWithAdvice(error);
}
