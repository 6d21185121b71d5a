// Finds the integration tests that a change can break: those that reach a changed file through imports, nearest first.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { importsOf, sourceFiles } from './importGraph.ts';

const FOLDERS = ['src', 'webview', 'scripts', 'test', 'bench'];
/** Number of test files that run in about a minute and a half on two cores. */
const MOST_FILES = 14;
/** Files that run as bundles, or are named by their path, are not imported. */
const BUILT: Readonly<Record<string, string>> = {
	'dist/cli.js': 'src/cli/main.ts',
	'dist/sandboxProcess.mjs': 'src/sandbox/guest/process/main.ts',
};
const NAMED = /['"`/](dist\/[\w.]+|src\/[\w/]+\.ts)['"`]/g;

/** The integration tests to run, and those further away that could break too. */
export interface Affected {
	readonly chosen: readonly string[];
	readonly left: readonly string[];
}

/** Returns the files that differ from where this branch left main, saved or not; on main, those of the last commit. */
export function changedFiles(root: string): readonly string[] {
	const git = (...args: string[]) => {
		const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
		return status === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
	};
	const [head] = git('rev-parse', 'HEAD');
	const base = ['main', 'origin/main'].flatMap((branch) => git('merge-base', 'HEAD', branch))[0];
	const unsaved = [...git('diff', '--name-only', 'HEAD'), ...git('ls-files', '--others', '--exclude-standard')];
	const since = base === undefined || (base === head && unsaved.length === 0) ? 'HEAD^' : base;
	return [...new Set([...git('diff', '--name-only', since), ...unsaved])];
}

/** Picks the integration tests that reach one of the changed files, by distance. */
export function affectedTests(root: string, changed: readonly string[]): Affected {
	const distances = distancesTo(readEdges(root), changed);
	const reached = readdirSync(path.join(root, 'test/integration'))
		.map((name) => `test/integration/${name}`)
		.filter((file) => file.endsWith('.test.ts') && distances.has(file))
		.sort((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0) || a.localeCompare(b));
	return { chosen: reached.slice(0, MOST_FILES), left: reached.slice(MOST_FILES) };
}

/** Maps each file to the files that need it. */
export type Users = ReadonlyMap<string, ReadonlySet<string>>;

function readEdges(root: string): Users {
	const users = new Map<string, Set<string>>();
	for (const file of sourceFiles(root, FOLDERS)) {
		const source = readFileSync(path.join(root, file), 'utf8');
		const named = [...source.matchAll(NAMED)].map(([, name = '']) => BUILT[name] ?? name);
		for (const used of [...importsOf(file, source).map(({ to }) => to), ...named]) {
			if (used === undefined || !existsSync(path.join(root, used))) continue;
			users.set(used, (users.get(used) ?? new Set()).add(file));
		}
	}
	return users;
}

/** Returns how many steps each file is away from the nearest of the given ones. Files that reach none are missing. */
export function distancesTo(users: Users, files: readonly string[]): ReadonlyMap<string, number> {
	const distances = new Map(files.map((file) => [file, 0]));
	// A map is read in the order in which it grows: this is a breadth-first walk.
	for (const [file, distance] of distances) {
		for (const user of users.get(file) ?? []) if (!distances.has(user)) distances.set(user, distance + 1);
	}
	return distances;
}
