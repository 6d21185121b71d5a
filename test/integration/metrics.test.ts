// Figures for Prometheus, read back from the service and compared with what the runs themselves say.
import { expect, it } from 'vitest';
import type { Totals } from '../../src/core/events.ts';
import { addTotals, NO_TOTALS } from '../../src/core/totals.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { block, isRootCall, turnOf } from '../support/runs.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { startTestService, type TestService } from '../support/service.ts';

const opened = cleanUpAfterEach();

async function start(script: Script, extra: object = {}): Promise<{ model: ScriptedServer; service: TestService }> {
	const model = await startScriptedServer({ kind: 'openai', script, answersAnyModel: true });
	opened.push(() => model.stop());
	const service = await startTestService({ servers: [model.settings('gpu', { maxConcurrent: 3, ...extra })] });
	opened.push(() => service.stop());
	return { model, service };
}

interface Sample {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

/** Samples of Prometheus' text format. */
function parse(text: string): Sample[] {
	return text
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'))
		.map((line) => {
			const [, name = '', list = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
			const labels = [...list.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
			return { name, labels: Object.fromEntries(labels), value: Number(value) };
		});
}

async function scrape(service: TestService): Promise<(name: string, labels?: Record<string, string>) => number> {
	const { body, headers } = await service.call('GET', '/metrics');
	expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
	const samples = parse(body);
	return (name, labels = {}) =>
		samples
			.filter((sample) => sample.name === name)
			.filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
			.reduce((sum, { value }) => sum + value, 0);
}

const CONTEXTS = [{ text: 'alpha\nbeta\n' }];

it('add up to the totals of the runs: calls, tokens, cost, iterations, outcomes', async () => {
	const price = { promptUsd: 1, completionUsd: 2, cachedPromptUsd: 0.1 };
	const script: Script = (request) => {
		if (!isRootCall(request)) {
			return request.text === 'bad'
				? { status: 400, body: 'no' }
				: { text: 'x', usage: { prompt: 50, completion: 2, cached: 20 } };
		}
		if (request.messages[1]?.content.includes('child')) return { text: block('FINAL(llm_query("leaf"))') };
		const code = 'llm_query_batched(["a", "b", "bad"])\nrlm_query("child", context="x")\nprint(len(context))';
		return turnOf(request) === 0 ? { text: block(code) } : { text: block('FINAL("done")'), usage: null };
	};
	const { service } = await start(script, { price });
	let totals: Totals = NO_TOTALS;
	for (let run = 0; run < 2; run++) {
		const { body } = await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS, limits: { depth: 1 } });
		totals = addTotals(totals, (await service.call('GET', `/executions/${body.runId}`)).body.totals);
	}
	const value = await scrape(service);
	expect(value('rlm_runs_total', { outcome: 'answered' })).toBe(2);
	expect(value('rlm_run_duration_seconds_count')).toBe(2);
	expect(value('rlm_runs_in_progress')).toBe(0);
	const ways = { mode: 'explore', plan: '' };
	expect(value('rlm_mode_runs_total', { ...ways, outcome: 'answered' })).toBe(2);
	expect(value('rlm_mode_tokens_total', ways)).toBe(totals.usage.promptTokens + totals.usage.completionTokens);
	expect(value('rlm_mode_duration_seconds_total', ways)).toBeGreaterThan(0);
	expect(value('rlm_iterations_total')).toBe(4);
	expect(value('rlm_cells_total', { status: 'ok' })).toBe(4);
	expect(value('rlm_model_calls_total')).toBe(totals.calls);
	expect(value('rlm_tokens_total', { kind: 'prompt' })).toBe(totals.usage.promptTokens);
	expect(value('rlm_tokens_total', { kind: 'completion' })).toBe(totals.usage.completionTokens);
	expect(value('rlm_tokens_total', { kind: 'cached_prompt' })).toBe(totals.usage.cachedPromptTokens);
	expect(value('rlm_tokens_total', { kind: 'prompt', source: 'estimated' })).toBeGreaterThan(0);
	expect(value('rlm_cost_usd_total')).toBeCloseTo(totals.costUsd, 9);
	expect(value('rlm_sub_calls_total', { server: 'gpu', model: 'scripted-model', status: 'done' })).toBe(6);
	expect(value('rlm_sub_calls_total', { server: 'none', status: 'failed' })).toBe(2);
	expect(value('rlm_attempts_failed_total', { server: 'gpu', category: 'bad-request', next: 'give-up' })).toBe(2);
	expect(value('rlm_model_call_service_seconds_count', { role: 'sub', server: 'gpu' })).toBe(6);
	expect(value('rlm_model_call_queue_seconds_count', { role: 'root' })).toBe(4);
});

it('count what child runs use once', async () => {
	const { model, service } = await start((request) => {
		if (!isRootCall(request)) return { text: 'leaf' };
		const isChild = request.messages[1]?.content.includes('child question');
		return { text: block(isChild ? 'FINAL(llm_query("leaf"))' : 'FINAL(rlm_query("child question", context="x"))') };
	});
	const deep = await startTestService({ servers: [model.settings('gpu')], limits: { depth: 2 } });
	opened.push(() => deep.stop());
	const { body } = await deep.call('POST', '/query', { query: 'q', contexts: CONTEXTS });
	const value = await scrape(deep);
	expect(body.calls).toBe(3);
	expect(value('rlm_model_calls_total')).toBe(3);
	expect(value('rlm_tokens_total', { kind: 'prompt' })).toBe(body.usage.promptTokens);
	expect(value('rlm_child_runs_total', { outcome: 'answered' })).toBe(1);
	expect(value('rlm_sub_calls_total', { kind: 'rlm', status: 'done' })).toBe(1);
	expect((await scrape(service))('rlm_runs_total')).toBe(0);
});

it('include the summaries of long conversations, which are no part of the tree', async () => {
	const model = await startScriptedServer({
		kind: 'openai',
		models: [{ name: 'scripted-model', contextTokens: 8_192 }],
		script: ({ index }) => ({ text: block(index < 7 ? `print("word " * ${1200 + index})` : 'FINAL("done")') }),
	});
	opened.push(() => model.stop());
	const service = await startTestService({ servers: [model.settings('gpu')], limits: { iterations: 12 } });
	opened.push(() => service.stop());
	const { body } = await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS });
	const value = await scrape(service);
	expect(value('rlm_compactions_total')).toBeGreaterThan(0);
	expect(value('rlm_model_calls_total')).toBe(body.calls);
	expect(value('rlm_tokens_total', { kind: 'prompt' })).toBe(body.usage.promptTokens);
	expect(value('rlm_model_calls_total', { role: 'compaction' })).toBeGreaterThan(0);
});

