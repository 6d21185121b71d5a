import * as v from 'valibot';
import type { RunEvent } from '../core/events.ts';

// Messages between the extension and its run panel. The panel is a web page: what it sends is validated and bounded
// here before anything is done with it. What the extension sends is data that the panel shows.

/** A run as the panel lists it. */
export interface ShownRun {
	readonly id: string;
	readonly question: string;
	readonly contextLabel: string;
	readonly state: 'collecting' | 'running' | 'answered' | 'partial' | 'cancelled' | 'failed' | 'interrupted';
	/** ms since the epoch. */
	readonly startedAt: number;
	readonly endedAt: number | undefined;
	/** While the context is read, what is being done. */
	readonly progress: string;
	/** Why it failed, with what to do about it. */
	readonly error: string;
	/** Full texts can be fetched. */
	readonly hasJournal: boolean;
}

/** A part of a node's text, as the details show it. */
export interface NodeText {
	readonly part: NodePart;
	/** Role of the message, for parts that are messages. */
	readonly role?: string;
	readonly text: string;
	/** Characters left out at the end. */
	readonly cut: number;
}

/** What the panel is sent. */
export type ToPanel =
	/** A run is shown from its beginning; undefined when there is none. `selected` is the node to select. */
	| { readonly type: 'show'; readonly run: ShownRun | undefined; readonly isOnlyRun: boolean }
	/** The run that is shown has changed. */
	| { readonly type: 'changed'; readonly run: ShownRun; readonly isOnlyRun: boolean }
	/** Events of the run that is shown, texts bounded; answered by `folded`. */
	| { readonly type: 'events'; readonly runId: string; readonly events: readonly RunEvent[]; readonly next: number }
	/** Nodes whose full texts contain what was searched for. */
	| { readonly type: 'found'; readonly request: number; readonly nodeIds: readonly string[]; readonly isCut: boolean }
	| { readonly type: 'texts'; readonly request: number; readonly texts: readonly NodeText[] }
	/** A request could not be answered; a sentence for the user. */
	| { readonly type: 'failed'; readonly request: number; readonly message: string };

/** Parts of a node whose full text can be asked for. */
export const NODE_PARTS = ['message', 'reasoning', 'reply', 'prompt', 'code', 'output', 'answer'] as const;
export type NodePart = (typeof NODE_PARTS)[number];

/** What can be done with the run that is shown. */
export const RUN_ACTIONS = ['cancel', 'answer-now', 'rerun', 'copy-answer', 'export', 'pick-run'] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

/** Questions that the empty panel offers to ask. */
export const QUERY_ACTIONS = ['query-selection', 'query-buffer', 'query-workspace'] as const;
export type QueryAction = (typeof QUERY_ACTIONS)[number];

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const request = count;

/** What the panel may send. */
export const fromPanelSchema = v.variant('type', [
	/** The page is loaded. `runId` is what it showed before it was hidden. */
	v.object({ type: v.literal('ready'), runId: v.optional(id) }),
	/** Events up to this position are shown: more may come. */
	v.object({ type: v.literal('folded'), runId: id, next: count }),
	v.object({ type: v.literal('act'), action: v.picklist(RUN_ACTIONS), runId: id }),
	v.object({ type: v.literal('query'), action: v.picklist(QUERY_ACTIONS) }),
	/** Full texts of a node. */
	v.object({ type: v.literal('texts'), request, runId: id, nodeId: id }),
	v.object({ type: v.literal('search'), request, runId: id, text: v.pipe(v.string(), v.maxLength(1000)) }),
	v.object({ type: v.literal('copy-part'), runId: id, nodeId: id, part: v.picklist(NODE_PARTS), index: count }),
	v.object({ type: v.literal('open-part'), runId: id, nodeId: id, part: v.picklist(NODE_PARTS), index: count }),
	/** Lines of a file of the context. */
	v.object({
		type: v.literal('open-place'),
		runId: id,
		path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
		startLine: v.pipe(count, v.minValue(1)),
		endLine: v.pipe(count, v.minValue(1)),
	}),
	/** Something broke in the page; goes to the log. */
	v.object({ type: v.literal('broken'), message: v.pipe(v.string(), v.maxLength(2000)) }),
]);

/** A message of the panel, validated. */
export type FromPanel = v.InferOutput<typeof fromPanelSchema>;
