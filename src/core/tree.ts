import type {
	CallEnd,
	CallStart,
	Citation,
	CodeEnd,
	Conflict,
	EventError,
	LimitName,
	Limits,
	MessageEnd,
	ModeStart,
	PlanStart,
	RunEvent,
	RunOutcome,
	RunStart,
	Totals,
	UnsupportedSentence,
} from './events.ts';
import { lighten } from './lighten.ts';
import { addTotals, NO_TOTALS, totalsOfCall } from './totals.ts';

/** State of a node. `partial` and `cancelled` are for runs that ended early. */
export type NodeStatus = 'running' | 'done' | 'failed' | 'partial' | 'cancelled';

interface NodeHead {
	readonly id: string;
	readonly parentId: string | undefined;
	readonly runId: string;
	/** Ids, in the order in which the nodes started. */
	readonly children: string[];
	status: NodeStatus;
	/** Usage of this node alone. */
	own: Totals;
	/** Usage of this node and everything below it. */
	subtree: Totals;
	/** ms since the epoch. */
	readonly startedAt: number;
	endedAt: number | undefined;
}

/** A run: the root of the tree, or a child under the call that started it. */
export interface RunNode extends NodeHead {
	readonly kind: 'run';
	readonly start: RunStart;
	readonly limits: Limits;
	/** The mode that the run is in, and why; undefined before its first. */
	mode: Pick<ModeStart, 'mode' | 'reason'> | undefined;
	/** The plan that it follows. */
	plan: Pick<PlanStart, 'plan' | 'about'> | undefined;
	outcome: RunOutcome | undefined;
	reason: LimitName | 'answer-now' | undefined;
	answer: string;
	citations: readonly Citation[];
	/** False when the answer is that the text does not say. */
	found: boolean | undefined;
	unsupported: readonly UnsupportedSentence[];
	conflicts: readonly Conflict[];
	error: EventError | undefined;
	readonly notices: string[];
}

/** One iteration of a root model. */
export interface IterationNode extends NodeHead {
	readonly kind: 'iteration';
	readonly index: number;
	readonly isSalvage: boolean;
	/** Streamed text so far, then the full reply. */
	text: string;
	reasoning: string;
	message: MessageEnd | undefined;
	readonly notices: string[];
	readonly failedAttempts: string[];
}

/** One cell. */
export interface CodeNode extends NodeHead {
	readonly kind: 'code';
	readonly code: string;
	/** Printed text so far; at the end the bounded output. */
	output: string;
	result: CodeEnd | undefined;
}

/** One sub-call. A child run is a child of its node. */
export interface CallNode extends NodeHead {
	readonly kind: 'call';
	readonly start: CallStart;
	result: CallEnd | undefined;
	readonly failedAttempts: string[];
}

export type TreeNode = RunNode | IterationNode | CodeNode | CallNode;

/** The tree of a run, as every view shows it. */
export interface RunTree {
	readonly nodes: Map<string, TreeNode>;
	/** Id of the root run, once it has started. */
	root: string | undefined;
	/** Sequence number of the last event folded; -1 before the first. */
	seq: number;
}

export function emptyTree(): RunTree {
	return { nodes: new Map(), root: undefined, seq: -1 };
}

/** The root run's node; undefined before it has started. */
export function rootRun(tree: RunTree): RunNode | undefined {
	const node = tree.root === undefined ? undefined : tree.nodes.get(tree.root);
	return node?.kind === 'run' ? node : undefined;
}

/** Marks nodes that were running when the event stream broke off as cancelled. @param at ms since the epoch */
export function endUnfinished(tree: RunTree, at: number): void {
	for (const node of tree.nodes.values()) {
		if (node.status === 'running') Object.assign(node, { status: 'cancelled', endedAt: at });
	}
}

/**
 * Adds one event to the tree in place and returns the tree. Events arrive in sequence. Texts are kept as far as
 * `lighten` keeps them.
 */
export function foldEvent(tree: RunTree, whole: RunEvent): RunTree {
	const event = lighten(whole);
	tree.seq = event.seq;
	const node = tree.nodes.get(event.nodeId);
	if (node) update(tree, node, event);
	else start(tree, event);
	return tree;
}

function start(tree: RunTree, event: RunEvent): void {
	const node = newNode(event);
	if (!node) return;
	tree.nodes.set(node.id, node);
	if (node.parentId === undefined) tree.root = node.id;
	else tree.nodes.get(node.parentId)?.children.push(node.id);
}

