import { expect, it } from 'vitest';
import { emptyTree, foldEvent } from '../../../src/core/tree.ts';
import { lanesOf, type Span, spansOf, ticks } from '../../../webview/panel/timelineModel.ts';
import { numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';

const CALL: Span = {
	nodeId: 'a',
	server: 'gpu-1',
	startedAt: 0,
	begunAt: 0,
	endedAt: 10,
	status: 'done',
	isRoot: false,
};

it('every model call is a span: iterations and sub-calls with their servers', () => {
	const tree = numbered(SAMPLE_BODIES).reduce(foldEvent, emptyTree());
	expect(spansOf(tree).map(({ nodeId, server, status, isRoot }) => [nodeId, server, status, isRoot])).toEqual([
		['run-1/1', 'hosted', 'done', true],
		['run-1/1/c1/q1', 'local', 'done', false],
		['run-1/1/c1/q2', undefined, 'failed', false],
	]);
});

it('overlapping calls lie in lanes of their own, successive ones share one', () => {
	const [group] = lanesOf(
		[
			CALL,
			{ ...CALL, nodeId: 'b', startedAt: 5, begunAt: 5, endedAt: 15 },
			{ ...CALL, nodeId: 'c', startedAt: 10, begunAt: 10, endedAt: 20 },
		],
		30,
	);
	expect(group?.lanes.map((lane) => lane.map(({ span }) => span.nodeId))).toEqual([['a', 'c'], ['b']]);
});

it('waiting for a server is shown apart from its work, and calls without a server come last', () => {
	const groups = lanesOf(
		[
			{ ...CALL, nodeId: 'x', server: undefined, endedAt: undefined, status: 'running' },
			{ ...CALL, nodeId: 'w', startedAt: 0, begunAt: 8, endedAt: 12 },
		],
		30,
	);
	expect(groups.map(({ server, kind, lanes }) => [server, kind, lanes[0]?.[0]?.from, lanes[0]?.[0]?.to])).toEqual([
		['gpu-1', 'working', 8, 12],
		['gpu-1', 'waiting', 0, 8],
		[undefined, 'working', 0, 30],
	]);
});

it('an axis has round marks', () => {
	expect(ticks(0, 1000, 5)).toEqual({ step: 200, times: [0, 200, 400, 600, 800, 1000] });
	expect(ticks(130, 170, 4).times).toEqual([130, 140, 150, 160, 170]);
});
