import { describe, expect, test } from 'vitest';
import { Budget } from '../../../src/core/budget.ts';
import { SubCalls } from '../../../src/core/calls.ts';
import { Emitter } from '../../../src/core/emitter.ts';
import type { Limits, RunEvent } from '../../../src/core/events.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';
import { OpenTexts } from '../../../src/core/openTexts.ts';
import { Pace } from '../../../src/core/pace.ts';
import type { ModelCall, ModelReply } from '../../../src/core/ports/model.ts';
import type { SubQuery } from '../../../src/core/ports/sandbox.ts';
import { Semaphore } from '../../../src/core/semaphore.ts';
import { NO_TOTALS, Spending } from '../../../src/core/totals.ts';
import { json } from '../../support/jsonReader.ts';
import { neverAborted } from '../../support/signals.ts';

const description = {
	model: 'm',
	server: 's',
	contextTokens: 100_000,
	isContextKnown: true,
	isBuiltin: false,
	canPrefill: false,
};
const usage = { promptTokens: 5, completionTokens: 9, isEstimate: false };
const ITEM = { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] };

type Scripted = string | Partial<ModelReply>;

/** The calls of one cell, answered in turn; the last answer again for every further call. */
function scripted(answers: readonly Scripted[], limits: Partial<Limits> = {}, isMemoised = false) {
	const made: ModelCall[] = [];
	const emitter = new Emitter(() => 0);
	const spending = new Spending();
	const budget = new Budget(
		{ ...DEFAULT_LIMITS, ...limits },
		() => 0,
		() => {},
	);
	let nodes = 0;
	const calls = new SubCalls({
		runId: 'r',
		payer: 'r',
		models: {
			offers: () => [],
			idlePlaces: () => 1,
			describe: async () => description,
			async call(asked, { onAttempt }) {
				const answer = answers[made.length] ?? answers.at(-1) ?? '';
				made.push(asked);
				onAttempt({ server: 's', model: 'm' })({ usage, isReply: true });
				const reply = typeof answer === 'string' ? { text: answer } : answer;
				return {
					...{ text: '', reasoning: '', finishReason: 'stop' as const, model: 'm', server: 's', usage },
					...{ firstTokenMs: 1, durationMs: 2, attempts: 1, queueMs: 0 },
					...reply,
				};
			},
		},
		subModel: description,
		modelName: undefined,
		budget,
		emitter,
		createNodeId: () => `n${++nodes}`,
		now: () => 0,
		places: new Semaphore(4),
		texts: new OpenTexts(),
		pace: new Pace(),
		spend: (totals) => spending.addBelow(totals),
		startChild: async () => ({ text: 'child', totals: NO_TOTALS }),
		isMemoised,
		json,
	});
	const cell = calls.startCell('cell');
	const ask = async (...forms: Partial<SubQuery>[]) => {
		const queries = forms.map((form): SubQuery => ({ kind: 'llm', prompt: 'How many?', spans: [], ...form }));
		return Promise.all(calls.query(queries, neverAborted));
	};
	const events = async () => {
		emitter.end();
		const all: RunEvent[] = [];
		for await (const event of emitter.events) all.push(event);
		return all;
	};
	return { calls, ask, made, cell, budget, spending, events };
}

describe('a schema', () => {
	test('goes to the server as the format and to the model in words, and the value comes back as JSON', async () => {
		const { ask, made } = scripted(['{"count": 3}']);
		expect(await ask({ schema: ITEM })).toEqual([{ text: '{"count": 3}' }]);
		expect(made).toHaveLength(1);
		expect(made[0]?.format).toEqual(ITEM);
		expect(made[0]?.messages).toEqual([
			{ role: 'user', content: expect.stringMatching(/^How many\?\n\n.*JSON schema/s) },
		]);
		expect(made[0]?.messages[0]?.content).toContain(JSON.stringify(ITEM));
	});

	test('is not asked for in a call without one', async () => {
		const { ask, made } = scripted(['three']);
		expect(await ask({})).toEqual([{ text: 'three' }]);
		expect(made[0]).not.toHaveProperty('format');
		expect(made[0]?.messages[0]?.content).toBe('How many?');
	});

	test.each([
		['nothing to describe', { $ref: '#/nowhere' }],
		['too much text', { description: 'x'.repeat(70_000) }],
	])('with %s is refused before anything is sent', async (_, schema) => {
		const { ask, made, budget } = scripted(['{}']);
		const replies = await ask({ schema }, { schema });
		expect(replies).toEqual(
			Array.from({ length: 2 }, () => ({ failure: 'input', text: expect.stringContaining('schema') })),
		);
		expect(made).toEqual([]);
		expect(budget.callsLeft).toBe(DEFAULT_LIMITS.calls);
	});

	test.each([
		['a pattern that is none', '('],
		['a pattern that takes for ever', '^(a+)+$'],
	])(
		'with %s fails its call without a repair, and no other call',
		async (_, pattern) => {
			const { ask, made } = scripted([JSON.stringify(`${'a'.repeat(40)}!`)]);
			const [late] = await ask({ schema: { type: 'string', pattern } });
			expect(late).toEqual({ failure: 'invalid', text: expect.stringContaining('could not be checked') });
			expect(made).toHaveLength(1);
			expect(await ask({ schema: { type: 'string' } })).toMatchObject([{ text: expect.stringContaining('aaa') }]);
		},
		20_000,
	);

	test('is for plain calls: a child run has an answer of its own', async () => {
		const { ask, made } = scripted(['{}']);
		const both = { schema: ITEM, choices: ['a'] };
		const replies = await ask({ kind: 'rlm', schema: ITEM }, { kind: 'rlm', choices: ['a'] }, both);
		expect(replies.map(({ failure }) => failure)).toEqual(['input', 'input', 'input']);
		expect(made).toEqual([]);
	});
});

