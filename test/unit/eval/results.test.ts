import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openResults, type Result, readResults } from '../../../src/eval/run/results.ts';
import { generatedTask } from '../../../src/eval/tasks/task.ts';
import { readVerdicts, rememberVerdicts } from '../../../src/eval/verdicts/verdicts.ts';

let folder: string;

beforeEach(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-results-'));
});

afterEach(() => rm(folder, { recursive: true }));

const TASKS = [generatedTask({ kind: 'needle', seed: 1, bytes: 2048 })];

function result(fields: Partial<Result> = {}): Result {
	const figures = {
		promptTokens: 1,
		cachedPromptTokens: 0,
		completionTokens: 1,
		calls: 1,
		iterations: 1,
		costUsd: 0,
		unpricedCalls: 0,
	};
	const graded = {
		isCorrect: true,
		score: 1,
		note: '',
		answer: 'a',
		gold: 'a',
		isEstimate: false,
		durationMs: 5,
	} as const;
	const key = { task: 'needle-2k-1', mode: 'direct', model: 'm', repeat: 1, kind: 'needle', bytes: 2048 };
	return {
		version: 1,
		...key,
		...figures,
		...graded,
		outcome: 'answered',
		answeredBy: 's/m',
		at: '2026-11-30T00:00:00Z',
		...fields,
	};
}

describe('the results of an evaluation', () => {
	it('are there again when it goes on', async () => {
		const store = await openResults(folder, TASKS);
		await store.add(result());
		await store.add(result({ mode: 'explore' }));
		const again = await openResults(folder, TASKS);
		expect(again.results).toEqual([result(), result({ mode: 'explore' })]);
		expect(again.has(result())).toBe(true);
		expect(again.has(result({ repeat: 2 }))).toBe(false);
	});

	it('survive a line that was cut, and the next one is whole', async () => {
		await (await openResults(folder, TASKS)).add(result());
		await appendFile(path.join(folder, 'results.jsonl'), '{"version":1,"task":"needle');
		const store = await openResults(folder, TASKS);
		expect([store.results.length, store.damagedLines]).toEqual([1, 1]);
		await store.add(result({ mode: 'explore' }));
		const again = await readResults(folder);
		expect([again.results.length, again.damagedLines]).toEqual([2, 1]);
	});

	it('hold one result of each run: the first with a grade', async () => {
		const store = await openResults(folder, TASKS);
		await store.add(result({ ungraded: 'no verdict' }));
		expect(store.has(result())).toBe(false);
		await store.add(result({ isCorrect: false }));
		await store.add(result());
		expect((await readResults(folder)).results).toEqual([result({ isCorrect: false })]);
	});

	it('are not mixed with those of other tasks of the same name', async () => {
		await openResults(folder, TASKS);
		const other = [{ id: 'needle-2k-1', generate: { kind: 'needle', seed: 9, bytes: 2048 } }];
		await expect(openResults(folder, other)).rejects.toThrow(/has another task "needle-2k-1"/);
		await openResults(folder, [generatedTask({ kind: 'log', seed: 1, bytes: 2048 })]);
		expect((await readFile(path.join(folder, 'tasks.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(2);
	});

	it('have to be there to be reported', async () => {
		await expect(readResults(folder)).rejects.toThrow(/there is no evaluation in/);
	});
});

describe('what is remembered of models', () => {
	it('stays until an evaluation with as many tasks says something else', async () => {
		const file = path.join(folder, 'data', 'models.json');
		expect(await readVerdicts(file)).toEqual({});
		const two = [result(), result({ task: 'b', isCorrect: false })];
		await rememberVerdicts(file, two);
		await rememberVerdicts(file, [result({ task: 'c' })]);
		expect((await readVerdicts(file))['s/m']?.modes.direct).toEqual([{ bytes: 2048, tasks: 2, right: 1 }]);
		await rememberVerdicts(file, [result(), result({ task: 'b' })]);
		expect((await readVerdicts(file))['s/m']?.modes.direct).toEqual([{ bytes: 2048, tasks: 2, right: 2 }]);
	});

	it('is made anew when the file is damaged', async () => {
		const file = path.join(folder, 'models.json');
		await writeFile(file, '{"version":1,');
		expect(Object.keys(await rememberVerdicts(file, [result()]))).toEqual(['s/m']);
	});
});
