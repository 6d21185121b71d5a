// Several runs answer one question side by side, and the answer on which they agree is taken.

import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { emptyTree, foldEvent, rootRun } from '../../src/core/tree.ts';
import type { Engine } from '../../src/engine.ts';
import { eventSchema } from '../../src/journal/eventSchema.ts';
import { block, engineOver, isRootCall, observe, ofType } from '../support/runs.ts';
import {
	type ScriptedReply,
	type ScriptedRequest,
	type ScriptedServer,
	startScriptedServer,
} from '../support/scriptedServer.ts';

let answer: (request: ScriptedRequest, voter: number) => ScriptedReply | Promise<ScriptedReply>;
let model: ScriptedServer;
let engine: Engine;

/** Voters differ by how warm they are. */
const WARMTH = [0.2, 0.65, 0.8];

beforeAll(async () => {
	model = await startScriptedServer({
		kind: 'openai',
		models: [{ name: 'scripted-model' }, { name: 'other-model' }],
		script: (request) => answer(request, WARMTH.indexOf(Number(request.body?.temperature)) + 1),
	});
	const price = { promptUsd: 1, completionUsd: 1 };
	engine = engineOver([model.settings('gpu', { maxConcurrent: 8, price })], { mode: 'vote' });
});

afterAll(async () => {
	await engine.dispose();
	await model.stop();
});

const finals = (texts: readonly string[]) => (_request: ScriptedRequest, voter: number) => ({
	text: block(`len(context)\nFINAL("${texts[voter - 1]}")`),
});

/** The runs below the run, in the order in which they began. */
function votersIn(events: readonly RunEvent[]) {
	const [own] = ofType(events, 'run-start');
	return ofType(events, 'run-start').filter(({ parentId }) => parentId !== undefined && parentId === own?.nodeId);
}

