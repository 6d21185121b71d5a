import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import vm from 'node:vm';
import type { IsolationLayer } from '../../../core/ports/sandbox.ts';

/** Port "discard": nobody listens there, so a connection is refused with a network, and impossible without. */
const UNUSED_PORT = 9;

/** The parts of Node's global object that this side needs once the interpreter runs. */
const KEPT_GLOBALS = ['performance', 'TextDecoder', 'TextEncoder', 'Buffer', 'process'];
/** The parts of `process` that Node itself uses until it ends. */
const KEPT_OF_PROCESS = [
	'exit',
	'reallyExit',
	'exitCode',
	'_exiting',
	'emit',
	'off',
	'nextTick',
	'version',
	'versions',
];

interface PermissionModel {
	has(scope: string, reference?: string): boolean;
}

/** Checks which layers the operating system and Node really put around this process. */
export async function measureLayers(): Promise<IsolationLayer[]> {
	const layers: IsolationLayer[] = ['imports', 'realm'];
	if (isRestricted()) layers.push('permissions');
	if (process.ppid === 0 && (await isNetworkUnreachable())) layers.push('namespaces');
	return layers;
}

function isRestricted(): boolean {
	const { permission } = process as { permission?: PermissionModel };
	if (!permission) return false;
	if (['fs.write', 'child', 'worker', 'addon', 'wasi'].some((scope) => permission.has(scope))) return false;
	return isReadRefused(process.execPath);
}

function isReadRefused(file: string): boolean {
	try {
		readFileSync(file);
		return false;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'ERR_ACCESS_DENIED';
	}
}

function isNetworkUnreachable(): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = createConnection(UNUSED_PORT, '127.0.0.1');
		socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ENETUNREACH'));
		socket.on('connect', () => {
			socket.destroy();
			resolve(false);
		});
	});
}

/**
 * Removes Node's own functions from the global object, so that code which reaches it finds no more than in a bare realm,
 * and almost nothing of `process`. This side keeps references to what it needs.
 */
export function removeNode(): void {
	const language = new Set<string>(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)'));
	for (const name of Object.getOwnPropertyNames(globalThis)) {
		if (!language.has(name) && !KEPT_GLOBALS.includes(name)) Reflect.deleteProperty(globalThis, name);
	}
	for (const name of ['WebAssembly', 'eval', 'Function']) Reflect.deleteProperty(globalThis, name);
	for (const name of Reflect.ownKeys(process)) {
		if (!KEPT_OF_PROCESS.includes(String(name))) Reflect.deleteProperty(process, name);
	}
}
