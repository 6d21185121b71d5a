// Spans of real runs, as a collector on loopback gets them.

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { present } from '../../src/core/present.ts';
import type { RunResult } from '../../src/core/request.ts';
import { parseSettings } from '../../src/settings/settings.ts';
import { openTracing } from '../../src/telemetry/tracing.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { type CollectedSpan, type Collector, startCollector } from '../support/collector.ts';
import { rlm } from '../support/rlm.ts';
import { block, engineOver, isRootCall, observe, ofType, turnOf } from '../support/runs.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { startTestService } from '../support/service.ts';

const opened = cleanUpAfterEach();

async function collector(status?: number): Promise<Collector> {
	const started = await startCollector(status);
	opened.push(() => started.stop());
	return started;
}

async function modelServer(script: Script): Promise<ScriptedServer> {
	const started = await startScriptedServer({ kind: 'openai', script });
	opened.push(() => started.stop());
	return started;
}

/** Runs a question and sends its spans. */
async function traced(
	server: object,
	telemetry: object,
	limits: object = {},
): Promise<{ events: RunEvent[]; result: RunResult; logged: string[] }> {
	const settings = parseSettings({ servers: [server], telemetry }, 'test');
	const logged: string[] = [];
	const tracing = await openTracing({ settings, env: {}, version: '1.2.3', log: (message) => logged.push(message) });
	const engine = engineOver([server]);
	try {
		const run = await observe(engine, { query: 'What is the secret question?', limits });
		const result = await run.ended;
		const observer = tracing?.observer('ses_1');
		for (const event of run.events) observer?.(event);
		await tracing?.close();
		return { events: run.events, result, logged };
	} finally {
		await engine.dispose();
	}
}

/** Names of spans, nested as they are, in the order of their beginning. */
function outline(spans: readonly CollectedSpan[], parent?: CollectedSpan): unknown[] {
	return spans
		.filter(({ parentSpanId }) => (parentSpanId || undefined) === parent?.spanId)
		.sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)))
		.map((span) => {
			const below = outline(spans, span);
			return below.length > 0 ? [span.name, below] : span.name;
		});
}

const named = (spans: readonly CollectedSpan[], name: string) => spans.filter((span) => span.name === name);

const lookAskAnswer: Script = (request) => {
	if (!isRootCall(request)) return { text: 'it is Greek', usage: { prompt: 10, completion: 3, cached: 4 } };
	return turnOf(request) === 0
		? { text: block('print(1)\nreply = llm_query("Which secret alphabet? " + context)\n') }
		: { text: block('FINAL(reply)') };
};

