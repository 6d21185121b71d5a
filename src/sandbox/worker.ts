import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Context } from '../core/context.ts';
import { encodeFrame, type HostMessage, MOVED_BYTES, type WorkerMessage } from '../protocol/sandboxFrames.ts';
import { Checkpoints } from './checkpoints.ts';
import { CorpusDesk } from './corpusDesk.ts';
import { Device } from './device.ts';
import { PageComparison, readImage } from './memoryImage.ts';
import { Vault, type VaultPort } from './vault.ts';
import type { VaultFiles } from './vaultFolder.ts';

/**
 * A thread that owns one vault. Between two commands no Python frame is alive, so linear memory alone is the state of
 * the session, and can be copied and put into another worker.
 */
export interface SandboxWorkerData {
	readonly control: SharedArrayBuffer;
}

/** What a session brings to a worker that is up. */
export interface SessionData {
	readonly contexts: readonly Context[];
	/** Cap of linear memory, bytes. */
	readonly memoryBytes: number;
	/** A checkpoint of another worker to go on from. */
	readonly checkpoint: SharedArrayBuffer | undefined;
}

/** What the host sends, in this order: the files once, a session once, then commands and answers. */
export type WorkerInput = { readonly files: VaultFiles } | { readonly session: SessionData } | HostMessage;

/** Lines of diagnostics that a worker may log: code can make any number of them. */
const DIAGNOSTIC_MESSAGES = 100;

/** Whoever waited for this worker has given it a session by then. */
const REHEARSAL_DELAY_MS = 30;
const REHEARSAL_MEMORY_BYTES = 256 << 20;

const port = requirePort();

function requirePort(): MessagePort {
	if (!parentPort) throw new Error('this file runs as a worker thread');
	return parentPort;
}

function post(header: object, payload?: Uint8Array, buffer?: SharedArrayBuffer): void {
	sendFrame(encodeFrame(header, payload), buffer);
}

/** Hands a frame over; its bytes are gone here. */
function sendFrame(frame: Uint8Array<ArrayBuffer>, buffer?: SharedArrayBuffer): void {
	// For a small frame a copy is cheaper than the change of owners.
	const moved = frame.length < MOVED_BYTES ? [] : [frame.buffer];
	port.postMessage((buffer ? { frame, buffer } : { frame }) satisfies WorkerMessage, moved);
}

/** Reports why this worker is of no use any more, and stops for good: nothing of the interpreter may run after it. */
function end(op: 'violation' | 'crashed', what: string): never {
	post({ op, what: what.slice(0, 500) });
	const neverWoken = new Int32Array(new SharedArrayBuffer(4));
	for (;;) Atomics.wait(neverWoken, 0, 0);
}

/** The other realm's functions and errors end here: whatever goes wrong ends the worker, nothing is thrown back. */
function createVaultPort(device: Device): VaultPort {
	let messagesLeft = DIAGNOSTIC_MESSAGES;
	return {
		write(frame) {
			try {
				device.write(new Uint8Array(frame));
				return 0;
			} catch (error) {
				return end('violation', describe(error));
			}
		},
		read: (target) => device.read(target),
		takeSignal: () => device.takeSignal(),
		violation: (what) => end('violation', `call of ${what}`),
		diagnose(text) {
			if (messagesLeft-- > 0) post({ op: 'log', text: String(text).slice(0, 4000) });
			return 0;
		},
	};
}

/** An interpreter that is up and belongs to nobody yet. */
interface Interpreter {
	readonly entry: number;
	readonly vault: Vault;
	readonly device: Device;
	/** Compares with the snapshot that it started from. */
	readonly comparison: PageComparison;
}

