import { expect, test } from 'vitest';
import { Budget } from '../../../src/core/budget.ts';
import { SubCalls } from '../../../src/core/calls.ts';
import { Emitter } from '../../../src/core/emitter.ts';
import { CancelledError } from '../../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';
import type { ModelCall } from '../../../src/core/ports/model.ts';
import { Semaphore } from '../../../src/core/semaphore.ts';
import { neverAborted } from '../../support/signals.ts';

test('a sub-call tells how long its reply is of use: to the end of the cell, or of the run if that comes first', async () => {
	let time = 0;
	const now = () => time;
	const made: ModelCall[] = [];
	const description = { model: 'm', server: 's', contextTokens: 8192, isContextKnown: true, isBuiltin: false };
	const limits = { ...DEFAULT_LIMITS, cellMs: 10_000, durationMs: 20_000 };
	const calls = new SubCalls({
		runId: 'r',
		models: {
			describe: async () => description,
			call: async (call) => {
				made.push(call);
				throw new CancelledError();
			},
		},
		subModel: description,
		modelName: undefined,
		budget: new Budget(limits, now, () => {}),
		emitter: new Emitter(now),
		createNodeId: () => 'n',
		now,
		places: new Semaphore(4),
		startChild: undefined,
		isMemoised: false,
	});
	const ask = () => Promise.all(calls.query([{ kind: 'llm', prompt: 'q', spans: [] }], neverAborted));
	calls.startCell('first');
	time = 4_000;
	await ask();
	calls.startCell('second');
	time = 12_000;
	await ask();
	expect(made.map(({ timeLeftMs }) => timeLeftMs)).toEqual([6_000, 2_000]);
	time = 13_500;
	calls.startCell('third');
	await ask();
	expect(made[2]?.timeLeftMs).toBe(5_500);
});

test('a reply without text is a failure, so that code does not take it for nothing found, and its tokens count', async () => {
	const description = { model: 'm', server: 's', contextTokens: 8192, isContextKnown: true, isBuiltin: false };
	const emitter = new Emitter(() => 0);
	const calls = new SubCalls({
		runId: 'r',
		models: {
			describe: async () => description,
			call: async () => ({
				...{ text: ' ', reasoning: 'Let me think.', finishReason: 'length', model: 'm', server: 's' },
				...{ usage: { promptTokens: 5, completionTokens: 9, isEstimate: false } },
				...{ firstTokenMs: 1, durationMs: 2, attempts: 1, queueMs: 0 },
			}),
		},
		subModel: description,
		modelName: undefined,
		budget: new Budget(
			DEFAULT_LIMITS,
			() => 0,
			() => {},
		),
		emitter,
		createNodeId: () => 'n',
		now: () => 0,
		places: new Semaphore(4),
		startChild: undefined,
		isMemoised: false,
	});
	calls.startCell('cell');
	const [reply] = await Promise.all(calls.query([{ kind: 'llm', prompt: 'q', spans: [] }], neverAborted));
	expect(reply).toEqual({ failure: 'empty', text: expect.stringContaining('no text') });
	emitter.end();
	const events = [];
	for await (const event of emitter.events) events.push(event);
	expect(events.at(-1)).toMatchObject({ type: 'call-end', status: 'failed', usage: { completionTokens: 9 } });
	expect(calls.takeTotals().usage.completionTokens).toBe(9);
});
