// Contexts, files, sessions and journals of the service, over real HTTP.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { block, turnOf } from '../support/runs.ts';
import { RUNTIME } from '../support/runtimeModules.ts';
import { type Script, startScriptedServer } from '../support/scriptedServer.ts';
import { rawRequest, startTestService, type TestService, until } from '../support/service.ts';

const opened: (() => Promise<void>)[] = [];
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-service-'));
	await mkdir(path.join(folder, 'open/town'), { recursive: true });
	await mkdir(path.join(folder, 'open-secret'));
	await writeFile(path.join(folder, 'open/town/harbour.md'), 'Built in 1894.\n');
	await writeFile(path.join(folder, 'open/market.md'), 'On Friday.\n');
	await writeFile(path.join(folder, 'secret.md'), 'The secret.\n');
	await writeFile(path.join(folder, 'open-secret/secret.md'), 'The secret.\n');
	await symlink(path.join(folder, 'secret.md'), path.join(folder, 'open/link.md'));
	await symlink(path.join(folder, 'open-secret'), path.join(folder, 'open/linked'));
	await symlink(path.join(folder, 'open/market.md'), path.join(folder, 'open/inner.md'));
});

afterEach(async () => {
	for (const stop of opened.splice(0).reverse()) await stop();
});

afterAll(() => rm(folder, { recursive: true }));

async function start(script: Script, options: Parameters<typeof startTestService>[1] = {}): Promise<TestService> {
	const model = await startScriptedServer({ kind: 'openai', script });
	opened.push(() => model.stop());
	const service = await startTestService({ servers: [model.settings('gpu')] }, options);
	opened.push(() => service.stop());
	return service;
}

const showContext: Script = () => ({ text: block('FINAL(repr(context))') });

describe('contexts', () => {
	it('are kept, listed, asked about by id, and given up', async () => {
		const service = await start(showContext);
		const created = await service.call('POST', '/contexts', { text: 'alpha\nbeta\n', label: 'letters' });
		expect(created).toMatchObject({ status: 201, body: { kind: 'text', label: 'letters', bytes: 11, lines: 2 } });
		const { id } = created.body;
		expect(created.headers.get('location')).toBe(`/contexts/${id}`);
		expect((await service.call('GET', '/contexts')).body).toEqual({ contexts: [created.body] });
		const { body } = await service.call('POST', '/query', { query: 'q', contexts: [{ id }] });
		expect(body.answer).toBe("'alpha\\nbeta\\n'");
		expect((await service.call('DELETE', `/contexts/${id}`)).status).toBe(204);
		expect((await service.call('GET', `/contexts/${id}`)).status).toBe(404);
		expect(await service.call('POST', '/query', { query: 'q', contexts: [{ id }] })).toMatchObject({
			status: 404,
			body: { error: { code: 'not-found', message: `there is no context ${id}` } },
		});
	});

	it('may be the body itself, as large as a context may be', async () => {
		const service = await start(showContext, { maxJsonBytes: 1000 });
		const text = 'x'.repeat(5000);
		const type = { 'content-type': 'text/plain' };
		const { status, body } = await service.call('POST', '/contexts?label=big&path=big.log', text, type);
		expect({ status, body }).toMatchObject({ status: 201, body: { bytes: 5000, label: 'big', files: 1 } });
		const asked = await service.call('POST', '/query', { query: 'q', contexts: [{ id: body.id }] });
		expect(asked.body.answer).toBe(`'${text}'`);
		const binary = { 'content-type': 'application/octet-stream' };
		expect((await service.call('POST', '/contexts', 'a\0b', binary)).status).toBe(400);
	});

	it('are refused when there is no room for them, and there is room again when one is given up', async () => {
		const service = await start(showContext, { contextLimits: { bytes: 100 } });
		const first = await service.call('POST', '/contexts', { text: 'x'.repeat(80) });
		expect(await service.call('POST', '/contexts', { text: 'x'.repeat(30) })).toMatchObject({
			status: 429,
			body: { error: { code: 'no-room' } },
		});
		const type = { 'content-type': 'text/plain' };
		expect((await service.call('POST', '/contexts', 'x'.repeat(30), type)).status).toBe(413);
		await service.call('DELETE', `/contexts/${first.body.id}`);
		expect((await service.call('POST', '/contexts', { text: 'x'.repeat(90) })).status).toBe(201);
		expect((await service.call('GET', '/status')).body.contexts).toEqual({ count: 1, bytes: 90 });
	});
});

