// Whatever code does with its calls, what the servers saw is within the limits and what the report says.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Limits } from '../../src/core/events.ts';
import { emptyTree, foldEvent, rootRun } from '../../src/core/tree.ts';
import type { Engine } from '../../src/engine.ts';
import { UsageFold } from '../../src/pool/usage/usage.ts';
import { block, engineOver, isRootCall, type ObservedRun, observe, ofType, turnOf } from '../support/runs.ts';
import {
	type ScriptedReply,
	type ScriptedRequest,
	type ScriptedServer,
	startScriptedServer,
} from '../support/scriptedServer.ts';

type Answer = (request: ScriptedRequest) => ScriptedReply | Promise<ScriptedReply>;

/** Longer than any code of these tests waits; the connection is closed before. */
const SLOW: ScriptedReply = { text: 'late', delayMs: 20_000 };

let answer: Answer = () => ({ text: '' });
let model: ScriptedServer;
let engine: Engine;
let before = 0;

beforeAll(async () => {
	const models = [{ name: 'scripted-model', contextTokens: 131_072 }];
	model = await startScriptedServer({
		kind: 'openai',
		models,
		isLlamaCpp: false,
		script: (request) => answer(request),
	});
	engine = engineOver([model.settings('gpu', { maxConcurrent: 64, price: { promptUsd: 1, completionUsd: 1 } })]);
});

afterEach(() => {
	before = model.requests.length;
});

afterAll(async () => {
	await engine.dispose();
	await model.stop();
});

/** Runs code once, then an answer, over sub-calls that are answered so. */
async function runCode(code: string, limits: Partial<Limits>, sub: Answer = () => SLOW) {
	answer = (request) => {
		if (!isRootCall(request)) return sub(request);
		return { text: turnOf(request) === 0 ? block(code) : block('FINAL("done")') };
	};
	const run = await observe(engine, { limits });
	const result = await run.ended;
	const requests = model.requests.slice(before);
	expect(result.totals.calls).toBe(requests.length);
	expectAgreement(run);
	return { run, result, subCalls: requests.filter((request) => !isRootCall(request)) };
}

/** The tree, the usage by server and the iterations add up to the totals of the run. */
function expectAgreement({ events }: ObservedRun): void {
	const [end] = ofType(events, 'run-end').filter(({ parentId }) => parentId === undefined);
	const tree = emptyTree();
	const fold = new UsageFold();
	let [calls, prompt, completion] = [0, 0, 0];
	for (const event of events) {
		foldEvent(tree, event);
		const usage = fold.add(event);
		calls += usage?.calls ?? 0;
		prompt += usage?.promptTokens ?? 0;
		completion += usage?.completionTokens ?? 0;
	}
	const expected = {
		promptTokens: end?.totals.usage.promptTokens,
		completionTokens: end?.totals.usage.completionTokens,
	};
	expect(rootRun(tree)?.subtree).toMatchObject({ calls: end?.totals.calls, usage: expected });
	expect({ calls, promptTokens: prompt, completionTokens: completion }).toEqual({
		calls: end?.totals.calls,
		...expected,
	});
	const iterations = ofType(events, 'iteration-end').filter(({ runId }) => runId === end?.runId);
	expect(iterations.reduce((sum, { subtree }) => sum + subtree.calls, 0)).toBe(end?.totals.calls);
}

const gaveUp = `import asyncio
async def one(i):
    try:
        return await asyncio.wait_for(allm_query(f"{i} {'x ' * 2000}"), 0.3)
    except asyncio.TimeoutError:
        return None
for _ in range(4):
    await asyncio.gather(*[one(i) for i in range(5)])
print(budget()["calls"])`;

