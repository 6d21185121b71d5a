// Questions over real HTTP: the real engine and the real sandbox, only the words of the model are scripted.
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { block, isRootCall, turnOf } from '../support/runs.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { startTestService, type TestService, until } from '../support/service.ts';

const opened = cleanUpAfterEach();

const CONTEXTS = [{ text: 'alpha\nbeta\ngamma\n', path: 'notes.txt' }];

async function start(
	script: Script,
	options: Parameters<typeof startTestService>[1] = {},
	settings: object = {},
): Promise<{ model: ScriptedServer; service: TestService }> {
	const model = await startScriptedServer({ kind: 'openai', script });
	opened.push(() => model.stop());
	const service = await startTestService(
		{ servers: [model.settings('gpu', { maxConcurrent: 8 })], ...settings },
		options,
	);
	opened.push(() => service.stop());
	return { model, service };
}

const lookAskAnswer: Script = (request) => {
	if (!isRootCall(request)) return { text: 'it is Greek' };
	return turnOf(request) === 0
		? { text: block('reply = llm_query("Which alphabet? " + context)\nprint(reply)') }
		: { text: block('FINAL(f"{reply}; see notes.txt:1")') };
};

/** Its first turn never ends by itself. */
const endless: Script = (request) =>
	request.text.includes('The run ends now') ? { text: 'FINAL(so far)' } : { text: block('while True: pass') };