async function startInterpreter(files: VaultFiles): Promise<Interpreter> {
	const snapshot = readImage(files.snapshot);
	const { control } = workerData as SandboxWorkerData;
	const device = new Device(port, new Int32Array(control), sendFrame);
	const assets = { ...files, stdlib: new Uint8Array(files.stdlib) };
	// Memory does not grow before a session says how far it may.
	const limits = { memoryBytes: snapshot.memoryBytes };
	const vault = await Vault.open(assets, limits, createVaultPort(device), [snapshot]);
	return { entry: files.manifest.entry, vault, device, comparison: new PageComparison(snapshot) };
}

/** The one session that a worker serves in its life. */
class WorkerSession {
	readonly #entry: number;
	readonly #vault: Vault;
	readonly #device: Device;
	readonly #desk: CorpusDesk;
	readonly #checkpoints: Checkpoints;

	constructor({ entry, vault, device, comparison }: Interpreter, data: SessionData) {
		this.#entry = entry;
		this.#vault = vault;
		this.#device = device;
		this.#desk = new CorpusDesk(data.contexts);
		this.#checkpoints = new Checkpoints(comparison);
		vault.limitMemory(data.memoryBytes);
		if (data.checkpoint) vault.restore([readImage(data.checkpoint)]);
		device.beginSession(this.#desk);
	}

	/** Runs one command to its end, and copies the state that it left. */
	run(command: HostMessage): void {
		this.#device.beginCommand(command);
		const isDone = this.#vault.call(this.#entry);
		const payload = this.#device.takeResult();
		if (!isDone || !payload) end('crashed', 'the Python runtime failed');
		post({ op: 'result', spans: this.#printedSpans(command, payload) }, payload);
		// Setting up again is quicker than a copy.
		if (nameOf(command) === 'setup') return;
		// After the result, so that nobody waits for it.
		post({ op: 'checkpoint' }, undefined, this.#checkpoints.take(this.#vault.memory));
	}

	#printedSpans(command: HostMessage, payload: Uint8Array) {
		if (nameOf(command) !== 'cell') return [];
		const { stdout } = JSON.parse(new TextDecoder().decode(payload)) as { stdout?: unknown };
		return typeof stdout === 'string' ? (this.#desk.trace([Buffer.from(stdout)])[0] ?? []) : [];
	}
}

function nameOf({ header }: HostMessage): unknown {
	return 'op' in header ? header.op : undefined;
}

function describe(error: unknown): string {
	return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

process.on('uncaughtException', (error) => end('crashed', describe(error)));
process.on('unhandledRejection', (error) => end('crashed', describe(error)));

let interpreter: Interpreter | undefined;
let session: WorkerSession | undefined;

async function start(files: VaultFiles): Promise<void> {
	interpreter = await startInterpreter(files);
	post({ op: 'ready' });
	setTimeout(rehearse, REHEARSAL_DELAY_MS, interpreter);
}

/**
 * A spare that nobody has taken yet runs an empty session, so that the first real one finds code that is compiled.
 * Afterwards its memory is what the snapshot says; nothing else has changed, for no cell of a model was run.
 */
function rehearse({ entry, vault, device, comparison }: Interpreter): void {
	if (session) return;
	vault.limitMemory(REHEARSAL_MEMORY_BYTES);
	const setup = { op: 'setup', texts: [], contexts: [], histories: [], tools: [] };
	for (const [header, code] of [
		[setup, ''],
		[{ op: 'cell', outputCharacters: 1000 }, 'rehearsed = len("")'],
	] as const) {
		device.beginCommand({ request: 0, header, payload: Buffer.from(code) });
		if (!vault.call(entry) || !device.takeResult()) end('crashed', 'the Python runtime failed');
	}
	comparison.reset(vault.memory);
}

function beginSession(data: SessionData): WorkerSession {
	if (!interpreter || session) throw new Error('a session begins once, when the interpreter is up');
	return new WorkerSession(interpreter, data);
}

port.on('message', (message: WorkerInput) => {
	if ('files' in message) void start(message.files);
	else if ('session' in message) session = beginSession(message.session);
	// An answer that came after its request was given up has a number and nobody who waits for it.
	else if (message.request === 0) session?.run(message);
});
