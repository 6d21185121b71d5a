// Says which room may import which, at any depth. `node scripts/boundaries.ts` prints violations and exits with 1.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { circles, type Import, readImports, sourceFiles } from './importGraph.ts';

/**
 * The order of the rooms: a file may import its own room and the rooms listed here. `node:` stands for Node's modules,
 * `npm:` for packages, `vscode` for the editor. A file belongs to the longest name that its path starts with; `src` is
 * for the files directly in it, which put the rooms together.
 */
export const ROOMS: Readonly<Record<string, string>> = {
	// The loop knows nothing of its host.
	'src/core': '',
	// Helpers over Node that several rooms use.
	'src/node': 'src/core node:',

	// The engine. Rooms without `node:` run in the web pages, too, or could.
	'src/protocol': 'src/core npm:',
	'src/builtin': 'src/core node:',
	// Ways to an answer, over the state of a run.
	'src/modes': 'src/core',
	'src/settings': 'src/core src/node src/models node: npm:',
	'src/models': 'src/core src/node src/protocol src/builtin node: npm:',
	'src/pool': 'src/core src/node src/settings src/models node: npm:',
	'src/context': 'src/core src/node node: npm:',
	'src/journal': 'src/core src/node src/protocol node: npm:',
	'src/telemetry': 'src/core src/node src/settings src/pool node: npm:',

	// Threads for what comes from outside; `worker.ts` is the entry of one.
	'src/compute': 'src/core src/protocol src/context node: npm:',

	// The wall. Hostile code runs behind the files of the guest, in a thread or a process with it. Neither side imports
	// the other: they send each other the frames of `src/protocol`, and both know what is in `shared`.
	'src/sandbox/shared': 'src/core src/protocol node: npm:',
	'src/sandbox/guest': 'src/core src/protocol src/context src/sandbox/shared node: npm:',
	'src/sandbox/host': 'src/core src/node src/protocol src/sandbox/shared node: npm:',

	// What puts the rooms together, and the ways in.
	src: `src/core src/node src/settings src/models src/modes src/pool src/context src/compute src/journal src/sandbox/host
		node: npm:`,
	// Measures the engine from outside, as a way in would.
	'src/eval': 'src src/core src/node src/context node: npm:',
	'src/service/sandboxServer': 'src/core src/node src/protocol src/settings src/sandbox/host node: npm:',
	'src/service/http': `src src/core src/node src/protocol src/compute src/settings src/models src/pool src/context src/journal src/telemetry
		node: npm:`,
	'src/cli': `src src/core src/node src/settings src/models src/pool src/context src/journal src/telemetry src/eval
		src/sandbox/host src/service/http src/service/sandboxServer node: npm:`,
	'src/vscode': `src src/core src/node src/protocol src/compute src/settings src/models src/pool src/context src/journal src/telemetry
		src/eval src/sandbox/host node: npm: vscode`,

	// The pages.
	webview: 'src/core src/protocol npm:',
};

const NAMES = Object.keys(ROOMS).sort((a, b) => b.length - a.length);

/** Returns the room of a file; undefined when it is in none. */
function roomOf(file: string): string | undefined {
	const room = NAMES.find((name) => file.startsWith(`${name}/`));
	const isRoot = room === 'src' && file.split('/').length > 2;
	return isRoot ? undefined : room;
}

/** Returns what an import needs permission for: a room, `node:`, `npm:` or `vscode`. */
function targetOf({ specifier, to }: Import): string {
	if (to !== undefined) return roomOf(to) ?? to;
	if (specifier === 'vscode') return 'vscode';
	return specifier.startsWith('node:') ? 'node:' : 'npm:';
}

/** Lists the forbidden imports, one per line. */
export function forbidden(imports: readonly Import[]): readonly string[] {
	return imports.flatMap((entry) => {
		const room = roomOf(entry.from);
		if (room === undefined) return [];
		const target = targetOf(entry);
		const isAllowed = target === room || (ROOMS[room] ?? '').split(/\s+/).includes(target);
		return isAllowed ? [] : [`${entry.from} imports ${entry.specifier}: ${room} may not import ${target}`];
	});
}

/** Lists everything wrong with the imports of the product, one per line. */
export function boundaryProblems(root: string): readonly string[] {
	const folders = ['src', 'webview'];
	const imports = readImports(root, folders);
	const homeless = sourceFiles(root, folders).filter((file) => roomOf(file) === undefined);
	const missing = imports.filter(({ to }) => to !== undefined && !existsSync(path.join(root, to)));
	return [
		...homeless.map((file) => `${file} lies in no room of scripts/boundaries.ts`),
		...new Set(forbidden(imports)),
		...missing.map(({ from, specifier }) => `${from} imports ${specifier}, which is not there`),
		...circles(imports).map((files) => `a circle: ${[...files, files[0]].join(' -> ')}`),
	];
}

if (import.meta.main) {
	const problems = boundaryProblems(path.join(import.meta.dirname, '..'));
	for (const problem of problems) console.log(problem);
	process.exit(problems.length === 0 ? 0 : 1);
}