describe('a question that is put to a vote', () => {
	it('is answered by three runs below the run, each with a REPL of its own, and the majority wins', async () => {
		answer = (request, voter) => {
			const seen = request.messages.length > 2;
			if (!seen) return { text: block(`mine = ${voter}\nprint(len(context), mine)`) };
			return { text: block(`FINAL("17" if mine == ${voter} and ${voter} != 2 else "18")`) };
		};
		const run = await observe(engine, { query: 'How many?' });
		const result = await run.ended;
		expect(result).toMatchObject({ outcome: 'answered', answer: '17', mode: 'vote' });
		const voters = votersIn(run.events);
		expect(voters).toHaveLength(3);
		expect(voters.map(({ depth }) => depth)).toEqual([0, 0, 0]);
		expect(ofType(run.events, 'mode-start').map(({ mode, reason }) => `${mode} ${reason.kind}`)).toEqual([
			'vote asked',
			...Array(3).fill('explore voter'),
		]);
		expect(new Set(model.requests.map(({ body }) => body?.temperature))).toEqual(new Set(WARMTH));
		const told = ofType(run.events, 'notice').at(-1)?.text;
		expect(told).toContain('2 of them say the same');
	});

	it('stops the rest when a majority agrees, counts what they cost, and shows all of it in the tree', async () => {
		const begun = Promise.withResolvers<void>();
		const held = Promise.withResolvers<ScriptedReply>();
		answer = async (request, voter) => {
			if (voter === 3) {
				begun.resolve();
				return held.promise;
			}
			await begun.promise;
			return finals(['17', 'There are 17.'])(request, voter);
		};
		const run = await observe(engine, { query: 'How many are there?' });
		const result = await run.ended;
		held.resolve({ text: '' });
		expect(result).toMatchObject({ outcome: 'answered' });
		expect(result.answer).toMatch(/17/);
		const ends = ofType(run.events, 'run-end').filter(({ parentId }) => parentId !== undefined);
		expect(ends.map(({ outcome }) => outcome).sort()).toEqual(['answered', 'answered', 'cancelled']);
		const calls = ends.reduce((sum, { totals }) => sum + totals.calls, 0);
		expect(calls).toBe(3);
		expect(result.totals.calls).toBe(3);
		expect(result.totals.costUsd).toBeCloseTo(ends.reduce((sum, { totals }) => sum + totals.costUsd, 0));
		const tree = emptyTree();
		for (const event of run.events) foldEvent(tree, event);
		const root = rootRun(tree);
		expect(root?.children.map((id) => tree.nodes.get(id)?.kind)).toEqual(['run', 'run', 'run']);
		expect(root?.subtree.calls).toBe(3);
		for (const event of run.events) expect(v.is(eventSchema, JSON.parse(JSON.stringify(event)))).toBe(true);
	});

	it('keeps the citations that a voter made in its REPL', async () => {
		answer = finals(['beta, notes.txt:2', 'gamma', 'delta']);
		const run = await observe(engine, { query: 'Which?' });
		expect(await run.ended).toMatchObject({
			answer: 'beta, notes.txt:2',
			citations: [{ path: 'notes.txt', startLine: 2 }],
		});
		expect(ofType(run.events, 'notice').at(-1)?.text).toContain('the text bears it out best');
	});

	it('asks no more voters than there are places free, but two', async () => {
		const narrow = engineOver([model.settings('gpu', { maxConcurrent: 1 })], { mode: 'vote', voters: 5 });
		answer = finals(['17', '17', '17']);
		try {
			const run = await observe(narrow, { query: 'How many?' });
			expect(await run.ended).toMatchObject({ answer: '17' });
			expect(votersIn(run.events)).toHaveLength(2);
		} finally {
			await narrow.dispose();
		}
	});

	it('gives voters other sub-models where there are some', async () => {
		const both = engineOver([model.settings('gpu', { maxConcurrent: 8, models: ['scripted-model', 'other-model'] })], {
			mode: 'vote',
			voters: 2,
		});
		answer = (request) =>
			isRootCall(request) ? { text: block('FINAL(llm_query("Say it. " + context[:5]))') } : { text: 'said' };
		try {
			const run = await observe(both);
			expect(await run.ended).toMatchObject({ answer: 'said' });
			expect(votersIn(run.events).map(({ subModel }) => subModel)).toEqual(['scripted-model', 'other-model']);
		} finally {
			await both.dispose();
		}
	});

	it('is no level deeper for rlm_query', async () => {
		answer = (request) => {
			if (request.text.includes('Below.') && request.messages.length === 2) return { text: block('FINAL("below")') };
			return { text: block(`FINAL(rlm_query("Below.", context) + "")`) };
		};
		const run = await observe(engine, { limits: { depth: 2 } });
		expect(await run.ended).toMatchObject({ answer: 'below' });
		expect(new Set(ofType(run.events, 'run-start').map(({ depth }) => depth))).toEqual(new Set([0, 1]));
	});

	it('takes the best there is when its user wants the answer now', async () => {
		const hung = Promise.withResolvers<ScriptedReply>();
		answer = (request) => {
			if (request.text.includes('The run ends now')) return { text: 'FINAL(so far)' };
			return request.messages.length > 2 ? hung.promise : { text: block('print(context[:5])') };
		};
		const run = await observe(engine);
		await run.until(({ type, ...event }) => type === 'iteration-start' && 'index' in event && event.index === 2);
		run.handle.answerNow();
		expect(await run.ended).toMatchObject({ outcome: 'partial', reason: 'answer-now', answer: 'so far' });
		hung.resolve({ text: '' });
	});

	it('explores in the end when no voter answers', async () => {
		let asked = 0;
		answer = () => (++asked <= 2 ? { status: 400, body: 'no' } : { text: block('len(context)\nFINAL("at last")') });
		const run = await observe(engine, { voters: 2 });
		expect(await run.ended).toMatchObject({ outcome: 'answered', answer: 'at last', mode: 'explore' });
	});
});
