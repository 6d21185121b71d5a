import { wasm } from '../../shared/wasm.ts';
import { limitFiles, openChannel } from './files.ts';
import { closeFirewall, type Firewall } from './firewall.ts';
import { installGlobals, removePowerfulGlobals, removePrototypeAccessors, Utf8Encoder } from './globals.ts';
import type { EmscriptenModule, Gate, RealmAssets, RealmControl, RealmSettings } from './types.ts';

/** Exports of the wasm module that start Python code. */
interface PythonExports {
	malloc(bytes: number): number;
	free(address: number): void;
	PyRun_SimpleString(source: number): number;
	PyObject_CallNoArgs(callable: number): number;
	PyErr_Print(): void;
	Py_DecRef(object: number): void;
	Py_IncRef(object: number): void;
}

const LIBRARY_FOLDER = '/lib/python3.14';
const LIBRARY_ZIP = '/lib/python314.zip';
const HOME = '/home/repl';

/**
 * Starts CPython without Pyodide's layer between Python and JavaScript. This file and its imports are bundled into one
 * script that is evaluated in a bare realm: it has nothing of Node, and nothing it makes belongs to another realm.
 */
export async function bootRealm(host: Gate, settings: RealmSettings, assets: RealmAssets): Promise<RealmControl> {
	const gate = guard(host);
	installGlobals(gate);
	removePrototypeAccessors();
	const { module, exports, firewall } = await startGlue(gate, settings, assets);
	removePowerfulGlobals();
	return createControl(module, exports, firewall);
}

/**
 * An exception of the other realm would bring that realm's constructors in here (a stack overflow in a callback is
 * enough), so none gets through.
 */
function guard(host: Gate): Gate {
	const closed =
		<T>(call: (value: T) => number) =>
		(value: T): number => {
			try {
				return +call(value);
			} catch {
				return -1;
			}
		};
	return {
		write: closed(host.write),
		read: closed(host.read),
		takeSignal: closed(host.takeSignal) as () => number,
		fillRandom: closed(host.fillRandom),
		now: closed(host.now) as () => number,
		violation: closed(host.violation),
		diagnose: closed(host.diagnose),
	};
}

interface StartedGlue {
	readonly module: EmscriptenModule;
	readonly exports: PythonExports;
	readonly firewall: Firewall;
}

async function startGlue(gate: Gate, settings: RealmSettings, assets: RealmAssets): Promise<StartedGlue> {
	let module: EmscriptenModule | undefined;
	const current = () => module as EmscriptenModule;
	let started: Omit<StartedGlue, 'module'> | undefined;
	let reject: (error: unknown) => void = () => {};
	const failed = new Promise<never>((_resolve, rejectPromise) => {
		reject = rejectPromise;
	});
	const created = assets.createModule({
		...glueSettings(gate),
		noInitialRun: settings.startsFromImage,
		preRun: [
			(starting: EmscriptenModule) => {
				module = starting;
				prepareFiles(starting, settings, assets.stdlib, gate);
			},
		],
		instantiateWasm(
			imports: Parameters<typeof closeFirewall>[0],
			done: (instance: object, header: Uint8Array) => void,
		) {
			const firewall = closeFirewall(imports, settings, gate, current);
			if (firewall.open.length > 0) {
				reject(new Error(`the import firewall leaves open: ${firewall.open.join(' ')}`));
				return {};
			}
			wasm.instantiate(assets.module, imports).then((instance) => {
				started = { firewall, exports: instance.exports as unknown as PythonExports };
				done(instance, assets.dylinkHeader);
			}, reject);
			return {};
		},
	});
	module = await Promise.race([created, failed]);
	if (!started) throw new Error('the glue did not instantiate the module');
	return { module, ...started };
}

function glueSettings(gate: Gate) {
	return {
		noImageDecoding: true,
		noAudioDecoding: true,
		noWasmDecoding: true,
		arguments: [],
		// The loader omits Pyodide's own layer but still writes its version here.
		API: {},
		locateFile: (path: string) => `/${path}`,
		print: (text: string) => void gate.diagnose(`${text}`),
		printErr: (text: string) => void gate.diagnose(`${text}`),
		stdin: () => null,
		stdout: () => {},
		stderr: lineCollector((line) => void gate.diagnose(line)),
	};
}

/** C writes its standard error byte by byte; lines are cut, so that a flood costs nothing. */
function lineCollector(sink: (line: string) => void): (byte: number | null) => void {
	const LONGEST = 400;
	let line = '';
	return (byte) => {
		if (byte !== null && byte !== 10) {
			if (line.length < LONGEST) line += String.fromCharCode(byte);
			return;
		}
		if (line) sink(line);
		line = '';
	};
}

function prepareFiles(module: EmscriptenModule, settings: RealmSettings, stdlib: Uint8Array, gate: Gate): void {
	const files = module.FS;
	files.mkdirTree(`${LIBRARY_FOLDER}/lib-dynload`);
	files.mkdirTree(`${LIBRARY_FOLDER}/site-packages`);
	files.writeFile(LIBRARY_ZIP, stdlib, { canOwn: true });
	files.mkdirTree(HOME);
	files.chdir(HOME);
	Object.assign(module.ENV, { HOME, PYTHONINSPECT: '1', LANG: 'C.UTF-8' });
	limitFiles(files, settings);
	openChannel(files, gate, settings.channel);
}

function createControl(module: EmscriptenModule, exports: PythonExports, firewall: Firewall): RealmControl {
	// The address of the call trampoline is in Python's runtime state but refers to a table entry of this instance.
	const trampolineAt =
		(module.__PyRuntime + (module.HEAP32[module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >> 2] ?? 0)) >> 2;
	const trampoline = module.HEAP32[trampolineAt] ?? 0;
	const control: RealmControl = {
		memory: () => module.HEAP8.buffer as ArrayBuffer,
		growTo: (bytes) => module.HEAP8.length >= bytes || firewall.growTo(bytes),
		limitMemory: (bytes) => firewall.limitMemory(bytes),
		adoptImage() {
			module.HEAP32[trampolineAt] = trampoline;
			module.HEAP8[module._Py_EMSCRIPTEN_SIGNAL_HANDLING] = 1;
		},
		call(address) {
			const result = exports.PyObject_CallNoArgs(address);
			if (result !== 0) {
				exports.Py_DecRef(result);
				return 0;
			}
			exports.PyErr_Print();
			return -1;
		},
		keep: (address) => exports.Py_IncRef(address),
		run: (source) => runSource(module, exports, source),
	};
	control.adoptImage();
	return Object.freeze(Object.assign(Object.create(null), control));
}

function runSource(module: EmscriptenModule, exports: PythonExports, source: string): number {
	const bytes = new Utf8Encoder().encode(`${source}\0`);
	const address = exports.malloc(bytes.length) >>> 0;
	module.HEAPU8.set(bytes, address);
	const status = exports.PyRun_SimpleString(address);
	exports.free(address);
	return status;
}
