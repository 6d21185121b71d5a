// The product against a real llama.cpp server with a real, very small model. What it answers does not matter here.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RealServer, startServer } from '../../scripts/models/server.ts';
import { CancelledError, type ModelError } from '../../src/core/errors.ts';
import type { ChatMessage } from '../../src/core/ports/model.ts';
import { TokenEstimator } from '../../src/models/estimate.ts';
import { SOFTWARE } from '../../src/models/kinds.ts';
import { createOpenAiProvider } from '../../src/models/openai.ts';
import { discoverServers } from '../../src/pool/discover.ts';
import { createPool, type Pool } from '../../src/pool/pool.ts';
import { testCall } from '../../src/pool/testCall.ts';
import { lookAt, watchedCall } from '../support/realServer.ts';

const NEVER = new AbortController().signal;
const MODEL = 'smollm2';
const SLOTS = 4;
const WINDOW = 1_024;
const START_MS = 300_000;
/** Makes the model write on and on. */
const LONG = { maxTokens: 900, temperature: 0, stop: [] };
const LINE = 'The ferry leaves the harbour at noon and comes back in the evening.';

let server: RealServer;
let pool: Pool;
let look: ReturnType<typeof lookAt>;

beforeAll(async () => {
	server = await startServer({ models: [MODEL], slots: SLOTS, window: WINDOW, threads: 1 });
	await server.ready(AbortSignal.timeout(START_MS));
	look = lookAt(server.url);
	pool = open();
}, START_MS);
afterEach(async () => {
	await expect.poll(() => look.busy(), { timeout: 30_000 }).toBe(0);
});
afterAll(async () => {
	await pool?.dispose();
	await server?.[Symbol.asyncDispose]();
});

function open(settings: object = {}): Pool {
	const entry = { id: 'real', kind: 'openai' as const, url: server.url, maxConcurrent: SLOTS, ...settings };
	return createPool({ servers: [entry], apiKey: async () => undefined });
}

function provider() {
	const estimator = new TokenEstimator();
	return { estimator, provider: createOpenAiProvider({ id: 'real', url: server.url, estimator }) };
}

describe('finding it', () => {
	test('a server on its usual port needs no settings', async () => {
		expect(SOFTWARE.find(({ id }) => id === 'llamacpp')?.port).toBe(8080);
		const found = await discoverServers(NEVER, [server.port]);
		expect(found).toEqual([{ id: 'llamacpp', kind: 'openai', url: server.url, models: [MODEL] }]);
	});

	test('it reports its model, its window and its places, and answers the test call', async () => {
		const { provider: probed, estimator } = provider();
		try {
			const report = await probed.probe(NEVER);
			expect(report).toMatchObject({ kind: 'llamacpp', places: SLOTS });
			expect(report.models).toMatchObject([{ name: MODEL, contextTokens: WINDOW }]);
			const options = { isHosted: false, contextTokens: WINDOW };
			expect(await testCall(probed, estimator, MODEL, options, NEVER)).toMatchObject({ truncation: 'none' });
		} finally {
			probed.dispose?.();
		}
	});
});

