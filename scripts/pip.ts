// Fetches packages of the Python package index: by the versions and hashes of a lock file, once per version of that file,
// into a folder below .cache.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const cache = join(root, '.cache');
const STAMP = '.lock-hash';
const ADVICE =
	'Python 3 with pip is needed to fetch Python packages: install both (on Debian: apt-get install python3-pip), then run the command again.';
/** Installs only what the lock names, only wheels, and only with matching hashes. */
export const LOCKED = ['--require-hashes', '--no-deps', '--only-binary', ':all:'];

/** Thrown when something cannot be had on this machine. The message says what to do, in one sentence. */
export class SetupError extends Error {
	override readonly name = 'SetupError';
}

/**
 * The folder of a lock, filled from `scripts/NAME.lock` when it is not yet.
 * @param fill puts into a new folder what pip gets with these arguments for the lock
 * @param target the folder, `.cache/NAME` when it is not said
 * @throws SetupError when pip is missing or refuses
 */
export function lockedFolder(
	name: string,
	fill: (folder: string, lockArguments: readonly string[]) => void,
	target: string = join(cache, name),
): string {
	const { file, hash } = lockOf(name);
	if (stampOf(target) === hash) return target;
	console.error(`setup: ${name} from the Python package index`);
	mkdirSync(dirname(target), { recursive: true });
	const scratch = mkdtempSync(join(dirname(target), 'tmp-'));
	try {
		fill(scratch, [...LOCKED, '-r', file]);
		writeFileSync(join(scratch, STAMP), hash);
		// Another process may have fetched the same meanwhile.
		if (stampOf(target) !== hash) {
			rmSync(target, { recursive: true, force: true });
			renameSync(scratch, target);
		}
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
	return target;
}

/** Whether a folder was filled from the lock as it is now. */
export function isFilled(name: string, target: string): boolean {
	return stampOf(target) === lockOf(name).hash;
}

function lockOf(name: string): { readonly file: string; readonly hash: string } {
	const file = join(import.meta.dirname, `${name}.lock`);
	return { file, hash: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

function stampOf(folder: string): string | undefined {
	const file = join(folder, STAMP);
	return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/**
 * Runs pip, and installs it first if it is missing and we may.
 * @param variables environment variables beside those of this process
 * @throws SetupError when it fails
 */
export function pip(args: readonly string[], variables: Readonly<Record<string, string>> = {}): void {
	const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
	const environment = { ...process.env, PIP_ROOT_USER_ACTION: 'ignore', ...variables };
	const { status, stderr } = spawnSync(pythonCommand(), ['-m', 'pip', ...quiet, ...args], {
		encoding: 'utf8',
		env: environment,
	});
	if (status !== 0) throw new SetupError(`pip could not fetch Python packages.\n${stderr.trim().slice(-2000)}`);
}

/** Runs Python itself. @returns its standard output @throws SetupError when it fails */
export function python(args: readonly string[]): string {
	const { status, stdout, stderr } = spawnSync(pythonCommand(), args, { encoding: 'utf8' });
	if (status !== 0) throw new SetupError(`python3 ${args.join(' ')} failed.\n${stderr.trim().slice(-2000)}`);
	return stdout;
}

/** The Python that has pip. @throws SetupError when there is none and we may not install it */
export function pythonCommand(): string {
	return pythonWithPip() ?? installPip();
}

function pythonWithPip(): string | undefined {
	const names = process.platform === 'win32' ? ['python', 'py'] : ['python3', '/usr/bin/python3'];
	return names.find((name) => spawnSync(name, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0);
}

function installPip(): string {
	const found = installDebianPackage('python3-pip') ? pythonWithPip() : undefined;
	if (found === undefined) throw new SetupError(ADVICE);
	return found;
}

/** Installs a package where we may. @returns whether it tried; elsewhere the person has to */
export function installDebianPackage(name: string): boolean {
	if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
	console.error(`setup: Debian package ${name}`);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	for (const args of [['update'], ['install', '-y', '--no-install-recommends', name]])
		spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
	return true;
}

/** Ends this process with the message of a failed set-up; other errors pass through. */
export function endWithAdvice(error: unknown): never {
	if (!(error instanceof SetupError)) throw error;
	console.error(error.message);
	process.exit(1);
}
