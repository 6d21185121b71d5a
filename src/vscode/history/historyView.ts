import {
	commands,
	EventEmitter,
	type ExtensionContext,
	l10n,
	MarkdownString,
	ThemeIcon,
	type TreeDataProvider,
	TreeItem,
	TreeItemCollapsibleState,
	type TreeView,
	window,
} from 'vscode';
import { formatDuration } from '../../core/figures.ts';
import { oneLine, printable } from '../../core/printable.ts';
import { NO_TOTALS } from '../../core/totals.ts';
import type { PastRun } from '../../journal/history.ts';
import { COMMANDS } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';
import type { HistoryStore } from './historyStore.ts';

/** Context key that is true while a search filters the list. */
const FILTERED_KEY = 'rlm.historyFiltered';

interface Group {
	readonly kind: 'group';
	readonly label: string;
	readonly runs: readonly PastRun[];
}

/** An item of the view: a heading, or a run. */
export type HistoryItem = Group | { readonly kind: 'run'; readonly run: PastRun };

/** The list of past runs. Reads journals only when it is shown. */
export class HistoryView implements TreeDataProvider<HistoryItem> {
	readonly #store: HistoryStore;
	readonly #host: QueryHost;
	readonly #view: TreeView<HistoryItem>;
	readonly #onDidChange = new EventEmitter<undefined>();
	readonly onDidChangeTreeData = this.#onDidChange.event;
	#filter = '';

	constructor(context: ExtensionContext, host: QueryHost, store: HistoryStore) {
		this.#host = host;
		this.#store = store;
		this.#view = window.createTreeView('rlm.history', { treeDataProvider: this, showCollapseAll: false });
		context.subscriptions.push(
			this.#view,
			this.#onDidChange,
			host.runs.onDidStart(() => this.refresh()),
			host.runs.onDidEnd(() => this.refresh()),
		);
	}

	refresh(): void {
		this.#onDidChange.fire(undefined);
	}

	/** Shows only runs with this text in question, context or outcome; all runs for an empty text. */
	setFilter(text: string): void {
		this.#filter = text.trim();
		void commands.executeCommand('setContext', FILTERED_KEY, this.#filter !== '');
		this.refresh();
	}

	getTreeItem(item: HistoryItem): TreeItem {
		return item.kind === 'group' ? groupItem(item) : runItem(item.run, this.#store.isPinned(item.run.runId));
	}

	async getChildren(item?: HistoryItem): Promise<HistoryItem[]> {
		if (item?.kind === 'run') return [];
		if (item) return item.runs.map((run) => ({ kind: 'run', run }));
		const groups = await this.#groups();
		const [only] = groups;
		return groups.length === 1 && only ? this.getChildren(only) : groups;
	}

	#tellFilter(found: number): void {
		const text = found > 0 ? l10n.t('Runs with "{0}"', this.#filter) : l10n.t('No runs with "{0}"', this.#filter);
		this.#view.message = this.#filter === '' ? '' : text;
	}

	async #groups(): Promise<Group[]> {
		const here = new Set(this.#host.runs.list().map(({ id }) => id));
		const all = (await this.#store.list()).filter((run) => matches(run, this.#filter));
		this.#tellFilter(all.length);
		const groups = { pinned: [] as PastRun[], here: [] as PastRun[], elsewhere: [] as PastRun[] };
		for (const run of all) {
			if (this.#store.isPinned(run.runId)) groups.pinned.push(run);
			else if (here.has(run.runId)) groups.here.push(run);
			else groups.elsewhere.push(run);
		}
		const named = [
			{ label: l10n.t('Pinned'), runs: groups.pinned },
			{ label: l10n.t('This workspace'), runs: groups.here },
			{ label: l10n.t('Other workspaces'), runs: groups.elsewhere },
		];
		return named.filter(({ runs }) => runs.length > 0).map((group) => ({ kind: 'group', ...group }));
	}
}

function matches({ question, contextLabel, end }: PastRun, filter: string): boolean {
	const wanted = filter.toLowerCase();
	return [question, contextLabel, end?.outcome ?? ''].some((text) => text.toLowerCase().includes(wanted));
}

function groupItem({ label, runs }: Group): TreeItem {
	const item = new TreeItem(label, TreeItemCollapsibleState.Expanded);
	item.description = String(runs.length);
	item.id = `group ${label}`;
	return item;
}

function runItem(run: PastRun, isPinned: boolean): TreeItem {
	const [question, contextLabel] = [oneLine(run.question), oneLine(run.contextLabel)];
	const item = new TreeItem(question, TreeItemCollapsibleState.None);
	const state = stateOf(run);
	const took = run.end ? formatDuration(run.end.at - run.startedAt) : undefined;
	item.id = run.runId;
	item.description = [contextLabel, took].filter(Boolean).join(' · ');
	item.iconPath = new ThemeIcon(state.icon);
	item.contextValue = isPinned ? 'run pinned' : 'run';
	item.command = { command: COMMANDS.historyOpen, title: l10n.t('Show Run'), arguments: [{ kind: 'run', run }] };
	item.tooltip = tooltipOf(run, state.label);
	item.accessibilityInformation = { label: `${question}, ${state.label}, ${contextLabel}` };
	return item;
}

function tooltipOf(run: PastRun, state: string): MarkdownString {
	const text = new MarkdownString();
	text.appendText(printable(run.question));
	text.appendMarkdown('\n\n');
	const { usage, costUsd, unpricedCalls } = run.end?.totals ?? NO_TOTALS;
	const cost = run.end === undefined || unpricedCalls > 0 ? undefined : `$${costUsd.toFixed(4)}`;
	const tokens = run.end && l10n.t('{0} tokens', (usage.promptTokens + usage.completionTokens).toLocaleString());
	const started = new Date(run.startedAt).toLocaleString();
	text.appendText([state, oneLine(run.contextLabel), started, tokens, cost].filter(Boolean).join(' · '));
	return text;
}

function stateOf({ end }: PastRun): { readonly icon: string; readonly label: string } {
	switch (end?.outcome) {
		case 'answered':
			return { icon: 'check', label: l10n.t('answered') };
		case 'partial':
			return { icon: 'warning', label: l10n.t('partial answer') };
		case 'cancelled':
			return { icon: 'circle-slash', label: l10n.t('cancelled') };
		case 'failed':
			return { icon: 'error', label: l10n.t('failed') };
		case undefined:
			return { icon: 'debug-disconnect', label: l10n.t('not finished') };
	}
}
