import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from '../core/context.ts';
import { encodeFrame, type HostMessage, type WorkerMessage } from '../protocol/sandboxFrames.ts';
import { CorpusDesk } from './corpusDesk.ts';
import { Device } from './device.ts';
import { imageBytes, type MemoryImage, PageComparison, readImage, writeImage } from './memoryImage.ts';
import { Vault } from './vault.ts';
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

/** Larger sessions are not checkpointed: changed pages, and linear memory as a whole. Bytes. */
const CHECKPOINT_BYTES = 96 << 20;
const CHECKPOINT_MEMORY_BYTES = 384 << 20;

/** Lines of diagnostics that a worker may log: code can make any number of them. */
const DIAGNOSTIC_MESSAGES = 100;

const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');
const data = workerData as SandboxWorkerData;
const control = new Int32Array(data.control);

const post = (frame: Uint8Array, buffer?: SharedArrayBuffer) =>
	port.postMessage((buffer ? { frame, buffer } : { frame }) satisfies WorkerMessage);

/** Reports why this worker is of no use any more, and stops for good: nothing of the interpreter may run after it. */
function end(op: 'violation' | 'crashed', what: string): never {
	post(encodeFrame({ op, what: what.slice(0, 500) }));
	for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Copies of the session's state, two by turns, so that the last good one is whole while the next is written. */
class Checkpoints {
	readonly #comparison: PageComparison;
	readonly #buffers: (SharedArrayBuffer | undefined)[] = [undefined, undefined];
	#next = 0;

	constructor(base: MemoryImage) {
		this.#comparison = new PageComparison(base);
	}

	/** Writes the pages that differ from the snapshot. Undefined when the session is too large. */
	take(memory: Uint8Array): SharedArrayBuffer | undefined {
		if (memory.length > CHECKPOINT_MEMORY_BYTES) return undefined;
		const pages = this.#comparison.changedPages(memory);
		const bytes = imageBytes(pages.length);
		if (bytes > CHECKPOINT_BYTES) return undefined;
		const buffer = this.#buffer(bytes);
		writeImage(buffer, memory, pages);
		return buffer;
	}

	#buffer(bytes: number): SharedArrayBuffer {
		const index = this.#next;
		this.#next = 1 - index;
		const known = this.#buffers[index];
		if (known && known.byteLength >= bytes) return known;
		const buffer = new SharedArrayBuffer(Math.ceil(bytes * 1.25));
		this.#buffers[index] = buffer;
		return buffer;
	}
}

async function start(): Promise<void> {
	const { files } = data;
	const base = readImage(files.snapshot);
	const images = data.checkpoint ? [base, readImage(data.checkpoint)] : [base];
	const desk = new CorpusDesk(data.contexts);
	const device = new Device(requirePort(), control, desk, post);
	const assets = { ...files, stdlib: new Uint8Array(files.stdlib) };
	const vault = await Vault.open(assets, data, createPort(device), images);
	const checkpoints = new Checkpoints(base);
	requirePort().on('message', (message: HostMessage) => runCommand(message, vault, device, desk, checkpoints));
	post(encodeFrame({ op: 'ready' }));
}

function requirePort(): NonNullable<typeof parentPort> {
	if (!parentPort) throw new Error('this file runs as a worker thread');
	return parentPort;
}

function createPort(device: Device) {
	let messagesLeft = DIAGNOSTIC_MESSAGES;
	return {
		write(frame: Uint8Array) {
			try {
				device.write(new Uint8Array(frame));
				return 0;
			} catch (error) {
				return end('violation', describe(error));
			}
		},
		read: (target: Uint8Array) => device.read(target),
		takeSignal: () => device.takeSignal(),
		violation: (what: string) => end('violation', `call of ${what}`),
		diagnose(text: string) {
			if (messagesLeft-- > 0) post(encodeFrame({ op: 'log', text: String(text).slice(0, 4000) }));
			return 0;
		},
	};
}

function runCommand(
	message: HostMessage,
	vault: Vault,
	device: Device,
	desk: CorpusDesk,
	checkpoints: Checkpoints,
): void {
	// An answer that came after its request was given up.
	if (message.request !== 0) return;
	device.beginCommand(message);
	const isDone = vault.call(data.files.manifest.entry);
	const result = device.takeResult();
	if (!isDone || !result) end('crashed', 'the Python runtime failed');
	const isCell = 'op' in message.header && message.header.op === 'cell';
	const spans = isCell ? printedSpans(desk, result.payload) : [];
	post(encodeFrame({ op: 'result', spans }, result.payload));
	const checkpoint = checkpoints.take(vault.memory);
	post(encodeFrame({ op: 'checkpoint' }), checkpoint);
}

function printedSpans(desk: CorpusDesk, payload: Uint8Array) {
	const { stdout } = JSON.parse(new TextDecoder().decode(payload)) as { stdout?: unknown };
	return typeof stdout === 'string' ? (desk.trace([stdout])[0] ?? []) : [];
}

function describe(error: unknown): string {
	return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

process.on('uncaughtException', (error) => end('crashed', describe(error)));
process.on('unhandledRejection', (error) => end('crashed', describe(error)));
await start().catch((error: unknown) => end('crashed', describe(error)));
