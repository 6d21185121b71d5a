import { createLogUpdate } from 'log-update';
import type { RunEvent } from '../core/events.ts';
import { oneLine } from '../core/printable.ts';
import type { RunTree, TreeNode } from '../core/tree.ts';
import { clip } from './format.ts';
import { figures, textsOf } from './nodeTexts.ts';
import { renderTree } from './terminalTree.ts';

/** Shows how a run goes on. */
export interface Progress {
	/** True when the end of the drawing already showed the citations. */
	readonly showsCitations: boolean;
	/** The event has been folded into the tree. */
	update(event: RunEvent): void;
	/** The run has ended or was given up: draws a last time and gives the terminal back. */
	stop(): void;
}

/** The part of a terminal that progress needs. */
export type ProgressStream = NodeJS.WriteStream;

/** ms between two drawings of the tree, at least. */
const REDRAW_MS = 80;

/**
 * The tree on a terminal that can be drawn over, one line a node on anything else, nothing when quiet.
 * @param options.now ms since the epoch, in the time of the events
 */
export function createProgress(
	tree: RunTree,
	stream: ProgressStream,
	options: { readonly isQuiet: boolean; readonly now: () => number },
): Progress {
	if (options.isQuiet) return { showsCitations: false, update: () => {}, stop: () => {} };
	return canRedraw(stream) ? new LiveTree(tree, stream, options.now) : plainProgress(tree, stream);
}

/** Whether the stream is a terminal on which lines can be drawn over. */
export function canRedraw(stream: ProgressStream): boolean {
	return stream.isTTY === true && process.env.TERM !== 'dumb';
}

class LiveTree implements Progress {
	readonly showsCitations = true;
	readonly #tree: RunTree;
	readonly #stream: ProgressStream;
	readonly #now: () => number;
	readonly #draw: ReturnType<typeof createLogUpdate>;
	/** Draws even when nothing happens: the figures of what runs go on, and the spinner turns. */
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
		this.#stream.write('\n'); // apart from the answer
	}

	#render(): void {
		const { columns = 80, rows = 24 } = this.#stream;
		// One column and one line less: a full last column or line makes some terminals scroll.
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

/** Columns of a line of progress that is no terminal's. */
const PLAIN_WIDTH = 160;

/** What a log says about an event, when it ends a node or tells the user something: one line, indented by depth. */
export function progressLine(tree: RunTree, event: RunEvent): string | undefined {
	const node = tree.nodes.get(event.nodeId);
	if (event.type === 'notice' && event.audience === 'user') return `notice: ${oneLine(event.text)}`;
	if (event.type === 'budget-warning')
		return `notice: ${Math.round((event.used / event.max) * 100)} % of the limit of ${event.limit} is used`;
	if (!node || !isEndOf(node, event)) return undefined;
	const { title, note } = textsOf(node);
	const text = [title, note, `[${figures(node, event.at - node.startedAt)}]`].filter((part) => part !== '').join('  ');
	return clip(`${'  '.repeat(depthOf(tree, node))}${node.status}: ${text}`, PLAIN_WIDTH);
}

function isEndOf(node: TreeNode, event: RunEvent): boolean {
	return event.type === `${node.kind}-end`;
}

function depthOf(tree: RunTree, node: TreeNode): number {
	const parent = node.parentId === undefined ? undefined : tree.nodes.get(node.parentId);
	return parent ? depthOf(tree, parent) + 1 : 0;
}
