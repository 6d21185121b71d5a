import { readdirSync, readFileSync } from 'node:fs';

/** The files of `python/` by name. The build puts them in; from sources they are read from the folder. */
declare const BUILTIN_PYTHON: Readonly<Record<string, string>>;

/**
 * Python of the plans: `where.report` is the cell `report` of `python/where.py`. The files are notebooks, with `# %%`
 * and a name before each cell. What precedes the first cell, and `values`, is there only for readers and linters.
 */
export function cell(name: string): string {
	cells ??= new Map(Object.entries(texts()).flatMap(([file, text]) => cellsOf(file, text)));
	const found = cells.get(name);
	if (found === undefined) throw new RangeError(`There is no cell ${name}.`);
	return found;
}

let cells: ReadonlyMap<string, string> | undefined;

function cellsOf(file: string, text: string): [name: string, code: string][] {
	return text
		.split(/^# %% /m)
		.slice(1)
		.map((part) => {
			const end = part.indexOf('\n');
			return [`${file.replace(/\.py$/, '')}.${part.slice(0, end).trim()}`, part.slice(end + 1).trim()];
		});
}

function texts(): Readonly<Record<string, string>> {
	if (typeof BUILTIN_PYTHON !== 'undefined') return BUILTIN_PYTHON;
	const folder = new URL('python/', import.meta.url);
	const names = readdirSync(folder).filter((name) => name.endsWith('.py'));
	return Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
}
