import { describe, expect, it } from 'vitest';
import { textContext } from '../../../src/context/corpus.ts';
import { CorpusView } from '../../../src/context/corpusView.ts';
import { grep } from '../../../src/context/grep.ts';
import { lines, randomNumbers, viewOf } from './support.ts';

describe('grep', () => {
	it('gives path, line, column in code points, and the lines around', async () => {
		const view = await viewOf({ 'a.txt': 'one\r\n😀 two\r\nthree\r\n', 'b.txt': 'none' });
		expect(grep(view, { pattern: 't(?:w)o', maxResults: 9, contextLines: 1 })).toEqual({
			matches: [{ path: 'a.txt', line: 2, text: '😀 two', column: 3, before: ['one'], after: ['three'] }],
			total: 1,
			isTotalExact: true,
			filesSearched: 2,
		});
		expect(grep(view, { pattern: 'two', maxResults: 9 }).matches[0]).toMatchObject({ line: 2, column: 3 });
	});

	it('shows the first results and counts all lines', async () => {
		const view = await viewOf({ 'a.txt': 'x x\n'.repeat(500), 'b.txt': 'x' });
		for (const pattern of ['x', 'x|y']) {
			const result = grep(view, { pattern, maxResults: 2 });
			expect(result.matches.map(({ line }) => line)).toEqual([1, 2]);
			expect(result).toMatchObject({ total: 501, isTotalExact: true });
		}
	});

	it('stops counting at a bound and says so', async () => {
		const view = await viewOf({ 'a.txt': 'x\n'.repeat(100_001) });
		expect(grep(view, { pattern: 'x', maxResults: 1 })).toMatchObject({ total: 100_000, isTotalExact: false });
	});

	it('searches the paths asked for: files, folders, globs, braces', async () => {
		const view = await viewOf({ 'src/a.ts': 'x', 'src/lib/[id].tsx': 'x', 'docs/a.md': 'x', 'a.py': 'x' });
		const found = (...paths: string[]) => grep(view, { pattern: 'x', paths, maxResults: 9 }).matches.map((m) => m.path);
		expect(found('src/a.ts')).toEqual(['src/a.ts']);
		expect(found('./src/')).toEqual(['src/a.ts', 'src/lib/[id].tsx']);
		expect(found('src/lib/[id].tsx')).toEqual(['src/lib/[id].tsx']);
		expect(found('*.{ts,tsx}')).toEqual(['src/a.ts', 'src/lib/[id].tsx']);
		expect(found('*/a.md', '*.py')).toEqual(['docs/a.md', 'a.py']);
		expect(found('.')).toHaveLength(4);
		expect(grep(view, { pattern: 'x', paths: ['nowhere'], maxResults: 9 }).filesSearched).toBe(0);
	});

	it('numbers the lines of a selection as in its file', async () => {
		const context = await textContext({ label: 's', path: 'a.ts', text: 'one\ntwo', firstLine: 41 });
		expect(grep(new CorpusView(context), { pattern: 'two', maxResults: 1 }).matches[0]?.line).toBe(42);
	});

	it('cuts a huge line around its match', async () => {
		const view = await viewOf({ 'a.json': `${'é'.repeat(200_000)}needle${'é'.repeat(200_000)}` });
		for (const pattern of ['needle', 'need[l]e']) {
			const match = grep(view, { pattern, maxResults: 1 }).matches[0];
			expect(match?.text).toMatch(/^…é+needleé+…$/);
			expect(match?.text.length).toBeLessThanOrEqual(1002);
			expect(match?.column).toBe(200_001);
		}
	});

	it('finds the same lines with and without the shortcut by required text', async () => {
		const parts = ['name', 'obj.name', ' ', '\n', '\n', '= 1', '\tname', 'é', 'names'];
		for (const random of [1, 2, 3, 4, 5].map(randomNumbers)) {
			const text = Array.from({ length: 400 }, () => parts[random(parts.length)]).join('');
			const view = await viewOf({ 'a.txt': text });
			for (const pattern of [
				'\\w+\\.name\\s*=',
				'\\bname\\b',
				'^\\s*name',
				'name\\s+\\w+\\.name',
				'[^x]name',
				'\\S?name$',
			]) {
				const found = (wanted: string) => grep(view, { pattern: wanted, maxResults: 1000 });
				// In a group the text is not looked for.
				expect(found(pattern)).toEqual(found(pattern.replaceAll('name', '(?:name)')));
			}
		}
	});

	it('continues after a match of several lines', async () => {
		expect(await lines('a\nb\na\nb\nc\n', { pattern: '(?s)a.b' })).toEqual([1, 3]);
	});

	it('agrees with looking at every line on random texts', async () => {
		const random = randomNumbers(7);
		const alphabet = ['a', 'b', 'ab', ' ', '\n', 'é', '1'];
		for (let round = 0; round < 60; round++) {
			const text = Array.from({ length: 200 }, () => alphabet[random(alphabet.length)]).join('');
			for (const [pattern, expected] of [
				['ab', /ab/],
				['^a', /^a/],
				['b$', /b$/],
				['a[^\\n]?b|1', /a.?b|1/],
				['[a1]*bab+', /[a1]*bab+/],
				['^[^\\n]*1ab(é|a)', /1ab(é|a)/],
				['é', /é/],
			] as const) {
				const naive = text.split('\n').flatMap((line, index) => (expected.test(line) ? [index + 1] : []));
				expect(await lines(text, { pattern })).toEqual(naive);
			}
		}
	});
});
