import type { RunEvent } from '../../src/core/events.ts';
import { emptyTree, endUnfinished, foldEvent, type RunTree, rootRun, type TreeNode } from '../../src/core/tree.ts';
import type { FromPanel, NodeText, ShownRun, ToPanel } from '../../src/protocol/panel.ts';
import { type Filter, isFiltering, NO_FILTER, type Row, visibleRows } from './rows.ts';

/** State that the page keeps while hidden or reloaded. The extension sends everything else. */
export interface Kept {
	readonly runId: string | undefined;
	readonly selectedId: string | undefined;
	readonly tab: Tab;
	readonly isFollowing: boolean;
	readonly scrollTop: number;
}

export type Tab = 'tree' | 'timeline';

/** Full texts of a node, or why they are missing. */
export type Texts =
	| { readonly state: 'loading' }
	| { readonly state: 'there'; readonly texts: readonly NodeText[] }
	| { readonly state: 'failed'; readonly message: string };

/** Most nodes whose full texts stay in the page. */
const MAX_TEXTS = 20;
/** How long a node is selected before its texts are fetched. ms */
const TEXTS_DELAY_MS = 120;
/** Pause in typing that starts a search. ms */
const SEARCH_DELAY_MS = 250;

/** All state of the panel. Every change schedules a drawing. */
export class Store {
	run: ShownRun | undefined;
	/** Whether this run is the only one. */
	isOnlyRun = true;
	tree: RunTree = emptyTree();
	tab: Tab = 'tree';
	selectedId: string | undefined;
	isFollowing = true;
	filter: Filter = NO_FILTER;
	searchText = '';
	/** State of the search in words; empty without a search. */
	searchNote: 'none' | 'searching' | 'cut' | 'failed' | '' = '';
	scrollTop = 0;
	/** Counts changes that affect the rows. */
	version = 0;
	readonly expansion = new Map<string, boolean>();
	readonly #texts = new Map<string, Texts>();
	readonly #post: (message: FromPanel) => void;
	readonly #changed: () => void;
	#rows: readonly Row[] = [];
	#rowsVersion = -1;
	#request = 0;
	#textsTimer = 0;
	#searchTimer = 0;
	/** State kept of a run that may be shown again. */
	#kept: Kept | undefined;
	#keptSelection: string | undefined;
	readonly #asked = new Map<number, string>();

	/** @param changed schedules a drawing */
	constructor(post: (message: FromPanel) => void, kept: Kept | undefined, changed: () => void) {
		this.#post = post;
		this.#changed = changed;
		this.#kept = kept;
		if (kept) this.tab = kept.tab;
	}

	get kept(): Kept {
		const { run, selectedId, tab, isFollowing, scrollTop } = this;
		if (!run && this.#kept) return { ...this.#kept, tab };
		return { runId: run?.id, selectedId, tab, isFollowing, scrollTop };
	}

	get rows(): readonly Row[] {
		if (this.#rowsVersion !== this.version) {
			this.#rows = visibleRows(this.tree, this.expansion, this.filter);
			this.#rowsVersion = this.version;
		}
		return this.#rows;
	}

	get selected(): TreeNode | undefined {
		return this.selectedId === undefined ? undefined : this.tree.nodes.get(this.selectedId);
	}

	take(message: ToPanel): void {
		switch (message.type) {
			case 'show':
				this.#show(message.run, message.isOnlyRun);
				break;
			case 'changed':
				if (message.run.id === this.run?.id) this.run = message.run;
				this.isOnlyRun = message.isOnlyRun;
				break;
			case 'events':
				this.#fold(message);
				break;
			case 'found':
				this.#takeFound(message);
				break;
			case 'texts':
				this.#takeTexts(message.request, { state: 'there', texts: message.texts });
				break;
			case 'failed':
				this.#takeFailure(message);
		}
		this.#changed();
	}

	#show(run: ShownRun | undefined, isOnlyRun: boolean): void {
		if (run?.id !== this.run?.id) this.#begin(run);
		this.run = run;
		this.isOnlyRun = isOnlyRun;
		this.tree = emptyTree();
		this.selectedId = undefined;
		this.#texts.clear();
		this.#clearSearch();
		this.version++;
	}

