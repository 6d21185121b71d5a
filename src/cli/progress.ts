import { createLogUpdate } from 'log-update';
import type { RunEvent } from '../core/events.ts';
import { inWords } from '../core/modes.ts';
import { oneLine } from '../core/printable.ts';
import type { RunTree, TreeNode } from '../core/tree.ts';
import { clip } from './format.ts';
import { figures, textsOf } from './nodeTexts.ts';
import { renderTree } from './terminalTree.ts';

/** Shows the progress of a run. */
export interface Progress {
	/** True when the final drawing showed the citations. */
	readonly showsCitations: boolean;
	/** Shows an event that has been folded into the tree. */
	update(event: RunEvent): void;
	/** Draws a last time and gives the terminal back, because the run has ended or was given up. */
	stop(): void;
}

/** The part of a terminal stream that progress needs. */
export type ProgressStream = NodeJS.WriteStream;

/** Minimum time between two drawings of the tree. ms */
const REDRAW_MS = 80;

/**
 * Shows the tree on a terminal that allows redrawing, one line per node on anything else, and nothing when quiet.
 * @param options.now ms since the epoch, on the clock of the events
 */
export function createProgress(
	tree: RunTree,
	stream: ProgressStream,
	options: { readonly isQuiet: boolean; readonly now: () => number },
): Progress {
	if (options.isQuiet) return { showsCitations: false, update: () => {}, stop: () => {} };
	return canRedraw(stream) ? new LiveTree(tree, stream, options.now) : plainProgress(tree, stream);
}

/** Whether the stream is a terminal that allows redrawing. */
export function canRedraw(stream: ProgressStream): boolean {
	return stream.isTTY === true && process.env.TERM !== 'dumb';
}

class LiveTree implements Progress {
	readonly showsCitations = true;
	readonly #tree: RunTree;
	readonly #stream: ProgressStream;
	readonly #now: () => number;
	readonly #draw: ReturnType<typeof createLogUpdate>;
	/** Redraws without new events too: running figures grow and the spinner turns. */
	readonly #timer: NodeJS.Timeout;

	constructor(tree: RunTree, stream: ProgressStream, now: () => number) {
		this.#tree = tree;
		this.#now = now;
		this.#stream = stream;
		this.#draw = createLogUpdate(stream);
		this.#timer = setInterval(() => this.#render(), REDRAW_MS);
	}

	update(): void {}

	stop(): void {
		clearInterval(this.#timer);
		this.#render();
		this.#draw.done();
		this.#stream.write('\n'); // separates the tree from the answer
	}

	#render(): void {
		const { columns = 80, rows = 24 } = this.#stream;
		// One column and one line less: some terminals scroll when the last column or line is full.
		const view = { width: columns - 1, height: rows - 1, now: this.#now(), color: this.#stream.hasColors() };
		const text = renderTree(this.#tree, view);
		if (text !== '') this.#draw(text);
	}
}

function plainProgress(tree: RunTree, stream: ProgressStream): Progress {
	return {
		showsCitations: false,
		update(event) {
			const line = progressLine(tree, event);
			if (line !== undefined) stream.write(`${line}\n`);
		},
		stop: () => {},
	};
}

/** Columns of a progress line outside a terminal. */
const PLAIN_WIDTH = 160;

/** Returns the log line of an event that ends a node, begins a mode or a plan, or tells the user something; indented by depth. */
export function progressLine(tree: RunTree, event: RunEvent): string | undefined {
	const node = tree.nodes.get(event.nodeId);
	if (event.type === 'notice' && event.audience === 'user') return `notice: ${oneLine(event.text)}`;
	if (event.type === 'budget-warning')
		return `notice: ${Math.round((event.used / event.max) * 100)} % of the limit of ${event.limit} is used`;
	if (event.type === 'mode-start') return beginning(tree, event, `mode: ${event.mode}`, inWords(event.reason));
	if (event.type === 'plan-start') return beginning(tree, event, `plan: ${event.plan}`, event.about);
	if (!node || !isEndOf(node, event)) return undefined;
	const { title, note } = textsOf(node);
	const text = [title, note, `[${figures(node, event.at - node.startedAt)}]`].filter((part) => part !== '').join('  ');
	return indented(tree, node, `${node.status}: ${text}`);
}

/** The line of a mode or a plan that begins. */
function beginning(tree: RunTree, { nodeId }: RunEvent, what: string, why: string): string | undefined {
	const node = tree.nodes.get(nodeId);
	return node && indented(tree, node, oneLine(`${what} · ${why}`));
}

function indented(tree: RunTree, node: TreeNode, text: string): string {
	return clip(`${'  '.repeat(depthOf(tree, node))}${text}`, PLAIN_WIDTH);
}

function isEndOf(node: TreeNode, event: RunEvent): boolean {
	return event.type === `${node.kind}-end`;
}

function depthOf(tree: RunTree, node: TreeNode): number {
	const parent = node.parentId === undefined ? undefined : tree.nodes.get(node.parentId);
	return parent ? depthOf(tree, parent) + 1 : 0;
}
