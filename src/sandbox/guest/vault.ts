import { randomFillSync } from 'node:crypto';
import vm from 'node:vm';
import { type WasmModule, wasm } from '../shared/wasm.ts';
import { applyImage, type MemoryImage } from './memoryImage.ts';
import type { Gate, RealmAssets, RealmControl, RealmSettings } from './realm/types.ts';

/** The parts of a vault; all vaults use the same, so that worker threads can share them. */
export interface VaultAssets {
	readonly module: WasmModule;
	/** The generated loader as a classic script: an expression that evaluates to its factory. */
	readonly glue: string;
	/** The script of `realm/realm.ts`: an expression that evaluates to `bootRealm`. */
	readonly realm: string;
	readonly stdlib: Uint8Array;
}

export interface VaultLimits {
	/** Cap of linear memory. Bytes. */
	readonly memoryBytes: number;
}

/** File descriptor of `/dev/rlm` in Python. */
const CHANNEL_DESCRIPTOR = 1000;
const FILE_BYTES = 64 << 20;
const FILE_COUNT = 20_000;

/** Evaluated in a booted realm: returns the names of forbidden things that exist. */
const REALM_PROBE = `(() => {
	const names = ['process', 'require', 'module', 'global', 'Buffer', 'fetch', 'WebAssembly', 'Function', 'eval'];
	const found = [...names, 'SharedArrayBuffer', 'Atomics'].filter((name) => name in globalThis);
	if ('__proto__' in Object.prototype) found.push('__proto__');
	try {
		(() => {}).constructor('')();
		found.push('code from strings');
	} catch {}
	return found.join(' ');
})()`;

/** How a running interpreter reaches this side; everything else is the same for every vault. */
export type VaultPort = Pick<Gate, 'write' | 'read' | 'takeSignal' | 'violation' | 'diagnose'>;

/**
 * CPython in a separate realm, with an import firewall around it and bytes as the only way out.
 * @see bootRealm for what runs inside
 */
export class Vault {
	readonly #control: RealmControl;

	private constructor(control: RealmControl) {
		this.#control = control;
	}

	/**
	 * Starts an interpreter.
	 * @param images memory to start from, written in order; without any, Python boots from scratch
	 * @throws Error when the wasm module and the loader do not match, or a layer around it does not hold
	 */
	static async open(
		assets: VaultAssets,
		limits: VaultLimits,
		port: VaultPort,
		images: readonly MemoryImage[],
	): Promise<Vault> {
		const realm = new BareRealm();
		const boot = realm.evaluate(assets.realm, 'realm.js') as typeof import('./realm/realm.ts').bootRealm;
		const settings: RealmSettings = {
			memoryBytes: limits.memoryBytes,
			fileBytes: FILE_BYTES,
			fileCount: FILE_COUNT,
			functionImports: functionImports(assets.module),
			channel: CHANNEL_DESCRIPTOR,
			startsFromImage: images.length > 0,
		};
		const control = await boot(createGate(port), realm.data(settings), realmAssets(realm, assets));
		const found = realm.evaluate(REALM_PROBE, 'probe.js');
		if (found !== '') throw new Error(`the realm contains forbidden names: ${found}`);
		const vault = new Vault(control);
		vault.restore(images);
		return vault;
	}

	/** Current linear memory; stale after growth. */
	get memory(): Uint8Array {
		return new Uint8Array(this.#control.memory());
	}

	/** Calls a Python callable by its address. Returns whether it succeeded. */
	call(address: number): boolean {
		return this.#control.call(address) === 0;
	}

	/** Runs source text; only for building images. Returns whether it succeeded. */
	run(source: string): boolean {
		return this.#control.run(source) === 0;
	}

	/** Keeps a Python object alive for ever; only for building images. */
	keep(address: number): void {
		this.#control.keep(address);
	}

	/** Sets the cap of linear memory. Bytes. */
	limitMemory(bytes: number): void {
		this.#control.limitMemory(bytes);
	}

	/** Writes images over linear memory, in order. No Python frame may be alive. @throws Error when memory is short */
	restore(images: readonly MemoryImage[]): void {
		if (images.length === 0) return;
		const bytes = Math.max(...images.map((image) => image.memoryBytes));
		if (!this.#control.growTo(bytes)) throw new Error(`linear memory cannot grow to ${bytes} bytes`);
		const memory = this.memory;
		for (const image of images) applyImage(memory, image);
		this.#control.adoptImage();
	}
}

/** Creates a global object with only the language's own names, where no code can be compiled from strings. */
class BareRealm {
	readonly #context = vm.createContext(Object.create(null), {
		name: 'vault',
		codeGeneration: { strings: false, wasm: true },
	});

	evaluate(source: string, filename: string): unknown {
		return new vm.Script(source, { filename }).runInContext(this.#context);
	}

	/** Copies plain data into objects of the realm. */
	data<T extends object>(value: T): T {
		const parse = this.evaluate('(text) => JSON.parse(text)', 'data.js') as (text: string) => T;
		return parse(JSON.stringify(value));
	}

	/** Copies bytes into the realm. */
	bytes(source: Uint8Array): Uint8Array {
		const allocate = this.evaluate('(length) => new Uint8Array(length)', 'bytes.js') as (length: number) => Uint8Array;
		const copy = allocate(source.length);
		copy.set(source);
		return copy;
	}

	/** Creates an empty object of the realm, without a prototype. */
	record(): object {
		return this.evaluate('Object.create(null)', 'record.js') as object;
	}
}

function realmAssets(realm: BareRealm, assets: VaultAssets): RealmAssets {
	return Object.assign(realm.record(), {
		stdlib: realm.bytes(assets.stdlib),
		module: assets.module,
		dylinkHeader: realm.bytes(dylinkHeader(assets.module)),
		createModule: (settings: object) => {
			const factory = realm.evaluate(assets.glue, 'glue.js') as RealmAssets['createModule'];
			return factory(settings);
		},
	});
}

function createGate(port: VaultPort): Gate {
	return Object.freeze({
		__proto__: null,
		...port,
		fillRandom(target: Uint8Array) {
			randomFillSync(target);
			return 0;
		},
		// All workers count from the same moment, so that Python's clock never runs backwards after a restart.
		now: () => performance.timeOrigin + performance.now(),
	});
}

/** Names of the functions that a module imports; globals and tables are left out. */
export function functionImports(module: WasmModule): string[] {
	return wasm.Module.imports(module)
		.filter((entry) => entry.kind === 'function')
		.map((entry) => entry.name);
}

/**
 * The glue reads the sizes of its data and tables from the module's first custom section. A module that was compiled
 * elsewhere no longer has its bytes, so a file with only that section stands in.
 */
function dylinkHeader(module: WasmModule): Uint8Array {
	const name = 'dylink.0';
	const [section] = wasm.Module.customSections(module, name);
	if (!section) throw new Error('the wasm module has no dylink.0 section');
	const nameBytes = [name.length, ...Buffer.from(name)];
	const magicAndVersion = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
	const length = unsignedLeb128(nameBytes.length + section.byteLength);
	return Uint8Array.from([...magicAndVersion, 0, ...length, ...nameBytes, ...new Uint8Array(section)]);
}

function unsignedLeb128(value: number): number[] {
	return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsignedLeb128(value >>> 7)];
}
