import { KEPT_IMPORTS, REFUSED_IMPORTS } from './imports.ts';
import type { EmscriptenModule, Gate, RealmSettings } from './types.ts';

type WasmFunction = ((...values: number[]) => unknown) & { sig?: string };
type ImportTable = Record<string, WasmFunction>;

/** Symbols of the loader itself that are not host functions. */
const LOADER_SYMBOL = /^(__em_js|memory|main$)/;

export interface Firewall {
	/** Imports that are neither on the allow list nor our stubs; empty unless the firewall is broken. */
	readonly open: readonly string[];
	/** Grows linear memory past the cap that Python sees, to restore an image. */
	growTo(bytes: number): boolean;
	/** Sets the cap. */
	limitMemory(bytes: number): void;
}

/**
 * Replaces, before instantiation, every function that the wasm module or a dynamic symbol look-up could reach and that
 * is not on the allow list. The table belongs to the glue, so its other users see the stubs too.
 */
export function closeFirewall(
	imports: { env: ImportTable; wasi_snapshot_preview1: ImportTable; sentinel?: ImportTable },
	settings: RealmSettings,
	gate: Gate,
	module: () => EmscriptenModule,
): Firewall {
	const kept = new Set(KEPT_IMPORTS);
	const stubs = new Set<WasmFunction>();
	const stub = (name: string) => {
		const refused = refusal(name, gate);
		stubs.add(refused);
		return refused;
	};
	for (const table of new Set([imports.env, imports.wasi_snapshot_preview1])) {
		for (const name of [...Object.keys(table), ...settings.functionImports]) {
			const original = table[name];
			if (kept.has(name) || LOADER_SYMBOL.test(name)) continue;
			if (typeof original === 'function' || settings.functionImports.includes(name)) {
				table[name] = withSignature(stub(name), original);
			}
		}
	}
	imports.sentinel = { create_sentinel: stub('create_sentinel'), is_sentinel: stub('is_sentinel') };
	const memory = installOwnFunctions(imports.env, imports.wasi_snapshot_preview1, settings, gate, module);
	const tables = [imports.env, imports.wasi_snapshot_preview1, imports.sentinel];
	const open = settings.functionImports.filter((name) => {
		const found = tables.flatMap((table) => table?.[name] ?? []);
		return !kept.has(name) && (found.length === 0 || found.some((candidate) => !stubs.has(candidate)));
	});
	return { ...memory, open };
}

function refusal(name: string, gate: Gate): WasmFunction {
	const reply = REFUSED_IMPORTS.get(name);
	if (reply !== undefined) return () => reply;
	return () => {
		gate.violation(name);
		throw new Error('refused');
	};
}

/** The loader puts functions into the table by signature, so a stub needs the signature of its original. */
function withSignature(stub: WasmFunction, original: WasmFunction | undefined): WasmFunction {
	if (original?.sig !== undefined) stub.sig = original.sig;
	return stub;
}

/** Supplies our versions of interrupts, the memory cap and randomness. */
function installOwnFunctions(
	env: ImportTable,
	wasi: ImportTable,
	settings: RealmSettings,
	gate: Gate,
	module: () => EmscriptenModule,
): Pick<Firewall, 'growTo' | 'limitMemory'> {
	const resize = env.emscripten_resize_heap;
	if (!resize) throw new Error('the glue has no emscripten_resize_heap');
	const replace = (table: ImportTable, name: string, replacement: WasmFunction) => {
		table[name] = withSignature(replacement, table[name]);
	};
	let { memoryBytes } = settings;
	replace(env, '_Py_CheckEmscriptenSignals_Helper', () => gate.takeSignal());
	replace(env, 'emscripten_get_heap_max', () => memoryBytes);
	replace(env, 'emscripten_resize_heap', (bytes) => {
		const wanted = (bytes ?? 0) >>> 0;
		return wanted > memoryBytes ? 0 : resize(wanted);
	});
	replace(wasi, 'random_get', (address, length) => fillRandom(module().HEAPU8, address ?? 0, length ?? 0, gate));
	return {
		growTo: (bytes) => Boolean(resize(bytes)),
		limitMemory(bytes) {
			memoryBytes = bytes;
		},
	};
}

const INVALID = 28;
const RANDOM_CHUNK = 65536;

/** Fills in pieces, so that a request for gigabytes does not allocate a buffer of that size outside the memory cap. */
function fillRandom(heap: Uint8Array, address: number, length: number, gate: Gate): number {
	const start = address >>> 0;
	const end = start + (length >>> 0);
	if (end > heap.length) return INVALID;
	const chunk = new Uint8Array(RANDOM_CHUNK);
	for (let position = start; position < end; position += RANDOM_CHUNK) {
		const piece = chunk.subarray(0, Math.min(RANDOM_CHUNK, end - position));
		gate.fillRandom(piece);
		heap.set(piece, position);
	}
	return 0;
}
