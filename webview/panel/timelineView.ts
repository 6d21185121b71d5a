import { html, nothing, render, type TemplateResult } from 'lit';
import type { RunTree } from '../../src/core/tree.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import type { Store } from './store.ts';
import { TimelineCanvas } from './timelineCanvas.ts';
import { type Lanes, lanesOf, type Span, spansOf } from './timelineModel.ts';
import { TimelineTable } from './timelineTable.ts';

/** Interval at which lanes are laid out during a run: for many thousand calls that takes a frame. ms */
const LAYOUT_MS = 250;

interface Layout {
	readonly tree: RunTree;
	readonly seq: number;
	readonly at: number;
	readonly spans: readonly Span[];
	readonly lanes: readonly Lanes[];
}

/** The timeline: who waited for which server when, as bars on a canvas or as a table. */
export class TimelineView {
	readonly element = document.createElement('div');
	readonly #store: Store;
	readonly #canvas: TimelineCanvas;
	readonly #table: TimelineTable;
	#isTable = false;
	#layout: Layout | undefined;

	/** @param onChoose called with the node of the bar or row that the user picks */
	constructor(store: Store, onChoose: (nodeId: string) => void) {
		this.#store = store;
		this.#canvas = new TimelineCanvas(store, onChoose, () => this.draw());
		this.#table = new TimelineTable(onChoose, () => this.draw());
		this.element.className = 'timeline';
		new ResizeObserver(() => this.draw()).observe(this.element);
	}

	draw(): void {
		if (this.element.clientWidth === 0) return;
		const now = Date.now();
		const { spans, lanes } = this.#laidOut(now);
		render(this.#template(spans, now), this.element);
		if (!this.#isTable && spans.length > 0) this.#canvas.paint(lanes, this.element, now);
	}

	#laidOut(now: number): Layout {
		const { tree, isLive } = this.#store;
		const old = this.#layout;
		const isFresh = old?.tree === tree && (isLive ? now - old.at < LAYOUT_MS : old.seq === tree.seq);
		if (old && isFresh) return old;
		const spans = spansOf(tree);
		this.#layout = { tree, seq: tree.seq, at: now, spans, lanes: lanesOf(spans, now) };
		return this.#layout;
	}

	#template(spans: readonly Span[], now: number): TemplateResult {
		if (spans.length === 0) return html`<p class="hint">${t('No model has been called yet.')}</p>`;
		const view = this.#isTable
			? this.#table.template(spans, this.#store.root?.startedAt ?? 0, now)
			: html`<div
					class="timeline-canvas"
					tabindex="0"
					role="group"
					aria-label=${t('Timeline of model calls. Plus and minus zoom, arrows move. The table has the same as text.')}
					@keydown=${(event: KeyboardEvent) => this.#canvas.onKey(event)}
				>
					${this.#canvas.element}
				</div>`;
		return html`<div class="timeline-bar" role="toolbar" aria-label=${t('Timeline')}>
				${this.#isTable ? nothing : this.#zoomButtons()}
				${button(
					this.#isTable ? 'graph-line' : 'table',
					this.#isTable ? t('Show as Timeline') : t('Show as Table'),
					() => {
						this.#isTable = !this.#isTable;
						this.draw();
					},
				)}
				<span class="legend">
					<span class="swatch root"></span>${t('iteration')} <span class="swatch sub"></span>${t('sub-call')}
					<span class="swatch waiting"></span>${t('waiting')} <span class="swatch failed"></span>${t('failed')}
				</span>
			</div>
			${view}`;
	}

	#zoomButtons(): TemplateResult {
		return html`${button('zoom-in', t('Zoom In'), () => this.#canvas.zoomIn())}
		${button('zoom-out', t('Zoom Out'), () => this.#canvas.zoomOut())}`;
	}
}

function button(name: 'zoom-in' | 'zoom-out' | 'table' | 'graph-line', label: string, run: () => void): TemplateResult {
	return html`<vscode-toolbar-button label=${label} title=${label} @click=${run}>${icon(name)}</vscode-toolbar-button>`;
}
