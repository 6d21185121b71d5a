import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { NodeStatus, TreeNode } from '../../src/core/tree.ts';
import { type IconName, icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { costText, durationText, statusText, textsOf, tokensText } from './nodeTexts.ts';
import { parentRow, type Row, rowAfterKey, rowByText } from './rows.ts';
import type { Store } from './store.ts';

/** Height of a line, as in VS Code's own trees. Pixels */
const ROW_HEIGHT = 22;
/** A longer pause in typing starts a new word. ms */
const TYPING_MS = 800;

const STATUS_ICONS: Readonly<Record<NodeStatus, IconName>> = {
	running: 'loading',
	done: 'check',
	failed: 'error',
	partial: 'warning',
	cancelled: 'circle-slash',
};

/**
 * The tree of a run. Only visible lines are in the document, however many there are. One element has the focus
 * and names the active line, as VS Code's own trees do.
 */
export class TreeView {
	readonly element: HTMLElement;
	readonly #store: Store;
	readonly #canvas = document.createElement('div');
	readonly #window = document.createElement('div');
	readonly #virtualizer: Virtualizer<HTMLElement, HTMLElement>;
	readonly #onOpen: () => void;
	#typed = '';
	#typedAt = 0;
	#revealed: string | undefined;
	#hasRestoredScroll = false;

	/** @param onOpen called when the user asks for the details of the selected line */
	constructor(store: Store, onOpen: () => void) {
		this.#store = store;
		this.#onOpen = onOpen;
		this.element = document.createElement('div');
		this.element.className = 'tree';
		this.element.tabIndex = 0;
		this.element.role = 'tree';
		this.#canvas.className = 'tree-canvas';
		this.#canvas.role = 'presentation';
		this.#window.className = 'tree-window';
		this.#window.role = 'presentation';
		this.#canvas.append(this.#window);
		this.element.append(this.#canvas);
		this.#virtualizer = new Virtualizer({ ...this.#options(), count: 0 });
		this.#virtualizer._didMount();
		this.#listen();
	}

	#options() {
		return {
			count: this.#store.rows.length,
			getScrollElement: () => this.element,
			estimateSize: () => ROW_HEIGHT,
			scrollToFn: elementScroll,
			observeElementRect,
			observeElementOffset,
			overscan: 8,
			onChange: () => this.#drawWindow(),
		};
	}

	/** Draws the visible lines. */
	draw(): void {
		const { rows, run } = this.#store;
		this.element.ariaLabel = t('Run');
		this.element.ariaBusy = String(this.#store.isLive);
		this.#virtualizer.setOptions(this.#options());
		this.#virtualizer._willUpdate();
		this.#canvas.style.height = `${rows.length * ROW_HEIGHT}px`;
		this.#scrollByItself(run?.id);
		this.#virtualizer.scrollOffset = this.element.scrollTop; // else the virtualizer learns it with the next scroll event
		this.#drawWindow();
	}

	/** Scrolls to where the page was before it was hidden, to new lines, and to lines selected elsewhere. */
	#scrollByItself(runId: string | undefined): void {
		const { rows, isFollowing, isLive, selectedId, scrollTop } = this.#store;
		if (!this.#hasRestoredScroll && scrollTop > 0 && rows.length * ROW_HEIGHT > scrollTop) {
			this.#hasRestoredScroll = true;
			this.element.scrollTop = scrollTop;
		}
		const key = `${runId} ${selectedId}`;
		if (this.element.clientHeight === 0) return;
		const isPulled = isFollowing && isLive;
		if (isPulled) this.element.scrollTop = this.element.scrollHeight;
		else if (this.#revealed !== key) this.#scrollTo(this.#selectedIndex());
		this.#revealed = isPulled ? undefined : key;
	}

	#scrollTo(index: number): void {
		if (index < 0) return;
		const top = index * ROW_HEIGHT;
		const { scrollTop, clientHeight } = this.element;
		if (top < scrollTop) this.element.scrollTop = top;
		else if (top + ROW_HEIGHT > scrollTop + clientHeight) this.element.scrollTop = top + ROW_HEIGHT - clientHeight;
	}

	#selectedIndex(): number {
		const { rows, selectedId } = this.#store;
		return rows.findIndex(({ node }) => node.id === selectedId);
	}

	#drawWindow(): void {
		const { rows, selectedId } = this.#store;
		const items = this.#virtualizer.getVirtualItems();
		const shown = items.flatMap(({ index }) => rows[index] ?? []);
		const now = Date.now();
		this.#window.style.transform = `translateY(${(items[0]?.index ?? 0) * ROW_HEIGHT}px)`;
		const isShown = shown.some(({ node }) => node.id === selectedId);
		if (isShown && selectedId !== undefined) this.element.setAttribute('aria-activedescendant', rowId(selectedId));
		else this.element.removeAttribute('aria-activedescendant');
		render(
			repeat(
				shown,
				({ node }) => node.id,
				(row) => this.#row(row, row.node.id === selectedId, now),
			),
			this.#window,
		);
	}

	#row({ node, level, position, siblings, isExpanded }: Row, isSelected: boolean, now: number): TemplateResult {
		const { title, note } = textsOf(node);
		const figures = {
			tokens: tokensText(node.subtree),
			cost: costText(node.subtree) ?? '',
			time: durationText(node, now),
		};
		return html`<div
			id=${rowId(node.id)}
			class="row level-${Math.min(level, 12)} ${isSelected ? 'selected' : ''}"
			role="treeitem"
			data-node=${node.id}
			aria-level=${level}
			aria-posinset=${position}
			aria-setsize=${siblings}
			aria-selected=${isSelected}
			aria-expanded=${isExpanded ?? nothing}
		>
			<span class="twistie">${isExpanded === undefined ? nothing : icon(isExpanded ? 'chevron-down' : 'chevron-right')}</span>
			${icon(STATUS_ICONS[node.status], `status ${node.status}`)}
			<span class="title ${node.kind}">${title}</span>
			<span class="note ${node.kind === 'code' && !isFailed(node) ? 'mono' : ''}">${note}</span>
			<span class="spoken">${statusText(node.status)}</span>
			<span class="figure tokens">${figures.tokens === '' ? nothing : html`${figures.tokens}<span class="spoken">${t('tokens')}</span>`}</span>
			${this.#hasCosts ? html`<span class="figure cost">${figures.cost}</span>` : nothing}
			<span class="figure time">${figures.time}</span>
		</div>`;
	}

	/** Whether to show the column of costs: only where a price is known. */
	get #hasCosts(): boolean {
		const { root } = this.#store;
		return root !== undefined && (costText(root.subtree) ?? '') !== '';
	}

	#listen(): void {
		const { element } = this;
		element.addEventListener('keydown', (event) => this.#onKey(event));
		element.addEventListener('click', (event) => this.#onClick(event));
		element.addEventListener('dblclick', (event) => this.#onDoubleClick(event));
		element.addEventListener('wheel', ({ deltaY }) => deltaY < 0 && this.#store.follow(false), { passive: true });
		element.addEventListener('touchmove', () => this.#store.follow(false), { passive: true });
		element.addEventListener('pointerdown', ({ offsetX, target }) => {
			const isScrollbar = target === element && offsetX > element.clientWidth;
			if (isScrollbar) this.#store.follow(false);
		});
		element.addEventListener('scroll', () => {
			this.#store.scrollTop = element.scrollTop;
		});
	}

	#onClick(event: MouseEvent): void {
		const row = this.#rowAt(event);
		if (!row) return;
		if ((event.target as Element).closest('.twistie') && row.isExpanded !== undefined) {
			this.#store.expand(row.node.id, !row.isExpanded);
		} else this.#choose(row.node.id);
	}

	#onDoubleClick(event: MouseEvent): void {
		const row = this.#rowAt(event);
		if (row?.isExpanded !== undefined) this.#store.expand(row.node.id, !row.isExpanded);
	}

	#rowAt(event: MouseEvent): Row | undefined {
		const id = (event.target as Element).closest<HTMLElement>('[data-node]')?.dataset.node;
		return this.#store.rows.find(({ node }) => node.id === id);
	}

	/** Keeps the line that the user selects in sight while the run goes on. */
	#choose(nodeId: string): void {
		this.#store.follow(false);
		this.#store.select(nodeId);
	}

	#onKey(event: KeyboardEvent): void {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const { rows } = this.#store;
		const index = this.#selectedIndex();
		const row = rows[index];
		const pageRows = Math.max(1, Math.floor(this.element.clientHeight / ROW_HEIGHT) - 1);
		const moved = rowAfterKey(rows, index, event.key, pageRows);
		if (moved !== undefined) this.#chooseRow(moved);
		else if (event.key === 'ArrowRight' && row) this.#right(row, index);
		else if (event.key === 'ArrowLeft' && row) this.#left(row, index);
		else if (event.key === ' ' && row?.isExpanded !== undefined) this.#store.expand(row.node.id, !row.isExpanded);
		else if (event.key === 'Enter') this.#onOpen();
		else if (event.key.length === 1 && event.key !== ' ') this.#type(event, index);
		else return;
		event.preventDefault();
	}

	#right(row: Row, index: number): void {
		if (row.isExpanded === false) this.#store.expand(row.node.id, true);
		else if (row.isExpanded) this.#chooseRow(index + 1);
	}

	#left(row: Row, index: number): void {
		if (row.isExpanded) this.#store.expand(row.node.id, false);
		else this.#chooseRow(parentRow(this.#store.rows, index));
	}

	#type({ key, timeStamp }: KeyboardEvent, index: number): void {
		this.#typed = timeStamp - this.#typedAt > TYPING_MS ? key : this.#typed + key;
		this.#typedAt = timeStamp;
		this.#chooseRow(rowByText(this.#store.rows, index, this.#typed, ({ node }) => textsOf(node).title));
	}

	#chooseRow(index: number): void {
		const row = this.#store.rows[index];
		if (row) this.#choose(row.node.id);
	}
}

function isFailed(node: TreeNode): boolean {
	return node.status === 'failed';
}

function rowId(nodeId: string): string {
	return `row-${nodeId}`;
}