describe('files', () => {
	const ask = (service: TestService, ...paths: string[]) => service.call('POST', '/contexts', { paths });

	it('are not read unless a folder was allowed', async () => {
		const service = await start(showContext);
		expect(await ask(service, 'open')).toMatchObject({
			status: 403,
			body: { error: { code: 'files', hint: expect.stringContaining('--allow-files') } },
		});
	});

	it('of the allowed folder are named from there', async () => {
		const code = 'FINAL(",".join(files.paths))';
		const service = await start(() => ({ text: block(code) }), { filesFolder: path.join(folder, 'open') });
		const answerFor = async (...paths: string[]) =>
			(await service.call('POST', '/query', { query: 'q', contexts: [{ paths }] })).body.answer;
		expect(await answerFor('.')).toBe('market.md,town/harbour.md');
		expect(await answerFor('town')).toBe('town/harbour.md');
		expect(await answerFor('town/../market.md', 'town')).toBe('market.md,town/harbour.md');
		expect(await answerFor('inner.md')).toBe('market.md');
		const { body } = await ask(service, 'town', 'market.md');
		expect(JSON.stringify(body)).not.toContain(folder);
	});

	it.each([
		'..',
		'../secret.md',
		'town/../../secret.md',
		'../open-secret/secret.md',
		'/etc/passwd',
		'link.md',
		'linked',
		'linked/secret.md',
		'linked/../secret.md',
		'town\0/harbour.md',
	])('outside of it are not read: %j', async (name) => {
		const service = await start(showContext, { filesFolder: path.join(folder, 'open') });
		const { status, body } = await ask(service, name);
		expect([400, 403]).toContain(status);
		expect(JSON.stringify(body)).not.toContain('The secret');
		expect(JSON.stringify(body)).not.toContain(folder);
		expect((await service.call('GET', '/contexts')).body.contexts).toEqual([]);
	});

	it('that are links inside the folder and lead out of it are left out', async () => {
		const service = await start(showContext, { filesFolder: path.join(folder, 'open') });
		const { body } = await ask(service, '.');
		expect(body).toMatchObject({ files: 2, leftOut: [{ reason: 'ignored', count: 3 }] });
	});
});

