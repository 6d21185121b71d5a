import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../src/builtin/python');

/** For esbuild's `define`: the Python of the built-in engine, which `src/builtin/cells.ts` reads from its folder otherwise. */
export function builtinPython(): { readonly BUILTIN_PYTHON: string } {
	const names = readdirSync(folder).filter((name) => name.endsWith('.py'));
	const texts = names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
	return { BUILTIN_PYTHON: JSON.stringify(Object.fromEntries(texts)) };
}
