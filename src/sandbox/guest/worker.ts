import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
	CONTROL_INTERRUPT,
	CONTROL_WAKE,
	encodeFrame,
	type HostMessage,
	MOVED_BYTES,
	type WorkerMessage,
} from '../../protocol/sandboxFrames.ts';
import type { VaultFiles } from '../shared/vaultFolder.ts';
import type { SandboxWorkerData, SessionData, WorkerInput } from '../shared/workerInput.ts';
import { describe, type IdleVault, type Outlet, rehearse, startVault, VaultSession } from './vaultSession.ts';

/** Time after which whoever requested this worker has given it a session. */
const REHEARSAL_DELAY_MS = 30;

const port = requirePort();

function requirePort(): MessagePort {
	if (!parentPort) throw new Error('this file runs as a worker thread');
	return parentPort;
}

function post(header: object, payload?: Uint8Array, buffer?: SharedArrayBuffer): void {
	sendFrame(encodeFrame(header, payload), buffer);
}

/** Sends a frame and transfers its memory. */
function sendFrame(frame: Uint8Array<ArrayBuffer>, buffer?: SharedArrayBuffer): void {
	// For a small frame a copy is cheaper than a transfer.
	const moved = frame.length < MOVED_BYTES ? [] : [frame.buffer];
	port.postMessage((buffer ? { frame, buffer } : { frame }) satisfies WorkerMessage, moved);
}

function end(op: 'violation' | 'crashed', what: string): never {
	post({ op, what: what.slice(0, 500) });
	const neverWoken = new Int32Array(new SharedArrayBuffer(4));
	for (;;) Atomics.wait(neverWoken, 0, 0);
}

function createOutlet(control: Int32Array): Outlet {
	const isInterrupted = () => Atomics.load(control, CONTROL_INTERRUPT) !== 0;
	return {
		post,
		end,
		postCheckpoint: (image) => post({ op: 'checkpoint' }, undefined, image),
		send: (frame) => sendFrame(frame),
		isInterrupted,
		takeInterrupt: () => Atomics.exchange(control, CONTROL_INTERRUPT, 0) !== 0,
		receive(timeoutMs) {
			const seen = Atomics.load(control, CONTROL_WAKE);
			const received = receiveMessageOnPort(port);
			if (received) return received.message as HostMessage;
			if (!isInterrupted()) Atomics.wait(control, CONTROL_WAKE, seen, timeoutMs);
			return undefined;
		},
	};
}

process.on('uncaughtException', (error) => end('crashed', describe(error)));
process.on('unhandledRejection', (error) => end('crashed', describe(error)));

const { control } = workerData as SandboxWorkerData;
const outlet = createOutlet(new Int32Array(control));
let idle: IdleVault | undefined;
let session: VaultSession | undefined;

async function start(files: VaultFiles): Promise<void> {
	const vault = await startVault(files, outlet);
	idle = vault;
	post({ op: 'ready', layers: ['imports', 'realm'] });
	setTimeout(() => {
		if (!session) rehearse(vault);
	}, REHEARSAL_DELAY_MS);
}

function beginSession(data: SessionData): VaultSession {
	if (!idle || session) throw new Error('a session begins once, when the interpreter is up');
	return new VaultSession(idle, data);
}

port.on('message', (message: WorkerInput) => {
	if ('files' in message) void start(message.files);
	else if ('session' in message) session = beginSession(message.session);
	// A late answer to an abandoned request: nobody waits for it.
	else if (message.request === 0) session?.run(message);
});
