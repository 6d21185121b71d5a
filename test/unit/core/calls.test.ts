import { describe, expect, test } from 'vitest';
import { Budget } from '../../../src/core/budget.ts';
import { type ChildReply, type StartChild, SubCalls } from '../../../src/core/calls.ts';
import { Emitter } from '../../../src/core/emitter.ts';
import { CancelledError, ModelError } from '../../../src/core/errors.ts';
import type { Limits, RunEvent } from '../../../src/core/events.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';
import { Memo } from '../../../src/core/memo.ts';
import { OpenTexts } from '../../../src/core/openTexts.ts';
import { Pace } from '../../../src/core/pace.ts';
import type { ModelCall, ModelPort, ModelReply } from '../../../src/core/ports/model.ts';
import type { SubQuery } from '../../../src/core/ports/sandbox.ts';
import { replyTokens } from '../../../src/core/prompt/capacity.ts';
import { Semaphore } from '../../../src/core/semaphore.ts';
import { NO_TOTALS, Spending } from '../../../src/core/totals.ts';
import { json } from '../../support/jsonReader.ts';
import { neverAborted } from '../../support/signals.ts';

const description = {
	model: 'm',
	server: 's',
	contextTokens: 8192,
	isContextKnown: true,
	isBuiltin: false,
	canPrefill: false,
};
const usage = { promptTokens: 5, completionTokens: 9, isEstimate: false };
const reply: ModelReply = {
	...{ text: 'yes', reasoning: '', finishReason: 'stop', model: 'm', server: 's', usage },
	...{ firstTokenMs: 1, durationMs: 2, attempts: 1, queueMs: 0 },
};

/** Answers every call at once. */
const answering = (text = 'yes'): ModelPort['call'] => {
	return async (_call, { onAttempt }) => {
		onAttempt({ server: 's', model: 'm' })({ usage, isReply: true });
		return { ...reply, text };
	};
};

function subCalls(call: ModelPort['call'], limits: Partial<Limits> = {}, now = () => 0, startChild?: StartChild) {
	const emitter = new Emitter(now);
	const spending = new Spending();
	const budget = new Budget({ ...DEFAULT_LIMITS, ...limits }, now, () => {});
	let nodes = 0;
	const calls = new SubCalls({
		runId: 'r',
		payer: 'r',
		models: { offers: () => [], idlePlaces: () => 1, describe: async () => description, call },
		subModel: description,
		modelName: undefined,
		budget,
		emitter,
		createNodeId: () => `n${++nodes}`,
		now,
		places: new Semaphore(4),
		texts: new OpenTexts(),
		pace: new Pace(),
		spend: (totals) => spending.addBelow(totals),
		startChild,
		isMemoised: false,
		json,
	});
	const ask = (...prompts: string[]) => {
		const queries = prompts.map((prompt): SubQuery => ({ kind: 'llm', prompt, spans: [] }));
		return Promise.all(calls.query(queries, neverAborted));
	};
	const events = async () => {
		emitter.end();
		const all: RunEvent[] = [];
		for await (const event of emitter.events) all.push(event);
		return all;
	};
	return { calls, budget, spending, ask, events };
}

test('a sub-call says how long its reply is useful: to the end of the cell, or of the run if that comes first', async () => {
	let time = 0;
	const made: ModelCall[] = [];
	const call: ModelPort['call'] = async (asked) => {
		made.push(asked);
		throw new CancelledError();
	};
	const { calls, ask } = subCalls(call, { cellMs: 10_000, durationMs: 20_000 }, () => time);
	calls.startCell('first');
	time = 4_000;
	await ask('q');
	calls.startCell('second');
	time = 12_000;
	await ask('q');
	expect(made.map(({ timeLeftMs }) => timeLeftMs)).toEqual([6_000, 2_000]);
	time = 13_500;
	calls.startCell('third');
	await ask('q');
	expect(made[2]?.timeLeftMs).toBe(5_500);
});

