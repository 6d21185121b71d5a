import { expect, it } from 'vitest';
import { emptyTree, foldEvent, type RunTree } from '../../../src/core/tree.ts';
import { NO_FILTER, parentRow, rowAfterKey, rowByText, visibleRows } from '../../../webview/panel/rows.ts';
import { numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';

const tree: RunTree = numbered(SAMPLE_BODIES).reduce(foldEvent, emptyTree());
const OPEN = new Map<string, boolean>();

function ids(expansion: ReadonlyMap<string, boolean> = OPEN, filter = NO_FILTER): string[] {
	return visibleRows(tree, expansion, filter).map(({ node }) => node.id);
}

it('a tree is drawn top to bottom, with levels and places among siblings', () => {
	const rows = visibleRows(tree, OPEN, NO_FILTER).map(({ node, level, position, siblings, isExpanded }) => [
		node.id,
		level,
		`${position}/${siblings}`,
		isExpanded,
	]);
	expect(rows).toEqual([
		['run-1', 1, '1/1', true],
		['run-1/1', 2, '1/1', true],
		['run-1/1/c1', 3, '1/1', true],
		['run-1/1/c1/q1', 4, '1/2', undefined],
		['run-1/1/c1/q2', 4, '2/2', undefined],
	]);
});

it('what is closed hides what is below it', () => {
	expect(ids(new Map([['run-1/1', false]]))).toEqual(['run-1', 'run-1/1']);
});

it('a filter keeps what fits and what leads there, and counts siblings anew', () => {
	const rows = visibleRows(tree, OPEN, { ...NO_FILTER, status: 'failed', kind: 'call' });
	expect(rows.map(({ node, siblings }) => [node.id, siblings])).toEqual([
		['run-1', 1],
		['run-1/1', 1],
		['run-1/1/c1', 1],
		['run-1/1/c1/q2', 1],
	]);
	expect(ids(OPEN, { ...NO_FILTER, found: new Set(['run-1/1']) })).toEqual(['run-1', 'run-1/1']);
	expect(ids(OPEN, { ...NO_FILTER, found: new Set() })).toEqual([]);
});

it('a node with very many children is closed at first', () => {
	const many = emptyTree();
	numbered(SAMPLE_BODIES.slice(0, 6)).forEach((event) => void foldEvent(many, event));
	const [start] = numbered(SAMPLE_BODIES.filter(({ type }) => type === 'call-start'));
	for (let index = 0; index < 300; index++) {
		if (start) foldEvent(many, { ...start, nodeId: `call-${index}`, seq: 10 + index });
	}
	expect(visibleRows(many, OPEN, NO_FILTER)).toHaveLength(3);
	expect(visibleRows(many, new Map([['run-1/1/c1', true]]), NO_FILTER)).toHaveLength(303);
});

it('keys move within the tree and stop at its ends', () => {
	const rows = visibleRows(tree, OPEN, NO_FILTER);
	expect(rowAfterKey(rows, 4, 'ArrowDown', 3)).toBe(4);
	expect(rowAfterKey(rows, 0, 'ArrowUp', 3)).toBe(0);
	expect(rowAfterKey(rows, 0, 'PageDown', 3)).toBe(3);
	expect(rowAfterKey(rows, 2, 'Home', 3)).toBe(0);
	expect(rowAfterKey(rows, 2, 'End', 3)).toBe(4);
	expect(rowAfterKey(rows, 2, 'x', 3)).toBeUndefined();
	expect(parentRow(rows, 4)).toBe(2);
	expect(parentRow(rows, 0)).toBe(0);
});

it('typing finds the next line with that beginning, and wraps around', () => {
	const rows = visibleRows(tree, OPEN, NO_FILTER);
	const textOf = ({ node }: (typeof rows)[number]) => node.kind;
	expect(rowByText(rows, 0, 'c', textOf)).toBe(2);
	expect(rowByText(rows, 2, 'c', textOf)).toBe(3);
	expect(rowByText(rows, 3, 'ca', textOf)).toBe(3);
	expect(rowByText(rows, 4, 'r', textOf)).toBe(0);
	expect(rowByText(rows, 0, 'zz', textOf)).toBe(-1);
});
