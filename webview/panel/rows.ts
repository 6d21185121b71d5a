import type { NodeStatus, RunTree, TreeNode } from '../../src/core/tree.ts';

/** A line of the tree. */
export interface Row {
	readonly node: TreeNode;
	/** 1 for the root. */
	readonly level: number;
	/** Position among the siblings that are shown, from 1, and their number. */
	readonly position: number;
	readonly siblings: number;
	/** Undefined for a node without children. */
	readonly isExpanded: boolean | undefined;
}

/** Which part of a tree is shown. */
export interface Filter {
	readonly status: NodeStatus | 'all';
	readonly kind: TreeNode['kind'] | 'all';
	/** Nodes that a search found; undefined without a search. */
	readonly found: ReadonlySet<string> | undefined;
}

export const NO_FILTER: Filter = { status: 'all', kind: 'all', found: undefined };

/** A node with more children than this starts closed. */
const MANY_CHILDREN = 200;

/** Nodes that the user has opened or closed. */
export type Expansion = ReadonlyMap<string, boolean>;

export function isFiltering({ status, kind, found }: Filter): boolean {
	return status !== 'all' || kind !== 'all' || found !== undefined;
}

/** Tells whether a node itself fits the filter. */
function matches(node: TreeNode, { status, kind, found }: Filter): boolean {
	if (status !== 'all' && node.status !== status) return false;
	if (kind !== 'all' && node.kind !== kind) return false;
	return found === undefined || found.has(node.id);
}

/** Tells whether the children of a node are drawn. */
function isExpanded(node: TreeNode, expansion: Expansion): boolean {
	return expansion.get(node.id) ?? node.children.length <= MANY_CHILDREN;
}

/** Lists the lines of a tree, top to bottom: nodes that fit the filter and their ancestors, without closed parts. */
export function visibleRows(tree: RunTree, expansion: Expansion, filter: Filter): Row[] {
	const root = tree.root === undefined ? undefined : tree.nodes.get(tree.root);
	if (!root) return [];
	const kept = isFiltering(filter) ? keptNodes(tree, filter) : undefined;
	const rows: Row[] = [];
	if (!kept || kept.has(root.id)) addRows(rows, tree, root, { level: 1, position: 1, siblings: 1 }, expansion, kept);
	return rows;
}

function addRows(
	rows: Row[],
	tree: RunTree,
	node: TreeNode,
	place: Pick<Row, 'level' | 'position' | 'siblings'>,
	expansion: Expansion,
	kept: ReadonlySet<string> | undefined,
): void {
	const children = kept ? node.children.filter((id) => kept.has(id)) : node.children;
	const isOpen =
		children.length > 0 && (isExpanded(node, expansion) || (kept !== undefined && !expansion.has(node.id)));
	rows.push({ node, ...place, isExpanded: children.length > 0 ? isOpen : undefined });
	if (!isOpen) return;
	const level = place.level + 1;
	const siblings = children.length;
	for (let index = 0; index < siblings; index++) {
		const child = tree.nodes.get(children[index] ?? '');
		if (child) addRows(rows, tree, child, { level, position: index + 1, siblings }, expansion, kept);
	}
}

/** Finds the nodes that fit a filter, and their ancestors. */
function keptNodes(tree: RunTree, filter: Filter): Set<string> {
	const kept = new Set<string>();
	for (const node of tree.nodes.values()) {
		if (!matches(node, filter)) continue;
		for (let above: TreeNode | undefined = node; above && !kept.has(above.id); ) {
			kept.add(above.id);
			above = above.parentId === undefined ? undefined : tree.nodes.get(above.parentId);
		}
	}
	return kept;
}

/** Finds the row that a key leads to; undefined for other keys. */
export function rowAfterKey(rows: readonly Row[], index: number, key: string, pageRows: number): number | undefined {
	const last = rows.length - 1;
	switch (key) {
		case 'ArrowDown':
			return Math.min(last, index + 1);
		case 'ArrowUp':
			return Math.max(0, index - 1);
		case 'Home':
			return 0;
		case 'End':
			return last;
		case 'PageDown':
			return Math.min(last, index + pageRows);
		case 'PageUp':
			return Math.max(0, index - pageRows);
		default:
			return undefined;
	}
}

/** Finds the parent of a row. */
export function parentRow(rows: readonly Row[], index: number): number {
	const level = rows[index]?.level ?? 1;
	for (let above = index - 1; above >= 0; above--) if ((rows[above]?.level ?? 1) < level) return above;
	return index;
}

/** Finds the next row whose text begins with what was typed, trying this row last; -1 when there is none. */
export function rowByText(rows: readonly Row[], index: number, typed: string, textOf: (row: Row) => string): number {
	const wanted = typed.toLowerCase();
	const from = typed.length > 1 ? index : index + 1;
	for (let step = 0; step < rows.length; step++) {
		const at = (Math.max(0, from) + step) % rows.length;
		const row = rows[at];
		if (row && textOf(row).toLowerCase().startsWith(wanted)) return at;
	}
	return -1;
}