it('show the servers as they are when they are asked for', async () => {
	const gate = Promise.withResolvers<void>();
	const { model, service } = await start(async (request) => {
		if (isRootCall(request)) return { text: block('FINAL(",".join(llm_query_batched([str(i) for i in range(8)])))') };
		await gate.promise;
		return { text: 'x' };
	});
	const { body } = await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS, detach: true });
	await model.requested(4);
	const busy = await scrape(service);
	expect(busy('rlm_runs_in_progress')).toBe(1);
	expect(busy('rlm_server_in_flight', { server: 'gpu' })).toBe(3);
	expect(busy('rlm_server_concurrency_limit', { server: 'gpu' })).toBe(3);
	expect(busy('rlm_server_queue', { server: 'gpu' })).toBe(5);
	expect(busy('rlm_server_state', { server: 'gpu', kind: 'openai', state: 'healthy' })).toBe(1);
	gate.resolve();
	await (await service.stream('GET', `/executions/${body.id}/events`)).rest();
	const idle = await scrape(service);
	expect(idle('rlm_server_in_flight')).toBe(0);
	expect(idle('rlm_server_queue')).toBe(0);
	expect(idle('rlm_server_state', { state: 'unhealthy' })).toBe(0);
});

it('have few labels, whatever models and clients are called', async () => {
	const code = 'FINAL(len(llm_query_batched(["q"] * 40, model=None)))';
	let replies = 0;
	const { service } = await start((request) =>
		isRootCall(request) ? { text: block(code) } : { text: 'x', model: `invented-${replies++}\n"` },
	);
	for (let run = 0; run < 3; run++) await service.call('POST', '/query', { query: 'q', contexts: CONTEXTS });
	for (let index = 0; index < 30; index++) await service.call('GET', `/nothing-${index}`);
	for (let index = 0; index < 30; index++) await service.call('GET', `/executions/${index}`);
	const samples = parse((await service.call('GET', '/metrics')).body);
	const valuesOf = (name: string, label: string) =>
		new Set(samples.filter((sample) => sample.name === name).map(({ labels }) => labels[label]));
	const models = valuesOf('rlm_model_calls_total', 'model');
	expect(models.size).toBeLessThanOrEqual(65);
	expect(models).toContain('other');
	const routes = [...valuesOf('rlm_http_requests_total', 'route')];
	expect(routes.sort()).toEqual(['/executions/:id', '/query', 'other']);
	for (const { name, value } of samples)
		expect({ name, isNumber: !Number.isNaN(value) }).toEqual({ name, isNumber: true });
});
