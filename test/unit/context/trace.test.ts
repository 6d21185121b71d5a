import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CorpusView } from '../../../src/context/corpusView.ts';
import { SpanTracer } from '../../../src/context/trace.ts';
import { randomNumbers, viewOf } from './support.ts';

/** Real files of this repository: code with the repetitions that code has. */
const SOURCES = ['run.ts', 'errors.ts', 'ports/context.ts', 'ports/sandbox.ts', 'events.ts', 'ports/model.ts'];

let view: CorpusView;
let tracer: SpanTracer;

beforeAll(async () => {
	const read = (name: string) => readFileSync(new URL(`../../../src/core/${name}`, import.meta.url), 'utf8');
	view = await viewOf(Object.fromEntries(SOURCES.map((name) => [`src/core/${name}`, read(name)])));
	tracer = new SpanTracer(view);
});

describe('tracing a text', () => {
	it('finds slices of files in prompts, to the line, also when they begin and end inside lines', () => {
		const random = randomNumbers(3);
		const path = 'src/core/errors.ts';
		const text = view.text(path) ?? '';
		for (let round = 0; round < 100; round++) {
			const start = random(text.length - 1000);
			const end = start + 300 + random(700);
			const found = tracer.trace(`Explain this part of the project:\n\n${text.slice(start, end)}\n\nIn one sentence.`);
			const [first, last] = [view.lineOf(path, start) ?? 0, view.lineOf(path, end - 1) ?? 0];
			const here = found.filter((span) => span.path === path);
			expect(here).toHaveLength(1);
			// A single line at either end may stand in another file as well.
			const elsewhere = found.filter((span) => span.path !== path);
			expect(elsewhere.filter(({ startLine, endLine }) => endLine > startLine)).toEqual([]);
			// A piece of a line that is too short to be recognised may be missing at either end.
			expect(here[0]?.startLine).toBeGreaterThanOrEqual(first);
			expect(here[0]?.startLine).toBeLessThanOrEqual(first + 3);
			expect(here[0]?.endLine).toBeLessThanOrEqual(last);
			expect(here[0]?.endLine).toBeGreaterThanOrEqual(last - 3);
		}
	});

	it('finds several slices and merges those that touch', () => {
		const lines = (path: string, startLine: number, endLine: number) => view.lines({ path, startLine, endLine });
		const found = tracer.trace(
			[
				lines('src/core/ports/model.ts', 10, 25),
				'---',
				lines('src/core/errors.ts', 40, 60),
				lines('src/core/ports/model.ts', 26, 27),
			].join('\n'),
		);
		expect(found).toEqual([
			{ path: 'src/core/ports/model.ts', startLine: 10, endLine: 27 },
			{ path: 'src/core/errors.ts', startLine: 40, endLine: 60 },
		]);
	});

	it('finds lines with numbers or other indentation around them only when the text itself is the same', async () => {
		const code = 'function total(values) {\n\treturn values.reduce((sum, value) => sum + value, 0);\n}\n';
		const corpus = await viewOf({ 'a.js': `// head\n${code}` });
		const indented = code.replace(/^/gm, '        ');
		expect(new SpanTracer(corpus).trace(indented)).toEqual([{ path: 'a.js', startLine: 2, endLine: 4 }]);
	});

	it('finds nothing in unrelated text', () => {
		const prompts = [
			'You are a careful assistant. Read the text below and answer in one sentence.\nQuestion: what is it about?\n',
			'import os\nimport re\n\ndef main():\n    for name in os.listdir("."):\n        print(name)\n\nmain()\n',
			'The quick brown fox jumps over the lazy dog.\n'.repeat(200),
			'}\n\n\t}\n});\nreturn;\n*/\n/**\n',
		];
		expect(prompts.flatMap((prompt) => tracer.trace(prompt))).toEqual([]);
	});

	it('does not trust a line that occurs in many places, but follows its neighbours', async () => {
		const licence = 'Permission is hereby granted, free of charge, to any person obtaining a copy\n'.repeat(2);
		const files = Array.from({ length: 40 }, (_, index) => [
			`f${index}.txt`,
			`${licence}body of number ${index} here\n`,
		]);
		const corpus = new SpanTracer(await viewOf(Object.fromEntries(files)));
		expect(corpus.trace(licence)).toEqual([]);
		expect(corpus.trace(`${licence}body of number 7 here\n`)).toEqual([{ path: 'f7.txt', startLine: 1, endLine: 3 }]);
	});

	it('finds a slice of a very long line by its sentences', async () => {
		const random = randomNumbers(5);
		const sentence = () => `Word${random(1e9)} meets word${random(1e9)} in town ${random(1e9)}. `;
		const prose = Array.from({ length: 3000 }, sentence).join('');
		const corpus = new SpanTracer(await viewOf({ 'book.txt': `Title\n${prose}\nEnd` }));
		expect(corpus.trace(`Summarise: ${prose.slice(50_010, 50_500)}`)).toEqual([
			{ path: 'book.txt', startLine: 2, endLine: 2 },
		]);
	});

	it('is bounded: huge texts are not traced, and there are at most 200 spans', async () => {
		const files = Array.from({ length: 500 }, (_, index) => [
			`f${index}.txt`,
			`the only line of file number ${index}\n`,
		]);
		const corpus = new SpanTracer(await viewOf(Object.fromEntries(files)));
		expect(corpus.trace(files.map(([, text]) => text).join(''))).toHaveLength(200);
		expect(corpus.trace('x'.repeat((2 << 20) + 1))).toEqual([]);
	});

	it('numbers lines right around empty files', async () => {
		const line = 'a line that is unique in the corpus, certainly';
		const corpus = await viewOf({
			'empty1.txt': '',
			'a.txt': 'x\n',
			'empty2.txt': '',
			'b.txt': `\n${line}`,
			'e.txt': '',
		});
		expect(new SpanTracer(corpus).trace(line)).toEqual([{ path: 'b.txt', startLine: 2, endLine: 2 }]);
	});
});
