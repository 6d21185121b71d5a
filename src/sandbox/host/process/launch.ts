import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { present } from '../../../core/present.ts';

/** JavaScript heap of a sandbox process, MB. It holds decoded files while they are searched. */
const JAVASCRIPT_HEAP_MB = 1024;
/** Stack of the main thread: as large as in a worker thread. Windows allows less. KB */
const STACK_KB = 3900;

/** A command that starts a sandbox process. */
export interface Launch {
	readonly command: string;
	readonly arguments: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
}

/** What this machine can put around a process; tests remove layers. */
export interface LaunchOptions {
	readonly processScript: string;
	readonly vaultFolder: string;
	/** Layers to leave out although the platform has them. */
	readonly without?: readonly ('permissions' | 'namespaces')[];
}

/** Kills the process when its parent dies, whatever it is doing. */
const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL'];
/** Gives it its own namespaces for users, network and processes. Being root there is the right to set them up … */
const NAMESPACES = ['unshare', '--map-root-user', '--net', '--pid', '--fork', '--kill-child'];
/** … and that right is dropped before any of our code runs. */
const WITHOUT_RIGHTS = ['setpriv', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];

/** Finds out, once, which layers a process can start with here. The process itself checks which of them hold. */
export async function findLaunch(options: LaunchOptions): Promise<Launch> {
	const { without = [] } = options;
	const [script, vault] = await Promise.all([realpath(options.processScript), realpath(options.vaultFolder)]);
	const permissions = without.includes('permissions') ? [] : permissionFlags([script, vault]);
	const node = [process.execPath, ...restrictions(), ...permissions, script];
	const [command = process.execPath, ...rest] = [...(await wrapper(without)), ...node];
	return { command, arguments: rest, environment: environment() };
}

/** Returns the most that works here: namespaces and death with the parent, only the latter, or nothing. */
async function wrapper(without: LaunchOptions['without'] = []): Promise<readonly string[]> {
	if (process.platform !== 'linux') return [];
	const walls = [...DIES_WITH_PARENT, ...NAMESPACES, ...WITHOUT_RIGHTS];
	if (!without.includes('namespaces') && (await works(walls))) return walls;
	return (await works(DIES_WITH_PARENT)) ? DIES_WITH_PARENT : [];
}

async function works([command = '', ...rest]: readonly string[]): Promise<boolean> {
	try {
		// With the environment of a real sandbox, so that programs are found, or not, in the same way.
		await promisify(execFile)(command, [...rest, 'true'], { cwd: '/', env: environment() });
		return true;
	} catch {
		// The program is missing, or the system does not allow it: reported as a missing layer.
		return false;
	}
}

function restrictions(): string[] {
	const flags = ['--no-warnings', '--no-addons', '--disable-proto=delete', '--disallow-code-generation-from-strings'];
	// Node opens its debugger on this signal.
	if (process.allowedNodeEnvironmentFlags.has('--disable-sigusr1')) flags.push('--disable-sigusr1');
	if (process.platform !== 'win32') flags.push(`--stack-size=${STACK_KB}`);
	return [...flags, `--max-old-space-size=${JAVASCRIPT_HEAP_MB}`];
}

function permissionFlags(readable: readonly string[]): string[] {
	if (!process.allowedNodeEnvironmentFlags.has('--permission')) return [];
	return ['--permission', ...readable.map((path) => `--allow-fs-read=${path}`)];
}

/** Passes no environment except what the program needs to run at all. */
function environment(): Record<string, string> {
	const { SystemRoot } = process.env;
	return present({
		ELECTRON_RUN_AS_NODE: process.versions.electron ? '1' : undefined,
		SystemRoot: process.platform === 'win32' && SystemRoot ? SystemRoot : undefined,
	});
}