describe('a call', () => {
	test('arrives in pieces, with the tokens that the server counted', async () => {
		const messages = [{ role: 'user' as const, content: 'Count from 1 to 9.' }];
		const { reply, deltas } = watchedCall(pool, '', { messages, maxTokens: 24, temperature: 0 });
		const { text, usage } = await reply;
		expect(deltas.length).toBeGreaterThan(3);
		expect(deltas.join('').trim()).toBe(text);
		expect(usage).toMatchObject({ isEstimate: false, promptTokens: await look.tokens(messages) });
		expect(usage.completionTokens).toBeGreaterThan(3);
	});

	test('that cannot fit is refused before it is sent', async () => {
		const { reply, sent } = watchedCall(pool, `${LINE}\n`.repeat(400));
		await expect(reply).rejects.toMatchObject({ facts: { category: 'context-overflow', contextTokens: WINDOW } });
		expect(sent).toEqual([]);
	});

	test('that the server finds too long is the same typed error', async () => {
		const hopeful = open({ contextLength: 100_000 });
		const content = `${LINE}\n`.repeat(100);
		try {
			const { reply, sent } = watchedCall(hopeful, content);
			const promptTokens = await look.tokens([{ role: 'user', content }]);
			await expect(reply).rejects.toMatchObject({
				facts: { category: 'context-overflow', status: 400, promptTokens, contextTokens: WINDOW },
			});
			expect(sent).toEqual([MODEL]);
		} finally {
			await hopeful.dispose();
		}
	});

	test('that fits is sent, whatever the estimate says', async () => {
		// Common words have far more characters a token than an uncalibrated estimate assumes.
		const content = `${'information development environment '.repeat(140)}\nCount from 1 to 9.`;
		expect(new TokenEstimator().estimate(MODEL, [content]).tokens).toBeGreaterThan(WINDOW * 1.25);
		expect(await look.tokens([{ role: 'user', content }])).toBeLessThan(WINDOW - 100);
		const fresh = open();
		try {
			const { reply, failures, sent } = watchedCall(fresh, content, { maxTokens: 16, temperature: 0 });
			// So small a model may have nothing to say to this.
			const end = await reply.then(
				() => 'answered',
				(error: ModelError) => error.category,
			);
			expect(['answered', 'empty']).toContain(end);
			expect(failures.filter((category) => category !== 'empty')).toEqual([]);
			expect(sent[0]).toBe(MODEL);
		} finally {
			await fresh.dispose();
		}
	});

	test('that is cancelled stops the server, and counts with what was written', async () => {
		const before = await look.figure('tokens_predicted_total');
		const controller = new AbortController();
		const { reply, started, deltas, used } = watchedCall(pool, 'Tell a very long story.', {
			...LONG,
			signal: controller.signal,
		});
		await started;
		controller.abort();
		await expect(reply).rejects.toBeInstanceOf(CancelledError);
		await expect.poll(() => look.busy(), { timeout: 30_000 }).toBe(0);
		expect((await look.figure('tokens_predicted_total')) - before).toBeLessThan(LONG.maxTokens / 4);
		expect(used).toMatchObject([{ isReply: false, usage: { promptTokens: expect.any(Number) } }]);
		expect(used[0]?.usage.completionTokens).toBeGreaterThanOrEqual(deltas.length);
	});
});

describe('many calls', () => {
	test('fill all places of the server', async () => {
		const controller = new AbortController();
		const calls = Array.from({ length: SLOTS + 2 }, (_, index) =>
			watchedCall(pool, `Tell a very long story about the number ${index}.`, { ...LONG, signal: controller.signal }),
		);
		const ends = Promise.allSettled(calls.map(({ reply }) => reply));
		await expect.poll(() => look.busy(), { timeout: 60_000 }).toBe(SLOTS);
		controller.abort();
		await ends;
		// No more are sent than have a place.
		expect(await look.figure('requests_deferred')).toBe(0);
	});

	test('none fails for a connection that the server closes without a word', async () => {
		const calls = Array.from({ length: 200 }, (_, index) => watchedCall(pool, `${index}?`, { maxTokens: 1 }));
		const replies = await Promise.all(calls.map(({ reply }) => reply));
		expect(calls.flatMap(({ failures }) => failures)).toEqual([]);
		expect(replies.filter(({ attempts }) => attempts !== 1)).toEqual([]);
	});

	test('the iterations of a conversation find their beginning in the cache', async () => {
		const messages: ChatMessage[] = [
			{ role: 'system', content: 'Answer in one word.' },
			{ role: 'user', content: `${LINE}\n`.repeat(12) },
		];
		const read: { cached: number; fresh: number }[] = [];
		for (let turn = 0; turn < 3; turn++) {
			const call = { messages: [...messages], maxTokens: 4, temperature: 0, conversationId: 'cached' };
			const { text, usage } = await watchedCall(pool, '', call).reply;
			const cached = usage.cachedPromptTokens ?? 0;
			read.push({ cached, fresh: usage.promptTokens - cached });
			messages.push({ role: 'assistant', content: text }, { role: 'user', content: `Once more: ${turn}.` });
		}
		const [first, second, third] = read as [(typeof read)[0], (typeof read)[0], (typeof read)[0]];
		expect(first.fresh).toBeGreaterThan(100);
		expect(second.cached).toBeGreaterThan(first.fresh * 0.9);
		expect(third.cached).toBeGreaterThan(second.cached);
		expect(Math.max(second.fresh, third.fresh)).toBeLessThan(first.fresh / 2);
	});
});
