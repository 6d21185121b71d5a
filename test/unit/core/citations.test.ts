import { beforeAll, describe, expect, it } from 'vitest';
import { createCorpusReader, filesContext } from '../../../src/context/corpus.ts';
import type { Citation } from '../../../src/core/events.ts';
import { extractCitations } from '../../../src/core/evidence/citations.ts';
import type { CorpusReader, SourceSpan } from '../../../src/core/ports/context.ts';

let corpus: CorpusReader;

beforeAll(async () => {
	const text = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join('');
	const log = `${text}Traceback: File "app/server.py", line 88\n`;
	const paths = ['src/core/run.ts', 'src/cli/main.ts', 'lib/main.ts', 'app/[id].tsx', 'my notes.md', 'Makefile'];
	const files = paths.map((path) => ({ path, bytes: Buffer.from(path === 'my notes.md' ? log : text) }));
	corpus = createCorpusReader([await filesContext({ label: 'test', files, leftOut: [] })]);
});

function cited(answer: string, recorded: readonly SourceSpan[] = []): Promise<Citation[]> {
	return extractCitations(answer, recorded, corpus, 'What is on the lines?', AbortSignal.timeout(10_000));
}

async function found(answer: string): Promise<string[]> {
	return (await cited(answer)).map((c) => `${c.path}:${c.startLine}-${c.endLine}`);
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
	])('%s', async (answer, expected) => {
		expect(await found(answer)).toEqual([expected]);
	});

	it.each([
		'at 12:30, ratio 3:1, http://localhost:8080',
		'Result: 42, db.internal:5432',
		'src/core/run.ts: 4 lines, run.ts: 1,200',
		'src/core/run.ts without a line',
	])('%s is none', async (answer) => {
		expect(await found(answer)).toEqual([]);
	});

	it.each([
		['src/core/run.ts:31', 'no-lines'],
		['src/core/run.ts:0', 'no-lines'],
		['src/core/run.ts:20-12', 'no-lines'],
		['src/core/other.ts:3', 'no-file'],
		['`other.py` (line 3)', 'no-file'],
		['main.ts:3 could be either', 'several-files'],
	])('%s is kept and marked', async (answer, fault) => {
		expect(await cited(answer)).toMatchObject([{ check: 'not-found', fault, quote: '' }]);
	});

	it('are not those of files that the text itself names', async () => {
		expect(await found('It broke at app/server.py:88 (my notes.md:31).')).toEqual(['my notes.md:31-31']);
		expect(await cited('app/server.py:88: "exit 3"')).toMatchObject([{ check: 'not-found', fault: 'no-file' }]);
	});

	it('come after the recorded ones, in order, each once, with their text', async () => {
		const recorded = [
			{ path: 'Makefile', startLine: 1, endLine: 2 },
			{ path: 'gone.ts', startLine: 1, endLine: 1 },
		];
		const answer = 'First lib/main.ts:4, then `Makefile:1-2`, then run.ts (line 2) and again lib/main.ts#L4.';
		expect(await cited(answer, recorded)).toEqual([
			{ path: 'Makefile', startLine: 1, endLine: 2, quote: 'line 1\nline 2', check: 'place' },
			{ path: 'gone.ts', startLine: 1, endLine: 1, quote: '', check: 'not-found', fault: 'no-file' },
			{ path: 'lib/main.ts', startLine: 4, endLine: 4, quote: 'line 4', check: 'place' },
			{ path: 'src/core/run.ts', startLine: 2, endLine: 2, quote: 'line 2', check: 'place' },
		]);
	});

	it.each([
		['quotes', `run.ts:1 ${'"a b" '.repeat(150_000)} run.ts:2`],
		['open quotes', `run.ts:1 ${'"'.repeat(500_000)}${"'x ".repeat(100_000)}`],
		['blocks', 'run.ts:1:\n> a\n\n'.repeat(40_000)],
		['blanks in a block', `> x${' '.repeat(500_000)}run.ts:1`],
		['fences', `${'```\n'.repeat(100_001)} run.ts:1 "x"`],
	])('are found in bounded time among %s', async (_what, answer) => {
		expect((await cited(answer)).every(({ path }) => path === 'src/core/run.ts')).toBe(true);
	});

	it('are found in bounded time in a hostile answer', async () => {
		expect(await found(`${'a'.repeat(200_000)} ${'line 1 '.repeat(50_000)} ${'`'.repeat(100_000)}`)).toEqual([]);
	});
});

describe('what an answer quotes from a place', () => {
	it.each([
		['run.ts:12 "line 12"', 'exact'],
		['run.ts:12-13: `line 12\nline 13`', 'place'],
		['“line 12” (run.ts:12)', 'exact'],
		['`run.ts:12` says: "line 12."', 'exact'],
		['run.ts:12 "line  12"', 'folded'],
		['run.ts:12:\n> line 12\n> line 13', 'exact'],
		['In run.ts:12-14:\n```\nline 12\n...\nline 14\n```', 'exact'],
		['```\n12: line 12\n13: line 13\n```\n— run.ts:12-13', 'exact'],
		['"line 12" (run.ts:12), "line 13" (main.ts:13)', 'exact'],
		['`line` is what run.ts:12 has', 'exact'],
		['`other()` is called at run.ts:12', 'place'],
		['Change run.ts:12 to:\n```\nline of mine\n```', 'place'],
	])('%s: %s', async (answer, check) => {
		expect((await cited(answer))[0]).toMatchObject({ path: 'src/core/run.ts', startLine: 12, check });
	});

	it.each([
		['run.ts:12 "line 13"', 13],
		['run.ts:12 "Line 12"', undefined],
		['run.ts:12 "line 1"', 1],
		['run.ts:12-13 "line 12 … line 19"', undefined],
		['"line 12" (run.ts:13)', 12],
		['```\nsrc/core/run.ts:12: line 12\nsrc/core/run.ts:13: line 14\n```', 14],
	])('%s is marked', async (answer, startLine) => {
		const wrong = (await cited(answer)).filter(({ check }) => check === 'not-found');
		expect(wrong).toMatchObject([{ fault: 'other-text' }]);
		expect(wrong[0]?.elsewhere?.startLine).toBe(startLine);
	});

	it('lists a place once, and once more with each quotation that does not stand there', async () => {
		const answer =
			'- run.ts:12 "line 12"\n- run.ts:12\n- `line  12` (run.ts:12)\n- run.ts:12: "no" and run.ts:12: "never"';
		expect((await cited(answer)).map(({ check, quoted }) => [check, quoted])).toEqual([
			['exact', 'line 12'],
			['not-found', 'no'],
			['not-found', 'never'],
		]);
	});

	it('settles which of several files is meant', async () => {
		expect(await cited('main.ts:3: "line 3"')).toMatchObject([{ path: 'src/cli/main.ts', check: 'exact' }]);
	});
});
