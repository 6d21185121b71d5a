// The throwaway environment of Python in which the peers are installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Versions of the peers; Deno is what `dspy.RLM` runs code in. */
const PACKAGES = ['rlms==0.1.3', 'dspy==3.4.1', 'deno==2.9.8'];

const folder = path.join(import.meta.dirname, '..', '..', '.cache', 'peers');

/** Installs the peers, once for these versions. @returns the Python to run them with @throws Error that says what failed */
export function peersPython(): string {
	const python = path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
	const stamp = path.join(folder, 'installed');
	const wanted = PACKAGES.join('\n');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
	console.error(`setup: ${PACKAGES.join(', ')} from the Python package index`);
	rmSync(folder, { recursive: true, force: true });
	run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder]);
	run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', ...PACKAGES]);
	writeFileSync(stamp, wanted);
	return python;
}

function run(program: string, args: readonly string[]): void {
	const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
	if (status === 0) return;
	const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
	throw new Error(`the peers cannot be installed: ${program} ${args.slice(0, 3).join(' ')}: ${reason}`);
}
