// Work that clients and models can make endless: rlm serve, as a process, answers and ends while it is done elsewhere.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersDuring } from '../support/responsive.ts';
import { block, turnOf } from '../support/runs.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { type ServeProcess, startServe } from '../support/serve.ts';

let folder: string;
let model: ScriptedServer;
let service: ServeProcess;
/** What the model of the test at hand says. */
let script: Exclude<Script, readonly unknown[]> = () => ({ text: '' });

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-hostile-'));
	model = await startScriptedServer({ kind: 'openai', script: (request) => script(request) });
	const settings = { mode: 'explore', servers: [model.settings('gpu', { models: ['scripted-model'] })] };
	await writeFile(path.join(folder, 'config.json'), JSON.stringify(settings));
	service = await serve();
});

afterAll(async () => {
	await service.end('SIGTERM');
	await model.stop();
	await rm(folder, { recursive: true });
});

const serve = () => startServe(['--config', path.join(folder, 'config.json')], { cwd: folder });

async function post(route: string, body: string, { url } = service): Promise<Answered> {
	const headers = { 'content-type': 'application/json' };
	const answer = await fetch(`${url}${route}`, { method: 'POST', headers, body });
	return { status: answer.status, body: await answer.json() };
}

interface Answered {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
	readonly body: any;
}

const ask = (fields: object, at = service) =>
	post('/query', JSON.stringify({ query: 'q', contexts: [{ text: 'x' }], ...fields }), at);

/** Backtracks for longer than the world lasts. */
const PATTERN = '^(([a-zA-Z0-9_-])+\\.?)+@x$';
const ENDLESS = { type: 'string', pattern: PATTERN };

/** @param answers in Python, one a turn */
function handIn(...answers: string[]): void {
	script = (request) => ({ text: block(`FINAL(${answers[turnOf(request)] ?? '"nothing"'})`) });
}

describe('a schema for the answer', () => {
	it.each([
		['a pattern', "'a' * 45 + '!'", ENDLESS],
		['names of fields', "{'a' * 45 + '!': 1}", { type: 'object', patternProperties: { [PATTERN]: true } }],
		['items that have to differ', '[[i] for i in range(60_000)]', { type: 'array', uniqueItems: true }],
	])(
		'whose check never ends, because of %s, leaves the service alive and the run going',
		async (_what, answer, outputSchema) => {
			handIn(answer, 'None or "given up"');
			const asked = ask({ outputSchema, limits: { iterations: 1 } });
			expect(await answersDuring(service.url, asked)).toBeGreaterThan(2);
			expect(await asked).toMatchObject({ status: 200, body: { outcome: 'partial', reason: 'iterations' } });
		},
	);

	it('whose check never ends does not keep the service from ending', async () => {
		handIn("'a' * 45 + '!'");
		const ending = await serve();
		const asked = ask({ outputSchema: ENDLESS }, ending).catch(() => undefined);
		await answersDuring(ending.url, new Promise((resolve) => setTimeout(resolve, 1000)));
		expect(await ending.end('SIGTERM')).toBe(0);
		await asked;
	});

	it('tells the model what could not be checked, and takes an answer that can', async () => {
		handIn("'a' * 45 + '!'", "'a@x'");
		const { body } = await ask({ outputSchema: ENDLESS });
		expect(body).toMatchObject({ outcome: 'answered', answer: 'a@x', iterations: 2 });
	});

	it('is refused when it multiplies with its own references', async () => {
		const twice = (next: number) => ({ allOf: [{ $ref: `#/$defs/d${next}` }, { $ref: `#/$defs/d${next}` }] });
		const steps = Array.from({ length: 40 }, (_, depth) => [`d${depth}`, twice(depth + 1)]);
		const $defs = { ...Object.fromEntries(steps), d40: { type: 'null' } };
		const asked = ask({ outputSchema: { $defs, $ref: '#/$defs/d0' } });
		expect(await answersDuring(service.url, asked)).toBeGreaterThan(2);
		expect(await asked).toMatchObject({ status: 400, body: { error: { code: 'input' } } });
	});

	it('is refused when it is longer than a prompt may be', async () => {
		const outputSchema = { enum: ['x'.repeat(70_000)] };
		expect(await ask({ outputSchema })).toMatchObject({ status: 400, body: { error: { code: 'input' } } });
	});
});

describe('JSON of a client', () => {
	it('is read while the service answers others, and reaches the code as it was', async () => {
		handIn('(len(context), context[-1])');
		const numbers = `[${'[1,2,3,4,5,6,7],'.repeat(1_000_000)}{"last":[true]}]`;
		const asked = post('/query', `{"query":"q","contexts":[{"json":${numbers}}]}`);
		expect(await answersDuring(service.url, asked)).toBeGreaterThan(2);
		expect((await asked).body).toMatchObject({ outcome: 'answered', answer: "(1000001, {'last': [True]})" });
	});

	it.each([
		['lists', `{"query":"q","contexts":[{"json":[${'[],'.repeat(9_000_000)}[]]}]}`, /too many lists/],
		['numbers', `{"query":"q","contexts":[{"json":[${'0,'.repeat(9_000_000)}0]}]}`, /too many values/],
		['files', `{"query":"q","contexts":[${'{},'.repeat(1_000_000)}{}]}`, /besides contexts/],
	])('of more %s than there is memory for is refused', async (_what, body, message) => {
		expect(await post('/query', body)).toMatchObject({
			status: 400,
			body: { error: { code: 'input', message: expect.stringMatching(message) } },
		});
	});
});

describe('the memory of a session', () => {
	it('is kept as far as there is room, and lists of sessions tell its size alone', async () => {
		const code = "memory['kept'] = [1, [2]]\nmemory['x'] = [[]] * 2_000_000\nmemory['too'] = 'x'\nFINAL(len(memory))";
		script = () => ({ text: block(code) });
		const { body } = await post('/sessions', JSON.stringify({ contexts: [{ text: 'x' }] }));
		const asked = post(`/sessions/${body.id}/query`, '{"query":"q"}');
		expect(await answersDuring(service.url, asked)).toBeGreaterThan(2);
		expect((await asked).body.answer).toBe('3');
		const { memory } = (await (await fetch(`${service.url}/sessions/${body.id}`)).json()) as { memory: object };
		expect(memory).toEqual({ kept: [1, [2]], too: 'x' });
		const { sessions } = (await (await fetch(`${service.url}/sessions`)).json()) as { sessions: object[] };
		expect(sessions).toEqual([expect.objectContaining({ id: body.id, memoryCharacters: 30, exchangeCount: 1 })]);
		expect(sessions[0]).not.toHaveProperty('memory');
	});
});
