import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { present } from '../../../core/present.ts';

/** JavaScript heap of a sandbox process, MB. It holds decoded files while they are searched. */
const JAVASCRIPT_HEAP_MB = 1024;
/** Stack of the main thread, KB: as much as a worker thread has. Windows has less than that to give. */
const STACK_KB = 3900;

/** A command that starts a sandbox process. */
export interface Launch {
	readonly command: string;
	readonly arguments: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
}

/** What this machine can put around a process; tests take layers away. */
export interface LaunchOptions {
	readonly processScript: string;
	readonly vaultFolder: string;
	/** Layers to leave out although the platform has them. */
	readonly without?: readonly ('permissions' | 'namespaces')[];
}

/** Kills the process when its parent dies, whatever it is doing. */
const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL'];
/** Namespaces of its own for users, network and processes. Being root in there gives the right to set them up … */
const NAMESPACES = ['unshare', '--map-root-user', '--net', '--pid', '--fork', '--kill-child'];
/** … which is given up before anything of ours runs. */
const WITHOUT_RIGHTS = ['setpriv', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];

/** Finds out, once, with which walls a process can be started here. The process measures again what became of them. */
export async function findLaunch(options: LaunchOptions): Promise<Launch> {
	const { without = [] } = options;
	const [script, vault] = await Promise.all([realpath(options.processScript), realpath(options.vaultFolder)]);
	const permissions = without.includes('permissions') ? [] : permissionFlags([script, vault]);
	const node = [process.execPath, ...restrictions(), ...permissions, script];
	const [command = process.execPath, ...rest] = [...(await wrapper(without)), ...node];
	return { command, arguments: rest, environment: environment() };
}

/** The most that works here of: namespaces and death with the parent, only the latter, nothing. */
async function wrapper(without: LaunchOptions['without'] = []): Promise<readonly string[]> {
	if (process.platform !== 'linux') return [];
	const walls = [...DIES_WITH_PARENT, ...NAMESPACES, ...WITHOUT_RIGHTS];
	if (!without.includes('namespaces') && (await works(walls))) return walls;
	return (await works(DIES_WITH_PARENT)) ? DIES_WITH_PARENT : [];
}

async function works([command = '', ...rest]: readonly string[]): Promise<boolean> {
	try {
		// With the environment of the real thing, so that programs are found, or not, in the same way.
		await promisify(execFile)(command, [...rest, 'true'], { cwd: '/', env: environment() });
		return true;
	} catch {
		// No such program, or the system does not allow it: reported as a layer that is not there.
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

/** Nothing of ours, except what the program needs to run at all. */
function environment(): Record<string, string> {
	const { SystemRoot } = process.env;
	return present({
		ELECTRON_RUN_AS_NODE: process.versions.electron ? '1' : undefined,
		SystemRoot: process.platform === 'win32' && SystemRoot ? SystemRoot : undefined,
	});
}