test('a reply without text is a failure, so that code does not mistake it for nothing found, and its tokens count', async () => {
	const { calls, ask, spending, events } = subCalls(answering(' '));
	calls.startCell('cell');
	expect(await ask('q')).toEqual([{ failure: 'empty', text: expect.stringContaining('no text') }]);
	expect((await events()).at(-1)).toMatchObject({ type: 'call-end', status: 'failed', usage: { completionTokens: 9 } });
	expect(spending.totals.usage.completionTokens).toBe(9);
});

describe('a call that was sent', () => {
	test('counts in the limit, the totals and the events even if it was given up', async () => {
		const lost: ModelPort['call'] = async (_call, { onAttempt }) => {
			onAttempt({ server: 's', model: 'm' })({ usage, costUsd: 0.5, isReply: false });
			throw new CancelledError();
		};
		const { calls, ask, spending, budget, events } = subCalls(lost, { calls: 1 });
		calls.startCell('cell');
		await ask('q');
		expect(await ask('again')).toMatchObject([{ failure: 'budget' }]);
		expect(budget.left().calls).toBe(0);
		expect(spending.totals).toMatchObject({ calls: 1, costUsd: 0.5, usage });
		expect((await events()).map(({ type }) => type)).toEqual([
			...['call-start', 'attempt-lost', 'call-end', 'call-start', 'call-end'],
		]);
	});
});

describe('refused calls', () => {
	test('keep no prompt, and after the first few they are not even events', async () => {
		const { calls, ask, events } = subCalls(answering(), { calls: 1 });
		const cell = calls.startCell('cell');
		await ask('one');
		for (let request = 0; request < 50; request++) await ask('x'.repeat(5_000));
		const all = await events();
		expect(JSON.stringify(all).length).toBeLessThan(20_000);
		expect(all.filter((event) => event.type === 'call-end' && event.status === 'refused')).toHaveLength(20);
		expect(cell.notes.join()).toContain('50 calls of this cell were not asked: ');
	});

	test('stop the code after a hundred requests with nothing but refusals', async () => {
		const { calls, ask } = subCalls(answering(), { calls: 0 });
		const cell = calls.startCell('cell');
		for (let request = 0; request < 99; request++) await ask('q', 'q');
		expect(cell.stop.aborted).toBe(false);
		await ask('q', 'q');
		expect(cell.stop.aborted).toBe(true);
		expect(cell.stopMessage).toMatch(/after 200 calls had been refused: .* budget of 0 sub-calls is used up/);
	});

	test('stop the code when their texts are too long in all, however few the requests', async () => {
		const { calls, ask } = subCalls(answering(), { calls: 0 });
		const cell = calls.startCell('cell');
		const prompt = 'x'.repeat(30 << 20);
		await ask(...Array(8).fill(prompt));
		expect(cell.stop.aborted).toBe(false);
		await ask(prompt);
		expect(cell.stop.aborted).toBe(true);
	});

	test('of a batch say in their own text that they were not asked, and the note says which they were', async () => {
		const { calls, ask } = subCalls(answering(), { calls: 3 });
		const cell = calls.startCell('cell');
		const texts = (await ask('a', 'b', 'c', 'd', 'e')).map(({ text }) => text);
		const why = 'not asked: the budget of 3 sub-calls is used up';
		expect(texts).toEqual(['yes', 'yes', 'yes', why, why]);
		expect(cell.notes.join()).toContain(
			'2 calls of this cell were not asked (the last one: of a batch of 5, items 3 to 4)',
		);
	});

	test('include prompts that fit the window in no language', async () => {
		const { calls, ask, budget } = subCalls(answering());
		calls.startCell('cell');
		expect(await ask('x'.repeat(8 * 8192 + 1))).toMatchObject([{ failure: 'context-overflow' }]);
		expect(budget.left().calls).toBe(1000);
	});

	test('include those whose texts would fill the memory while others are open', async () => {
		const gate = Promise.withResolvers<ChildReply>();
		const { calls } = subCalls(answering(), {}, undefined, () => gate.promise);
		calls.startCell('cell');
		const query = { kind: 'rlm', prompt: 'q', context: 'y'.repeat(60 << 20), spans: [] } as const;
		const ask = () => calls.query([query], neverAborted)[0];
		const first = [ask(), ask()];
		await expect(ask()).resolves.toMatchObject({ failure: 'budget' });
		gate.resolve({ text: 'done', totals: NO_TOTALS });
		await expect(Promise.all(first)).resolves.toMatchObject([{ text: 'done' }, { text: 'done' }]);
		await expect(ask()).resolves.toMatchObject({ text: 'done' });
	});

	test('are the only result of calls outside a cell', async () => {
		const { calls, ask } = subCalls(answering());
		await calls.startCell('cell').end();
		expect(await ask('q')).toMatchObject([{ failure: 'cancelled' }]);
	});
});