describe('a call that was sent counts', () => {
	it('although the code gave it up', async () => {
		const { result, run, subCalls } = await runCode(gaveUp, { calls: 5 });
		expect(subCalls).toHaveLength(5);
		expect(ofType(run.events, 'code-end')[0]?.stdout).toContain('0\n');
		expect(result.totals.usage.promptTokens).toBeGreaterThan(5 * 1000);
		expect(result.totals.usage.isEstimate).toBe(true);
	});

	it('in money, so that a limit of money holds as well', async () => {
		const { result, subCalls } = await runCode(gaveUp, { costUsd: 0.03 });
		const characters = subCalls.reduce((sum, { text }) => sum + text.length, 0);
		expect(characters / 4 / 1e6).toBeLessThan(0.03);
		expect(result.totals.costUsd).toBeLessThanOrEqual(0.03);
		expect(result.totals.costUsd).toBeGreaterThan(characters / 4 / 1e6);
	});

	it('although its cell ended before it', async () => {
		const code =
			'import asyncio\ntasks = [asyncio.ensure_future(allm_query(f"{i} hello")) for i in range(40)]\nawait asyncio.sleep(0.5)';
		const { subCalls } = await runCode(code, { calls: 5 });
		expect(subCalls).toHaveLength(5);
	});

	it('although its cell ran out of time', async () => {
		const { subCalls } = await runCode('llm_query_batched([f"{i} hello" for i in range(9)])', {
			calls: 3,
			cellMs: 1500,
		});
		expect(subCalls).toHaveLength(3);
	});

	it('with the tokens that had streamed when it was given up', async () => {
		const text = Array.from({ length: 400 }, (_, index) => `word${index} `).join('');
		const streaming = () => ({ text, chunks: 100, chunkDelayMs: 20 });
		const { run } = await runCode('llm_query("hello")', { cellMs: 1200 }, streaming);
		const [lost] = ofType(run.events, 'attempt-lost');
		expect(lost?.usage.completionTokens).toBeGreaterThan(5);
		expect(lost?.usage.completionTokens).toBeLessThan(600);
	});

	it('in each of its attempts, and there is no attempt for which there is no room', async () => {
		const { subCalls } = await runCode('print(llm_query("hello").error)', { calls: 2 }, () => ({
			status: 500,
			body: 'out of order',
		}));
		expect(subCalls).toHaveLength(2);
	});

	it('when the server read the request, worked on it and then reset the connection', async () => {
		const { result, subCalls } = await runCode('print(llm_query("hello").error)', { calls: 2 }, () => ({
			fault: 'reset',
			delayMs: 400,
		}));
		expect(subCalls).toHaveLength(2);
		expect(result.totals.usage.completionTokens).toBeGreaterThan(1000);
	});

	it('when an error came inside a success', async () => {
		const { subCalls } = await runCode('print(llm_query("hello").error)', { calls: 1 }, () => ({
			fault: 'error-in-success',
			body: 'rate limit reached',
		}));
		expect(subCalls).toHaveLength(1);
	});

	it('when a run is cancelled, its root call included', async () => {
		const controller = new AbortController();
		answer = () => ({ text: 'word '.repeat(100), chunks: 50, chunkDelayMs: 50 });
		const run = await observe(engine, {}, controller.signal);
		await run.until(({ type }) => type === 'message-delta');
		controller.abort();
		const { totals } = await run.ended;
		expect(totals).toMatchObject({ calls: 1, usage: { isEstimate: true } });
		expect(totals.usage.completionTokens).toBeGreaterThan(0);
		expect(totals.usage.promptTokens).toBeGreaterThan(500);
		expectAgreement(run);
	});
});

describe('limits hold within one call', () => {
	const inTurn = 'for i in range(9):\n    llm_query(f"{i} hello")';

	it('although the server writes on after the tokens that it was allowed', async () => {
		const endless = () => ({ text: 'word '.repeat(400_000), chunks: 400, chunkDelayMs: 1 });
		const { result, run, subCalls } = await runCode(inTurn, { costUsd: 0.05 }, endless);
		expect(subCalls.every(({ closedEarly }) => closedEarly)).toBe(true);
		expect(result.totals.costUsd).toBeGreaterThan(0.01);
		expect(result.totals.costUsd).toBeLessThan(0.07);
		const [call] = ofType(run.events, 'call-end');
		expect(call).toMatchObject({ status: 'done', usage: { isEstimate: true } });
		expect(call?.reply).toContain('word word');
	});

	it('although the server counts four times the tokens that were estimated', async () => {
		const batch = 'llm_query_batched([f"{i} " + "xyz " * 10000 for i in range(20)])';
		const dense = ({ text }: ScriptedRequest) => ({ text: 'ok', usage: { prompt: text.length, completion: 1 } });
		const { result, subCalls } = await runCode(batch, { tokens: 120_000 }, dense);
		expect(subCalls.length).toBeGreaterThan(1);
		expect(result.totals.usage.promptTokens).toBeLessThan(120_000 + 40_000);
	});

	it('although the server says that it charges nothing', async () => {
		const free = () => ({ text: 'ok', usage: { prompt: 4_000, completion: 1_000, cost: 0 } });
		const { result, subCalls } = await runCode(inTurn, { costUsd: 0.03 }, free);
		expect(subCalls.length).toBeLessThan(9);
		expect(result.totals.costUsd).toBeGreaterThan(0.005);
		expect(result.totals.costUsd).toBeLessThan(0.035);
	});
});

