import * as v from 'valibot';
import type { RunEvent } from '../core/events.ts';

// Messages between the extension and its run panel. The panel is a web page: what it sends is validated and bounded
// here before it has any effect. The extension sends data to show.

/** A run as the panel shows it. */
export interface ShownRun {
	readonly id: string;
	readonly question: string;
	readonly contextLabel: string;
	readonly state: 'collecting' | 'running' | 'answered' | 'partial' | 'cancelled' | 'failed' | 'interrupted';
	/** ms since the epoch. */
	readonly startedAt: number;
	readonly endedAt: number | undefined;
	/** Progress while the context is read. */
	readonly progress: string;
	/** Why it failed and what to do about it. */
	readonly error: string;
	/** Whether full texts can be fetched. */
	readonly hasJournal: boolean;
}

/** A text of a node, as the details show it. */
export interface NodeText {
	readonly part: NodePart;
	/** Role of the message, for parts that are messages. */
	readonly role?: string;
	readonly text: string;
	/** Characters left out at the end. */
	readonly cut: number;
}

/** A message to the panel. */
export type ToPanel =
	/** Shows a run from its beginning; undefined when there is none. `selected` is the node to select. */
	| { readonly type: 'show'; readonly run: ShownRun | undefined; readonly isOnlyRun: boolean }
	/** Updates the run that is shown. */
	| { readonly type: 'changed'; readonly run: ShownRun; readonly isOnlyRun: boolean }
	/** Events of the run that is shown, with bounded texts. The page answers with `folded`. */
	| { readonly type: 'events'; readonly runId: string; readonly events: readonly RunEvent[]; readonly next: number }
	/** Nodes whose full texts contain the text that was searched for. */
	| { readonly type: 'found'; readonly request: number; readonly nodeIds: readonly string[]; readonly isCut: boolean }
	| { readonly type: 'texts'; readonly request: number; readonly texts: readonly NodeText[] }
	/** Says in a sentence why a request could not be answered. */
	| { readonly type: 'failed'; readonly request: number; readonly message: string };

/** Texts of a node that can be requested in full. */
export const NODE_PARTS = ['message', 'reasoning', 'reply', 'prompt', 'code', 'output', 'answer'] as const;
export type NodePart = (typeof NODE_PARTS)[number];

/** Actions for the run that is shown. */
export const RUN_ACTIONS = ['cancel', 'answer-now', 'rerun', 'copy-answer', 'export', 'pick-run'] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

/** Commands that the empty panel offers. */
export const QUERY_ACTIONS = ['query-selection', 'query-buffer', 'query-workspace'] as const;
export type QueryAction = (typeof QUERY_ACTIONS)[number];

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const request = count;

/** A message from the panel. */
export const fromPanelSchema = v.variant('type', [
	/** The page has loaded. `runId` is the run that it showed before it was hidden. */
	v.object({ type: v.literal('ready'), runId: v.optional(id) }),
	/** The page has shown events up to this position and is ready for more. */
	v.object({ type: v.literal('folded'), runId: id, next: count }),
	v.object({ type: v.literal('act'), action: v.picklist(RUN_ACTIONS), runId: id }),
	v.object({ type: v.literal('query'), action: v.picklist(QUERY_ACTIONS) }),
	/** Full texts of a node. */
	v.object({ type: v.literal('texts'), request, runId: id, nodeId: id }),
	v.object({ type: v.literal('search'), request, runId: id, text: v.pipe(v.string(), v.maxLength(1000)) }),
	v.object({ type: v.literal('copy-part'), runId: id, nodeId: id, part: v.picklist(NODE_PARTS), index: count }),
	v.object({ type: v.literal('open-part'), runId: id, nodeId: id, part: v.picklist(NODE_PARTS), index: count }),
	/** Opens lines of a file of the context. */
	v.object({
		type: v.literal('open-place'),
		runId: id,
		path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
		startLine: v.pipe(count, v.minValue(1)),
		endLine: v.pipe(count, v.minValue(1)),
	}),
	/** An error of the page, for the log. */
	v.object({ type: v.literal('broken'), message: v.pipe(v.string(), v.maxLength(2000)) }),
]);

/** A validated message from the panel. */
export type FromPanel = v.InferOutput<typeof fromPanelSchema>;