describe('a session', () => {
	const remember: Script = (request) => {
		if (request.text.includes('<question>\nfirst'))
			return { text: block('memory["seen"] = len(context); kept = 41\nFINAL("one")') };
		return { text: block("FINAL(f\"{kept + 1} {memory['seen']} {history[0]['content']} {len(context)}\")") };
	};

	it('keeps contexts, variables, memory and history from question to question', async () => {
		const service = await start(remember);
		const opened = await service.call('POST', '/sessions', { contexts: [{ text: 'alpha' }] });
		expect(opened).toMatchObject({ status: 201, body: { exchanges: [], memory: {}, executions: [], isBusy: false } });
		const session = `/sessions/${opened.body.id}`;
		const first = await service.call('POST', `${session}/query`, { query: 'first' });
		const second = await service.call('POST', `${session}/query`, { query: 'next' });
		expect(second.body.answer).toBe('42 5 first 5');
		expect((await service.call('GET', session)).body).toMatchObject({
			contexts: opened.body.contexts,
			exchanges: [
				{ question: 'first', answer: 'one' },
				{ question: 'next', answer: '42 5 first 5' },
			],
			memory: { seen: 5 },
			executions: [first.body.runId, second.body.runId],
			isBusy: false,
		});
		const execution = await service.call('GET', `/executions/${first.body.runId}`);
		expect(execution.body.sessionId).toBe(opened.body.id);
	});

	it('is not harmed by code that hands over a memory or an answer that is no JSON', async () => {
		const tamper = (name: string) => `${RUNTIME}\nruntime["${name}"] = lambda value: "{broken"`;
		const service = await start((request) =>
			request.text.includes('<question>\nmemory')
				? { text: block(`${tamper('_memory_json')}\nFINAL("one")`) }
				: { text: block(`${tamper('to_strict_json')}\nFINAL("two")`) },
		);
		const opened = await service.call('POST', '/sessions', { contexts: [{ text: 'alpha' }] });
		const session = `/sessions/${opened.body.id}`;
		for (const query of ['memory', 'answer']) {
			const { status, body } = await service.call('POST', `${session}/query`, { query });
			expect({ status, body }).toMatchObject({ status: 200, body: { outcome: 'answered' } });
			expect(body.answerJson === undefined || JSON.parse(body.answerJson) === body.answer).toBe(true);
			expect((await service.call('GET', session)).body.memory).toEqual({});
			expect((await service.call('GET', '/sessions')).status).toBe(200);
		}
	});

	it('takes one question at a time', async () => {
		const service = await start((request) =>
			request.text.includes('loop') ? { text: block('while True: pass') } : { text: block('FINAL("free")') },
		);
		const { body } = await service.call('POST', '/sessions', { contexts: [{ text: 'alpha' }] });
		const path = `/sessions/${body.id}/query`;
		const first = await service.call('POST', path, { query: 'loop', detach: true });
		expect(await service.call('POST', path, { query: 'second' })).toMatchObject({
			status: 409,
			body: { error: { code: 'busy', message: expect.stringContaining(first.body.id) } },
		});
		await service.call('DELETE', `/executions/${first.body.id}`);
		expect((await service.call('POST', path, { query: 'second' })).body.answer).toBe('free');
	});

	it('holds on to its contexts, and takes those of its own with it, and what it is answering', async () => {
		const service = await start(() => ({ text: block('while True: pass') }));
		const kept = await service.call('POST', '/contexts', { text: 'kept' });
		const contexts = [{ id: kept.body.id }, { text: 'its own' }];
		const { body } = await service.call('POST', '/sessions', { contexts });
		expect((await service.call('DELETE', `/contexts/${kept.body.id}`)).body.error.code).toBe('in-use');
		expect((await service.call('GET', '/contexts')).body.contexts).toHaveLength(2);
		const asked = await service.call('POST', `/sessions/${body.id}/query`, { query: 'q', detach: true });
		expect((await service.call('DELETE', `/sessions/${body.id}`)).status).toBe(204);
		expect((await service.call('GET', `/executions/${asked.body.id}`)).body.status).toBe('cancelled');
		expect((await service.call('GET', `/sessions/${body.id}`)).status).toBe(404);
		expect((await service.call('GET', '/contexts')).body.contexts).toMatchObject([{ id: kept.body.id, sessions: [] }]);
	});

	it('ends when nobody uses it, and there are not more than allowed', async () => {
		const service = await start(showContext, { sessionLimits: { count: 1, idleMs: 300 } });
		const { body } = await service.call('POST', '/sessions', {});
		expect((await service.call('POST', '/sessions', {})).body.error.code).toBe('too-many-sessions');
		expect(await service.call('POST', `/sessions/${body.id}/query`, { query: 'q' })).toMatchObject({
			status: 400,
			body: { error: { message: 'there is no context to ask about' } },
		});
		await until(async () => (await service.call('GET', '/sessions')).body.sessions.length === 0);
		expect(service.logged.join()).toContain(body.id);
	});
});