describe('a cell whose calls fail', () => {
	const failing = (category: 'auth' | 'timeout'): ModelPort['call'] => {
		return async () => {
			throw new ModelError('the key was refused.', { category });
		};
	};

	test('is stopped after many failures in a row that no repetition changes', async () => {
		const { calls, ask } = subCalls(failing('auth'));
		const cell = calls.startCell('c');
		await ask(...Array.from({ length: 24 }, (_, index) => `prompt ${index}`));
		expect(cell.stop.aborted).toBe(false);
		await ask('one more');
		expect(cell.stop.aborted).toBe(true);
		expect(cell.stopMessage).toContain('25 calls in a row failed: the key was refused.');
	});

	test('goes on when failures may pass, or other calls are answered', async () => {
		const passing = subCalls(failing('timeout'));
		const cell = passing.calls.startCell('c');
		await passing.ask(...Array.from({ length: 60 }, (_, index) => `prompt ${index}`));
		expect(cell.stop.aborted).toBe(false);
		let count = 0;
		const mixed = subCalls((...given) => (++count % 20 === 0 ? answering()(...given) : failing('auth')(...given)));
		const other = mixed.calls.startCell('c');
		for (let index = 0; index < 60; index++) await mixed.ask(`prompt ${index}`);
		expect(other.stop.aborted).toBe(false);
	});
});

describe('a call with options', () => {
	const options = { system: 'Be brief.', temperature: 0.7, maxTokens: 50, stop: ['END'] };
	const query: SubQuery = { kind: 'llm', prompt: 'q', ...options, spans: [] };

	test('passes them on, and is recorded with them', async () => {
		const made: ModelCall[] = [];
		const call: ModelPort['call'] = async (asked, observer, signal) => {
			made.push(asked);
			return answering()(asked, observer, signal);
		};
		const { calls, events } = subCalls(call);
		calls.startCell('cell');
		await Promise.all(calls.query([query], neverAborted));
		expect(made[0]).toMatchObject({ temperature: 0.7, maxTokens: 50, stop: ['END'], thinking: false });
		expect(made[0]?.messages).toEqual([
			{ role: 'system', content: 'Be brief.' },
			{ role: 'user', content: 'q' },
		]);
		expect((await events())[0]).toMatchObject({
			...{ type: 'call-start', system: 'Be brief.' },
			options: { temperature: 0.7, maxTokens: 50, stop: ['END'] },
		});
	});

	test('reserves the tokens that it asks for', async () => {
		let left: number | null | undefined;
		const subs = subCalls(
			async (asked, observer, signal) => {
				left = subs.budget.left().tokens;
				return answering()(asked, observer, signal);
			},
			{ tokens: 100_000 },
		);
		subs.calls.startCell('cell');
		await Promise.all(subs.calls.query([{ kind: 'llm', prompt: 'qqqq', maxTokens: 1_000, spans: [] }], neverAborted));
		expect(left).toBe(95_000 - 1_001);
	});

	test('is another call for the memo when one of them differs', () => {
		const memo = new Memo();
		const outcome = Promise.resolve({ status: 'done', reply: { text: 'yes' } } as const);
		memo.remember(query, outcome);
		expect(memo.find({ ...query, spans: [{ path: 'a', startLine: 1, endLine: 2 }] })).toBe(outcome);
		const { stop: _, ...without } = query;
		for (const other of [
			{ ...query, temperature: 0.8 },
			{ ...query, system: 'Be long.' },
			{ ...query, maxTokens: 51 },
			without,
		]) {
			expect(memo.find(other)).toBeUndefined();
		}
	});
});

