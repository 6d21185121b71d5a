import ignore from 'ignore';
import { describe, expect, it } from 'vitest';
import { pathFilter } from '../../../src/context/pathFilter.ts';

const PATHS = ['a', 'b.ts', 'src/a', 'src/a.ts', 'src/a/b.ts', 'src/lib/src/a.ts', 'lib/a/src', 'A.ts', 'src b/a b.ts'];
const PLAIN = [
	'a',
	'a/',
	'/a',
	'/a/',
	'src',
	'src/',
	'/src/a',
	'src/a',
	'src/a/',
	'lib/src',
	'b.ts',
	'/b.ts',
	'src b',
	'x',
];

describe('a filter of paths', () => {
	it.each(PLAIN)('finds with a path or a name what .gitignore would: %s', (glob) => {
		const rules = ignore({ allowRelativePaths: true, ignorecase: false }).add(glob);
		expect(PATHS.filter(pathFilter([glob]))).toEqual(PATHS.filter((path) => rules.ignores(path)));
	});

	it('takes paths, folders and globs together', () => {
		expect(PATHS.filter(pathFilter(['b.ts', 'src/{a,x}', '*.md']))).toEqual(['b.ts', 'src/a', 'src/a/b.ts']);
	});

	it('copes with thousands of paths among many files', () => {
		const files = Array.from({ length: 30_000 }, (_, n) => `src/some/folder/file-${n}.ts`);
		expect(files.filter(pathFilter(files.slice(0, 10_000)))).toHaveLength(10_000);
	});
});

it('a glob that would take forever to match is refused', () => {
	expect(() => pathFilter([`${'a/**/'.repeat(12)}b`])).toThrow(RangeError);
	expect(pathFilter(['a/**/b/**/c'])('a/x/b/y/z/c')).toBe(true);
});
