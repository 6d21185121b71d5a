import { html, nothing, render, type TemplateResult } from 'lit';
import { formatDuration } from '../../src/core/figures.ts';
import type { NodeStatus, TreeNode } from '../../src/core/tree.ts';
import type { FromPanel, QueryAction, RunAction, ShownRun } from '../../src/protocol/panel.ts';
import { type IconName, icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import type { Actions } from './actions.ts';
import { detailsTitle, detailsView } from './details.ts';
import { costText, iterationsOf, statusText, tokensText } from './nodeTexts.ts';
import type { Store, Tab } from './store.ts';
import { TimelineView } from './timelineView.ts';
import { TreeView } from './treeView.ts';

/** Interval at which the times of a running run are redrawn. ms */
const CLOCK_MS = 500;
/** On narrower pages the details are below the tree. Pixels */
const NARROW_PX = 620;

/** The page: bar, tabs, tree or timeline, details. Draws the store, at most once a frame. */
export class App {
	readonly #root: HTMLElement;
	readonly #store: Store;
	readonly #actions: Actions;
	readonly #tree: TreeView;
	readonly #timeline: TimelineView;
	#isNarrow = false;
	#frame = 0;
	#clock = 0;
	#announced = '';

	constructor(root: HTMLElement, store: Store, post: (message: FromPanel) => void) {
		this.#root = root;
		this.#store = store;
		this.#actions = actionsOf(store, post);
		this.#tree = new TreeView(store, () => this.#focusDetails());
		this.#timeline = new TimelineView(store, (nodeId) => store.reveal(nodeId));
		new ResizeObserver(([entry]) => this.#resized(entry?.contentRect.width ?? 0)).observe(root);
	}

	/** Schedules drawing for the next frame. */
	invalidate(): void {
		this.#frame ||= requestAnimationFrame(() => {
			this.#frame = 0;
			this.#draw();
		});
	}

	#draw(): void {
		const { run } = this.#store;
		render(run ? this.#page(run) : this.#empty(), this.#root);
		this.#tree.element.hidden = this.#store.tab !== 'tree';
		this.#timeline.element.hidden = this.#store.tab !== 'timeline';
		if (run && this.#store.tab === 'tree') this.#tree.draw();
		if (run && this.#store.tab === 'timeline') this.#timeline.draw();
		clearTimeout(this.#clock);
		if (this.#store.isLive) this.#clock = setTimeout(() => this.invalidate(), CLOCK_MS) as unknown as number;
	}

	#resized(width: number): void {
		const isNarrow = width < NARROW_PX;
		this.#isNarrow = isNarrow;
		this.invalidate();
	}

	#focusDetails(): void {
		this.#root.querySelector<HTMLElement>('.details')?.focus();
	}

	#empty(): TemplateResult {
		const ask = (action: QueryAction, label: string) =>
			html`<vscode-button @click=${() => this.#actions.query(action)}>${label}</vscode-button>`;
		return html`<div class="empty">
			<p>${t('No question has been asked in this window yet. Ask one about')}</p>
			<div class="empty-actions">
				${ask('query-workspace', t('the workspace'))} ${ask('query-buffer', t('the active file'))}
				${ask('query-selection', t('the selection'))}
			</div>
			<p class="hint">${t('A model writes code that reads the text piece by piece, so it may be of any size.')}</p>
		</div>`;
	}

	#page(run: ShownRun): TemplateResult {
		return html`${this.#bar(run)} ${this.#tools(run)}
			<div class="body">
				${run.error !== '' && !this.#store.root ? html`<p class="problem">${icon('error')} ${run.error}</p>` : nothing}
				<vscode-split-layout
					split=${this.#isNarrow ? 'horizontal' : 'vertical'}
					initial-handle-position="55%"
					min-start="120px"
					min-end="100px"
				>
					<div slot="start" class="pane" id="pane" role="tabpanel" aria-labelledby="tab-${this.#store.tab}">
						${this.#tree.element} ${this.#timeline.element}
					</div>
					<section slot="end" class="pane details" tabindex="0" aria-label=${t('Details')}>
						<h2>${detailsTitle(this.#store)}</h2>
						${detailsView(this.#store, this.#actions, Date.now())}
					</section>
				</vscode-split-layout>
			</div>
			<div class="announcer" role="status" aria-live="polite">${this.#announcement(run)}</div>`;
	}

	/** Tells a screen reader that an iteration has begun and how the run ended, but no tokens. */
	#announcement(run: ShownRun): string {
		const { root, tree } = this.#store;
		const newest = root?.children.findLast((id) => tree.nodes.get(id)?.kind === 'iteration');
		const node = newest === undefined ? undefined : tree.nodes.get(newest);
		if (this.#store.isLive && node?.kind === 'iteration') this.#announced = t('Iteration {0}', node.index);
		else if (!this.#store.isLive) this.#announced = runStateText(run.state);
		return this.#announced;
	}

	#bar(run: ShownRun): TemplateResult {
		const { state } = run;
		const pick = () => this.#actions.run('pick-run');
		return html`<header class="bar">
			<button class="run-name" data-run=${run.id} title=${run.question} @click=${pick} aria-label=${t('Run: {0}. Choose another run', run.question)}>
				${icon(STATE_ICONS[state], `status ${state}`)}
				<span class="question">${run.question}</span>
				${icon('chevron-down')}
			</button>
			<span class="summary">${this.#summary(run)}</span>
			<div class="actions" role="toolbar" aria-label=${t('Run')}>${this.#runButtons(run)}</div>
		</header>`;
	}

	#summary(run: ShownRun): string {
		const { root, tree } = this.#store;
		if (!root) return run.progress || runStateText(run.state);
		const iterations = iterationsOf(tree, root);
		const elapsed = formatDuration(Math.max(0, (root.endedAt ?? Date.now()) - root.startedAt));
		const tokens = tokensText(root.subtree);
		return [
			runStateText(run.state),
			iterations === 1 ? t('1 iteration') : t('{0} iterations', iterations),
			tokens && t('{0} tokens', tokens),
			costText(root.subtree) ?? t('price unknown'),
			elapsed,
		]
			.filter((part) => part !== '')
			.join(' · ');
	}

	#runButtons(run: ShownRun): TemplateResult {
		const isRunning = run.state === 'running';
		const button = (action: RunAction, name: IconName, label: string) =>
			html`<vscode-toolbar-button label=${label} title=${label} @click=${() => this.#actions.run(action)}>${icon(name)}</vscode-toolbar-button>`;
		const textButton = (action: RunAction, label: string) =>
			html`<vscode-button secondary @click=${() => this.#actions.run(action)}>${label}</vscode-button>`;
		return html`
			${isRunning ? textButton('answer-now', t('Answer Now')) : nothing}
			${this.#store.isLive ? textButton('cancel', t('Cancel')) : nothing}
			${!this.#store.isLive ? button('rerun', 'refresh', t('Run Again')) : nothing}
			${this.#store.root?.answer ? button('copy-answer', 'copy', t('Copy Answer')) : nothing}
			${this.#store.root && !this.#store.isLive ? button('export', 'export', t('Export…')) : nothing}`;
	}

	#tools(run: ShownRun): TemplateResult {
		const store = this.#store;
		return html`<div class="tools">
			<div class="tabs" role="tablist" aria-label=${t('View')} @keydown=${(event: KeyboardEvent) => this.#onTabKey(event)}>
				${this.#tab('tree', 'list-tree', t('Tree'))} ${this.#tab('timeline', 'graph-line', t('Timeline'))}
			</div>
			${store.tab === 'tree' ? this.#filters() : nothing}
			${store.tab === 'tree' && store.isLive ? this.#followButton() : nothing}
			<span class="search-note" role="status">${this.#searchNote(run)}</span>
		</div>`;
	}

	#tab(tab: Tab, name: IconName, label: string): TemplateResult {
		const isActive = this.#store.tab === tab;
		return html`<button
			id="tab-${tab}"
			role="tab"
			class="tab"
			aria-selected=${isActive}
			aria-controls="pane"
			tabindex=${isActive ? 0 : -1}
			@click=${() => this.#store.showTab(tab)}
		>
			${icon(name)} ${label}
		</button>`;
	}

	#onTabKey(event: KeyboardEvent): void {
		if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
		event.preventDefault();
		const tab = this.#store.tab === 'tree' ? 'timeline' : 'tree';
		this.#store.showTab(tab);
		this.#root.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
	}

	#filters(): TemplateResult {
		const { filter } = this.#store;
		const onSearch = (event: Event) => this.#store.search((event.target as HTMLInputElement).value);
		const statuses: readonly (NodeStatus | 'all')[] = ['all', 'running', 'done', 'failed', 'partial', 'cancelled'];
		const kinds: readonly (TreeNode['kind'] | 'all')[] = ['all', 'run', 'iteration', 'code', 'call'];
		const status = statuses.map((value) => [value, value === 'all' ? t('any status') : statusText(value)] as const);
		const kind = kinds.map((value) => [value, kindText(value)] as const);
		return html`<vscode-textfield
				class="search"
				type="search"
				label=${t('Search in all texts')}
				placeholder=${t('Search in all texts')}
				.value=${this.#store.searchText}
				@input=${onSearch}
			></vscode-textfield>
			${select(t('Status'), filter.status, status, (value) => this.#store.setFilter({ status: value }))}
			${select(t('Kind'), filter.kind, kind, (value) => this.#store.setFilter({ kind: value }))}`;
	}

	#followButton(): TemplateResult {
		const { isFollowing } = this.#store;
		return html`<button
			class="follow"
			aria-pressed=${isFollowing}
			title=${t('Keep what is newest in sight')}
			@click=${() => this.#store.follow(!isFollowing)}
		>
			${icon('arrow-down')} ${t('Follow')}
		</button>`;
	}

	#searchNote(run: ShownRun): string {
		const texts: Record<Store['searchNote'], string> = {
			'': '',
			none: t('Nothing found'),
			searching: t('Searching…'),
			cut: t('Only the first matches are shown'),
			failed: t('The search failed'),
		};
		const { searchNote, root, rows } = this.#store;
		if (searchNote === '' && root && rows.length === 0) return texts.none;
		return texts[searchNote] || (root ? '' : run.progress);
	}
}

