import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/eval/run/results.ts';
import { type CommandOptions, rlm } from '../support/rlm.ts';
import { block } from '../support/runs.ts';
import {
	type ScriptedReply,
	type ScriptedRequest,
	type ScriptedServer,
	startScriptedServer,
} from '../support/scriptedServer.ts';

const TEXT = 'The winch was mended by Wilk.\n';
const TASKS = [
	{
		id: 'winch',
		kind: 'fact',
		question: 'Who mended the winch?',
		context: { path: 'ship.txt' },
		gold: 'Wilk',
		grader: 'contains',
	},
	{ id: 'mast', kind: 'fact', question: 'Who mended the mast?', context: { text: TEXT }, gold: '', grader: 'absent' },
];

let folder: string;
let server: ScriptedServer;
let url: string;

beforeEach(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-eval-'));
	await writeFile(path.join(folder, 'ship.txt'), TEXT);
	await writeFile(path.join(folder, 'tasks.jsonl'), TASKS.map((task) => JSON.stringify(task)).join('\n'));
});

afterEach(async () => {
	await server.stop();
	await rm(folder, { recursive: true });
});

/** A model that knows the way of each mode, and of one question the answer. */
function answerer(request: ScriptedRequest): ScriptedReply {
	const all = request.messages.map(({ content }) => content).join('\n');
	const answer = all.includes('the winch?') ? 'Wilk' : 'It was Wilk.';
	if (all.includes('ANSWER text')) return { text: request.messages.length < 3 ? 'GREP winch' : `ANSWER ${answer}` };
	if (all.includes('```repl')) return { text: block(`print(context)\nFINAL("${answer}")`) };
	return { text: answer };
}

async function start(script: (request: ScriptedRequest) => ScriptedReply | Promise<ScriptedReply>): Promise<void> {
	server = await startScriptedServer({ kind: 'openai', script });
	url = server.url;
}

function evaluate(args: readonly string[], options: Partial<CommandOptions> = {}) {
	const where = ['--server', url, '--model', 'scripted-model', '--out', 'out'];
	return rlm(['eval', 'tasks.jsonl', ...where, ...args], { cwd: folder, ...options });
}

async function resultsOf(): Promise<Result[]> {
	const content = await readFile(path.join(folder, 'out', 'results.jsonl'), 'utf8');
	return content
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as Result);
}

