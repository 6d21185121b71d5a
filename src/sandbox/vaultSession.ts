import type { Context } from '../core/context.ts';
import type { HostMessage } from '../protocol/sandboxFrames.ts';
import { Checkpoints } from './checkpoints.ts';
import { CorpusDesk } from './corpusDesk.ts';
import { Device, type HostPort } from './device.ts';
import { readImage } from './memoryImage.ts';
import { Vault, type VaultPort } from './vault.ts';
import type { VaultFiles } from './vaultFolder.ts';

/** Lines of diagnostics that an interpreter may log: code can make any number of them. */
const DIAGNOSTIC_MESSAGES = 100;

export interface VaultSessionOptions {
	readonly files: VaultFiles;
	readonly contexts: readonly Context[];
	/** Cap of linear memory, bytes. */
	readonly memoryBytes: number;
	/** A checkpoint of another session to go on from. */
	readonly checkpoint: SharedArrayBuffer | undefined;
	/** Larger checkpoints are not taken, bytes; absent: the usual limit. */
	readonly checkpointBytes?: number;
}

/** The way out of the thread or process that a vault lives in. */
export interface Outlet extends HostPort {
	/** Sends what the interpreter's keeper says. @param buffer shared memory of a checkpoint */
	post(header: object, payload?: Uint8Array, buffer?: SharedArrayBuffer): void;
	/** Reports why this interpreter is of no use any more, and stops for good: nothing of it may run after. */
	end(op: 'violation' | 'crashed', what: string): never;
	/** Hands over a copy of the session's state; undefined when it is too large. */
	postCheckpoint(image: SharedArrayBuffer | undefined): void;
}

/**
 * Everything that one session in one thread or process consists of. Between two commands no Python frame is alive, so
 * linear memory alone is the state of the session, and can be copied and put into another one.
 */
export class VaultSession {
	readonly #entry: number;
	readonly #vault: Vault;
	readonly #device: Device;
	readonly #desk: CorpusDesk;
	readonly #checkpoints: Checkpoints;
	readonly #outlet: Outlet;

	private constructor(
		entry: number,
		vault: Vault,
		device: Device,
		desk: CorpusDesk,
		checkpoints: Checkpoints,
		outlet: Outlet,
	) {
		this.#entry = entry;
		this.#vault = vault;
		this.#device = device;
		this.#desk = desk;
		this.#checkpoints = checkpoints;
		this.#outlet = outlet;
	}

	/** @throws Error when the interpreter does not start, or a layer around it is missing */
	static async start(options: VaultSessionOptions, outlet: Outlet): Promise<VaultSession> {
		const { files } = options;
		const snapshot = readImage(files.snapshot);
		const images = options.checkpoint ? [snapshot, readImage(options.checkpoint)] : [snapshot];
		const desk = new CorpusDesk(options.contexts);
		const device = new Device(outlet, desk);
		const assets = { ...files, stdlib: new Uint8Array(files.stdlib) };
		const vault = await Vault.open(assets, options, createVaultPort(device, outlet), images);
		const checkpoints = new Checkpoints(snapshot, options.checkpointBytes);
		return new VaultSession(files.manifest.entry, vault, device, desk, checkpoints, outlet);
	}

	/** Runs one command to its end, and copies the state that it left. */
	run(command: HostMessage): void {
		this.#device.beginCommand(command);
		const isDone = this.#vault.call(this.#entry);
		const payload = this.#device.takeResult();
		if (!isDone || !payload) this.#outlet.end('crashed', 'the Python runtime failed');
		this.#outlet.post({ op: 'result', spans: this.#printedSpans(command, payload) }, payload);
		// After the result, so that nobody waits for it.
		this.#outlet.postCheckpoint(this.#checkpoints.take(this.#vault.memory));
	}

	#printedSpans(command: HostMessage, payload: Uint8Array) {
		if (!('op' in command.header) || command.header.op !== 'cell') return [];
		const { stdout } = JSON.parse(new TextDecoder().decode(payload)) as { stdout?: unknown };
		return typeof stdout === 'string' ? (this.#desk.trace([stdout])[0] ?? []) : [];
	}
}

/** The other realm's functions and errors end here: whatever goes wrong ends the session, nothing is thrown back. */
function createVaultPort(device: Device, outlet: Outlet): VaultPort {
	let messagesLeft = DIAGNOSTIC_MESSAGES;
	return {
		write(frame) {
			try {
				device.write(new Uint8Array(frame));
				return 0;
			} catch (error) {
				return outlet.end('violation', describe(error));
			}
		},
		read: (target) => device.read(target),
		takeSignal: () => device.takeSignal(),
		violation: (what) => outlet.end('violation', `call of ${what}`),
		diagnose(text) {
			if (messagesLeft-- > 0) outlet.post({ op: 'log', text: String(text).slice(0, 4000) });
			return 0;
		},
	};
}

/** A thrown value in a line. */
export function describe(error: unknown): string {
	return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
