import { expect, it } from 'vitest';
import { emptyTree, foldEvent, rootRun } from '../../../src/core/tree.ts';
import { iterationsOf } from '../../../webview/panel/nodeTexts.ts';
import { numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';

it('the closing iteration of a run is not counted', () => {
	const closing = { runId: 'run-1', nodeId: 'run-1/2', parentId: 'run-1' };
	const start = { ...closing, type: 'iteration-start', index: 2, isSalvage: true, messages: [] } as const;
	const tree = numbered([...SAMPLE_BODIES.slice(0, -1), start]).reduce(foldEvent, emptyTree());
	const root = rootRun(tree);
	expect(root?.children).toEqual(['run-1/1', 'run-1/2']);
	expect(root && iterationsOf(tree, root)).toBe(1);
});