describe('a call that no server worked on does not count', () => {
	it('because the server turned it away', async () => {
		let refusals = 2;
		answer = (request) => {
			if (isRootCall(request)) return { text: block('FINAL(llm_query("hello"))') };
			return refusals-- > 0 ? { status: 429, body: 'slow down', headers: { 'retry-after': '0' } } : { text: 'hi' };
		};
		const run = await observe(engine, { limits: { calls: 1 } });
		expect(await run.ended).toMatchObject({ answer: 'hi', totals: { calls: 2 } });
	});
});

describe('child runs', () => {
	const child = (request: ScriptedRequest) => request.messages.some(({ content }) => content.includes('task '));

	it('are sub-calls, also in budget()', async () => {
		answer = (request) => {
			if (child(request)) return { text: block('print(len(context))\nFINAL("c")') };
			const code = 'r = rlm_query_batched([f"task {i}" for i in range(8)])\nFINAL([budget()["calls"], r[-1].error])';
			return { text: block(code) };
		};
		const run = await observe(engine, { limits: { calls: 3, depth: 2 } });
		const result = await run.ended;
		expect(JSON.parse(result.answerJson ?? '')).toEqual([0, 'not asked: the budget of 3 sub-calls is used up']);
		expect(model.requests.slice(before).filter(child)).toHaveLength(3);
		expect(result.totals.calls).toBe(model.requests.length - before);
		expectAgreement(run);
	});

	it('that were given up count with all that they asked', async () => {
		answer = (request) => {
			if (!isRootCall(request)) return SLOW;
			if (child(request)) return { text: block('llm_query_batched(["a", "b", "c"])') };
			if (turnOf(request) > 0) return { text: block('FINAL("done")') };
			const give =
				'import asyncio\nasync def one(i):\n    try:\n        return await asyncio.wait_for(arlm_query(f"task {i}"), 4)';
			return {
				text: block(
					`${give}\n    except asyncio.TimeoutError:\n        return None\nawait asyncio.gather(one(1), one(2))`,
				),
			};
		};
		const run = await observe(engine, { limits: { calls: 6, depth: 2 } });
		const { totals } = await run.ended;
		const requests = model.requests.slice(before);
		expect(totals.calls).toBe(requests.length);
		expect(requests.filter((request) => !isRootCall(request)).length).toBeLessThanOrEqual(4);
		expectAgreement(run);
	});
});

describe('a batch larger than what is left', () => {
	it('says in the replies and beside the output which calls were not asked', async () => {
		const code =
			'r = llm_query_batched([f"{i} hello" for i in range(54)])\nprint([i for i, x in enumerate(r) if not x.ok], r[-1])';
		await runCode(code, { callsPerCell: 50 }, () => ({ text: 'hi' }));
		const shown = model.requests.at(-1)?.text ?? '';
		expect(shown).toContain('[50, 51, 52, 53] Error: not asked: the budget of 50 calls for one cell is used up');
		expect(shown).toContain('4 calls of this cell were not asked (the last one: of a batch of 54, items 50 to 53)');
	});
});

describe('code that goes on asking', () => {
	it('is stopped, keeps its variables and what it printed, and the model is told why', async () => {
		const code = 'n = 0\nprint("begun")\nwhile True:\n    llm_query("hello")\n    n += 1';
		answer = (request) => ({ text: turnOf(request) === 0 ? block(code) : block('FINAL(n)') });
		const run = await observe(engine, { limits: { calls: 0 } });
		const result = await run.ended;
		expect(Number(result.answer)).toBeGreaterThanOrEqual(99);
		const shown = model.requests.at(-1)?.text ?? '';
		expect(shown).toContain('begun');
		expect(shown).toContain('CallsRefused: the cell was stopped, because it kept asking after');
		expect(ofType(run.events, 'call-start')).toHaveLength(20);
	});
});
