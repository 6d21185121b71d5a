import type { WasmModule } from '../../shared/wasm.ts';

/**
 * The worker's side of the wall, as the realm sees it. These functions belong to another realm: they take and return
 * primitives or fill a given typed array, and stay in closures that wasm cannot reach.
 */
export interface Gate {
	/** Takes one whole frame. Returns 0, or a negative number when it cannot take it. */
	write(frame: Uint8Array): number;
	/** Fills the target with the next bytes of the reply. Returns their number, 0 for the end, -1 when interrupted. */
	read(target: Uint8Array): number;
	/** The pending signal number, 0 for none; reading clears it. */
	takeSignal(): number;
	fillRandom(target: Uint8Array): number;
	/** Milliseconds of a monotonic clock. */
	now(): number;
	/** Reports a forbidden call. Does not return while the worker lives. */
	violation(what: string): number;
	/** Text of C's standard error and of the glue's console, for the log. */
	diagnose(text: string): number;
}

export interface RealmSettings {
	/** Cap of linear memory until `limitMemory` changes it. Bytes. */
	readonly memoryBytes: number;
	/** Cap of the in-memory file system. Bytes. */
	readonly fileBytes: number;
	/** Maximum number of files, folders and links. */
	readonly fileCount: number;
	/** Names of the functions that the wasm module imports. */
	readonly functionImports: readonly string[];
	/** File descriptor of the channel. */
	readonly channel: number;
	/** True when a memory image follows, so that Python's `main` must not run. */
	readonly startsFromImage: boolean;
}

export interface RealmAssets {
	readonly stdlib: Uint8Array;
	readonly module: WasmModule;
	/** The beginning of a wasm file with the module's `dylink.0` section, the only part that the glue parses. */
	readonly dylinkHeader: Uint8Array;
	/** Evaluates the glue in this realm and returns its factory. */
	createModule(settings: object): Promise<EmscriptenModule>;
}

/** What the worker can do with a started interpreter. */
export interface RealmControl {
	/** Current linear memory; stale after growth. */
	memory(): ArrayBuffer;
	/** Makes room for an image. Returns whether linear memory is now at least this large. */
	growTo(bytes: number): boolean;
	/** Sets the cap of linear memory. Bytes. */
	limitMemory(bytes: number): void;
	/** Restores what belongs to this process and not to the image. Call it after writing an image. */
	adoptImage(): void;
	/** Calls a Python callable without arguments, by address. Returns 0, or -1 when it raised. */
	call(address: number): number;
	/** Adds a reference to a Python object that is never released. */
	keep(address: number): void;
	/** Runs source text in `__main__`; for building images only. Returns 0, or -1 when it raised. */
	run(source: string): number;
}

/** The exports of the wasm module that the realm itself uses, and Python's `main`. */
export const PYTHON_EXPORTS = [
	...['malloc', 'free', 'PyRun_SimpleString', 'PyObject_CallNoArgs', 'PyErr_Print', 'Py_DecRef', 'Py_IncRef'],
	'__main_argc_argv',
] as const;

/** The part of the generated glue that we use. */
export interface EmscriptenModule {
	readonly FS: EmscriptenFileSystem;
	readonly ENV: Record<string, string>;
	readonly HEAP8: Int8Array;
	readonly HEAPU8: Uint8Array;
	readonly HEAP32: Int32Array;
	readonly __PyRuntime: number;
	readonly __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET: number;
	readonly _Py_EMSCRIPTEN_SIGNAL_HANDLING: number;
}

export interface EmscriptenNode {
	readonly mode: number;
	contents: Uint8Array | Record<string, EmscriptenNode>;
	usedBytes: number;
}

export interface EmscriptenStream {
	readonly node: EmscriptenNode;
	readonly fd: number;
	seekable: boolean;
}

type StreamWrite = (
	stream: EmscriptenStream,
	buffer: Uint8Array,
	offset: number,
	length: number,
	position: number,
	canOwn: boolean,
) => number;

export interface MemoryFileSystem {
	createNode(parent: EmscriptenNode, name: string, mode: number, device: number): EmscriptenNode;
	expandFileStorage(node: EmscriptenNode, capacity: number): void;
	resizeFileStorage(node: EmscriptenNode, size: number): void;
	readonly stream_ops: { write: StreamWrite };
	readonly ops_table: { file: { stream: { write: StreamWrite } } } | null;
}

export interface EmscriptenFileSystem {
	readonly filesystems: { readonly MEMFS: MemoryFileSystem };
	readonly root: EmscriptenNode;
	readonly streams: readonly (EmscriptenStream | null | undefined)[];
	readonly ErrnoError: new (errno: number) => Error;
	mkdirTree(path: string): void;
	writeFile(path: string, data: Uint8Array, options: { canOwn: boolean }): void;
	chdir(path: string): void;
	makedev(major: number, minor: number): number;
	registerDevice(device: number, operations: object): void;
	mkdev(path: string, device: number): void;
	open(path: string, flags: number): EmscriptenStream;
	dupStream(stream: EmscriptenStream, fd: number): EmscriptenStream;
	close(stream: EmscriptenStream): void;
	isFile(mode: number): boolean;
	isDir(mode: number): boolean;
}
