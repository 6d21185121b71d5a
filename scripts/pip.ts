// Fetches packages of the Python package index: by the versions and hashes of a lock file, once per version of that file,
// into a folder below .cache.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const cache = join(root, '.cache');
const STAMP = '.lock-hash';
const ADVICE =
	'Python 3 with pip is needed to fetch Python packages: install both (on Debian: apt-get install python3-pip), then run the command again.';
/** Installs only what the lock names, only wheels, and only with matching hashes. */
export const LOCKED = ['--require-hashes', '--no-deps', '--only-binary', ':all:'];

/** Thrown when Python packages cannot be fetched. The message says what to do, in one sentence. */
class PythonSetupError extends Error {
	override readonly name = 'PythonSetupError';
}

/**
 * The folder `.cache/NAME`, filled from `scripts/NAME.lock` when it is not yet.
 * @param fill puts into a new folder what pip gets with these arguments for the lock
 * @throws PythonSetupError when pip is missing or refuses
 */
export function lockedFolder(name: string, fill: (folder: string, lockArguments: readonly string[]) => void): string {
	const lock = join(import.meta.dirname, `${name}.lock`);
	const hash = createHash('sha256').update(readFileSync(lock)).digest('hex');
	const target = join(cache, name);
	if (stampOf(target) === hash) return target;
	console.error(`setup: ${name} from the Python package index`);
	mkdirSync(cache, { recursive: true });
	const scratch = mkdtempSync(join(cache, 'tmp-'));
	try {
		fill(scratch, [...LOCKED, '-r', lock]);
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

function stampOf(folder: string): string | undefined {
	const file = join(folder, STAMP);
	return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Runs pip, and installs it first if it is missing and we may. @throws PythonSetupError when it fails */
export function pip(args: readonly string[]): void {
	const python = pythonWithPip() ?? installPip();
	const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
	const environment = { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' };
	const { status, stderr } = spawnSync(python, ['-m', 'pip', ...quiet, ...args], {
		encoding: 'utf8',
		env: environment,
	});
	if (status !== 0) throw new PythonSetupError(`pip could not fetch Python packages.\n${stderr.trim().slice(-2000)}`);
}

/** Runs Python itself. @throws PythonSetupError when it fails */
export function python(args: readonly string[]): void {
	const { status, stderr } = spawnSync(pythonWithPip() ?? installPip(), args, { encoding: 'utf8' });
	if (status !== 0) throw new PythonSetupError(`python3 ${args.join(' ')} failed.\n${stderr.trim().slice(-2000)}`);
}

function pythonWithPip(): string | undefined {
	const names = process.platform === 'win32' ? ['python', 'py'] : ['python3', '/usr/bin/python3'];
	return names.find((name) => spawnSync(name, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0);
}

function installPip(): string {
	if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new PythonSetupError(ADVICE);
	console.error('setup: Debian package python3-pip');
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'python3-pip']])
		spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
	const found = pythonWithPip();
	if (found === undefined) throw new PythonSetupError(ADVICE);
	return found;
}

/** Ends this process with the message of a failed set-up; other errors pass through. */
export function endWithAdvice(error: unknown): never {
	if (!(error instanceof PythonSetupError)) throw error;
	console.error(error.message);
	process.exit(1);
}
