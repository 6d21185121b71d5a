// Every limit ends a run with the best answer there is, marked partial; nothing overshoots and nothing is left behind.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Limits } from '../../src/core/events.ts';
import type { Engine } from '../../src/engine.ts';
import { block, engineOver, isRootCall, observe, ofType, turnOf } from '../support/runs.ts';
import {
	type ScriptedReply,
	type ScriptedRequest,
	type ScriptedServer,
	startScriptedServer,
} from '../support/scriptedServer.ts';

type Answer = (request: ScriptedRequest) => ScriptedReply | Promise<ScriptedReply>;

let answer: Answer = () => ({ text: '' });
let model: ScriptedServer;
let engine: Engine;

beforeAll(async () => {
	model = await startScriptedServer({ kind: 'openai', script: (request) => answer(request) });
	const price = { promptUsd: 1, completionUsd: 1 };
	engine = engineOver([model.settings('gpu', { maxConcurrent: 8, price })]);
});

afterAll(async () => {
	await engine.dispose();
	await model.stop();
});

function isForced(request: ScriptedRequest): boolean {
	return request.text.includes('The run ends now');
}

async function runWith(limits: Partial<Limits>, script: Answer) {
	answer = script;
	const run = await observe(engine, { limits });
	return { result: await run.ended, events: run.events };
}

describe('a run that reaches a limit', () => {
	it('of turns asks once for the answer and marks it partial', async () => {
		const { result } = await runWith({ iterations: 2 }, (request) => ({
			text: isForced(request) ? 'FINAL(my best guess)' : block('print("looking")'),
		}));
		expect(result).toMatchObject({ outcome: 'partial', reason: 'iterations', answer: 'my best guess', iterations: 2 });
		const roles = model.requests.at(-1)?.messages.map(({ role }) => role);
		expect(roles).toEqual(['system', 'user', 'assistant', 'user', 'assistant', 'user']);
	});

	it('takes the answer so far before it asks for one', async () => {
		const { result } = await runWith({ iterations: 1 }, () => ({ text: block('answer["content"] = "so far"') }));
		expect(result).toMatchObject({ outcome: 'partial', answer: 'so far', iterations: 1 });
	});

	it('falls back to the variable that looks like an answer when the model gives none', async () => {
		const { result } = await runWith({ iterations: 1 }, (request) => ({
			text: isForced(request) ? '' : block('report = "two of three"\ncounter = 3'),
		}));
		expect(result).toMatchObject({ outcome: 'partial', answer: 'two of three' });
	});

	it('of errors in a row stops', async () => {
		const { result } = await runWith({ consecutiveErrors: 2 }, (request) => ({
			text: isForced(request) ? 'FINAL(could not)' : block('1 / 0'),
		}));
		expect(result).toMatchObject({ outcome: 'partial', reason: 'errors', answer: 'could not', iterations: 2 });
	});

	it('of replies without code or answer stops', async () => {
		const { result } = await runWith({ emptyReplies: 2 }, (request) => ({
			text: isForced(request) ? 'FINAL(nothing found)' : 'Let me think about that.',
		}));
		expect(result).toMatchObject({ outcome: 'partial', reason: 'emptyReplies', answer: 'nothing found' });
	});

	it('of sub-calls admits a batch slot by slot and goes on', async () => {
		const { result, events } = await runWith({ calls: 2 }, (request) => {
			if (!isRootCall(request)) return { text: 'ok' };
			return { text: block('r = llm_query_batched(["a", "b", "c"])\nFINAL(str([x.category for x in r]))') };
		});
		expect(result).toMatchObject({ outcome: 'answered', answer: "[None, None, 'budget']" });
		expect(ofType(events, 'call-end').map(({ status }) => status)).toEqual(['refused', 'done', 'done']);
	});

	it('of tokens ends before the call that would overshoot', async () => {
		const { result } = await runWith({ tokens: 6_000 }, (request) => ({
			text: isForced(request) ? 'FINAL(short of tokens)' : block(`print("x" * 8000) # ${request.messages.length}`),
		}));
		expect(result).toMatchObject({ outcome: 'partial', reason: 'tokens' });
		expect(result.totals.usage.promptTokens + result.totals.usage.completionTokens).toBeLessThanOrEqual(6_000);
	});

	it('of money ends before the call that would overshoot', async () => {
		const { result } = await runWith({ costUsd: 0.02 }, (request) => ({
			text: isForced(request) ? 'FINAL(short of money)' : block(`print("x" * 8000) # ${request.messages.length}`),
		}));
		expect(result).toMatchObject({ outcome: 'partial', reason: 'cost' });
		expect(result.totals.costUsd).toBeLessThanOrEqual(0.02);
		expect(result.totals.costUsd).toBeGreaterThan(0);
	});

	it('of money holds for a dear model that code asks for by name', async () => {
		const named = await startScriptedServer({
			kind: 'openai',
			answersAnyModel: true,
			script: (request) =>
				isRootCall(request)
					? { text: block('r = llm_query_batched(["x"] * 5, model="dear/dear")\nFINAL([q.category for q in r])') }
					: { text: 'read' },
		});
		const price = (usd: number) => ({ price: { promptUsd: usd, completionUsd: usd } });
		const servers = [
			named.settings('free', { models: ['free'], ...price(0) }),
			named.settings('dear', { models: ['dear'], ...price(1000) }),
		];
		const two = engineOver(servers, { rootModel: 'free/free', subModel: 'free/free' });
		try {
			const result = await (await observe(two, { limits: { costUsd: 0.01 } })).ended;
			expect(JSON.parse(result.answerJson ?? '')).toEqual(Array(5).fill('budget'));
			expect(named.requests.filter((request) => request.model === 'dear')).toEqual([]);
		} finally {
			await two.dispose();
			await named.stop();
		}
	});

	it('of time stops the cell that is running and still answers', async () => {
		const { result } = await runWith({ durationMs: 12_000 }, (request) => ({
			text: isForced(request) ? 'FINAL(out of time)' : block('started = True\nwhile True: pass'),
		}));
		expect(result).toMatchObject({ outcome: 'partial', reason: 'duration' });
	});

	it('of one cell tells the model, keeps the variables and goes on', async () => {
		const { result } = await runWith({ cellMs: 300 }, (request) => ({
			text: turnOf(request) === 0 ? block('kept = 7\nwhile True: pass') : block('FINAL(kept)'),
		}));
		expect(result).toMatchObject({ outcome: 'answered', answer: '7' });
		expect(model.requests.at(-1)?.text).toContain('time');
	});

	it('of the window compacts the conversation and leaves the REPL as it is', async () => {
		const small = await startScriptedServer({
			kind: 'openai',
			models: [{ name: 'scripted-model', contextTokens: 6_000 }],
			script: (request) => {
				if (request.text.includes('Write a summary')) return { text: 'I counted to two; see n.' };
				if (request.messages.some(({ content }) => content.includes('<summary>'))) {
					return { text: block('FINAL(f"{n} {len(history)} {history[0][\'role\']}")') };
				}
				return { text: block(`n = ${turnOf(request) + 1}\nprint("filling " * 500)`) };
			},
		});
		const tight = engineOver([small.settings('small')]);
		try {
			const run = await observe(tight);
			const result = await run.ended;
			expect(result.outcome).toBe('answered');
			expect(result.answer).toMatch(/^\d+ \d+ user$/);
			const [compaction] = ofType(run.events, 'compaction');
			expect(compaction?.tokensAfter).toBeLessThan(compaction?.tokensBefore ?? 0);
			expect(compaction?.summary).toContain('I counted');
			expect(small.requests.at(-1)?.messages).toHaveLength(2);
			expect(small.requests.at(-1)?.text).toMatch(/n \(int\)/);
		} finally {
			await tight.dispose();
			await small.stop();
		}
	});
});

