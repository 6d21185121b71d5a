// Random programs of calls that are started, awaited, given up, nested, batched and forged. At the end, what the server
// saw is at most what the limits allow, and exactly what the report says.
//
// A failure prints its seed. RLM_BUDGET_SEED=N begins with another one, RLM_BUDGET_RUNS=N makes more runs.
import { describe, expect, it } from 'vitest';
import type { Limits, RunEvent } from '../../src/core/events.ts';
import { emptyTree, foldEvent, rootRun } from '../../src/core/tree.ts';
import { UsageFold } from '../../src/pool/usage/usage.ts';
import { randomFrom, randomModels, taskOf } from '../support/budgetPrograms.ts';
import { engineOver, isRootCall, observe, ofType } from '../support/runs.ts';
import { type ScriptedRequest, startScriptedServer } from '../support/scriptedServer.ts';

const FIRST = Number(process.env.RLM_BUDGET_SEED ?? 1);
const RUNS = Number(process.env.RLM_BUDGET_RUNS ?? 5);
const PRICE = { promptUsd: 1, completionUsd: 1 };
/** Of binary fractions that were added in another order. */
const ROUNDING = 1e-9;

function limitsOf(seed: number): Partial<Limits> {
	const random = randomFrom(seed * 7919);
	return {
		calls: random(25),
		callsPerCell: 3 + random(20),
		tokens: 20_000 + random(300_000),
		costUsd: 0.02 + random(100) / 500,
		depth: 1 + random(3),
		cellMs: 1_500,
		iterations: 4,
		durationMs: 60_000,
	};
}

/** Plays one random run. */
async function play(seed: number) {
	const script = randomModels(seed);
	const server = await startScriptedServer({ kind: 'openai', isLlamaCpp: false, script });
	const engine = engineOver([server.settings('gpu', { maxConcurrent: 6, price: PRICE })]);
	try {
		const run = await observe(engine, { limits: limitsOf(seed) });
		const { totals } = await run.ended;
		await engine.dispose();
		await server.allClosed();
		return { requests: server.requests, totals, events: run.events };
	} finally {
		await engine.dispose();
		await server.stop();
	}
}

type Played = Awaited<ReturnType<typeof play>>;

/** Requests that the server turned away, as far as anybody waited for its answer. */
function refusals(events: readonly RunEvent[]): number {
	return ofType(events, 'attempt-failed').filter(({ category }) => category === 'rate-limit').length;
}

/** Tokens of a prompt as the server counts them. */
function tokensOf({ messages }: ScriptedRequest): number {
	return messages.reduce((sum, { content }) => sum + content.length, 0) / 4;
}

function expectLimits(limits: Partial<Limits>, { requests, totals, events }: Played): void {
	const subCalls = requests.filter((request) => !isRootCall(request)).length - refusals(events);
	const children =
		new Set(requests.map(taskOf)).size - (requests.some((request) => taskOf(request) === undefined) ? 1 : 0);
	expect(subCalls + children).toBeLessThanOrEqual(limits.calls ?? 0);
	expect(totals.usage.promptTokens + totals.usage.completionTokens).toBeLessThanOrEqual(limits.tokens ?? 0);
	expect(totals.costUsd).toBeLessThanOrEqual((limits.costUsd ?? 0) + ROUNDING);
}

function expectReport({ requests, totals, events }: Played): void {
	const promptTokens = Math.floor(requests.reduce((sum, request) => sum + tokensOf(request), 0));
	expect(totals.calls).toBe(requests.length - refusals(events));
	if (refusals(events) === 0) expect(totals.usage.promptTokens).toBeGreaterThanOrEqual(promptTokens);
	const { tree, usage } = folded(events);
	expect(tree).toMatchObject({ calls: totals.calls, usage: { promptTokens: totals.usage.promptTokens } });
	expect(usage).toEqual({ calls: totals.calls, promptTokens: totals.usage.promptTokens });
}

/** What the tree and the ledger make of the events. */
function folded(events: readonly RunEvent[]) {
	const tree = emptyTree();
	const fold = new UsageFold();
	const usage = { calls: 0, promptTokens: 0 };
	for (const event of events) {
		foldEvent(tree, event);
		const used = fold.add(event);
		usage.calls += used?.calls ?? 0;
		usage.promptTokens += used?.promptTokens ?? 0;
	}
	return { tree: rootRun(tree)?.subtree, usage };
}

describe('the budget under random programs', () => {
	const seeds = Array.from({ length: RUNS }, (_, index) => FIRST + index);
	it.concurrent.each(seeds)('holds, and the report is exact, for seed %i', { timeout: 120_000 }, async (seed) => {
		const played = await play(seed);
		expectLimits(limitsOf(seed), played);
		expectReport(played);
	});
});