describe('finished executions', () => {
	const answer: Script = (request) => ({ text: block(`FINAL("turn ${turnOf(request)}")`) });
	const question = { query: 'q', contexts: [{ text: 'alpha' }] };

	it('are kept up to a number', async () => {
		const service = await start(answer, { executionLimits: { kept: 2 } });
		const ids: string[] = [];
		for (let index = 0; index < 3; index++) ids.push((await service.call('POST', '/query', question)).body.runId);
		const { executions } = (await service.call('GET', '/executions')).body;
		expect(executions.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[1]]);
		expect((await service.call('GET', `/executions/${ids[0]}`)).status).toBe(404);
		expect((await service.call('GET', '/stats')).body).toMatchObject({
			outcomes: { answered: 3 },
			totals: { calls: 3 },
			modes: [{ mode: 'explore', plan: '', runs: 3, answered: 3, partial: 0, failed: 0, calls: 3 }],
		});
	});

	it('are kept for a time', async () => {
		const service = await start(answer, { executionLimits: { keptMs: 200 } });
		await service.call('POST', '/query', question);
		await until(async () => (await service.call('GET', '/executions')).body.executions.length === 0);
	});

	it('are read from their journals after that, also by the next service', async () => {
		const journalFolder = path.join(folder, 'journals');
		const service = await start(answer, { journalFolder, executionLimits: { kept: 1 } });
		const { body } = await service.call('POST', '/query', question);
		const path0 = `/executions/${body.runId}`;
		const [view, tree] = [await service.call('GET', path0), await service.call('GET', `${path0}/tree`)];
		const events = await (await service.stream('GET', `${path0}/events`)).rest();
		await service.call('POST', '/query', question);
		await service.stop();
		const next = await start(answer, { journalFolder });
		expect((await next.call('GET', path0)).body).toEqual(view.body);
		expect((await next.call('GET', `${path0}/tree`)).body).toEqual(tree.body);
		expect(await (await next.stream('GET', `${path0}/events`)).rest()).toEqual(events);
		expect((await next.call('DELETE', path0)).body.status).toBe('answered');
	});

	it('are listed with those of earlier services, the newest first, page by page', async () => {
		const journalFolder = path.join(folder, 'listed');
		const first = await start(answer, { journalFolder, executionLimits: { kept: 1 } });
		const ids: string[] = [];
		for (let index = 0; index < 3; index++) ids.push((await first.call('POST', '/query', question)).body.runId);
		const listed = async (service: TestService, parameters = '') => {
			const { body } = await service.call('GET', `/executions${parameters}`);
			return { ids: body.executions.map(({ id }: { id: string }) => id), next: body.next };
		};
		expect(await listed(first)).toEqual({ ids: ids.toReversed(), next: undefined });
		await first.stop();
		const service = await start(answer, { journalFolder });
		await mkdir(path.join(journalFolder, 'no-run.jsonl'));
		ids.push((await service.call('POST', '/query', question)).body.runId);
		const { body } = await service.call('GET', '/executions');
		expect(body.executions.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed());
		for (const execution of body.executions) {
			expect(execution).toMatchObject({ status: 'answered', query: 'q', iterations: 1, totals: { calls: 1 } });
		}
		const page = await listed(service, '?limit=3');
		expect(page.ids).toEqual(ids.slice(1).toReversed());
		ids.push((await service.call('POST', '/query', question)).body.runId);
		expect(await listed(service, `?limit=3&before=${page.next}`)).toEqual({ ids: ids.slice(0, 1), next: undefined });
		for (const wrong of ['limit=0', 'limit=1001', 'limit=x', 'before=yesterday']) {
			expect((await service.call('GET', `/executions?${wrong}`)).status).toBe(400);
		}
	});

	it('that were cancelled can be read from their journals, and a journal that was cut says so', async () => {
		const journalFolder = path.join(folder, 'cut');
		const script: Script = (request) =>
			request.messages.some(({ content }) => content.includes('<question>'))
				? { text: block('llm_query("wait")') }
				: { text: 'late', delayMs: 60_000 };
		const service = await start(script, { journalFolder });
		const { body } = await service.call('POST', '/query', { ...question, detach: true });
		const stream = await service.stream('GET', `/executions/${body.id}/events`);
		for await (const { event } of stream.messages) if (event === 'call-start') break;
		await service.call('DELETE', `/executions/${body.id}`);
		await service.stop();
		const next = await start(script, { journalFolder });
		expect((await next.call('GET', `/executions/${body.id}`)).body.status).toBe('cancelled');
		const [name = ''] = (await readdir(journalFolder)).filter((other) => other.endsWith('.jsonl'));
		const file = path.join(journalFolder, name);
		await truncate(file, (await readFile(file)).indexOf('"type":"run-end"') + 20);
		expect((await next.call('GET', `/executions/${body.id}`)).body.status).toBe('interrupted');
	});

	it('do not lead to other files', async () => {
		const service = await start(answer, { journalFolder: path.join(folder, 'journals') });
		for (const id of ['..%2f..%2fsecret', '..%5csecret', '%00', 'a*']) {
			const { status, body } = await rawRequest(service.url, { path: `/executions/${id}` });
			expect(status).toBe(404);
			expect(body).not.toContain('secret.');
		}
	});
});
