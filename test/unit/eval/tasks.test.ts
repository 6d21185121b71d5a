import { describe, expect, it } from 'vitest';
import { openTask } from '../../../src/eval/tasks/openTask.ts';
import { generatedTask, parseTasks, taskLine } from '../../../src/eval/tasks/task.ts';
import { neverAborted } from '../../support/signals.ts';

const WRITTEN = { question: 'Who?', context: { text: 'Wilk did it.' }, gold: 'Wilk', grader: 'contains' };

describe('a file of tasks', () => {
	it('holds written and generated tasks, a line each', () => {
		const lines = ['// our own', JSON.stringify(WRITTEN), '', '{"generate":{"kind":"log","seed":3,"bytes":2048}}'];
		expect(parseTasks(lines.join('\n'), 'tasks.jsonl')).toEqual([
			{ ...WRITTEN, id: 'task-2', kind: 'own', grader: { kind: 'contains' } },
			{ id: 'log-2k-3', generate: { kind: 'log', seed: 3, bytes: 2048 } },
		]);
	});

	it.each([
		['{', 'tasks.jsonl:1: is not JSON'],
		[JSON.stringify({ ...WRITTEN, gold: undefined }), 'tasks.jsonl:1: gold'],
		[JSON.stringify({ ...WRITTEN, grader: 'vague' }), 'tasks.jsonl:1: grader'],
		[JSON.stringify({ ...WRITTEN, context: { url: 'x' } }), 'tasks.jsonl:1: context'],
		['{"generate":{"kind":"log","seed":1,"bytes":1}}', 'tasks.jsonl:1: generate.bytes'],
		[
			`${JSON.stringify({ ...WRITTEN, id: 'a' })}\n${JSON.stringify({ ...WRITTEN, id: 'a' })}`,
			'tasks.jsonl:2: id: "a"',
		],
		['\n\n', 'there is no task in it'],
	])('says where %j is wrong', (content, problem) => {
		expect(() => parseTasks(content, 'tasks.jsonl')).toThrow(problem);
	});

	it('is read as it was written', () => {
		const tasks = [
			generatedTask({ kind: 'pairs', seed: 2, bytes: 2 << 20 }),
			...parseTasks(JSON.stringify(WRITTEN), 'x'),
		];
		expect(parseTasks(tasks.map(taskLine).join('\n'), 'x')).toEqual(tasks);
		expect(tasks[0]?.id).toBe('pairs-2m-2');
	});
});

it('opens a generated tree as files and one text as a text', async () => {
	const open = (kind: string) => openTask(generatedTask({ kind, seed: 1, bytes: 4096 }), '.', neverAborted);
	expect((await open('code')).context.kind).toBe('files');
	const { context, bytes } = await open('needle');
	expect(context.kind).toBe('text');
	expect(bytes).toBe(context.bytes.byteLength);
});