describe('the spans of a run', () => {
	it('form the tree of the run, with the names and attributes of the GenAI conventions', async () => {
		const [{ url, spans, requests }, model] = [await collector(), await modelServer(lookAskAnswer)];
		const price = { promptUsd: 1, completionUsd: 2 };
		const { events, result } = await traced(model.settings('gpu', { price }), { otlpEndpoint: url });
		expect(requests.map((request) => request.path)).toEqual(['/v1/traces']);
		expect(outline(spans)).toEqual([
			[
				'invoke_agent rlm',
				[
					'chat scripted-model',
					['execute_tool python', ['chat scripted-model']],
					'chat scripted-model',
					'execute_tool python',
				],
			],
		]);
		expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
		expect(spans[0]?.resource).toMatchObject({ 'service.name': 'rlm', 'service.version': '1.2.3' });
		const [run] = named(spans, 'invoke_agent rlm');
		expect(run).toMatchObject({
			kind: 1,
			attributes: {
				'gen_ai.operation.name': 'invoke_agent',
				'gen_ai.agent.name': 'rlm',
				'gen_ai.conversation.id': 'ses_1',
				'gen_ai.request.model': 'scripted-model',
				'gen_ai.usage.input_tokens': result.totals.usage.promptTokens,
				'gen_ai.usage.output_tokens': result.totals.usage.completionTokens,
				'rlm.run.id': result.runId,
				'rlm.run.outcome': 'answered',
				'rlm.run.calls': 3,
				'rlm.cost_usd': result.totals.costUsd,
			},
		});
		const [start, end] = [events.at(0)?.at ?? 0, events.at(-1)?.at ?? 0];
		expect([run?.startTimeUnixNano, run?.endTimeUnixNano]).toEqual([`${start}000000`, `${end}000000`]);
		const chats = named(spans, 'chat scripted-model');
		const { port } = new URL(model.url);
		for (const chat of chats) {
			expect(chat).toMatchObject({
				kind: 3,
				attributes: {
					'gen_ai.operation.name': 'chat',
					'gen_ai.provider.name': 'openai',
					'gen_ai.request.model': 'scripted-model',
					'gen_ai.response.model': 'scripted-model',
					'server.address': '127.0.0.1',
					'server.port': Number(port),
					'rlm.server.id': 'gpu',
				},
			});
		}
		const [call] = ofType(events, 'call-end');
		expect(chats.find(({ attributes }) => attributes['rlm.call.status'] === 'done')?.attributes).toMatchObject({
			'gen_ai.usage.input_tokens': call?.usage?.promptTokens,
			'gen_ai.usage.output_tokens': 3,
			'gen_ai.usage.cache_read.input_tokens': 4,
			'rlm.call.attempts': 1,
		});
		const turns = chats.filter(({ attributes }) => attributes['rlm.iteration.index'] !== undefined);
		expect(turns.map(({ attributes }) => attributes['gen_ai.response.finish_reasons'])).toEqual([['stop'], ['stop']]);
		expect(named(spans, 'execute_tool python')[0]?.attributes).toEqual({
			'gen_ai.operation.name': 'execute_tool',
			'gen_ai.tool.name': 'python',
			'gen_ai.tool.type': 'function',
		});
	});

	it('hold no prompt, reply, code or output, unless that was asked for', async () => {
		const model = await modelServer(lookAskAnswer);
		const without = await collector();
		await traced(model.settings('gpu'), { otlpEndpoint: without.url });
		const sent = without.bodies.join();
		expect(sent).toContain('invoke_agent');
		for (const content of ['secret', 'Greek', 'llm_query', 'alpha', 'print(1)']) expect(sent).not.toContain(content);
		const withContent = await collector();
		await traced(model.settings('gpu'), { otlpEndpoint: withContent.url, content: true });
		const { spans } = withContent;
		const [run] = named(spans, 'invoke_agent rlm');
		expect(JSON.parse(String(run?.attributes['gen_ai.input.messages']))).toEqual([
			{ role: 'user', parts: [{ type: 'text', content: 'What is the secret question?' }] },
		]);
		expect(JSON.parse(String(run?.attributes['gen_ai.output.messages']))).toEqual([
			{ role: 'assistant', parts: [{ type: 'text', content: 'it is Greek' }], finish_reason: 'stop' },
		]);
		const [code] = named(spans, 'execute_tool python');
		expect(String(code?.attributes['gen_ai.tool.call.arguments'])).toContain('llm_query');
		expect(code?.attributes['gen_ai.tool.call.result']).toBe('1\n');
	});

	it('show child runs in the place of their calls', async () => {
		const model = await modelServer((request) => {
			if (!isRootCall(request)) return { text: 'plain' };
			const isChild = request.messages[1]?.content.includes('child question');
			return { text: block(isChild ? 'FINAL(llm_query("leaf"))' : 'FINAL(rlm_query("child question", context="x"))') };
		});
		const { url, spans } = await collector();
		await traced(model.settings('gpu'), { otlpEndpoint: url }, { depth: 2 });
		const chat = 'chat scripted-model';
		const child = ['invoke_agent rlm', [chat, ['execute_tool python', [chat]]]];
		expect(outline(spans)).toEqual([['invoke_agent rlm', [chat, ['execute_tool python', [child]]]]]);
		const depths = named(spans, 'invoke_agent rlm').map(({ attributes }) => attributes['rlm.run.depth']);
		expect(depths.sort()).toEqual([0, 1]);
	});

	it('tell of failed attempts as events, and of errors as status', async () => {
		const faults = [{ status: 500, body: 'boom with the secret' }];
		const model = await modelServer((request) => {
			if (!isRootCall(request)) return { status: 401, body: 'no' };
			const fault = faults.shift();
			if (fault) return fault;
			return turnOf(request) === 0
				? { text: block('print(llm_query("x").category)\n1/0') }
				: { text: block('FINAL("done")') };
		});
		const { url, spans, bodies } = await collector();
		await traced(model.settings('gpu'), { otlpEndpoint: url });
		const first = spans.find(({ attributes }) => attributes['rlm.iteration.index'] === 1);
		expect(first?.events).toEqual([
			// The server may have worked on it: status 500 says nothing of that.
			{
				name: 'rlm.attempt_lost',
				attributes: {
					'rlm.server.id': 'gpu',
					'rlm.tokens.prompt': expect.any(Number),
					'rlm.tokens.completion': expect.any(Number),
				},
			},
			{
				name: 'rlm.attempt_failed',
				attributes: { 'rlm.server.id': 'gpu', 'error.type': 'server', 'rlm.next': 'retry' },
			},
		]);
		const call = spans.find(({ attributes }) => attributes['rlm.call.status'] === 'failed');
		expect(call).toMatchObject({ attributes: { 'error.type': 'auth' }, status: { code: 2 } });
		const [code] = named(spans, 'execute_tool python');
		expect(code).toMatchObject({ attributes: { 'error.type': 'ZeroDivisionError' }, status: { code: 2 } });
		expect(bodies.join()).not.toContain('secret');
	});

	it('are all closed when the run fails', async () => {
		const model = await modelServer(() => ({ status: 401, body: 'no' }));
		const { url, spans } = await collector();
		const { result } = await traced(model.settings('gpu', { models: ['scripted-model'] }), { otlpEndpoint: url });
		expect(result.outcome).toBe('failed');
		expect(outline(spans)).toEqual([['invoke_agent rlm', ['chat scripted-model']]]);
		expect(spans.map(({ status }) => status.code)).toEqual([2, 2]);
		expect(named(spans, 'invoke_agent rlm')[0]?.attributes['error.type']).toBe('model');
	});
});