describe('rlm eval', () => {
	it('runs every mode over every task, and reports what was right', async () => {
		await start(answerer);
		const modes = ['direct', 'files-agent', 'explore', 'auto'];
		const { exitCode, stdout, stderr } = await evaluate(modes.flatMap((mode) => ['--mode', mode]));
		expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('8 runs to do') });
		expect(stderr).toMatch(/\[1\/8\] winch direct scripted-model: right · 1 call · /);
		expect(stderr).toMatch(/\[8\/8\] mast auto scripted-model: wrong · /);
		for (const mode of modes) {
			expect(stdout).toMatch(new RegExp(`scripted-model +${mode} +2 +50 % \\(9–91\\) +0\\.50 +2 of 2 `));
		}
		const results = await resultsOf();
		expect(results.map(({ task, mode, isCorrect }) => [task, mode, isCorrect])).toEqual([
			...modes.map((mode) => ['winch', mode, true]),
			...modes.map((mode) => ['mast', mode, false]),
		]);
		const tokens = results.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
		expect(tokens).toBeGreaterThan(0);
		expect(results.map(({ calls }) => calls)).toEqual([1, 2, 1, 1, 1, 2, 1, 1]);
		expect(await readFile(path.join(folder, 'out', 'report.html'), 'utf8')).toContain('<svg');
	});

	it('only says what there is to do with --estimate', async () => {
		await start(answerer);
		const { exitCode, stdout } = await evaluate(['--estimate', '--mode', 'direct']);
		expect({ exitCode, stdout }).toMatchObject({
			exitCode: 0,
			stdout: expect.stringMatching(/^2 runs · 2 calls · .* minutes · cost unknown\n$/),
		});
		expect(server.requests).toHaveLength(0);
		await expect(resultsOf()).rejects.toThrow(/ENOENT/);
	});

	it('goes on where it was, and reports again without a model', async () => {
		await start(answerer);
		await evaluate(['--mode', 'direct']);
		const before = server.requests.length;
		const { exitCode, stderr } = await evaluate(['--mode', 'direct', '--mode', 'explore', '--repeat', '2']);
		expect(exitCode).toBe(0);
		expect(stderr).toContain('6 runs to do, 2 are done');
		expect(await resultsOf()).toHaveLength(8);
		expect(server.requests.length - before).toBe(6);
		await server.stop();
		const report = await rlm(['eval', 'report', 'out', '--json'], { cwd: folder });
		expect(JSON.parse(report.stdout)).toMatchObject({
			tasks: 2,
			repeats: 2,
			contenders: [{ mode: 'direct' }, { mode: 'explore' }],
		});
		const models = await rlm(['eval', 'models', '--json'], { cwd: folder });
		expect(JSON.parse(models.stdout)).toMatchObject([
			{ model: expect.stringMatching(/\/scripted-model$/), root: { tasks: 2 } },
		]);
	});

	it('keeps what was done at Ctrl+C', async () => {
		let asked = 0;
		await start((request) =>
			++asked > 2 ? { ...answerer(request), fault: 'hang-before-headers' } : answerer(request),
		);
		const interrupted = await evaluate(['--mode', 'direct', '--repeat', '2'], {
			interruptAt: { text: '[2/4]', times: 1 },
		});
		expect(interrupted.exitCode).toBe(130);
		expect(interrupted.stderr).toContain('the same command goes on with what is left');
		expect(await resultsOf()).toHaveLength(2);
		asked = -10;
		expect((await evaluate(['--mode', 'direct', '--repeat', '2'])).stderr).toContain('2 runs to do, 2 are done');
		expect(await resultsOf()).toHaveLength(4);
	});

	it('counts no wrong answer when the server is gone', async () => {
		await start(answerer);
		await server.stop();
		const { exitCode, stderr } = await evaluate(['--mode', 'direct']);
		expect(exitCode).toBe(4);
		expect(stderr).toMatch(/cannot connect|no connection|refused/i);
		await expect(resultsOf()).rejects.toThrow(/ENOENT/);
	});

	it('stops at a cost, and does not count what the cost cut short', async () => {
		await start((request) => ({ ...answerer(request), usage: { prompt: 1000, completion: 100 } }));
		const price = { promptUsd: 100, completionUsd: 100 };
		const config = { servers: [server.settings('local', { models: ['scripted-model'], price })] };
		await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
		const out = ['--config', 'config.json', '--out', 'out', '--mode', 'direct', '--repeat', '20', '--max-cost', '1.5'];
		const { exitCode, stderr } = await rlm(['eval', 'tasks.jsonl', ...out], { cwd: folder });
		expect({ exitCode, stderr }).toMatchObject({
			exitCode: 3,
			stderr: expect.stringContaining('the limit of cost was reached'),
		});
		const spent = (await resultsOf()).map(({ costUsd }) => costUsd);
		expect(spent.every((cost) => cost === 0.11)).toBe(true);
		expect(spent.length).toBeGreaterThan(1);
		expect(server.requests.length * 0.11).toBeLessThanOrEqual(1.5);
	});

	it('says when a cost cannot hold, because no price is known', async () => {
		await start(answerer);
		const { exitCode, stderr } = await evaluate(['--mode', 'direct', '--max-cost', '1']);
		expect(exitCode).toBe(0);
		expect(stderr).toContain('the price of scripted-model is unknown: --max-cost does not limit it');
	});

	it('counts a task that takes too long as not right', async () => {
		await start((request) => ({ ...answerer(request), fault: 'hang-in-body' }));
		const { exitCode } = await evaluate(['--mode', 'direct', '--mode', 'files-agent', '--task-timeout', '1']);
		expect(exitCode).toBe(0);
		expect(await resultsOf()).toHaveLength(4);
		for (const result of await resultsOf()) {
			expect(result).toMatchObject({ outcome: 'partial', reason: 'duration', isCorrect: false, note: 'no answer' });
		}
	});

	it('asks a judge where a task says so', async () => {
		const judged = { ...TASKS[0], grader: { kind: 'judged' } };
		await writeFile(path.join(folder, 'tasks.jsonl'), JSON.stringify(judged));
		await start((request) => (request.text.startsWith('Judge') ? { text: 'wrong' } : answerer(request)));
		const { exitCode } = await evaluate(['--mode', 'direct', '--judge', 'scripted-model']);
		expect(exitCode).toBe(0);
		expect(await resultsOf()).toMatchObject([{ isCorrect: false, note: 'judged by a model', calls: 1 }]);
	});

	it.each([
		[['--mode', 'psychic'], 'there is no mode "psychic"'],
		[['--suite', 'small'], '--suite and a file of tasks exclude each other'],
		[['--repeat', '0'], 'It must be a whole number'],
	])('refuses %j', async (args, problem) => {
		await start(answerer);
		const { exitCode, stderr } = await evaluate(args);
		expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(problem) });
	});
});

describe('rlm eval generate', () => {
	it('writes tasks that rlm eval takes, and the contexts to look at', async () => {
		await start(answerer);
		const args = [
			'generate',
			'--kind',
			'needle',
			'--size',
			'2k',
			'--count',
			'2',
			'--out',
			'made.jsonl',
			'--contexts',
			'made',
		];
		const { exitCode } = await rlm(['eval', ...args], { cwd: folder });
		expect(exitCode).toBe(0);
		const task = JSON.parse(await readFile(path.join(folder, 'made', 'needle-2k-2', 'task.json'), 'utf8')) as {
			gold: string;
		};
		expect(await readFile(path.join(folder, 'made', 'needle-2k-2', 'context', 'text.txt'), 'utf8')).toContain(
			task.gold,
		);
		const run = ['--server', url, '--model', 'scripted-model', '--out', 'out', '--mode', 'direct'];
		expect((await rlm(['eval', 'made.jsonl', ...run], { cwd: folder })).stderr).toContain('2 runs to do');
		expect((await resultsOf()).map(({ task: id }) => id)).toEqual(['needle-2k-1', 'needle-2k-2']);
	});
});
