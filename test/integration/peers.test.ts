import { afterEach, describe, expect, it } from 'vitest';
import { startCountingProxy } from '../../bench/peers/countingProxy.ts';
import { peerMode } from '../../bench/peers/modes.ts';
import { textContext } from '../../src/context/corpus.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits.ts';
import { readRun } from '../../src/eval/run/makeResult.ts';
import { engineOver } from '../support/runs.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { neverAborted } from '../support/signals.ts';

let server: ScriptedServer | undefined;

afterEach(async () => {
	await server?.stop();
	server = undefined;
});

const BODY = JSON.stringify({ model: 'scripted-model', messages: [{ role: 'user', content: 'Who?' }] });

function post(url: string): Promise<Response> {
	return fetch(`${url}/chat/completions`, {
		method: 'POST',
		body: BODY,
		headers: { 'content-type': 'application/json' },
	});
}

describe('the proxy between a peer and a model server', () => {
	it('counts what the server counts, and hands everything on', async () => {
		// Peers ask for whole documents.
		const choices = [{ message: { role: 'assistant', content: 'Wilk' } }];
		const body = { choices, usage: { prompt_tokens: 30, completion_tokens: 4 } };
		server = await startScriptedServer({ kind: 'openai', script: () => ({ fault: 'error-in-success', body }) });
		const proxy = await startCountingProxy(server.url);
		try {
			expect(await (await post(proxy.url)).text()).toContain('Wilk');
			await post(proxy.url);
			expect(proxy.counted).toMatchObject({ calls: 2, promptTokens: 60, completionTokens: 8, isUnreachable: false });
		} finally {
			await proxy.close();
		}
	});

	it('hands on a refusal without counting it, and knows when nobody is there', async () => {
		server = await startScriptedServer({
			kind: 'openai',
			script: () => ({ status: 400, body: 'roles must alternate' }),
		});
		const proxy = await startCountingProxy(server.url);
		try {
			expect((await post(proxy.url)).status).toBe(400);
			expect(proxy.counted).toMatchObject({ calls: 0, isUnreachable: false });
			await server.stop();
			expect((await post(proxy.url)).status).toBe(502);
			expect(proxy.counted.isUnreachable).toBe(true);
		} finally {
			await proxy.close();
		}
	});
});

it('a peer that raises an error has given a wrong answer', async () => {
	server = await startScriptedServer({ kind: 'openai', script: [] });
	const engine = engineOver([server.settings('local')]);
	try {
		// The Python of the system has no such package.
		const mode = peerMode('official', { python: 'python3', server: server.url, model: 'scripted-model' });
		const context = await textContext({ label: 'text', path: 'text.txt', text: 'Wilk' });
		const asked = { question: 'Who?', context, limits: { ...DEFAULT_LIMITS, durationMs: 30_000 } };
		const { result, lastFailure } = await readRun(mode.start(asked, engine, neverAborted));
		expect(result).toMatchObject({
			outcome: 'failed',
			error: { code: 'peer', message: expect.stringContaining('rlm') },
		});
		expect(lastFailure).toBeUndefined();
	} finally {
		await engine.dispose();
	}
});
