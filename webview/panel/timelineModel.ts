import type { NodeStatus, RunTree, TreeNode } from '../../src/core/tree.ts';

/** One model call on the timeline. Times are ms since the epoch. */
export interface Span {
	readonly nodeId: string;
	/** Id of the server; undefined while no server has answered. */
	readonly server: string | undefined;
	readonly startedAt: number;
	/** End of the wait for a free place; `startedAt` when it did not wait. */
	readonly begunAt: number;
	/** Undefined while under way. */
	readonly endedAt: number | undefined;
	readonly status: NodeStatus;
	readonly isRoot: boolean;
}

/** Bars of one kind, in as many lanes as calls overlapped. */
export interface Lanes {
	/** Undefined for calls that no server has answered. */
	readonly server: string | undefined;
	/** `waiting`: for a free place of the server. */
	readonly kind: 'waiting' | 'working';
	readonly lanes: readonly (readonly Bar[])[];
}

export interface Bar {
	readonly span: Span;
	readonly from: number;
	readonly to: number;
}

/** Most lanes; further overlapping calls share the last one. */
const MAX_LANES = 32;

/** Lists all model calls of a tree by their start. A child run is not a model call, but its iterations are. */
export function spansOf(tree: RunTree): Span[] {
	const spans: Span[] = [];
	for (const node of tree.nodes.values()) {
		const span = spanOf(node);
		if (span) spans.push(span);
	}
	return spans;
}

function spanOf(node: TreeNode): Span | undefined {
	if (node.kind === 'iteration') {
		const { message } = node;
		const endedAt = message ? message.at : node.endedAt;
		const begunAt = node.startedAt + (message?.queueMs ?? 0);
		const status = message ? 'done' : node.status;
		return {
			nodeId: node.id,
			server: message?.server,
			startedAt: node.startedAt,
			begunAt,
			endedAt,
			status,
			isRoot: true,
		};
	}
	if (node.kind !== 'call' || node.start.kind === 'rlm') return undefined;
	const { id: nodeId, startedAt, endedAt, status, result } = node;
	const begunAt = startedAt + (result?.queueMs ?? 0);
	return { nodeId, server: result?.server, startedAt, begunAt, endedAt, status, isRoot: false };
}

/** Lays out who waited for which server when, and who worked there. @param now end of calls under way */
export function lanesOf(spans: readonly Span[], now: number): Lanes[] {
	const groups: Lanes[] = [];
	const servers = new Set(spans.map(({ server }) => server));
	for (const server of [...servers].sort(named)) {
		const own = spans.filter((span) => span.server === server);
		const working = own.map((span) => ({ span, from: span.begunAt, to: Math.max(span.begunAt, span.endedAt ?? now) }));
		const waiting = own
			.filter(({ startedAt, begunAt }) => begunAt > startedAt)
			.map((span) => ({ span, from: span.startedAt, to: span.begunAt }));
		groups.push({ server, kind: 'working', lanes: packed(working) });
		if (waiting.length > 0) groups.push({ server, kind: 'waiting', lanes: packed(waiting) });
	}
	return groups;
}

/** Sorts servers by name; calls without a server come last. */
function named(one: string | undefined, other: string | undefined): number {
	if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? 1 : -1;
	return one < other ? -1 : 1;
}

/** Puts each bar into the first free lane. */
function packed(bars: readonly Bar[]): Bar[][] {
	const lanes: Bar[][] = [];
	const ends: number[] = [];
	for (const bar of [...bars].sort((one, other) => one.from - other.from)) {
		const free = ends.findIndex((end) => end <= bar.from);
		const lane = free >= 0 ? free : Math.min(lanes.length, MAX_LANES - 1);
		const bars = lanes[lane] ?? [];
		lanes[lane] = bars;
		bars.push(bar);
		ends[lane] = Math.max(ends[lane] ?? 0, bar.to);
	}
	return lanes;
}

/** Computes the marks of a time axis: at most `count` round steps. ms from its beginning */
export function ticks(from: number, to: number, count: number): { readonly step: number; readonly times: number[] } {
	const rough = Math.max(1, (to - from) / Math.max(1, count));
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
	const times: number[] = [];
	for (let time = Math.ceil(from / step) * step; time <= to; time += step) times.push(time);
	return { step, times };
}
