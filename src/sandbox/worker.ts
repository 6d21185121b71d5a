import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Context } from '../core/context.ts';
import { encodeFrame, type HostMessage, type WorkerMessage } from '../protocol/sandboxFrames.ts';
import { Checkpoints } from './checkpoints.ts';
import { CorpusDesk } from './corpusDesk.ts';
import { Device } from './device.ts';
import { readImage } from './memoryImage.ts';
import { Vault, type VaultPort } from './vault.ts';
import type { VaultFiles } from './vaultFolder.ts';

/**
 * A thread that owns one vault. Between two commands no Python frame is alive, so linear memory alone is the state of
 * the session, and can be copied and put into another worker.
 */
export interface SandboxWorkerData {
	readonly files: VaultFiles;
	readonly contexts: readonly Context[];
	/** Cap of linear memory, bytes. */
	readonly memoryBytes: number;
	readonly control: SharedArrayBuffer;
	/** A checkpoint of another worker to go on from. */
	readonly checkpoint: SharedArrayBuffer | undefined;
}

/** Lines of diagnostics that a worker may log: code can make any number of them. */
const DIAGNOSTIC_MESSAGES = 100;

const port = requirePort();

function requirePort(): MessagePort {
	if (!parentPort) throw new Error('this file runs as a worker thread');
	return parentPort;
}

function post(header: object, payload?: Uint8Array, buffer?: SharedArrayBuffer): void {
	const frame = encodeFrame(header, payload);
	port.postMessage((buffer ? { frame, buffer } : { frame }) satisfies WorkerMessage);
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

/** Everything that one session in this thread consists of. */
class WorkerSession {
	readonly #entry: number;
	readonly #vault: Vault;
	readonly #device: Device;
	readonly #desk: CorpusDesk;
	readonly #checkpoints: Checkpoints;

	private constructor(entry: number, vault: Vault, device: Device, desk: CorpusDesk, checkpoints: Checkpoints) {
		this.#entry = entry;
		this.#vault = vault;
		this.#device = device;
		this.#desk = desk;
		this.#checkpoints = checkpoints;
	}

	static async start(data: SandboxWorkerData): Promise<WorkerSession> {
		const { files } = data;
		const snapshot = readImage(files.snapshot);
		const images = data.checkpoint ? [snapshot, readImage(data.checkpoint)] : [snapshot];
		const desk = new CorpusDesk(data.contexts);
		const send = (frame: Uint8Array) => port.postMessage({ frame } satisfies WorkerMessage);
		const device = new Device(port, new Int32Array(data.control), desk, send);
		const assets = { ...files, stdlib: new Uint8Array(files.stdlib) };
		const vault = await Vault.open(assets, data, createVaultPort(device), images);
		return new WorkerSession(files.manifest.entry, vault, device, desk, new Checkpoints(snapshot));
	}

	/** Runs one command to its end, and copies the state that it left. */
	run(command: HostMessage): void {
		this.#device.beginCommand(command);
		const isDone = this.#vault.call(this.#entry);
		const payload = this.#device.takeResult();
		if (!isDone || !payload) end('crashed', 'the Python runtime failed');
		post({ op: 'result', spans: this.#printedSpans(command, payload) }, payload);
		// After the result, so that nobody waits for it.
		post({ op: 'checkpoint' }, undefined, this.#checkpoints.take(this.#vault.memory));
	}

	#printedSpans(command: HostMessage, payload: Uint8Array) {
		if (!('op' in command.header) || command.header.op !== 'cell') return [];
		const { stdout } = JSON.parse(new TextDecoder().decode(payload)) as { stdout?: unknown };
		return typeof stdout === 'string' ? (this.#desk.trace([stdout])[0] ?? []) : [];
	}
}

function describe(error: unknown): string {
	return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

process.on('uncaughtException', (error) => end('crashed', describe(error)));
process.on('unhandledRejection', (error) => end('crashed', describe(error)));

const session = await WorkerSession.start(workerData as SandboxWorkerData);
port.on('message', (message: HostMessage) => {
	// An answer that came after its request was given up has a number and nobody who waits for it.
	if (message.request === 0) session.run(message);
});
post({ op: 'ready' });
