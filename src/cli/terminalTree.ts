import { styleText } from 'node:util';
import { inWords } from '../core/modes.ts';
import { oneLine } from '../core/printable.ts';
import { addTotals, NO_TOTALS } from '../core/totals.ts';
import { type CallNode, type NodeStatus, type RunNode, type RunTree, rootRun, type TreeNode } from '../core/tree.ts';
import { clip, columnsOf, plural } from './format.ts';
import { figures, textsOf } from './nodeTexts.ts';
import { citationLines } from './report.ts';

/** How a tree is drawn. */
export interface TreeView {
	/** Width of the terminal in columns. */
	readonly width: number;
	/** Number of lines that may be used. */
	readonly height: number;
	/** ms since the epoch; running nodes are timed up to it. */
	readonly now: number;
	readonly color: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** One line of the drawing, before it is fitted to the width. */
interface Line {
	/** Branches that lead to the node. */
	readonly guide: string;
	readonly icon: string;
	readonly style: Style;
	readonly title: string;
	/** Text after the title, dimmed. */
	readonly note: string;
	/** Tokens, cost and time, at the right margin. */
	readonly figures: string;
}

const ICONS: Readonly<Record<Exclude<NodeStatus, 'running'>, string>> = {
	done: '✓',
	failed: '✗',
	partial: '◐',
	cancelled: '⊘',
};
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const SPINNER_MS = 80;
const STYLES: Readonly<Record<NodeStatus, Style>> = {
	running: 'cyan',
	done: 'green',
	failed: 'red',
	partial: 'yellow',
	cancelled: 'yellow',
};
/** Up to this many calls of one cell get a line each. */
const SINGLE_CALLS = 3;

/**
 * Draws the tree of a run as lines of text: run, iterations, cells, calls, and the citations at the end. What does not
 * fit the height goes oldest first: the insides of finished iterations, then whole lines.
 */
export function renderTree(tree: RunTree, view: TreeView): string {
	const run = rootRun(tree);
	if (!run) return '';
	const citations = citationsOf(run, view);
	const height = Math.max(1, view.height - citations.length);
	const drawing = new Drawing(tree, view.now);
	let lines = drawing.lines(run, false);
	if (lines.length > height) lines = drawing.lines(run, true);
	return [...fitHeight(lines, height).map((line) => draw(line, view)), ...citations].join('\n');
}

class Drawing {
	readonly #tree: RunTree;
	readonly #now: number;

	constructor(tree: RunTree, now: number) {
		this.#tree = tree;
		this.#now = now;
	}

