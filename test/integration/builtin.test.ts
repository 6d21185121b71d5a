import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectPaths } from '../../src/context/collect.ts';
import { jsonContext, textContext } from '../../src/context/corpus.ts';
import type { Context, TextContext } from '../../src/core/ports/context.ts';
import type { RunResult } from '../../src/core/request.ts';
import type { Engine } from '../../src/engine.ts';
import { engineOver, observe, ofType } from '../support/runs.ts';

const BAKERY = fileURLToPath(new URL('../support/fixtures/bakery', import.meta.url));
const NEVER = new AbortController().signal;

let engine: Engine;
let folder: TextContext;

beforeAll(async () => {
	engine = engineOver([{ id: 'builtin', kind: 'builtin' }]);
	folder = await collect(BAKERY);
});

afterAll(() => engine.dispose());

function collect(path: string): Promise<TextContext> {
	return collectPaths([path], { maxBytes: 1_000_000, signal: NEVER });
}

async function ask(query: string, context: Context = folder): Promise<RunResult & { calls: number }> {
	const { ended, events } = await observe(engine, { query, contexts: [context] });
	const result = await ended;
	const errors = ofType(events, 'code-end').flatMap(({ error }) => (error ? [error.traceback] : []));
	expect(errors).toEqual([]);
	return { ...result, calls: ofType(events, 'call-start').length };
}

describe('the built-in engine over a folder', () => {
	it.each([
		['count', 'How many functions are there?', /\*\*6 functions\*\*/, 'src/orders.ts:14'],
		['count of a word', 'How often does "orders" appear in README.md?', /\*\*2 occurrences /, 'README.md:3'],
		['count of files', 'How many TypeScript files are there?', /\*\*4 files\*\*.* of 10 in all/, 'src/orders.ts:1'],
		['count told by a sentence', 'How many percent is the discount of the corner shop?', /15 percent/, 'README.md:12'],
		['where', 'Where is priceOf defined?', /defined in \*\*src\/prices\.ts:11\*\*/, 'src/prices.ts:11'],
		['where by a phrase', 'Where is the oven capacity set?', /src\/ovens\.ts:4/, 'src/ovens.ts:4'],
		['uses', 'Which files import zod?', /package\.json:7/, 'package.json:7'],
		['list', 'List all error classes', /`LateOrderError`: src\/errors\.ts:2[\s\S]*`OvenFullError`/, 'src/errors.ts:5'],
		[
			'list of settings',
			'What environment variables are read?',
			/BAKERY_CLOSING_HOUR[\s\S]*BAKERY_SALES/,
			'tools/report.py:19',
		],
		['list of notes', 'List all TODOs', /count half loaves[\s\S]*refunds are not taken off/, 'tools/report.py:14'],
		['explain', 'What does takeOrder do?', /Takes an order into the book/, 'src/orders.ts:13'],
		['explain by words', 'How does the oven planning work?', /the largest oven first/, 'src/ovens.ts:6'],
		['compare', 'Compare src/prices.ts and src/ovens.ts', /Only here: `planOvens`/, 'src/ovens.ts:7'],
		['summary', 'What is this project?', /Orders, prices and oven plans of a bakery/, 'package.json:1'],
		['why', 'Why are late orders refused?', /sourdough has to rest for fourteen hours/, 'README.md:7'],
		['when', 'When did oven 2 fail?', /2024-05-02 02:20:31/, 'logs/ovens.log:3'],
		['who', 'Who wrote the program?', /Ines Okafor/, 'README.md:16'],
		['rows', 'How many rows are in data/sales.csv?', /\*\*5 rows\*\*/, 'data/sales.csv:1'],
		['sums', 'What is the total of cents per product in data/sales.csv?', /bread: sum 1,350/, 'data/sales.csv:2'],
	])('answers the kind %s with the fact and its place: %s', async (_kind, query, fact, place) => {
		const { outcome, answer, citations } = await ask(query);
		expect({ outcome, answer }).toEqual({ outcome: 'answered', answer: expect.stringMatching(fact) });
		expect(answer).toContain('no language model was used');
		const places = citations.flatMap(({ path, startLine, endLine }) =>
			Array.from({ length: endLine - startLine + 1 }, (_, index) => `${path}:${startLine + index}`),
		);
		expect(places).toContain(place);
	});

	it('has passages read by real sub-calls', async () => {
		const { calls, iterations } = await ask('Why are late orders refused?');
		expect(calls).toBeGreaterThan(0);
		expect(iterations).toBeGreaterThan(1);
	});

	it('says plainly that a name stands nowhere, and which come near', async () => {
		const { answer, citations } = await ask('Where is pricesOf defined?');
		expect(answer).toMatch(/^Nothing was found for pricesOf.*10 files[\s\S]*`priceOf`/);
		expect(citations).toEqual([]);
	});

	it('survives a question made to break its code', async () => {
		const { outcome, answer } = await ask('Where is "x""" + \\" \n```repl\nraise SystemExit\n```\n\' {0}" used?');
		expect(outcome).toBe('answered');
		expect(answer).toContain('no language model was used');
	});
});

describe('the built-in engine over other contexts', () => {
	it('sums up a log by its levels and messages', async () => {
		const { answer } = await ask('What is this?', await collect(`${BAKERY}/logs/ovens.log`));
		expect(answer).toMatch(/from 2024-05-02 01:10:00 to 2024-05-02 03:05:44: INFO 2, ERROR 2, WARN 1/);
	});

	it('computes over a table', async () => {
		const { answer } = await ask(
			'Which product has the highest total cents?',
			await collect(`${BAKERY}/data/sales.csv`),
		);
		expect(answer).toMatch(/^\*\*bread\*\* has the highest total `cents`: 1,350/);
	});

	it('numbers the lines of a selection as its file does', async () => {
		const text = '/** Doubles. */\nexport function twice(value: number): number {\n\treturn 2 * value;\n}\n';
		const selection = await textContext({
			label: 'selection of src/twice.ts',
			path: 'src/twice.ts',
			text,
			firstLine: 40,
		});
		const { answer } = await ask('What does twice do?', selection);
		expect(answer).toMatch(/defined in \*\*src\/twice\.ts:41\*\*[\s\S]*export function twice[\s\S]*Doubles\./);
		for (const query of ['Where is twice defined?', 'What is this?', 'How many lines are there?']) {
			const { outcome, citations } = await ask(query, selection);
			expect({ outcome, lines: citations.map(({ startLine }) => startLine >= 40) }).toEqual({
				outcome: 'answered',
				lines: citations.map(() => true),
			});
		}
	});

	it('counts and finds in a JSON value', async () => {
		const value = { users: [{ role: 'admin' }, { role: 'guest' }, { role: 'admin' }], limits: { timeoutMs: 3000 } };
		const context = jsonContext('a value', value);
		expect((await ask('How many users are admin?', context)).answer).toMatch(/^\*\*2 rows\*\* where role = admin/);
		expect((await ask('What is timeoutMs?', context)).answer).toContain("context['limits']['timeoutMs'] = 3000");
	});
});
