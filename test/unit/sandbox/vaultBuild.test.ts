import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trimGlue } from '../../../scripts/vault-glue.ts';
import { keepExports } from '../../../scripts/vault-wasm.ts';
import { KEPT_IMPORTS } from '../../../src/sandbox/guest/realm/imports.ts';
import { wasm } from '../../../src/sandbox/shared/wasm.ts';

const pyodide = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));
const loader = readFileSync(join(pyodide, 'pyodide.asm.mjs'), 'utf8');

describe('the trimmed loader', () => {
	const needs = { imports: KEPT_IMPORTS, variables: ['__PyRuntime'], properties: ['FS'] };

	it('has the functions of the allow list, and none that the firewall refuses', async () => {
		const { script, exports } = await trimGlue(loader, needs);
		const table = /var wasmImports = {([^}]*)}/.exec(script)?.[1] ?? '';
		const names = table.split(',').map((entry) => entry.trim().split(':')[0]);
		expect(names.filter((name) => !KEPT_IMPORTS.includes(name ?? ''))).toEqual([]);
		expect(names.length).toBeGreaterThan(60);
		expect(script).not.toMatch(/\beval\(|import\.meta|child_process|_emscripten_run_script|_emscripten_system/);
		expect(exports).toEqual(expect.arrayContaining(['memory', 'malloc', '_PyRuntime']));
	});

	it.each([
		['its exports', 'function assignWasmExports(wasmExports){'],
		['its imports', '}var wasmImports={'],
		['a step of its start', 'pyodide_js_init();'],
	])('is not made of a loader that lacks %s', async (_what, text) => {
		const other = loader.replace(text, '');
		await expect(trimGlue(other, needs)).rejects.toThrow(`pyodide.asm.mjs has no ${text}`);
	});
});

describe('the trimmed module', () => {
	// (module (func (export "one")) (func (export "two")) (memory (export "memory") 1))
	const module = Uint8Array.from([
		...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
		...[1, 4, 1, 0x60, 0, 0],
		...[3, 3, 2, 0, 0],
		...[5, 3, 1, 0, 1],
		...[7, 22, 3, 3, 0x6f, 0x6e, 0x65, 0, 0, 3, 0x74, 0x77, 0x6f, 0, 1, 6, ...Buffer.from('memory'), 2, 0],
		...[10, 7, 2, 2, 0, 0x0b, 2, 0, 0x0b],
	]);
	const exportsOf = (binary: Uint8Array) => {
		const compiled = wasm.Module.exports(new wasm.Module(binary));
		return compiled.map(({ name, kind }) => `${kind} ${name}`);
	};

	it('exports what is wanted and nothing else', () => {
		expect(exportsOf(module)).toEqual(['function one', 'function two', 'memory memory']);
		expect(exportsOf(keepExports(module, new Set(['two', 'memory'])))).toEqual(['function two', 'memory memory']);
	});

	it('is not made of a module that lacks one of them', () => {
		expect(() => keepExports(module, new Set(['two', 'three']))).toThrow('does not export three');
	});

	it('is not made of half a module', () => {
		expect(() => keepExports(module.subarray(0, 30), new Set())).toThrow();
	});
});