	/** @param isFolded draws finished iterations as one line each, except the last one of each run */
	lines(node: TreeNode, isFolded: boolean): Line[] {
		const lines = [this.#line(node), ...wayLines(node)];
		this.#addChildren(node, '', isFolded, lines);
		return lines;
	}

	#addChildren(node: TreeNode, guide: string, isFolded: boolean, lines: Line[]): void {
		const children = node.children.flatMap((id) => this.#tree.nodes.get(id) ?? []);
		const plain = children.filter((child) => child.kind === 'call' && child.children.length === 0) as CallNode[];
		const isGrouped = plain.length > SINGLE_CALLS;
		const shown = isGrouped ? children.filter((child) => !plain.includes(child as CallNode)) : children;
		const entries: (TreeNode | readonly CallNode[])[] = isGrouped ? [plain, ...shown] : shown;
		for (const [index, entry] of entries.entries()) {
			const isLast = index === entries.length - 1;
			const branch = `${guide}${isLast ? '└ ' : '├ '}`;
			if (!isNode(entry)) {
				lines.push({ ...this.#groupLine(entry), guide: branch });
				continue;
			}
			lines.push({ ...this.#line(entry), guide: branch });
			const isHidden = isFolded && entry.kind === 'iteration' && entry.status !== 'running' && !isLast;
			if (!isHidden) this.#addChildren(entry, `${guide}${isLast ? '  ' : '│ '}`, isFolded, lines);
		}
	}

	#line(node: TreeNode): Line {
		return {
			guide: '',
			icon: this.#icon(node.status),
			style: STYLES[node.status],
			...textsOf(node),
			figures: figures(node, (node.endedAt ?? this.#now) - node.startedAt),
		};
	}

	/** Draws many calls of one cell as one line: how many are done, how many failed. */
	#groupLine(calls: readonly CallNode[]): Line {
		const running = calls.filter(({ status }) => status === 'running').length;
		const failed = calls.filter(({ status }) => status === 'failed');
		const cancelled = calls.filter(({ status }) => status === 'cancelled').length;
		const status = running > 0 ? 'running' : groupStatus(calls);
		const startedAt = Math.min(...calls.map((call) => call.startedAt));
		const endedAt = running > 0 ? this.#now : Math.max(...calls.map((call) => call.endedAt ?? call.startedAt));
		const subtree = calls.reduce((sum, call) => addTotals(sum, call.subtree), NO_TOTALS);
		return {
			guide: '',
			icon: this.#icon(status),
			style: failed.length > 0 && status === 'done' ? 'yellow' : STYLES[status],
			title: [
				`${calls.length - running - cancelled} of ${calls.length} calls done`,
				...(failed.length > 0 ? [`${failed.length} failed`] : []),
				...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
			].join(', '),
			note: oneLine([...new Set(failed.map((call) => call.result?.failure ?? ''))].join(', ')),
			figures: figures({ subtree }, endedAt - startedAt),
		};
	}

	#icon(status: NodeStatus): string {
		if (status !== 'running') return ICONS[status];
		return SPINNER[Math.floor(this.#now / SPINNER_MS) % SPINNER.length] ?? '';
	}
}

/** Draws the mode of the root run, and its plan. */
function wayLines(node: TreeNode): Line[] {
	if (node.kind !== 'run' || node.mode === undefined) return [];
	const { mode, plan } = node;
	const line = (title: string, note: string) => ({
		guide: '',
		icon: '→',
		style: 'dim' as const,
		title,
		note,
		figures: '',
	});
	const planLine = plan && line(`plan ${oneLine(plan.plan)}`, oneLine(plan.about));
	return [line(`mode ${mode.mode}`, inWords(mode.reason)), ...(planLine ? [planLine] : [])];
}

/** Returns the status of a group of calls that have all ended. */
function groupStatus(calls: readonly CallNode[]): NodeStatus {
	if (calls.some(({ status }) => status === 'cancelled')) return 'cancelled';
	return calls.every(({ status }) => status === 'failed') ? 'failed' : 'done';
}

function isNode(entry: TreeNode | readonly CallNode[]): entry is TreeNode {
	return !Array.isArray(entry);
}

/** Keeps the first line and the newest ones, and says between them how many are hidden. */
function fitHeight(lines: readonly Line[], height: number): Line[] {
	const [first, ...rest] = lines;
	if (!first || lines.length <= height) return [...lines];
	if (height < 3) return lines.slice(-height);
	const kept = rest.slice(-(height - 2));
	const title = `${plural(rest.length - kept.length, 'earlier line')}`;
	return [first, { guide: '', icon: '⋮', style: 'dim', title, note: '', figures: '' }, ...kept];
}

const MIN_WIDTH_FOR_FIGURES = 50;
/** Minimum columns for a title, where the terminal has them. */
const MIN_ROOM = 10;

/** Formats one line, no wider than the view, with the figures at the right margin. */
function draw({ guide, icon, style, title, note, figures }: Line, { width, color }: TreeView): string {
	const paint = (text: string, how: Style) =>
		color && text !== '' ? styleText(how, text, { validateStream: false }) : text;
	// Deep inside child runs a line loses its figures first, then its guides.
	const shownGuide = clip(guide, width - MIN_ROOM);
	const all = Math.max(0, width - columnsOf(shownGuide) - columnsOf(icon) - 1);
	const wanted = width >= MIN_WIDTH_FOR_FIGURES && figures !== '' ? columnsOf(figures) + 2 : 0;
	const margin = all - wanted >= MIN_ROOM ? wanted : 0;
	const room = all - margin;
	const shownTitle = clip(title, room);
	const shownNote = clip(note, Math.max(0, room - columnsOf(shownTitle) - 2));
	const gap = shownNote === '' ? '' : '  ';
	const left = `${paint(shownGuide, 'dim')}${paint(icon, style)} ${shownTitle}${gap}${paint(shownNote, 'dim')}`;
	if (margin === 0) return left;
	const used = columnsOf(shownTitle) + gap.length + columnsOf(shownNote);
	return `${left}${' '.repeat(room - used + 2)}${paint(figures, 'dim')}`;
}

/** Draws the citations in at most a third of the height: the newest nodes matter more. */
function citationsOf(run: RunNode, { width, height, color }: TreeView): string[] {
	if (run.citations.length === 0) return [];
	const room = Math.max(1, Math.floor(height / 3) - 1);
	const lines = citationLines(run.citations);
	const shown = lines.length > room ? [...lines.slice(0, room - 1), `and ${lines.length - room + 1} more`] : lines;
	const heading = color ? styleText('bold', 'citations', { validateStream: false }) : 'citations';
	return [heading, ...shown.map((line) => clip(`  ${line}`, width))];
}
