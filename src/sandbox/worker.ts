import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
	CONTROL_INTERRUPT,
	CONTROL_WAKE,
	encodeFrame,
	type HostMessage,
	type WorkerMessage,
} from '../protocol/sandboxFrames.ts';
import { describe, type Outlet, VaultSession, type VaultSessionOptions } from './vaultSession.ts';

/** What a thread that owns one vault is started with. */
export interface SandboxWorkerData extends VaultSessionOptions {
	readonly control: SharedArrayBuffer;
}

const port = requirePort();

function requirePort(): MessagePort {
	if (!parentPort) throw new Error('this file runs as a worker thread');
	return parentPort;
}

function post(header: object, payload?: Uint8Array, buffer?: SharedArrayBuffer): void {
	const frame = encodeFrame(header, payload);
	port.postMessage((buffer ? { frame, buffer } : { frame }) satisfies WorkerMessage);
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
		send: (frame) => port.postMessage({ frame } satisfies WorkerMessage),
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

const data = workerData as SandboxWorkerData;
const session = await VaultSession.start(data, createOutlet(new Int32Array(data.control)));
port.on('message', (message: HostMessage) => {
	// An answer that came after its request was given up has a number and nobody who waits for it.
	if (message.request === 0) session.run(message);
});
post({ op: 'ready', layers: ['imports', 'realm'] });
