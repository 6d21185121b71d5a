// Finds a Node.js 24, or brings one from the npm registry (package node-<platform>-<arch>) into .cache/node.
// Plain JavaScript for the Node 20 that a bare machine has; everything after this step runs on Node 24.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const wanted = readFileSync(join(root, '.nvmrc'), 'utf8').trim();

/** Runs a command and returns its standard output; throws with the end of its standard error when it fails. */
export function capture(command, args, options = {}) {
	const result = spawnSync(command, args, { encoding: 'utf8', cwd: root, maxBuffer: 64 << 20, ...options });
	if (result.error) throw result.error;
	if (result.status !== 0)
		throw new Error(`${command} ${args.join(' ')} ended with ${result.status}\n${result.stderr?.slice(-4000)}`);
	return result.stdout;
}

/** npm, run by the given Node.js: by its own script when npm started us, else by name. */
export function npm(args, { node = process.execPath, ...options } = {}) {
	const script = process.env.npm_execpath;
	if (script?.endsWith('.js')) return capture(node, [script, ...args], options);
	return capture(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
		shell: process.platform === 'win32',
		...options,
	});
}

/** The first minor version with `import.meta.main`: older ones would load our scripts and silently do nothing. */
const FIRST_MINOR = 2;

/** Path of a Node.js of the wanted major version. */
export function ensureNode24() {
	const [major, minor] = process.versions.node.split('.').map(Number);
	if (major === Number.parseInt(wanted, 10) && minor >= FIRST_MINOR) return process.execPath;
	const platform = { linux: 'linux', darwin: 'darwin', win32: 'win' }[process.platform];
	const target = join(root, '.cache', `node-${wanted}`);
	const binary = join(target, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
	if (existsSync(binary)) return binary;
	const name = `node-${platform}-${process.arch}`;
	console.error(`setup: Node.js ${wanted} from the npm package ${name}`);
	mkdirSync(join(root, '.cache'), { recursive: true });
	const scratch = mkdtempSync(join(root, '.cache', 'tmp-'));
	try {
		npm(['pack', `${name}@${wanted}`, '--pack-destination', scratch], { cwd: scratch });
		const archive = readdirSync(scratch).find((file) => file.endsWith('.tgz'));
		mkdirSync(join(scratch, 'node'));
		capture('tar', ['-xzf', archive, '-C', 'node', '--strip-components=1', 'package/bin'], { cwd: scratch });
		rmSync(target, { recursive: true, force: true });
		renameSync(join(scratch, 'node'), target);
	} catch (error) {
		throw new Error(
			`Node.js ${wanted} is needed (this is ${process.version}) and could not be brought by npm. Install it, then run the command again.\n${error.message}`,
		);
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
	return binary;
}