function newNode(event: RunEvent): TreeNode | undefined {
	const node: NodeHead = {
		id: event.nodeId,
		parentId: event.parentId,
		runId: event.runId,
		children: [],
		status: 'running',
		own: NO_TOTALS,
		subtree: NO_TOTALS,
		startedAt: event.at,
		endedAt: undefined,
	};
	switch (event.type) {
		case 'run-start':
			return {
				...node,
				kind: 'run',
				start: event,
				limits: event.limits,
				mode: undefined,
				plan: undefined,
				outcome: undefined,
				reason: undefined,
				answer: '',
				citations: [],
				found: undefined,
				unsupported: [],
				conflicts: [],
				error: undefined,
				notices: [],
			};
		case 'iteration-start': {
			const { index, isSalvage } = event;
			const text = { text: '', reasoning: '', message: undefined, notices: [], failedAttempts: [] };
			return { ...node, kind: 'iteration', index, isSalvage, ...text };
		}
		case 'code-start':
			return { ...node, kind: 'code', code: event.code, output: '', result: undefined };
		case 'call-start':
			return { ...node, kind: 'call', start: event, result: undefined, failedAttempts: [] };
		default: // a run that failed before it could start has no node; its result says why
			return undefined;
	}
}

function update(tree: RunTree, node: TreeNode, event: RunEvent): void {
	if (event.type === 'notice' && (node.kind === 'run' || node.kind === 'iteration')) node.notices.push(event.text);
	if (event.type === 'attempt-failed' && (node.kind === 'iteration' || node.kind === 'call')) {
		node.failedAttempts.push(event.message);
	}
	if (event.type === 'attempt-lost') addUp(tree, node, totalsOfCall(event.usage, event.costUsd));
	if (node.kind === 'run') updateRun(tree, node, event);
	if (node.kind === 'iteration') updateIteration(tree, node, event);
	if (node.kind === 'code') updateCode(node, event);
	if (node.kind === 'call') updateCall(tree, node, event);
}

function updateRun(tree: RunTree, node: RunNode, event: RunEvent): void {
	if (event.type === 'budget-warning') {
		node.notices.push(`${Math.round((event.used / event.max) * 100)} % of the limit of ${event.limit} is used.`);
	}
	if (event.type === 'mode-start') {
		const { mode, reason } = event;
		Object.assign(node, { mode: { mode, reason }, plan: undefined });
	}
	if (event.type === 'plan-start') node.plan = { plan: event.plan, about: event.about };
	if (event.type !== 'run-end') return;
	const { outcome, reason, answer, citations, found, unsupported = [], conflicts = [], error, at } = event;
	Object.assign(node, { outcome, reason, answer, citations, found, unsupported, conflicts, error, endedAt: at });
	node.status = outcome === 'answered' ? 'done' : outcome;
	for (const other of tree.nodes.values()) {
		const wasInterrupted = other.status === 'running' && other.runId === node.runId;
		if (wasInterrupted) Object.assign(other, { status: 'cancelled', endedAt: at });
	}
}

function updateIteration(tree: RunTree, node: IterationNode, event: RunEvent): void {
	if (event.type === 'message-delta') {
		if (event.channel === 'text') node.text += event.text;
		else node.reasoning += event.text;
	}
	if (event.type === 'attempt-failed' && event.restartsReply) {
		node.text = '';
		node.reasoning = '';
	}
	if (event.type === 'message-end') {
		Object.assign(node, { text: event.text, reasoning: event.reasoning, message: event });
		addUp(tree, node, totalsOfCall(event.usage, event.costUsd));
	}
	if (event.type === 'compaction' && event.call) addUp(tree, node, totalsOfCall(event.call.usage, event.call.costUsd));
	if (event.type === 'iteration-end') {
		node.endedAt = event.at;
		node.status = node.message ? 'done' : 'failed';
	}
}

function updateCode(node: CodeNode, event: RunEvent): void {
	if (event.type === 'output-delta') node.output += event.text;
	if (event.type === 'code-end') {
		Object.assign(node, { output: event.stdout + event.stderr, result: event, endedAt: event.at });
		node.status = event.error ? 'failed' : 'done';
	}
}

function updateCall(tree: RunTree, node: CallNode, event: RunEvent): void {
	if (event.type !== 'call-end') return;
	node.result = event;
	node.endedAt = event.at;
	node.status = statusOfCall(event);
	const isChildRun = node.children.length > 0; // its own iterations have been counted already
	if (event.usage && !isChildRun) addUp(tree, node, totalsOfCall(event.usage, event.costUsd));
}

function statusOfCall({ status }: CallEnd): NodeStatus {
	if (status === 'done' || status === 'memo') return 'done';
	return status === 'cancelled' ? 'cancelled' : 'failed';
}

/** Adds usage to a node and all its ancestors, so that subtree figures are always current. */
function addUp(tree: RunTree, node: TreeNode, totals: Totals): void {
	node.own = addTotals(node.own, totals);
	for (let above: TreeNode | undefined = node; above; ) {
		above.subtree = addTotals(above.subtree, totals);
		above = above.parentId === undefined ? undefined : tree.nodes.get(above.parentId);
	}
}
