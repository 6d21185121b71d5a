import { describe, expect, it } from 'vitest';
import { chunks } from '../../../src/context/chunks.ts';
import { randomNumbers, viewOf } from './support.ts';

describe('chunks', () => {
	it('put together give the file, whatever the sizes', async () => {
		const random = randomNumbers(11);
		const pieces = ['word ', 'é', '😀', '\n', '\r\n', 'x'.repeat(30)];
		for (let round = 0; round < 80; round++) {
			const text = Array.from({ length: 120 }, () => pieces[random(pieces.length)]).join('');
			const size = 2 + random(80);
			const found = [...chunks(await viewOf({ 'a.txt': text }), { size })];
			expect(found.map((chunk) => chunk.text).join('')).toBe(text);
			expect(found.every((chunk) => chunk.text.length <= size && !/\p{Surrogate}/u.test(chunk.text))).toBe(true);
		}
	});

	it('with overlap begin where whole lines are repeated, and their line numbers are right', async () => {
		const random = randomNumbers(13);
		for (let round = 0; round < 60; round++) {
			const rows = Array.from({ length: 40 }, (_, row) => `${row + 1}:${'x'.repeat(random(20))}\n`);
			const size = 30 + random(60);
			const found = [...chunks(await viewOf({ 'a.txt': rows.join('') }), { size, overlap: random(40) })];
			let covered = 0;
			for (const { text, startLine, endLine } of found) {
				expect(text).toBe(rows.slice(startLine - 1, endLine).join(''));
				expect(startLine).toBeLessThanOrEqual(covered + 1);
				expect(endLine).toBeGreaterThan(covered);
				covered = endLine;
			}
			expect(covered).toBe(40);
		}
	});

	it('cut a line that is longer than a chunk and keep its number', async () => {
		const view = await viewOf({ 'a.txt': `first\n${'y'.repeat(25)}\nlast line` });
		expect([...chunks(view, { size: 10 })].map(({ startLine, endLine, text }) => [startLine, endLine, text])).toEqual([
			[1, 1, 'first\n'],
			[2, 2, 'y'.repeat(10)],
			[2, 2, 'y'.repeat(10)],
			[2, 2, `${'y'.repeat(5)}\n`],
			[3, 3, 'last line'],
		]);
	});

	it('take the files asked for and never span two', async () => {
		const view = await viewOf({ 'a.md': 'one', 'b.md': 'two', 'c.ts': 'three', 'empty.md': '' });
		expect([...chunks(view, { size: 100, paths: ['*.md'] })].map(({ path }) => path)).toEqual(['a.md', 'b.md']);
	});
});
