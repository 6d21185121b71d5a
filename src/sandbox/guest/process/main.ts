import type { Context } from '../../../core/ports/context.ts';
import { encodeFrame, FrameError } from '../../../protocol/sandboxFrames.ts';
import type { BootHeader, IdleHeader, SessionHeader } from '../../shared/processMessages.ts';
import { loadVaultFolder } from '../../shared/vaultFolder.ts';
import { usedBytes } from '../memoryImage.ts';
import { describe, type IdleVault, type Outlet, rehearse, startVault, VaultSession } from '../vaultSession.ts';
import { HostChannel } from './hostChannel.ts';
import { measureLayers, removeNode } from './lockdown.ts';

// The entry of a sandbox process: one interpreter in the main thread, which only reads from its channel once it is up.
// From then on there is no event loop, and nothing that could be scheduled on one.

/** Largest checkpoint to send: sending delays the next command. Bytes. */
const CHECKPOINT_BYTES = 32 << 20;

const exit = process.exit.bind(process);
const { get: parent = () => 0 } = Object.getOwnPropertyDescriptor(process, 'ppid') ?? {};
const channel = new HostChannel(parent as () => number, () => exit(0));

function post(header: object, payload?: Uint8Array): void {
	channel.send(encodeFrame(header, payload));
}

function end(op: 'violation' | 'crashed', what: string): never {
	post({ op, what: what.slice(0, 500) });
	return exit(1);
}

const outlet: Outlet = {
	post,
	end,
	postCheckpoint: (image) => post({ op: 'checkpoint' }, image && new Uint8Array(image, 0, usedBytes(image))),
	send: (frame) => channel.send(frame),
	receive: (timeoutMs) => channel.receive(timeoutMs),
	isInterrupted: () => channel.isInterrupted(),
	takeInterrupt: () => channel.takeInterrupt(),
};

/** Reads texts and checkpoint once, straight into their final memory. */
function readBytes(length: number): SharedArrayBuffer {
	const buffer = new SharedArrayBuffer(length);
	channel.fill(new Uint8Array(buffer));
	return buffer;
}

function readContexts({ contexts }: SessionHeader): Context[] {
	// A JSON context has no bytes here: it travels in the set-up command.
	return contexts.map(({ fields, bytes }) => ({ ...fields, bytes: readBytes(bytes) }) as Context);
}

/** Waits until the process belongs to a session, and rehearses meanwhile. */
function beginSession(idle: IdleVault): VaultSession {
	for (;;) {
		const header = channel.frame().header as IdleHeader;
		if ('rehearse' in header) {
			rehearse(idle);
			continue;
		}
		const contexts = readContexts(header);
		const checkpoint = header.checkpointBytes > 0 ? readBytes(header.checkpointBytes) : undefined;
		const { memoryBytes } = header;
		return new VaultSession(idle, { contexts, memoryBytes, checkpoint, checkpointBytes: CHECKPOINT_BYTES });
	}
}

async function serve(): Promise<never> {
	const { vaultFolder } = channel.frame().header as BootHeader;
	const [layers, files] = await Promise.all([measureLayers(), loadVaultFolder(vaultFolder)]);
	const idle = await startVault(files, outlet);
	removeNode();
	post({ op: 'ready', layers });
	const session = beginSession(idle);
	for (;;) {
		const message = channel.receive(Number.POSITIVE_INFINITY);
		// A late answer to an abandoned request: nobody waits for it.
		if (message?.request === 0) session.run(message);
	}
}

try {
	await serve();
} catch (error) {
	end(error instanceof FrameError ? 'violation' : 'crashed', describe(error));
}