const STATE_ICONS: Readonly<Record<ShownRun['state'], IconName>> = {
	collecting: 'loading',
	running: 'loading',
	answered: 'check',
	partial: 'warning',
	cancelled: 'circle-slash',
	failed: 'error',
	interrupted: 'circle-slash',
};

function runStateText(state: ShownRun['state']): string {
	const texts: Record<ShownRun['state'], string> = {
		collecting: t('reading the context'),
		running: t('running'),
		answered: t('answered'),
		partial: t('partial answer'),
		cancelled: t('cancelled'),
		failed: t('failed'),
		interrupted: t('interrupted'),
	};
	return texts[state];
}

function kindText(kind: TreeNode['kind'] | 'all'): string {
	const texts: Record<TreeNode['kind'] | 'all', string> = {
		all: t('any kind'),
		run: t('runs'),
		iteration: t('iterations'),
		code: t('cells'),
		call: t('sub-calls'),
	};
	return texts[kind];
}

/** Makes a list of choices: the browser's own, which themes colour and screen readers know. */
function select<T extends string>(
	label: string,
	value: T,
	options: readonly (readonly [T, string])[],
	choose: (value: T) => void,
): TemplateResult {
	const onChange = (event: Event) => {
		const chosen = options[(event.target as HTMLSelectElement).selectedIndex];
		if (chosen) choose(chosen[0]);
	};
	return html`<select class="choice" aria-label=${label} @change=${onChange}>
		${options.map(([name, text]) => html`<option value=${name} .selected=${name === value}>${text}</option>`)}
	</select>`;
}

function actionsOf(store: Store, post: (message: FromPanel) => void): Actions {
	const withRun = (send: (runId: string) => void) => store.run && send(store.run.id);
	return {
		run: (action) => withRun((runId) => post({ type: 'act', action, runId })),
		query: (action) => post({ type: 'query', action }),
		copyPart: (nodeId, part, index) => withRun((runId) => post({ type: 'copy-part', runId, nodeId, part, index })),
		openPart: (nodeId, part, index) => withRun((runId) => post({ type: 'open-part', runId, nodeId, part, index })),
		openPlace: ({ path, startLine, endLine }) =>
			withRun((runId) => post({ type: 'open-place', runId, path, startLine, endLine })),
	};
}
