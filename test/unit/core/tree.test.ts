import { expect, it } from 'vitest';
import type { EventBody, RunEvent } from '../../../src/core/events.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';
import { NO_TOTALS } from '../../../src/core/totals.ts';
import { emptyTree, foldEvent, rootRun } from '../../../src/core/tree.ts';

const usage = { promptTokens: 10, completionTokens: 5, isEstimate: false };

function fold(bodies: readonly EventBody[]) {
	return bodies.map((body, seq) => ({ ...body, seq, at: 1000 + seq }) as RunEvent).reduce(foldEvent, emptyTree());
}

const start: EventBody = {
	type: 'run-start',
	runId: 'r',
	nodeId: 'r',
	query: 'q',
	contexts: [],
	depth: 0,
	limits: DEFAULT_LIMITS,
	rootModel: 'm',
	rootServer: 's',
	subModel: 'm',
	subServer: 's',
	isBuiltin: false,
	profile: 'default',
};
const turn: EventBody = {
	type: 'iteration-start',
	runId: 'r',
	nodeId: 'i',
	parentId: 'r',
	index: 1,
	isSalvage: false,
	messages: [],
};
const code: EventBody = { type: 'code-start', runId: 'r', nodeId: 'c', parentId: 'i', code: 'x' };
const call = (nodeId: string): EventBody => ({
	type: 'call-start',
	runId: 'r',
	nodeId,
	parentId: 'c',
	kind: 'llm',
	prompt: 'p',
	preview: 'p',
	spans: [],
});
const callEnd = (nodeId: string, extra: object): EventBody =>
	({
		type: 'call-end',
		runId: 'r',
		nodeId,
		parentId: 'c',
		status: 'done',
		reply: '',
		attempts: 1,
		queueMs: 0,
		durationMs: 1,
		...extra,
	}) as EventBody;

it('puts nodes under their parents in the order in which they started', () => {
	const tree = fold([start, turn, code, call('a'), call('b')]);
	expect(rootRun(tree)?.children).toEqual(['i']);
	expect(tree.nodes.get('i')?.children).toEqual(['c']);
	expect(tree.nodes.get('c')?.children).toEqual(['a', 'b']);
});

it('adds what a call used to everything above it, and keeps unknown prices apart', () => {
	const tree = fold([
		start,
		turn,
		code,
		call('a'),
		call('b'),
		callEnd('a', { usage, costUsd: 0.5 }),
		callEnd('b', { usage }),
	]);
	expect(rootRun(tree)?.subtree).toEqual({
		usage: { promptTokens: 20, completionTokens: 10, isEstimate: false },
		costUsd: 0.5,
		unpricedCalls: 1,
		calls: 2,
	});
	expect(rootRun(tree)?.own).toEqual(NO_TOTALS);
	expect(tree.nodes.get('a')?.own.calls).toBe(1);
});

it('replaces streamed text by the whole message, and voids it when the attempt failed', () => {
	const head = { runId: 'r', nodeId: 'i', parentId: 'r' };
	const failed: EventBody = {
		...{ type: 'attempt-failed', ...head, server: 's', category: 'stream-cut', message: 'cut', restartsReply: true },
		next: { kind: 'give-up' },
	};
	const delta: EventBody = { type: 'message-delta', ...head, text: 'half', channel: 'text' };
	const streamed = fold([start, turn, delta]).nodes.get('i');
	const voided = fold([start, turn, delta, failed]).nodes.get('i');
	expect(streamed).toMatchObject({ text: 'half' });
	expect(voided).toMatchObject({ text: '', failedAttempts: ['cut'] });
});

it('marks a run that ended early, and what it was doing as cancelled', () => {
	const end: EventBody = {
		...{ type: 'run-end', runId: 'r', nodeId: 'r', outcome: 'partial', reason: 'iterations', answer: 'some' },
		...{ citations: [], iterations: 1, totals: NO_TOTALS, durationMs: 9 },
	};
	const tree = fold([start, turn, end]);
	expect(rootRun(tree)).toMatchObject({ status: 'partial', reason: 'iterations', answer: 'some', endedAt: 1002 });
	expect(tree.nodes.get('i')).toMatchObject({ status: 'cancelled', endedAt: 1002 });
});