describe('a reply that does not fit', () => {
	test('is mended: the model sees it and what is wrong with it', async () => {
		const { ask, made, events, budget, spending } = scripted(['{"count": "many"}', '{"count": 3}']);
		expect(await ask({ schema: ITEM, system: 'Count.' })).toEqual([{ text: '{"count": 3}', repairs: 1 }]);
		const [first, second] = made;
		expect(second?.messages.slice(0, 2)).toEqual(first?.messages);
		expect(second?.messages.slice(2)).toEqual([
			{ role: 'assistant', content: '{"count": "many"}' },
			{ role: 'user', content: expect.stringMatching(/count.*integer/s) },
		]);
		expect(second?.conversationId).toBe(first?.conversationId);
		expect(budget.callsLeft).toBe(DEFAULT_LIMITS.calls - 2);
		expect(spending.totals.calls).toBe(2);
		expect(await events()).toMatchObject([
			{ type: 'call-start', nodeId: 'n1', options: { form: expect.stringContaining('JSON schema') } },
			{ type: 'call-end', nodeId: 'n1', status: 'failed', failure: 'invalid', usage },
			{ type: 'call-start', nodeId: 'n2', options: { repair: 1 } },
			{ type: 'call-end', nodeId: 'n2', status: 'done', reply: '{"count": 3}', usage },
		]);
	});

	test('fails after two repairs, and says what it was', async () => {
		const { ask, made, cell } = scripted(['three', 'I said three', 'THREE']);
		const [reply] = await ask({ schema: ITEM });
		expect(reply).toEqual({ failure: 'invalid', repairs: 2, text: expect.stringMatching(/not JSON.*THREE/) });
		expect(made).toHaveLength(3);
		expect(cell.hasFailures).toBe(true);
	});

	test.each<[string, Scripted, string]>([
		['was cut', { text: '{"count": 3}', finishReason: 'length' }, 'cut'],
		['repeats itself', { text: '{"count": 3}', finishReason: 'length', isRepeating: true }, 'repeated'],
	])('or %s is no value', async (_, answer, said) => {
		const { ask } = scripted([answer]);
		expect(await ask({ schema: ITEM })).toEqual([
			{ failure: 'invalid', repairs: 2, text: expect.stringContaining(said) },
		]);
	});

	test('because the model declined is not asked again', async () => {
		const { ask, made } = scripted([{ text: '{"count": 3}', finishReason: 'refusal' }]);
		expect(await ask({ schema: ITEM })).toMatchObject([{ failure: 'refused' }]);
		expect(made).toHaveLength(1);
	});

	test('counts although nobody waits for it any more while it is checked', async () => {
		const { calls, cell, spending, events } = scripted([JSON.stringify(`${'a'.repeat(40)}!`)]);
		const schema = { type: 'string', pattern: '^(a+)+$' };
		const [reply] = calls.query([{ kind: 'llm', prompt: 'q', spans: [], schema }], neverAborted);
		await expect.poll(() => spending.totals.calls).toBe(1);
		await cell.end();
		expect(await reply).toMatchObject({ failure: 'cancelled' });
		expect(await events()).toMatchObject([{ type: 'call-start' }, { type: 'call-end', status: 'cancelled', usage }]);
	});

	test('does not touch the others of its batch', async () => {
		const { ask } = scripted(['{"count": 1}', 'no', '{"count": 3}', 'no', 'no']);
		const replies = await ask({ schema: ITEM }, { schema: ITEM }, { schema: ITEM });
		expect(replies.map(({ failure }) => failure)).toEqual([undefined, 'invalid', undefined]);
	});

	test('is forgotten by the memo, and a value is remembered with the form that it has', async () => {
		const { ask, made } = scripted(['no', 'no', 'no', '{"count": 3}', 'yes'], {}, true);
		for (const failure of ['invalid', undefined, undefined]) {
			expect((await ask({ schema: ITEM }))[0]?.failure).toBe(failure);
		}
		expect(made).toHaveLength(4);
		expect(await ask({ choices: ['yes', 'no'] })).toEqual([{ text: '"yes"' }]);
		expect(made).toHaveLength(5);
	});
});

