// Who imports whom: the graph behind the boundary check.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One import, in whatever form it is written. */
export interface Import {
	/** The file that imports, from the root of the repository, with forward slashes. */
	readonly from: string;
	/** As it is written: `./x.ts`, `node:path`, `vscode`. */
	readonly specifier: string;
	/** The file that is meant, from the root of the repository; undefined for a package and for what Node provides. */
	readonly to: string | undefined;
	/** `type` is erased; `later` is an `import()`, which may also name a type, or a script by its address. */
	readonly kind: 'value' | 'type' | 'later';
}

const STATIC = /(?:^|\n)[ \t]*(?:import|export)\s+(type\s+)?(?:[\w$*{][^'";]*?\sfrom\s+)?['"]([^'"\n]+)['"]/g;
const LATER = /\bimport\(\s*['"]([^'"\n]+)['"]|\bnew URL\(\s*['"]([^'"\n]+\.ts)['"]/g;
const SOURCE = /\.(?:ts|mjs)$/;

/** The imports of a source text. Comments and texts that quote an import at the start of a line count, too. */
export function importsOf(from: string, source: string): readonly Import[] {
	const found: Import[] = [];
	const add = (kind: Import['kind'], specifier: string, isFile = specifier.startsWith('.')) => {
		const to = isFile ? path.posix.join(path.posix.dirname(from), specifier) : undefined;
		found.push({ from, specifier, to, kind });
	};
	for (const [, type, specifier = ''] of source.matchAll(STATIC)) add(type ? 'type' : 'value', specifier);
	for (const [, specifier = '', address] of source.matchAll(LATER)) {
		if (address === undefined) add('later', specifier);
		else add('later', address, true);
	}
	return found;
}

/** The source files below some folders of the repository. */
export function sourceFiles(root: string, folders: readonly string[]): readonly string[] {
	return folders.flatMap((folder) =>
		readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
			.map((name) => path.posix.join(folder, name.replaceAll('\\', '/')))
			.filter((file) => SOURCE.test(file) && !file.endsWith('.d.ts') && existsSync(path.join(root, file)))
			.sort(),
	);
}

/** All imports of all source files below some folders. */
export function readImports(root: string, folders: readonly string[]): readonly Import[] {
	return sourceFiles(root, folders).flatMap((file) => importsOf(file, readFileSync(path.join(root, file), 'utf8')));
}

/** Circles of files that need each other in order to load. Each is a list of files; the last imports the first. */
export function circles(imports: readonly Import[]): readonly (readonly string[])[] {
	const targets = new Map<string, string[]>();
	for (const { from, to, kind } of imports) {
		if (kind === 'value' && to !== undefined) targets.set(from, [...(targets.get(from) ?? []), to]);
	}
	const found: string[][] = [];
	const done = new Set<string>();
	const walk = (file: string, way: readonly string[]) => {
		const start = way.indexOf(file);
		if (start >= 0) found.push(way.slice(start));
		if (start >= 0 || done.has(file)) return;
		for (const next of targets.get(file) ?? []) walk(next, [...way, file]);
		done.add(file);
	};
	for (const file of targets.keys()) walk(file, []);
	return found;
}