describe('answers', () => {
	it('given blindly are refused once', async () => {
		const { result } = await runWith({}, (request) => ({
			text: turnOf(request) === 0 ? 'FINAL(a guess)' : block('FINAL(len(context))'),
		}));
		expect(result).toMatchObject({ outcome: 'answered', answer: '17', iterations: 2 });
	});

	it('that name a variable in text give its value', async () => {
		const { result } = await runWith({}, (request) => ({
			text: turnOf(request) === 0 ? block('report = "from the variable"') : 'FINAL(report)',
		}));
		expect(result.answer).toBe('from the variable');
	});
});

describe('a context that fits into one call', () => {
	it('is read directly, without a REPL', async () => {
		const direct = engineOver([model.settings('gpu')], { mode: 'auto' });
		answer = (request) => ({ text: request.text.includes('beta') ? 'Greek letters, notes.txt:2' : 'blind' });
		try {
			const run = await observe(direct);
			const result = await run.ended;
			expect(result).toMatchObject({ outcome: 'answered', answer: 'Greek letters, notes.txt:2', iterations: 1 });
			expect(result.citations).toMatchObject([{ path: 'notes.txt', startLine: 2 }]);
			expect(ofType(run.events, 'code-start')).toEqual([]);
			expect(ofType(run.events, 'mode-start')).toMatchObject([{ mode: 'direct', reason: { kind: 'fits' } }]);
		} finally {
			await direct.dispose();
		}
	});

	it.each([
		['cut', { text: 'Greek', finish: 'length' } as const],
		['empty', { text: '', reasoning: 'Let me think.' }],
	])('is explored after all when the direct reply is %s', async (_how, reply) => {
		const direct = engineOver([model.settings('gpu')], { mode: 'auto' });
		answer = (request) => (request.messages.length === 1 ? reply : { text: block('FINAL("explored")') });
		try {
			const run = await observe(direct);
			expect(await run.ended).toMatchObject({ outcome: 'answered', answer: 'explored', iterations: 2 });
			expect(ofType(run.events, 'iteration-start').map(({ index }) => index)).toEqual([1, 2]);
			expect(ofType(run.events, 'mode-start').map(({ mode }) => mode)).toEqual(['direct', 'explore']);
		} finally {
			await direct.dispose();
		}
	});

	it('is explored when the setting says so', async () => {
		const never = engineOver([model.settings('gpu')], { mode: 'auto', context: { directBelowTokens: 0 } });
		answer = () => ({ text: block('FINAL(str(len(context)))') });
		try {
			const run = await observe(never);
			expect(await run.ended).toMatchObject({ outcome: 'answered', mode: 'explore' });
			expect(ofType(run.events, 'mode-start')).toMatchObject([{ mode: 'explore', reason: { kind: 'too-large' } }]);
		} finally {
			await never.dispose();
		}
	});
});