describe('where spans go', () => {
	const settingsWith = (telemetry?: object) => parseSettings(present({ telemetry }), 'test');
	const open = (env: Record<string, string>, telemetry?: object) =>
		openTracing({ settings: settingsWith(telemetry), env, version: '1', log: () => {} });

	it('is nowhere, unless somebody says so', async () => {
		expect(await open({})).toBeUndefined();
		expect(await open({}, { content: true })).toBeUndefined();
		const disabled = { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
		expect(await open(disabled)).toBeUndefined();
	});

	it('must be an address', () => {
		expect(() => settingsWith({ otlpEndpoint: 'collector' })).toThrow(/telemetry\.otlpEndpoint/);
	});
});

describe('a collector that does not work', () => {
	it.each(['refuses', 'answers 500', 'never answers'])('does not disturb the run when it %s', async (what) => {
		const model = await modelServer(lookAskAnswer);
		const silent = createServer(() => {}).listen(0, '127.0.0.1');
		await once(silent, 'listening');
		opened.push(async () => silent.close());
		const { port } = silent.address() as { port: number };
		const broken = await collector(500);
		const urls = { refuses: 'http://127.0.0.1:1', 'answers 500': broken.url };
		const otlpEndpoint = urls[what as keyof typeof urls] ?? `http://127.0.0.1:${port}`;
		const { result, logged } = await traced(model.settings('gpu'), { otlpEndpoint });
		expect(result.outcome).toBe('answered');
		expect(logged).toEqual([expect.stringContaining(`traces could not be sent to ${otlpEndpoint}/v1/traces`)]);
	});
});

describe('the ways in', () => {
	it('rlm query sends its run before it ends, and its exit code stays the same without a collector', async () => {
		const folder = await mkdtemp(path.join(tmpdir(), 'rlm-trace-'));
		opened.push(() => rm(folder, { recursive: true }));
		await writeFile(path.join(folder, 'notes.txt'), 'The keeper was Ada Brandt.\n');
		const { url, spans, requests } = await collector();
		const query = (endpoint: string) =>
			rlm(['query', 'Who was the keeper?', '-c', 'notes.txt', '--provider', 'builtin'], {
				cwd: folder,
				env: {
					OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
					OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
					OTEL_SERVICE_NAME: 'my-rlm',
				},
			});
		const { exitCode } = await query(`${url}/`);
		expect(exitCode).toBe(0);
		expect(named(spans, 'invoke_agent rlm')).toMatchObject([
			{ attributes: { 'gen_ai.provider.name': 'builtin' }, resource: { 'service.name': 'my-rlm' } },
		]);
		expect(requests[0]).toEqual({ path: '/v1/traces', authorization: 'Bearer abc' });
		const unreachable = await query('http://127.0.0.1:1');
		expect(unreachable.exitCode).toBe(0);
		expect(unreachable.stderr).toContain('rlm: traces could not be sent to http://127.0.0.1:1/v1/traces');
	});

	it('the service sends every run, with its session', async () => {
		const { url, spans } = await collector();
		const settings = { servers: [{ id: 'builtin', kind: 'builtin' }], telemetry: { otlpEndpoint: url } };
		const parsed = parseSettings(settings, 'test');
		const tracing = await openTracing({ settings: parsed, env: {}, version: '1', log: () => {} });
		const service = await startTestService(settings, { tracing });
		opened.push(() => service.stop());
		const contexts = [{ text: 'The keeper was Ada Brandt.' }];
		const { body } = await service.call('POST', '/sessions', { contexts });
		await service.call('POST', `/sessions/${body.id}/query`, { query: 'Who was the keeper?' });
		await service.call('POST', '/query', { query: 'Who was the keeper?', contexts });
		await tracing?.close();
		const runs = named(spans, 'invoke_agent rlm').map(({ attributes }) => attributes['gen_ai.conversation.id']);
		expect(runs).toEqual([body.id, undefined]);
	});
});