describe('POST /query', () => {
	it('answers with the same object as the command line', async () => {
		const { service } = await start(lookAskAnswer);
		const { status, body, headers } = await service.call('POST', '/query', {
			query: 'What is it?',
			contexts: CONTEXTS,
		});
		expect(status).toBe(200);
		expect(body).toMatchObject({
			outcome: 'answered',
			answer: 'it is Greek; see notes.txt:1',
			citations: [{ path: 'notes.txt', startLine: 1, quote: 'alpha' }],
			iterations: 2,
			calls: 3,
			cost: null,
			journal: null,
		});
		expect(headers.get('location')).toBe(`/executions/${(body as Report).runId}`);
	});

	it('answers in the mode that is asked for, and says which and why', async () => {
		const { model, service } = await start(() => ({ text: 'It is Greek; see notes.txt:1' }));
		const asked = { query: 'What is it?', contexts: CONTEXTS, mode: 'direct' };
		const { body } = await service.call('POST', '/query', asked);
		expect(body).toMatchObject({ outcome: 'answered', mode: 'direct', modeReason: 'It was asked for.', calls: 1 });
		expect(model.requests).toHaveLength(1);
		const path = `/executions/${body.runId}`;
		expect((await service.call('GET', path)).body).toMatchObject({ mode: 'direct', result: { mode: 'direct' } });
		expect((await service.call('GET', `${path}/tree`)).body.root).toMatchObject({
			mode: 'direct',
			modeReason: 'It was asked for.',
		});
	});

	it('names the modes when it does not know the one that is asked for', async () => {
		const { service } = await start(() => ({ text: 'never asked' }));
		const asked = { query: 'What is it?', contexts: CONTEXTS, mode: 'fast' };
		const { status, body } = await service.call('POST', '/query', asked);
		expect(status).toBe(400);
		expect(body.error.message).toMatch(/^mode: expected .*"direct" \| "guided"/);
	});

	it('remembers what the first question found when it was read in one call', async () => {
		const seen: string[] = [];
		const { service } = await start((request) => {
			seen.push(request.text);
			return seen.length === 1 ? { text: 'It is Greek.' } : { text: block('FINAL(history[-1]["content"])') };
		});
		const { body: session } = await service.call('POST', '/sessions', { contexts: CONTEXTS });
		const ask = (query: string, mode: string) => service.call('POST', `/sessions/${session.id}/query`, { query, mode });
		expect((await ask('What is it?', 'direct')).body).toMatchObject({ mode: 'direct', answer: 'It is Greek.' });
		expect((await ask('What did you say?', 'explore')).body).toMatchObject({ mode: 'explore', answer: 'It is Greek.' });
		expect((await ask('And before?', 'direct')).body.mode).toBe('direct');
		expect(seen.at(-1)).toContain('It is Greek.');
	});

	it('streams the events in order, numbered without gaps', async () => {
		const { service } = await start(lookAskAnswer);
		const stream = await service.stream('POST', '/query', { query: 'What is it?', contexts: CONTEXTS });
		expect(stream.headers.get('content-type')).toBe('text/event-stream');
		const messages = await stream.rest();
		expect(messages.map(({ id }) => id)).toEqual(messages.map((_, index) => index));
		expect(messages.every(({ id, event, data }) => data.seq === id && data.type === event)).toBe(true);
		expect(messages.at(0)?.event).toBe('run-start');
		expect(messages.at(-1)?.data).toMatchObject({ type: 'run-end', outcome: 'answered' });
		expect(stream.headers.get('location')).toBe(`/executions/${messages[0]?.data.runId}`);
	});

	it('takes all kinds of contexts, in order', async () => {
		const code = "FINAL(f\"{context_0}|{files['b/two.txt']}|{context_2['x'][1]}\")";
		const { service } = await start(() => ({ text: block(code) }));
		const contexts = [
			{ text: 'one' },
			{
				files: [
					{ path: 'b/two.txt', text: 'two' },
					{ path: 'c.txt', text: 'c' },
				],
			},
			{ json: { x: [1, 2] }, label: 'numbers' },
		];
		const { body } = await service.call('POST', '/query', { query: 'q', contexts });
		expect(body).toMatchObject({ outcome: 'answered', answer: 'one|two|2' });
	});

	it('holds the answer to a JSON schema', async () => {
		const answers = ['FINAL("three")', 'FINAL({"count": 3})'];
		const { service, model } = await start((request) => ({ text: block(answers[turnOf(request)] ?? '') }));
		const outputSchema = { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } };
		const { body } = await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS, outputSchema });
		expect(JSON.parse(body.answerJson)).toEqual({ count: 3 });
		expect(model.requests).toHaveLength(2);
	});

	it('lowers limits as asked, and never raises them', async () => {
		const { service } = await start(() => ({ text: block('print(1)') }), {}, { limits: { iterations: 3 } });
		const ask = async (iterations: number) => {
			const question = { query: 'q', contexts: CONTEXTS, limits: { iterations } };
			return (await service.call('POST', '/query', question)).body;
		};
		expect(await ask(2)).toMatchObject({ outcome: 'partial', reason: 'iterations', iterations: 2 });
		expect(await ask(100)).toMatchObject({ outcome: 'partial', reason: 'iterations', iterations: 3 });
	});

	it('answers two questions at once', async () => {
		let waiting = 0;
		const both = Promise.withResolvers<void>();
		const { service } = await start(async (request) => {
			if (++waiting === 2) both.resolve();
			await both.promise; // neither is answered before both have been asked
			return { text: block(`FINAL("${/question (\w)/.exec(request.messages[1]?.content ?? '')?.[1]}")`) };
		});
		const ask = (letter: string) => service.call('POST', '/query', { query: `question ${letter}`, contexts: CONTEXTS });
		const [a, b] = await Promise.all([ask('A'), ask('B')]);
		expect([a.body.answer, b.body.answer]).toEqual(['A', 'B']);
	});

	it('tells of a run that failed with the status that fits, and the error', async () => {
		const { service, model } = await start([]);
		const { url } = model;
		await model.stop();
		const { status, body } = await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS });
		expect(status).toBe(502);
		expect(body).toMatchObject({ outcome: 'failed', error: { code: 'model', hint: expect.any(String) } });
		expect(body.error.message).toContain(url);
	});

	it('leaves its end and its figures in the log, and nothing of what it is about', async () => {
		const { service } = await start(() => ({ text: block('FINAL("the secret answer")') }));
		const question = { query: 'the secret question?', contexts: [{ text: 'the secret text', path: 'secret.txt' }] };
		const { body } = await service.call('POST', '/query', question);
		const line = new RegExp(
			` info {2}run ends run=${body.runId} outcome=answered mode=explore iterations=1 calls=1 costUsd=\\d.* ms=\\d+$`,
		);
		await until(() => service.logged.some((entry) => entry.includes('path=/query')));
		expect(service.logged.filter((entry) => line.test(entry))).toHaveLength(1);
		expect(service.logged.filter((entry) => / debug run begins run=/.test(entry))).toHaveLength(1);
		expect(service.logged.join('\n')).not.toContain('secret');
	});

	it('cancels the run when the client leaves, also of an event stream', async () => {
		const { service, model } = await start(() => ({ text: 'long '.repeat(100), chunks: 100, chunkDelayMs: 200 }));
		const controller = new AbortController();
		const body = JSON.stringify({ query: 'q', contexts: CONTEXTS });
		const headers = { 'content-type': 'application/json' };
		const left = fetch(`${service.url}/query`, { method: 'POST', body, headers, signal: controller.signal });
		await model.requested(1);
		controller.abort();
		await expect(left).rejects.toThrow();
		await model.clientClosed(1);
		const stream = await service.stream('POST', '/query', { query: 'q', contexts: CONTEXTS });
		await model.requested(2);
		stream.abort();
		await model.clientClosed(2);
		await until(async () => (await service.call('GET', '/stats')).body.outcomes.cancelled === 2);
	});

	it('goes on without the client when detached, and can be followed later', async () => {
		const gate = Promise.withResolvers<void>();
		const { service } = await start(async () => {
			await gate.promise;
			return { text: block('FINAL("late")') };
		});
		const question = { query: 'q', contexts: CONTEXTS, detach: true };
		const accepted = await service.call('POST', '/query', question);
		expect(accepted).toMatchObject({ status: 202, body: { status: 'running', query: 'q' } });
		const stream = await service.stream('POST', '/query', question);
		stream.abort();
		gate.resolve();
		const events = await service.stream('GET', `/executions/${accepted.body.id}/events`);
		expect((await events.rest()).at(-1)?.data).toMatchObject({ type: 'run-end', answer: 'late' });
		await until(async () => (await service.call('GET', '/stats')).body.outcomes.answered === 2);
	});

	it('refuses more runs at a time than allowed', async () => {
		const { service } = await start(endless, { executionLimits: { running: 1 } });
		const question = { query: 'q', contexts: CONTEXTS, detach: true };
		const { body } = await service.call('POST', '/query', question);
		expect(await service.call('POST', '/query', question)).toMatchObject({
			status: 429,
			body: { error: { code: 'too-many-runs', message: expect.any(String), hint: expect.any(String) } },
		});
		await service.call('DELETE', `/executions/${body.id}`);
		expect((await service.call('POST', '/query', question)).status).toBe(202);
	});
});

