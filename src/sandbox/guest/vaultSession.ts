import { parseBoundedJson } from '../../protocol/boundedJson.ts';
import { decodeResult, FrameError, type HostMessage } from '../../protocol/sandboxFrames.ts';
import type { VaultFiles } from '../shared/vaultFolder.ts';
import type { SessionData } from '../shared/workerInput.ts';
import { Checkpoints } from './checkpoints.ts';
import { CorpusDesk } from './corpusDesk.ts';
import { Device, type HostPort } from './device.ts';
import { PageComparison, readImage } from './memoryImage.ts';
import { Vault, type VaultPort } from './vault.ts';

/** Lines that an interpreter may log: code can produce any number of them. */
const DIAGNOSTIC_MESSAGES = 100;

const REHEARSAL_MEMORY_BYTES = 256 << 20;

/** The exit of the thread or process that a vault lives in. */
export interface Outlet extends HostPort {
	/** Sends a message of the interpreter's host process or thread. @param buffer shared memory of a checkpoint */
	post(header: object, payload?: Uint8Array, buffer?: SharedArrayBuffer): void;
	/** Reports why this interpreter is unusable, and stops for good: none of its code may run afterwards. */
	end(op: 'violation' | 'crashed', what: string): never;
	/** Hands over a copy of the session's state; undefined when it is too large. */
	postCheckpoint(image: SharedArrayBuffer | undefined): void;
}

/** An interpreter that is up and not yet assigned. */
export interface IdleVault {
	readonly entry: number;
	readonly vault: Vault;
	readonly device: Device;
	/** Compares with the snapshot that it started from. */
	readonly comparison: PageComparison;
	readonly outlet: Outlet;
}

/** @throws Error when the interpreter does not start, or a layer around it is missing */
export async function startVault(files: VaultFiles, outlet: Outlet): Promise<IdleVault> {
	const snapshot = readImage(files.snapshot);
	const device = new Device(outlet);
	const assets = { ...files, stdlib: new Uint8Array(files.stdlib) };
	// Memory does not grow until a session sets its limit.
	const limits = { memoryBytes: snapshot.memoryBytes };
	const vault = await Vault.open(assets, limits, createVaultPort(device, outlet), [snapshot]);
	return { entry: files.manifest.entry, vault, device, comparison: new PageComparison(snapshot), outlet };
}

/**
 * Runs an empty session in an unassigned vault, so that the first real one finds compiled code. Afterwards its memory is
 * back to the snapshot, and no cell of a model has run.
 */
export function rehearse({ entry, vault, device, comparison, outlet }: IdleVault): void {
	vault.limitMemory(REHEARSAL_MEMORY_BYTES);
	const setup = { op: 'setup', texts: [], contexts: [], histories: [], tools: [] };
	for (const [header, code] of [
		[setup, ''],
		[{ op: 'cell', outputCharacters: 1000 }, 'rehearsed = len("")'],
	] as const) {
		device.beginCommand({ request: 0, header, payload: Buffer.from(code) });
		if (!vault.call(entry) || !device.takeResult()) outlet.end('crashed', 'the Python runtime failed');
	}
	comparison.reset(vault.memory);
}

/**
 * Everything that makes up one session in one thread or process. Between two commands no Python frame is alive, so linear
 * memory alone is the state of the session, and can be copied into another one.
 */
export class VaultSession {
	readonly #entry: number;
	readonly #vault: Vault;
	readonly #device: Device;
	readonly #desk: CorpusDesk;
	readonly #checkpoints: Checkpoints;
	readonly #outlet: Outlet;

	/** @throws Error when the checkpoint does not fit into memory */
	constructor({ entry, vault, device, comparison, outlet }: IdleVault, data: SessionData) {
		this.#entry = entry;
		this.#vault = vault;
		this.#device = device;
		this.#desk = new CorpusDesk(data.contexts, () => vault.memory);
		this.#checkpoints = new Checkpoints(comparison, data.checkpointBytes);
		this.#outlet = outlet;
		vault.limitMemory(data.memoryBytes);
		if (data.checkpoint) vault.restore([readImage(data.checkpoint)]);
		device.beginSession(this.#desk);
	}

	/** Runs one command to its end and copies the resulting state. */
	run(command: HostMessage): void {
		this.#device.beginCommand(command);
		const isDone = this.#vault.call(this.#entry);
		const payload = this.#device.takeResult();
		if (!isDone || !payload) this.#outlet.end('crashed', 'the Python runtime failed');
		if (nameOf(command) === 'cell' && !this.#isSound())
			this.#outlet.end('crashed', 'the code broke the Python runtime');
		this.#outlet.post({ op: 'result', spans: this.#printedSpans(command, payload) }, payload);
		// Setting up again is faster than a copy.
		if (nameOf(command) === 'setup') return;
		// After the result, so that nobody waits for it.
		this.#outlet.postCheckpoint(this.#checkpoints.take(this.#vault.memory));
	}

	/**
	 * Whether the interpreter still works. A cell that breaks it for all later ones is undone like a crash, so this check runs
	 * within the cell's time.
	 */
	#isSound(): boolean {
		this.#device.beginCommand({ request: 0, header: { op: 'probe' }, payload: new Uint8Array() });
		const isDone = this.#vault.call(this.#entry);
		const payload = this.#device.takeResult();
		if (!isDone || !payload) return false;
		try {
			return decodeResult('probe', payload).isSound;
		} catch (error) {
			if (error instanceof FrameError) return false;
			throw error;
		}
	}

	#printedSpans(command: HostMessage, payload: Uint8Array) {
		if (nameOf(command) !== 'cell') return [];
		const { stdout } = parseBoundedJson(payload) as { stdout?: unknown };
		return typeof stdout === 'string' ? (this.#desk.trace([Buffer.from(stdout)])[0] ?? []) : [];
	}
}

function nameOf({ header }: HostMessage): unknown {
	return 'op' in header ? header.op : undefined;
}

/** Stops the other realm's functions and errors here: any failure ends the session, and nothing is thrown back. */
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

/** Formats a thrown value as one line. */
export function describe(error: unknown): string {
	return isNamed(error) ? `${error.name}: ${error.message}` : String(error);
}

/** Recognises an error, also one of another realm, and what the interpreter throws to exit. */
function isNamed(value: unknown): value is { readonly name: string; readonly message: string } {
	if (typeof value !== 'object' || value === null) return false;
	return 'name' in value && 'message' in value && typeof value.message === 'string';
}