describe('limits hold for repairs', () => {
	test.each<[string, Partial<Limits>]>([
		['of the run', { calls: 2 }],
		['of a cell', { callsPerCell: 2 }],
	])('%s', async (_, limits) => {
		const { ask, made, budget } = scripted(['no'], limits);
		expect(await ask({ schema: ITEM })).toEqual([
			{ failure: 'invalid', repairs: 1, text: expect.stringContaining('not JSON') },
		]);
		expect(made).toHaveLength(2);
		expect(budget.callsLeft).toBe((limits.calls ?? DEFAULT_LIMITS.calls) - 2);
	});

	test('of tokens', async () => {
		const { ask, made, events } = scripted(['no'], { tokens: 2_400 });
		expect(await ask({ schema: ITEM })).toMatchObject([{ failure: 'invalid' }]);
		const ends = (await events()).filter(({ type }) => type === 'call-end');
		expect(ends).toHaveLength(made.length);
	});
});

describe('choices', () => {
	test('give exactly one of them, whatever case, quotes and punctuation the model writes', async () => {
		const { ask, made } = scripted(['**Spam!**', '"not spam"']);
		const choices = ['spam', 'not spam'];
		expect(await ask({ choices })).toEqual([{ text: '"spam"' }]);
		expect(await ask({ choices })).toEqual([{ text: '"not spam"' }]);
		expect(made[0]?.format).toEqual({ type: 'string', enum: choices });
		expect(made[0]?.messages[0]?.content).toContain('"spam", "not spam"');
		expect(made[0]?.maxTokens).toBeLessThan(100);
	});

	test('that are not among them, or may be two, are asked for again with more room', async () => {
		const { ask, made } = scripted(['It is not spam, I think.', 'SPAM', 'spam']);
		expect(await ask({ choices: ['spam', 'spam!'] })).toEqual([{ text: '"spam"', repairs: 2 }]);
		expect(made[1]?.maxTokens).toBeGreaterThan(100);
	});

	test('from a model that thinks although nobody knew get the room for that, from the next call on at once', async () => {
		const silent = { text: '', reasoning: 'Hmm', finishReason: 'length' as const };
		const { ask, made } = scripted([silent, 'spam', 'spam', { ...silent, finishReason: 'length' }]);
		const choices = ['spam', 'not spam'];
		expect(await ask({ choices })).toEqual([{ text: '"spam"', repairs: 1 }]);
		expect(await ask({ choices })).toEqual([{ text: '"spam"' }]);
		expect(made.map(({ maxTokens = 0 }) => maxTokens < 100)).toEqual([true, false, false]);
		// With room enough there is nothing to be mended.
		expect(await ask({ choices })).toMatchObject([{ failure: 'empty' }]);
		expect(made).toHaveLength(4);
	});

	test.each([
		['none', []],
		['two that are equal', ['a', 'a']],
		['an empty one', ['a', ' ']],
		['too many', Array.from({ length: 1_001 }, (_, index) => `${index}`)],
		['too much text', ['a', 'b'.repeat(70_000)]],
	])('are refused when there are %s', async (_, choices) => {
		const { ask, made } = scripted(['a']);
		expect(await ask({ choices })).toMatchObject([{ failure: 'input' }]);
		expect(made).toEqual([]);
	});
});

describe('a repair that code asks for', () => {
	const repair = { reply: 'Anna', problem: 'It is not in the list.', count: 1 };

	test('sends the reply and the problem, also without a form', async () => {
		const { ask, made } = scripted(['Berta']);
		expect(await ask({ repair })).toEqual([{ text: 'Berta' }]);
		expect(made[0]?.messages).toEqual([
			{ role: 'user', content: 'How many?' },
			{ role: 'assistant', content: 'Anna' },
			{ role: 'user', content: expect.stringContaining('It is not in the list.') },
		]);
	});

	test('counts: two in all', async () => {
		const { ask, made } = scripted(['no']);
		expect(await ask({ schema: ITEM, repair })).toMatchObject([{ failure: 'invalid', repairs: 1 }]);
		expect(made).toHaveLength(2);
	});
});
