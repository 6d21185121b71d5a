import { describe, expect, it } from 'vitest';
import { search } from '../../../src/context/search.ts';
import { viewOf } from './support.ts';

const FILLER = 'unrelated text about something else\n'.repeat(60);

describe('search', () => {
	it('ranks the passage that answers first, by parts of names and inflected words', async () => {
		const view = await viewOf({
			'a.ts': `${FILLER}export function parseHTTPReply(raw: string) {}\n${FILLER}`,
			'b.md': `${FILLER}Replies are kept.\n${FILLER}`,
			'c.py': FILLER,
		});
		const hits = search(view, 'Where are HTTP replies parsed?', 5);
		expect(hits.map(({ path }) => path)).toEqual(['a.ts', 'b.md']);
		expect(hits[0]).toMatchObject({ startLine: 49, endLine: 64 });
		expect(hits[0]?.text).toContain('parseHTTPReply');
		expect(hits[0]?.score).toBeGreaterThan(hits[1]?.score ?? 0);
	});

	it('prefers rare terms to frequent ones', async () => {
		const view = await viewOf({ 'a.txt': `${'error here\n'.repeat(200)}${FILLER}quorum\n` });
		expect(search(view, 'error quorum', 1)[0]?.text).toContain('quorum');
	});

	it('does not match inside words', async () => {
		const view = await viewOf({ 'a.txt': 'the carton is a cartoon\n', 'b.txt': 'a cart, cartLoad, load_cart\n' });
		expect(search(view, 'art', 5)).toEqual([]);
		expect(search(view, 'load', 5).map(({ path }) => path)).toEqual(['b.txt']);
	});

	it('knows letters beyond ASCII and scripts without spaces', async () => {
		const view = await viewOf({
			'de.txt': 'Die Straße zur Brücke\n',
			'zh.txt': '我们在研究循环语言模型\n',
			'ru.txt': 'Привет, мир\n',
		});
		const first = (query: string) => search(view, query, 1)[0]?.path;
		expect(first('brücke')).toBe('de.txt');
		expect(first('语言模型')).toBe('zh.txt');
		expect(first('мир')).toBe('ru.txt');
	});

	it('finds files by their names', async () => {
		const view = await viewOf({ 'src/scheduler.ts': 'x\n', 'src/other.ts': 'x\n' });
		expect(search(view, 'scheduler', 5).map(({ path }) => path)).toEqual(['src/scheduler.ts']);
	});

	it('gives passages that do not overlap, at most as many as asked for', async () => {
		const view = await viewOf({ 'a.txt': 'needle in hay\n'.repeat(200) });
		const hits = search(view, 'needle', 4);
		expect(hits).toHaveLength(4);
		const lines = hits.flatMap(({ startLine, endLine }) => [startLine, endLine]);
		expect(new Set(lines).size).toBe(8);
	});

	it('has no answer to an empty question', async () => {
		const view = await viewOf({ 'a.txt': 'x\n' });
		expect(search(view, ' ?! ', 5)).toEqual([]);
	});
});
