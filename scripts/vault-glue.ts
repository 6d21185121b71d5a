import { transform } from 'esbuild';

const START = 'async function _createPyodideModule(moduleArg={}){';
const END = ';return moduleRtn}export default _createPyodideModule;';
/** `_name=Module["_name"]=wasmExports["name"];`, for a variable with `.value>>>0` behind it. */
const EXPORT_ASSIGNMENT = /([\w$]+)=(?:Module\["[\w$]+"\]=)*wasmExports\["([\w$]+)"\](?:\.value>>>0)?;?/g;
/** `Module["name"]=name;`: what Pyodide's own layer, which we leave out, finds on the module object. */
const REPUBLISHED = /(?<=[;}])Module\["([\w$]+)"\]=\1;/g;
/** What the loader does at its start for graphics, dynamic libraries and Pyodide's own layer. */
const UNUSED_STEPS: readonly string[] = [
	'Module["requestAnimationFrame"]=MainLoop.requestAnimationFrame;',
	'Module["pauseMainLoop"]=MainLoop.pause;',
	'Module["resumeMainLoop"]=MainLoop.resume;',
	'MainLoop.init();',
	'registerPostMainLoop(()=>SDL.audio?.queueNewAudioData?.());',
	'registerWasmPlugin();',
	'Object.assign(Module,StackSwitching);',
	'Module.preRun.push(initSuspenders)',
	'API.tests=Tests;',
	'Module.hiwire=Hiwire;',
	'API.getTypeTag=getTypeTag;',
	'API.pyproxyIsAlive=pyproxyIsAlive;',
	'API.isPromise=isPromise;',
	'API.typedArrayAsUint8Array=bufferAsUint8Array;',
	'pyodide_js_init();',
];

/** `name.sig="viii";`: for functions that dynamic linking puts into the table. */
const SIGNATURE = /(?<=[;}])[\w$]+\.sig="\w*";/g;

export interface GlueNeeds {
	/** Functions that the wasm module may import from the glue. */
	readonly imports: readonly string[];
	/** Exports of the wasm module that are used on the module object, with the glue's underscore: `_malloc`. */
	readonly variables: readonly string[];
	/** Other properties of the module object that are used: `FS`. */
	readonly properties: readonly string[];
}

export interface TrimmedGlue {
	/** A classic script: an expression that gives the factory. */
	readonly script: string;
	/** Names of the wasm exports that it uses. */
	readonly exports: readonly string[];
}

/**
 * Turns the generated loader (1.2 MB that every worker would read) into a script for a realm that has neither modules
 * nor Node, and leaves out what cannot be reached there: graphics, sockets, the layer between Python and JavaScript, and
 * dynamic linking of thousands of exports.
 * @throws Error when the loader is not of the shape that is expected here
 */
export async function trimGlue(source: string, needs: GlueNeeds): Promise<TrimmedGlue> {
	const { before, exported, declared, after } = split(edit(bodyOf(source)));
	const kept = (list: string) => list.split(',').filter((entry) => needs.imports.includes(entry.split(':')[0] ?? ''));
	const [imports, rest] = cut(after, '};function applySignatureConversions');
	const republished = needs.properties.map((name) => `Module["${name}"]=${name};`).join('');
	const compose = (variables: readonly string[]) => {
		const [list, assignments] = exportsFor(variables, exported, declared);
		const table = `var wasmImports={${kept(imports).join(',')}};function applySignatureConversions${rest}`;
		return `${before}${republished}var ${list};function assignWasmExports(wasmExports){${assignments}}${table}`;
	};
	// Which exports are used shows when everything that nobody needs is gone; only these are declared then.
	const used = new Set((await shake(compose([]))).match(/[\w$]+/g));
	const variables = declared.filter((name) => used.has(name) || needs.variables.includes(name));
	const code = await shake(compose(variables));
	const exports = new Set([...code.matchAll(/wasmExports\d*\["([\w$]+)"/g)].map(([, name]) => name ?? ''));
	const script = `"use strict";(()=>{async function _createPyodideModule(moduleArg={}){${code}}\nreturn _createPyodideModule;})()`;
	return { script, exports: [...exports] };
}

function bodyOf(source: string): string {
	const [, inside] = cut(source, START);
	return cut(inside, END)[0];
}

function edit(body: string): string {
	const edits: readonly [from: string, to: string][] = [
		['import.meta.url', '"file:///pyodide.asm.mjs"'],
		// Symbols that are linked by name are graphics and the console. None of them is there: their address is null.
		['if(!weakImports.has(symName)){rtn.required=true}', ''],
		['assignWasmExports(wasmExports);updateGOT(origExports);', 'assignWasmExports(wasmExports);'],
		// One function is put into the table, the call trampoline, and it is not there already.
		['functionsInTableMap=new WeakMap;updateTableMap(0,wasmTable.length)', 'functionsInTableMap=new WeakMap'],
		// For dynamic linking and pieces of C code, both refused. A direct eval would keep everything alive.
		['eval(', 'refusedEval('],
		// Both belong to Pyodide's own layer and bracket the start of Python, whose messages are read elsewhere.
		['{API.capture_stderr()}', '{}'],
		['{return API.restore_stderr()}', '{return ""}'],
		...UNUSED_STEPS.map((step): [string, string] => [step, '']),
	];
	let edited = body;
	for (const [from, to] of edits) {
		cut(edited, from);
		edited = edited.replaceAll(from, to);
	}
	return edited.replace(REPUBLISHED, '').replace(SIGNATURE, '');
}

/** The loader around its list of exports: what stands before, their assignments, their names, what comes after. */
function split(body: string) {
	const [beforeFunction, inside] = cut(body, 'function assignWasmExports(wasmExports){');
	const [exported, after] = cut(inside, '}var wasmImports={');
	const declaration = beforeFunction.lastIndexOf('var ');
	const names = /^var ([\w$,]+);$/.exec(beforeFunction.slice(declaration))?.[1];
	if (!names) throw new Error('pyodide.asm.mjs does not declare its exports before it assigns them');
	return { before: beforeFunction.slice(0, declaration), exported, declared: names.split(','), after };
}

/** The declarations and assignments of the given variables, and of the memory and the table. */
function exportsFor(variables: readonly string[], exported: string, declared: readonly string[]): [string, string] {
	const assignments = [...exported.matchAll(EXPORT_ASSIGNMENT)];
	const wanted = new Set([...variables, 'wasmMemory', 'wasmTable']);
	const isWanted = (name = '') => wanted.has(name);
	return [
		declared.filter(isWanted).join(','),
		assignments
			.filter(([, name]) => isWanted(name))
			.map(([text]) => `${text.replace(/;$/, '')};`)
			.join(''),
	];
}

/** Leaves out declarations that nobody uses. @param body of the factory, which becomes a module for this purpose */
async function shake(body: string): Promise<string> {
	const { code } = await transform(`${body};export{moduleRtn}`, {
		treeShaking: true,
		format: 'esm',
		platform: 'neutral',
		target: 'es2023',
	});
	return `${cut(code, 'export {')[0]}return moduleRtn;`;
}

/** @throws Error when the separator is not there */
function cut(text: string, separator: string): [before: string, after: string] {
	const position = text.indexOf(separator);
	if (position < 0) throw new Error(`pyodide.asm.mjs has no ${separator}`);
	return [text.slice(0, position), text.slice(position + separator.length)];
}