describe('the longest reply of a call', () => {
	const needs = {
		promptTokens: 10,
		maxTokens: undefined,
		most: undefined,
		cellMs: 300_000,
		tokensIn: () => Number.POSITIVE_INFINITY,
	};
	const large = { ...description, contextTokens: 131_072 };

	test('follows the size of its prompt, within the window', () => {
		expect(replyTokens(large, needs)).toBe(2_048);
		expect(replyTokens(large, { ...needs, promptTokens: 5_000 })).toBe(5_000);
		expect(replyTokens(large, { ...needs, promptTokens: 90_000 })).toBe(8_192);
		expect(replyTokens({ ...description, contextTokens: 4_096 }, needs)).toBe(1_024);
	});

	test('takes a third of a cell at the pace of the model, however slow that is', () => {
		const pace = new Pace();
		const tokensIn = (ms: number) => pace.tokensIn(ms, 'm');
		expect(replyTokens(large, { ...needs, tokensIn })).toBe(2_048);
		pace.note({ ...reply, usage: { ...usage, completionTokens: 100 }, firstTokenMs: 0, durationMs: 10_000 });
		expect(replyTokens(large, { ...needs, tokensIn })).toBe(1_000);
		for (let slow = 0; slow < 50; slow++)
			pace.note({ ...reply, usage: { ...usage, completionTokens: 20 }, durationMs: 60_000 });
		expect(replyTokens(large, { ...needs, tokensIn })).toBe(256);
	});

	test('is what code asks for, up to half of the window', () => {
		expect(replyTokens(large, { ...needs, maxTokens: 3 })).toBe(3);
		expect(replyTokens(large, { ...needs, maxTokens: 500_000 })).toBe(65_536);
	});
});

describe('a reply that was cut', () => {
	const cutting = (facts: Partial<ModelReply>): ModelPort['call'] => {
		return async (...asked) => ({ ...(await answering('a b')(...asked)), finishReason: 'length', ...facts });
	};

	test('says so in its text when code set no bound', async () => {
		const { calls, ask } = subCalls(cutting({}));
		const cell = calls.startCell('cell');
		expect(await ask('q')).toEqual([
			{ cut: 'length', text: expect.stringMatching(/^a b\n\[cut here after 2048 tokens; .*max_tokens\]$/) },
		]);
		expect(cell.notes.join()).toBe(
			'Replies were cut: 1 reached the longest reply allowed. Ask for less at a time, or for more with max_tokens.',
		);
	});

	test('at the bound that code set is left as it is', async () => {
		const { calls } = subCalls(cutting({}));
		calls.startCell('cell');
		const [asked] = calls.query([{ kind: 'llm', prompt: 'q', maxTokens: 2, spans: [] }], neverAborted);
		expect(await asked).toEqual({ cut: 'length', text: 'a b' });
	});

	test('because it went nowhere says that', async () => {
		const { calls, ask, events } = subCalls(cutting({ isRepeating: true }));
		calls.startCell('cell');
		expect(await ask('q')).toEqual([{ cut: 'repetition', text: expect.stringContaining('repeated itself') }]);
		expect((await events()).at(-1)).toMatchObject({ type: 'call-end', status: 'done', cut: 'repetition' });
	});
});
