import { describe, expect, test } from 'vitest';
import { present } from '../../src/core/present.ts';
import { AddServer } from '../../src/pool/addServer.ts';
import { parseSettings } from '../../src/settings/settings.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { type ScriptedReply, type ScriptedServerOptions, startScriptedServer } from '../support/scriptedServer.ts';
import { captivePortal, llamaPages, lmStudioPages, ollamaPages, vllmPages } from '../support/serverPages.ts';

const NEVER = new AbortController().signal;
const cleanUps = cleanUpAfterEach();

async function start(options: Partial<ScriptedServerOptions>) {
	const server = await startScriptedServer({ kind: 'openai', script: [], answersAnyModel: true, ...options });
	cleanUps.push(() => server.stop());
	return server;
}

const COUNT = Array.from({ length: 30 }, (_, index) => index + 1).join(' ');

/** Answers both test calls; of the long one it says that it read so many tokens. */
function answers(readTokens?: number, word = 'heron') {
	return ({ text }: { text: string }): ScriptedReply => {
		if (!text.includes('code word')) return { text: COUNT, chunks: 10, chunkDelayMs: 2 };
		return present({ text: word, usage: readTokens === undefined ? undefined : { prompt: readTokens, completion: 2 } });
	};
}

describe('adding a server', () => {
	test('from an address to settings that can be stored', async () => {
		const { url, requests } = await start({ pages: llamaPages({ slots: 4 }), script: answers() });
		const adding = new AddServer([]);
		expect(adding.state).toEqual({ step: 'address' });
		const found = await adding.enterAddress(`${url}/v1/chat/completions`, NEVER);
		expect(found).toMatchObject({
			step: 'models',
			server: { software: 'llamacpp' },
			models: [{ name: 'tiny-random', contextTokens: 1024, maxContextTokens: 8192, isLoaded: true }],
			suggestion: { id: 'llamacpp', models: ['tiny-random'], roles: ['root', 'sub'] },
		});
		if (found.step !== 'models') throw new Error('the models were expected');
		const settings = { id: 'llamacpp', kind: 'openai', url: `${url}/v1`, models: ['tiny-random'], maxConcurrent: 4 };
		expect(adding.choose(found.suggestion)).toMatchObject({ step: 'test', settings, warnings: ['window-small'] });
		const done = await adding.test(NEVER);
		expect(done).toMatchObject({ step: 'done', settings, test: { model: 'tiny-random', truncation: 'none' } });
		if (done.step !== 'done') throw new Error('the end was expected');
		expect(done.test.tokensPerSecond).toBeGreaterThan(0);
		expect(parseSettings({ servers: [done.settings] }, 'test').servers).toEqual([settings]);
		expect(adding.key).toBeUndefined();
		// The long prompt stays within the window that is served.
		expect(requests).toHaveLength(2);
		expect((requests[1]?.text.length ?? 0) / 4).toBeLessThan(1024);
	});

	test('a server that drops the beginning of a long prompt without a word is found out', async () => {
		const { url } = await start({ pages: vllmPages({}), script: answers(2048, 'ferry') });
		const adding = new AddServer([]);
		await adding.enterAddress(url, NEVER);
		adding.choose({ id: 'gpu', models: ['Qwen/Qwen3-8B'], roles: ['root', 'sub'] });
		const done = await adding.test(NEVER);
		expect(done).toMatchObject({ test: { truncation: 'cut', readTokens: 2048 } });
		if (done.step === 'done') expect(done.test.sentTokens).toBeGreaterThan(4096);
	});

	test('a key is asked for, a wrong one is refused, and neither state nor settings hold it', async () => {
		const { url } = await start({ pages: llamaPages({ apiKey: 'right-key' }), script: answers(), apiKey: 'right-key' });
		const adding = new AddServer([]);
		expect(await adding.enterAddress(url, NEVER)).toMatchObject({ step: 'key', server: { software: 'llamacpp' } });
		expect(await adding.enterKey('  ', NEVER)).toMatchObject({
			step: 'key',
			problem: { message: 'The key is empty.' },
		});
		const refused = await adding.enterKey('wrong-key', NEVER);
		expect(refused).toMatchObject({ step: 'key', problem: { actions: expect.arrayContaining(['set-key']) } });
		expect(await adding.enterKey('right-key', NEVER)).toMatchObject({ step: 'models' });
		adding.choose({ id: 'gpu', models: ['tiny-random'], roles: ['sub'] });
		const done = await adding.test(NEVER);
		expect(done).toMatchObject({ step: 'done', settings: { roles: ['sub'] } });
		expect(adding.key).toBe('right-key');
		expect(JSON.stringify([refused, done])).not.toMatch(/(right|wrong)-key/);
	});

	test.each([
		['not an address', /is not the address/, /http:/],
		['http://127.0.0.1:9', /no connection/, /Start the server/],
	])('%s is a problem of the first step, with a remedy', async (typed, message, hint) => {
		const state = await new AddServer([]).enterAddress(typed, NEVER);
		expect(state).toMatchObject({
			step: 'address',
			problem: { message: expect.stringMatching(message), hint: expect.stringMatching(hint) },
		});
	});

	test.each([
		['a sign-in page', captivePortal, /a web page/],
		['a server that loads', llamaPages({ isLoading: true }), /loading its model/],
		['a server without models', ollamaPages({}), /no model for chat/],
	])('%s is a problem of the first step', async (_name, pages, message) => {
		const { url } = await start({ pages });
		const state = await new AddServer([]).enterAddress(url, NEVER);
		expect(state).toMatchObject({ step: 'address', problem: { message: expect.stringMatching(message) } });
		expect(state).toHaveProperty('problem.hint');
	});

	test('a test call that fails says why, and can be made again', async () => {
		let isBroken = true;
		const script = (request: { text: string }): ScriptedReply =>
			isBroken ? { status: 500, body: 'CUDA out of memory' } : answers()(request);
		const { url } = await start({ pages: vllmPages({}), script });
		const adding = new AddServer([]);
		await adding.enterAddress(url, NEVER);
		adding.choose({ id: 'gpu', models: ['Qwen/Qwen3-8B'], roles: ['root'] });
		const failed = await adding.test(NEVER);
		expect(failed).toMatchObject({ step: 'test', problem: { message: expect.stringContaining('CUDA out of memory') } });
		isBroken = false;
		expect(await adding.test(NEVER)).toMatchObject({ step: 'done' });
	});

	test('only models for chat are offered, loaded ones first; a name that is taken is not', async () => {
		const { url } = await start({ pages: lmStudioPages });
		const adding = new AddServer([{ id: 'lmstudio', kind: 'openai' }]);
		expect(await adding.enterAddress(url, NEVER)).toMatchObject({
			models: [{ name: 'qwen3-8b', isLoaded: true }],
			suggestion: { id: 'lmstudio-2', roles: ['root', 'sub'] },
		});
		const problem = { message: 'A server "lmstudio" already exists.' };
		expect(adding.choose({ id: 'lmstudio', models: ['qwen3-8b'], roles: ['sub'] })).toMatchObject({ problem });
		expect(adding.choose({ id: 'x', models: [], roles: ['sub'] })).toMatchObject({
			problem: { hint: 'Choose at least one.' },
		});
	});

	test('a small window beside a server that can be root is for sub-calls; a model partly on the CPU is told', async () => {
		const installed = [{ name: 'qwen3:8b', size: 5e9 }];
		const resident = [{ name: 'qwen3:8b', size: 8e9, size_vram: 6e9, context_length: 4096 }];
		const { url } = await start({ kind: 'ollama', pages: ollamaPages({ installed, resident }) });
		const adding = new AddServer([{ id: 'cloud', kind: 'anthropic' }]);
		const found = await adding.enterAddress(url, NEVER);
		expect(found).toMatchObject({ suggestion: { id: 'ollama', models: ['qwen3:8b'], roles: ['sub'] } });
		if (found.step === 'models') {
			expect(adding.choose(found.suggestion)).toMatchObject({ warnings: ['partly-on-cpu'] });
		}
	});

	test('cancelling throws and leaves the step as it was', async () => {
		const { url } = await start({ pages: () => 'hang' });
		const adding = new AddServer([]);
		const controller = new AbortController();
		const looking = adding.enterAddress(url, controller.signal);
		controller.abort();
		await expect(looking).rejects.toMatchObject({ code: 'cancelled' });
		expect(adding.state).toEqual({ step: 'address' });
	});
});