describe('an execution', () => {
	async function running() {
		const { service, model } = await start(endless);
		const { body } = await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS, detach: true });
		const stream = await service.stream('GET', `/executions/${body.id}/events`);
		for await (const { event } of stream.messages) if (event === 'code-start') break;
		return { service, model, id: body.id as string };
	}

	it('shows where it stands while it runs, and its tree', async () => {
		const { service, id } = await running();
		const view = await service.call('GET', `/executions/${id}`);
		expect(view.body).toMatchObject({ id, status: 'running', query: 'q', iterations: 1, totals: { calls: 1 } });
		const tree = await service.call('GET', `/executions/${id}/tree`);
		expect(tree.body.root).toMatchObject({
			kind: 'run',
			status: 'running',
			children: [{ kind: 'iteration', index: 1, children: [{ kind: 'code', code: 'while True: pass' }] }],
		});
		const status = await service.call('GET', '/status');
		expect(status.body).toMatchObject({ status: 'ok', running: [{ id }], sessions: 0, contexts: { count: 0 } });
		expect((await service.call('GET', '/executions')).body.executions).toMatchObject([{ id, status: 'running' }]);
	});

	it('is cancelled by DELETE, which closes the connection to the model', async () => {
		const { service, model } = await start(() => ({ text: 'long '.repeat(100), chunks: 100, chunkDelayMs: 200 }));
		const { body } = await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS, detach: true });
		await model.requested(1);
		const cancelled = await service.call('DELETE', `/executions/${body.id}`);
		expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', result: { outcome: 'cancelled' } } });
		await model.clientClosed(1);
		const again = await service.call('DELETE', `/executions/${body.id}`);
		expect(again).toMatchObject({ status: 200, body: cancelled.body });
	});

	it('hands in what it has on answer-now, once', async () => {
		const { service, id } = await running();
		expect((await service.call('POST', `/executions/${id}/answer-now`)).status).toBe(202);
		await until(async () => (await service.call('GET', `/executions/${id}`)).body.status === 'partial');
		const { body } = await service.call('GET', `/executions/${id}`);
		expect(body.result).toMatchObject({ outcome: 'partial', reason: 'answer-now', answer: 'so far' });
		expect(await service.call('POST', `/executions/${id}/answer-now`)).toMatchObject({
			status: 409,
			body: { error: { code: 'ended' } },
		});
	});

	it('is resumed after the last event that a client has, and says when there is no more', async () => {
		const { service } = await start(lookAskAnswer);
		const { body } = await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS });
		const path = `/executions/${body.runId}/events`;
		const all = await (await service.stream('GET', path)).rest();
		const resumed = await (await service.stream('GET', path, undefined, { 'last-event-id': '4' })).rest();
		expect(resumed).toEqual(all.slice(5));
		const last = String(all.length - 1);
		expect((await service.call('GET', path, undefined, { 'last-event-id': last })).status).toBe(204);
		expect((await service.call('GET', path, undefined, { 'last-event-id': 'x' })).status).toBe(400);
	});

	it('gives the same events to readers that come at any time', async () => {
		const { service, id } = await running();
		const path = `/executions/${id}/events`;
		const [early, resumed] = await Promise.all([
			service.stream('GET', path),
			service.stream('GET', path, undefined, { 'last-event-id': '1' }),
		]);
		await service.call('DELETE', `/executions/${id}`);
		const late = await (await service.stream('GET', path)).rest();
		expect(await early.rest()).toEqual(late);
		expect(await resumed.rest()).toEqual(late.slice(2));
	});
});
