import ignore from 'ignore';
import { isBounded } from './globBounds.ts';

const BRACES = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s;
/** Maximum of patterns after expanding braces; people write dozens at most. */
const ALTERNATIVES = 10_000;

/**
 * Tests whether a path is among the requested ones. A pattern is an exact path, a folder, or a glob in the syntax of
 * .gitignore (`*.py` in any folder, `src/**` below src) with alternatives in braces (`*.{ts,tsx}`).
 * @throws RangeError when matching could take unbounded time
 */
export function pathFilter(patterns: readonly string[]): (path: string) => boolean {
	const exact = new Set(patterns);
	if (patterns.some((pattern) => ['', '.', './', '/'].includes(pattern))) return () => true;
	const globs = ignore({ allowRelativePaths: true, ignorecase: false });
	const cleaned = patterns.map((pattern) =>
		pattern.replace(/^\.\//, '').replace(/^\*\//, '**/').replace(/^[!#]/, '\\$&'),
	);
	const expanded = expandBraces(cleaned);
	const names = plainNames(expanded.filter(isPlain));
	const special = expanded.filter((glob) => !isPlain(glob));
	const unbounded = special.find((glob) => !isBounded(glob));
	if (unbounded !== undefined)
		throw new RangeError(`a glob is too long or has too many **: ${unbounded.slice(0, 100)}`);
	globs.add(special);
	return (path) => exact.has(path) || names(path) || globs.ignores(path);
}

/** Whether a glob has no special characters: a path from the outermost folder, or a name in any folder. */
function isPlain(glob: string): boolean {
	return !/[*?[\]{}\\]|\/\/|^\/?$|^\s|\s$|(^|\/)\.\.?(\/|$)/.test(glob);
}

/**
 * Matches of globs without special characters. A lookup, because a list of thousands of paths would otherwise take
 * minutes.
 */
function plainNames(globs: readonly string[]): (path: string) => boolean {
	const [paths, names] = [new Set<string>(), new Set<string>()];
	for (const glob of globs) {
		const isAnchored = glob.slice(0, -1).includes('/');
		(isAnchored ? paths : names).add(glob.replace(/^\//, ''));
	}
	const has = (path: string, name: string) => paths.has(path) || names.has(name);
	return (path) => {
		let start = 0;
		for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', start)) {
			const [folder, name] = [path.slice(0, end), path.slice(start, end)];
			if (has(folder, name) || has(`${folder}/`, `${name}/`)) return true;
			start = end + 1;
		}
		return has(path, path.slice(start));
	};
}

/**
 * Expands `a.{ts,tsx}` to `a.ts`, `a.tsx`. Editors' globs have braces, git's do not.
 * @throws RangeError when there are too many alternatives: consecutive braces multiply them
 */
export function expandBraces(globs: readonly string[]): string[] {
	const expanded: string[] = [];
	const pending = globs.toReversed();
	for (let glob = pending.pop(); glob !== undefined; glob = pending.pop()) {
		const [, before = '', list, after = ''] = BRACES.exec(glob) ?? [];
		if (list === undefined) {
			expanded.push(glob);
			continue;
		}
		const alternatives = list.split(',');
		if (expanded.length + pending.length + alternatives.length > globs.length + ALTERNATIVES) {
			throw new RangeError(`the braces of globs have more than ${ALTERNATIVES} alternatives`);
		}
		pending.push(...alternatives.reverse().map((alternative) => before + alternative + after));
	}
	return expanded;
}
