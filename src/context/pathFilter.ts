import ignore from 'ignore';

/**
 * Says whether a path is one of those asked for. A pattern is an exact path, a folder, or a glob in the syntax of
 * .gitignore (`*.py` in any folder, `src/**` below src) with alternatives in braces (`*.{ts,tsx}`).
 */
export function pathFilter(patterns: readonly string[]): (path: string) => boolean {
	const exact = new Set(patterns);
	if (patterns.some((pattern) => ['', '.', './', '/'].includes(pattern))) return () => true;
	const globs = ignore({ allowRelativePaths: true, ignorecase: false });
	globs.add(
		patterns
			.map((pattern) => pattern.replace(/^\.\//, '').replace(/^\*\//, '**/').replace(/^[!#]/, '\\$&'))
			.flatMap(expandBraces),
	);
	return (path) => exact.has(path) || globs.ignores(path);
}

/** `a.{ts,tsx}` -> `a.ts`, `a.tsx`. Globs of editors have braces, those of git do not. */
export function expandBraces(glob: string): string[] {
	const group = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(glob);
	if (!group) return [glob];
	const [, before = '', alternatives = '', after = ''] = group;
	return alternatives.split(',').flatMap((alternative) => expandBraces(before + alternative + after));
}
