import { beforeAll, describe, expect, it } from 'vitest';
import { createCorpusReader, filesContext } from '../../../src/context/corpus.ts';
import { extractCitations } from '../../../src/core/citations.ts';
import type { CorpusReader } from '../../../src/core/ports/context.ts';

let corpus: CorpusReader;

beforeAll(async () => {
	const text = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join('');
	const paths = ['src/core/run.ts', 'src/cli/main.ts', 'lib/main.ts', 'app/[id].tsx', 'my notes.md', 'Makefile'];
	const files = paths.map((path) => ({ path, bytes: Buffer.from(text) }));
	corpus = createCorpusReader([await filesContext({ label: 'test', files, leftOut: [] })]);
});

function found(answer: string): string[] {
	return extractCitations(answer, [], corpus).map((c) => `${c.path}:${c.startLine}-${c.endLine}`);
}

describe('citations of an answer', () => {
	it.each([
		['See src/core/run.ts:12.', 'src/core/run.ts:12-12'],
		['(src/core/run.ts:12-20)', 'src/core/run.ts:12-20'],
		['src/core/run.ts:L12–L20', 'src/core/run.ts:12-20'],
		['src/core/run.ts:12:5: error', 'src/core/run.ts:12-12'],
		['`src/core/run.ts:12`', 'src/core/run.ts:12-12'],
		['`src/core/run.ts`:12', 'src/core/run.ts:12-12'],
		['**src/core/run.ts**:12', 'src/core/run.ts:12-12'],
		['[the loop](src/core/run.ts#L12-L20)', 'src/core/run.ts:12-20'],
		['./src/core/run.ts#L7', 'src/core/run.ts:7-7'],
		['in src/core/run.ts (line 12)', 'src/core/run.ts:12-12'],
		['in `src/core/run.ts` (lines 12-20)', 'src/core/run.ts:12-20'],
		['src/core/run.ts, lines 12 to 20', 'src/core/run.ts:12-20'],
		['lines 3-4 of `src/core/run.ts`', 'src/core/run.ts:3-4'],
		['run.ts:30', 'src/core/run.ts:30-30'],
		['cli/main.ts:1', 'src/cli/main.ts:1-1'],
		['Makefile:2', 'Makefile:2-2'],
		['`app/[id].tsx:5-6`', 'app/[id].tsx:5-6'],
		['`my notes.md` (line 3)', 'my notes.md:3-3'],
		['[notes](my notes.md:3)', 'my notes.md:3-3'],
	])('%s', (answer, expected) => {
		expect(found(answer)).toEqual([expected]);
	});

	it.each([
		'src/core/run.ts:31',
		'src/core/run.ts:0',
		'src/core/run.ts:20-12',
		'src/core/other.ts:3',
		'main.ts:3 could be either',
		'at 12:30, ratio 3:1, http://localhost:8080',
		'src/core/run.ts without a line',
	])('%s is none', (answer) => {
		expect(found(answer)).toEqual([]);
	});

	it('come after the recorded ones, in order, each once, with a quote', () => {
		const recorded = [
			{ path: 'Makefile', startLine: 1, endLine: 2 },
			{ path: 'gone.ts', startLine: 1, endLine: 1 },
		];
		const answer = 'First lib/main.ts:4, then `Makefile:1-2`, then run.ts (line 2) and again lib/main.ts#L4.';
		expect(extractCitations(answer, recorded, corpus)).toEqual([
			{ path: 'Makefile', startLine: 1, endLine: 2, quote: 'line 1\nline 2' },
			{ path: 'lib/main.ts', startLine: 4, endLine: 4, quote: 'line 4' },
			{ path: 'src/core/run.ts', startLine: 2, endLine: 2, quote: 'line 2' },
		]);
	});

	it('are found in bounded time in a hostile answer', () => {
		expect(found(`${'a'.repeat(200_000)} ${'line 1 '.repeat(50_000)} ${'`'.repeat(100_000)}`)).toEqual([]);
	});
});