	/** Resets the state for another run; restores it for the run from before the page was hidden. */
	#begin(run: ShownRun | undefined): void {
		const kept = run && this.#kept?.runId === run.id ? this.#kept : undefined;
		this.#kept = undefined;
		this.#keptSelection = kept?.selectedId;
		this.isFollowing = kept?.isFollowing ?? true;
		this.scrollTop = kept?.scrollTop ?? 0;
		this.filter = NO_FILTER;
		this.expansion.clear();
	}

	#fold({ runId, events, next }: { runId: string; events: readonly RunEvent[]; next: number }): void {
		if (runId !== this.run?.id) return;
		for (const event of events) foldEvent(this.tree, event);
		// An interrupted run gets no further events.
		if (this.run.state === 'interrupted') endUnfinished(this.tree, this.run.endedAt ?? Date.now());
		if (events.some(changesRows) || isFiltering(this.filter)) this.version++;
		this.#selectByItself(events);
		// A node that was selected while it was under way now has its full texts.
		if (events.some(({ nodeId }) => nodeId === this.selectedId)) this.#fetchTextsSoon();
		this.#post({ type: 'folded', runId, next });
	}

	/** Selects the node from before the page was hidden; else the newest one, and at the end the answer. */
	#selectByItself(events: readonly RunEvent[]): void {
		if (this.#keptSelection !== undefined && this.tree.nodes.has(this.#keptSelection)) {
			this.select(this.#keptSelection);
			this.#keptSelection = undefined;
			return;
		}
		const newest = events.findLast(({ type }) => type === 'iteration-start' || type === 'code-start');
		const hasEnded = this.root?.outcome !== undefined;
		if (this.isFollowing && newest && !hasEnded) this.select(newest.nodeId);
		else if (this.selectedId === undefined || (hasEnded && this.isFollowing)) this.select(this.tree.root);
	}

	select(nodeId: string | undefined): void {
		if (nodeId === undefined || nodeId === this.selectedId) return;
		this.selectedId = nodeId;
		this.#keptSelection = undefined;
		this.#fetchTextsSoon();
		this.#changed();
	}

	/** Opens the ancestors of a node and selects it. */
	reveal(nodeId: string): void {
		for (let node = this.tree.nodes.get(nodeId); node?.parentId !== undefined; ) {
			this.expansion.set(node.parentId, true);
			node = this.tree.nodes.get(node.parentId);
		}
		this.version++;
		this.isFollowing = false;
		this.select(nodeId);
	}

	expand(nodeId: string, isOpen: boolean): void {
		this.expansion.set(nodeId, isOpen);
		this.version++;
		this.#changed();
	}

	follow(isFollowing: boolean): void {
		if (this.isFollowing === isFollowing) return;
		this.isFollowing = isFollowing;
		this.#changed();
	}

	showTab(tab: Tab): void {
		this.tab = tab;
		this.#changed();
	}

	setFilter(change: Partial<Pick<Filter, 'status' | 'kind'>>): void {
		this.filter = { ...this.filter, ...change };
		this.version++;
		this.#changed();
	}

	search(text: string): void {
		this.searchText = text;
		clearTimeout(this.#searchTimer);
		if (text.trim() === '') {
			this.#clearSearch();
			this.version++;
		} else {
			this.searchNote = 'searching';
			this.#searchTimer = setTimeout(() => this.#startSearch(text), SEARCH_DELAY_MS) as unknown as number;
		}
		this.#changed();
	}

	#startSearch(text: string): void {
		if (!this.run) return;
		this.#request++;
		this.#asked.set(this.#request, 'search');
		this.#post({ type: 'search', request: this.#request, runId: this.run.id, text: text.trim().slice(0, 1000) });
	}

	#clearSearch(): void {
		this.searchText = '';
		this.searchNote = '';
		this.filter = { ...this.filter, found: undefined };
		this.#asked.clear();
	}

	#takeFound({ request, nodeIds, isCut }: { request: number; nodeIds: readonly string[]; isCut: boolean }): void {
		if (!this.#asked.delete(request) || request !== this.#request || this.searchText === '') return;
		this.filter = { ...this.filter, found: new Set(nodeIds) };
		this.searchNote = nodeIds.length === 0 ? 'none' : isCut ? 'cut' : '';
		this.version++;
	}

	#takeFailure({ request, message }: { request: number; message: string }): void {
		if (this.#asked.get(request) === 'search') this.searchNote = 'failed';
		this.#takeTexts(request, { state: 'failed', message });
	}

	/** Gives the full texts of a node, if they were requested. */
	textsOf(node: TreeNode): Texts | undefined {
		return this.#texts.get(node.id);
	}

	#fetchTextsSoon(): void {
		clearTimeout(this.#textsTimer);
		this.#textsTimer = setTimeout(() => this.#fetchTexts(), TEXTS_DELAY_MS) as unknown as number;
	}

	#fetchTexts(): void {
		const nodeId = this.selectedId;
		if (nodeId === undefined) return;
		const node = this.tree.nodes.get(nodeId);
		const isComplete = node?.kind === 'iteration' ? node.message !== undefined : node?.status !== 'running';
		if (!node || !this.run?.hasJournal || !isComplete || this.#texts.has(nodeId)) return;
		this.#request++;
		// A newer request ends the previous one, which may then be repeated.
		for (const [id, { state }] of this.#texts) if (state === 'loading') this.#texts.delete(id);
		this.#asked.set(this.#request, nodeId);
		this.#texts.set(nodeId, { state: 'loading' });
		for (const id of [...this.#texts.keys()].slice(0, -MAX_TEXTS)) this.#texts.delete(id);
		this.#post({ type: 'texts', request: this.#request, runId: this.run.id, nodeId });
		this.#changed();
	}

	#takeTexts(request: number, texts: Texts): void {
		const nodeId = this.#asked.get(request);
		if (nodeId === undefined || nodeId === 'search') return;
		this.#asked.delete(request);
		if (this.#texts.has(nodeId)) this.#texts.set(nodeId, texts);
	}

	/** Whether anything on the page changes by itself. */
	get isLive(): boolean {
		return this.run?.state === 'running' || this.run?.state === 'collecting';
	}

	get root() {
		return rootRun(this.tree);
	}
}

/** Tells whether events change the set of lines. Streamed text changes only what lines say. */
function changesRows({ type }: RunEvent): boolean {
	return type.endsWith('-start') || type === 'run-end';
}
