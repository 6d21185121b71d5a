import { describe, expect, it } from 'vitest';
import { createCorpusReader, filesContext, jsonContext, textContext } from '../../../src/context/corpus.ts';
import { CorpusView } from '../../../src/context/corpusView.ts';

async function filesOf(files: Readonly<Record<string, Uint8Array | string>>) {
	const entries = Object.entries(files).map(([path, data]) => ({ path, bytes: Buffer.from(data) }));
	return filesContext({ label: 'test', files: entries, leftOut: [] });
}

describe('a context of files', () => {
	it('holds UTF-8 without marks and converts marked UTF-16', async () => {
		const utf16 = Buffer.from('\uFEFFgrüße 😀\n', 'utf16le');
		const view = new CorpusView(
			await filesOf({
				plain: 'naïve',
				marked: '\uFEFFtext',
				little: utf16,
				big: Buffer.from(utf16).swap16(),
				empty: '',
			}),
		);
		expect(view.files.map(({ path }) => [path, view.text(path)])).toEqual([
			['plain', 'naïve'],
			['marked', 'text'],
			['little', 'grüße 😀\n'],
			['big', 'grüße 😀\n'],
			['empty', ''],
		]);
	});

	it('leaves out what is not text and says why', async () => {
		const context = await filesOf({
			'a.bin': Buffer.from([1, 0, 2]),
			'latin1.txt': Buffer.from('caf\xe9', 'latin1'),
			'half.txt': Buffer.from([0xff, 0xfe, 0x00, 0xd8]),
			'ok.txt': 'ok',
		});
		expect(context.files.map(({ path }) => path)).toEqual(['ok.txt']);
		expect(context.leftOut).toEqual([
			{ reason: 'binary', count: 1, examples: ['a.bin'] },
			{ reason: 'not-utf8', count: 2, examples: ['latin1.txt', 'half.txt'] },
		]);
	});

	it('checks characters across the borders of its slices', async () => {
		const text = '€'.repeat(1_000_000);
		const context = await filesOf({ valid: text, invalid: Buffer.concat([Buffer.from(text), Buffer.from([0xe2])]) });
		expect(context.files).toMatchObject([{ path: 'valid', length: 3_000_000 }]);
		expect(context.leftOut).toMatchObject([{ reason: 'not-utf8' }]);
	});

	it.each([
		['', 0],
		['a', 1],
		['a\n', 1],
		['a\nb', 2],
		['\n\n', 2],
		['a\r\nb\r\n', 2],
	])('%j has the right number of lines', async (text, count) => {
		expect((await filesOf({ a: text })).files[0]?.lineCount).toBe(count);
	});
});

describe('a context of one text', () => {
	it('keeps the numbers of a selection', async () => {
		const context = await textContext({ label: 'selection of a.ts', path: 'a.ts', text: 'x\ny', firstLine: 10 });
		const reader = createCorpusReader([jsonContext('data', { a: 1 }), context]);
		expect(reader.lineRange('a.ts')).toEqual({ first: 10, last: 11 });
		expect(reader.lines({ path: 'a.ts', startLine: 11, endLine: 99 }, 100)).toBe('y');
		expect(reader.lines({ path: 'a.ts', startLine: 1, endLine: 9 }, 100)).toBeUndefined();
		expect(reader.lineRange('b.ts')).toBeUndefined();
	});

	it('encodes long texts whole, also where slices would cut a surrogate pair', async () => {
		const text = `x${'😀'.repeat(1_200_000)}`;
		const context = await textContext({ label: 'long', path: 'long.txt', text });
		expect(new CorpusView(context).text('long.txt')).toBe(text);
	});
});

describe('a corpus view', () => {
	it('finds lines and their numbers', async () => {
		const view = new CorpusView(await filesOf({ 'a.txt': 'é1\r\né2\n\nlast' }));
		expect([...(view.lineStarts('a.txt') ?? [])]).toEqual([0, 5, 9, 10, 14]);
		expect([0, 4, 5, 9, 10, 13].map((offset) => view.lineOf('a.txt', offset))).toEqual([1, 1, 2, 3, 4, 4]);
		expect(view.lines({ path: 'a.txt', startLine: 1, endLine: 2 })).toBe('é1\r\né2');
		expect(view.lines({ path: 'a.txt', startLine: 5, endLine: 5 })).toBeUndefined();
		expect(view.bytesOf('a.txt')?.buffer).toBe(view.bytes.buffer);
	});

	it('resolves the end of a path when it is unique', async () => {
		const reader = createCorpusReader([await filesOf({ 'src/a/x.ts': 'x', 'src/b/x.ts': 'x', 'src/b/y.ts': 'y' })]);
		expect(reader.resolvePaths('y.ts')).toEqual(['src/b/y.ts']);
		expect(reader.resolvePaths('a/x.ts')).toEqual(['src/a/x.ts']);
		expect(reader.resolvePaths('x.ts')).toEqual(['src/a/x.ts', 'src/b/x.ts']);
		expect(reader.resolvePaths('ts')).toEqual([]);
	});

	it('finds a text as whole words, first in the file that is named', async () => {
		const reader = createCorpusReader([
			await filesOf({ 'a.ts': 'port 8080\nport 80\n', 'b.ts': '\nport 80\n', 'c.ts': 'größe' }),
		]);
		const signal = AbortSignal.timeout(10_000);
		expect(await reader.find('port 80', signal)).toEqual({ path: 'a.ts', startLine: 2, endLine: 2 });
		expect(await reader.find('port 80', signal, 'b.ts')).toEqual({ path: 'b.ts', startLine: 2, endLine: 2 });
		expect(await reader.find('größe', signal)).toMatchObject({ path: 'c.ts' });
		expect(await reader.find('gr', signal)).toBeUndefined();
		expect(await reader.find('80\n\nport', signal)).toBeUndefined();
		expect(await reader.find('port 80', AbortSignal.abort())).toBeUndefined();
	});
});
