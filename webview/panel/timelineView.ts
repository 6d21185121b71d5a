import { html, nothing, render, type TemplateResult } from 'lit';
import { formatDuration } from '../../src/core/figures.ts';
import type { RunTree } from '../../src/core/tree.ts';
import { icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { statusText } from './nodeTexts.ts';
import type { Store } from './store.ts';
import { type Bar, type Lanes, lanesOf, type Span, spansOf, ticks } from './timelineModel.ts';

const LANE_HEIGHT = 10;
const GROUP_GAP = 8;
const AXIS_HEIGHT = 20;
const LABEL_WIDTH = 150;
/** Rows on a page of the table. */
const TABLE_ROWS = 200;
/** Interval at which lanes are laid out during a run: for many thousand calls that takes a frame. ms */
const LAYOUT_MS = 250;
const ZOOM_STEP = 1.5;
const LONGEST_ZOOM = 10_000;

interface Hit extends Bar {
	readonly top: number;
}

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
	readonly #canvas = document.createElement('canvas');
	readonly #onChoose: (nodeId: string) => void;
	/** Zoom factor; 1 shows the whole run. */
	#zoom = 1;
	/** Share of the run left of the view. */
	#offset = 0;
	#isTable = false;
	#page = 0;
	#hits: Hit[] = [];
	#bounds = { from: 0, to: 1 };
	#layout: Layout | undefined;

	/** @param onChoose called with the node of the bar or row that the user picks */
	constructor(store: Store, onChoose: (nodeId: string) => void) {
		this.#store = store;
		this.#onChoose = onChoose;
		this.element.className = 'timeline';
		this.#canvas.setAttribute('aria-hidden', 'true');
		new ResizeObserver(() => this.draw()).observe(this.element);
		this.#canvas.addEventListener('click', (event) => this.#onClick(event));
		this.#canvas.addEventListener('mousemove', (event) => this.#onHover(event));
		this.#canvas.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
	}

	draw(): void {
		if (this.element.clientWidth === 0) return;
		const now = Date.now();
		const { spans, lanes } = this.#laidOut(now);
		render(this.#template(spans, now), this.element);
		if (!this.#isTable && spans.length > 0) this.#paint(lanes, now);
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
			? this.#table(spans, now)
			: html`<div
					class="timeline-canvas"
					tabindex="0"
					role="group"
					aria-label=${t('Timeline of model calls. Plus and minus zoom, arrows move. The table has the same as text.')}
					@keydown=${(event: KeyboardEvent) => this.#onKey(event)}
				>
					${this.#canvas}
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
		return html`${button('zoom-in', t('Zoom In'), () => this.#zoomBy(ZOOM_STEP))}
		${button('zoom-out', t('Zoom Out'), () => this.#zoomBy(1 / ZOOM_STEP))}`;
	}

	#zoomBy(factor: number, center = 0.5): void {
		const before = 1 / this.#zoom;
		this.#zoom = Math.min(LONGEST_ZOOM, Math.max(1, this.#zoom * factor));
		this.#moveTo(this.#offset + (before - 1 / this.#zoom) * center);
	}

	#moveTo(offset: number): void {
		this.#offset = Math.min(1 - 1 / this.#zoom, Math.max(0, offset));
		this.draw();
	}

	#onKey(event: KeyboardEvent): void {
		const width = 1 / this.#zoom;
		const keys: Readonly<Record<string, () => void>> = {
			'+': () => this.#zoomBy(ZOOM_STEP),
			'=': () => this.#zoomBy(ZOOM_STEP),
			'-': () => this.#zoomBy(1 / ZOOM_STEP),
			'0': () => this.#zoomBy(1 / LONGEST_ZOOM),
			ArrowLeft: () => this.#moveTo(this.#offset - width / 5),
			ArrowRight: () => this.#moveTo(this.#offset + width / 5),
			Home: () => this.#moveTo(0),
			End: () => this.#moveTo(1),
		};
		const run = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
		if (!run) return;
		event.preventDefault();
		run();
	}

	#onWheel(event: WheelEvent): void {
		if (!event.ctrlKey && !event.metaKey && event.deltaX === 0) return;
		event.preventDefault();
		const { width } = this.#canvas.getBoundingClientRect();
		if (event.deltaX !== 0) {
			this.#moveTo(this.#offset + event.deltaX / width / this.#zoom);
			return;
		}
		const center = (event.offsetX - LABEL_WIDTH) / Math.max(1, width - LABEL_WIDTH);
		this.#zoomBy(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, Math.max(0, center));
	}

	#onClick({ offsetX, offsetY }: MouseEvent): void {
		const hit = this.#hitAt(offsetX, offsetY);
		if (hit) this.#onChoose(hit.span.nodeId);
	}

	#onHover({ offsetX, offsetY }: MouseEvent): void {
		const hit = this.#hitAt(offsetX, offsetY);
		this.#canvas.title = hit ? spanText(hit.span, Date.now()) : '';
		this.#canvas.classList.toggle('over', hit !== undefined);
	}

	#hitAt(x: number, y: number): Hit | undefined {
		const { from, to } = this.#bounds;
		const width = Math.max(1, this.#canvas.clientWidth - LABEL_WIDTH);
		const time = from + ((x - LABEL_WIDTH) / width) * (to - from);
		const slack = ((to - from) / width) * 2;
		return this.#hits.find(
			(hit) => y >= hit.top && y < hit.top + LANE_HEIGHT && time >= hit.from - slack && time <= hit.to + slack,
		);
	}

	#paint(groups: readonly Lanes[], now: number): void {
		const root = this.#store.root;
		const start = root?.startedAt ?? now;
		const length = Math.max(1, (root?.endedAt ?? now) - start);
		const from = start + this.#offset * length;
		this.#bounds = { from, to: from + length / this.#zoom };
		const lanes = groups.reduce((sum, group) => sum + Math.max(2, group.lanes.length), 0);
		const width = this.element.clientWidth;
		const height = AXIS_HEIGHT + lanes * LANE_HEIGHT + groups.length * GROUP_GAP + GROUP_GAP;
		const context = this.#sized(width, height);
		if (!context) return;
		const colors = readColors(this.element);
		context.clearRect(0, 0, width, height);
		this.#paintAxis(context, colors, { start, width, height });
		this.#hits = [];
		let top = AXIS_HEIGHT + GROUP_GAP / 2;
		for (const group of groups) {
			this.#paintGroup(context, colors, group, top, width);
			top += Math.max(2, group.lanes.length) * LANE_HEIGHT + GROUP_GAP;
		}
	}

	#sized(width: number, height: number): CanvasRenderingContext2D | null {
		const scale = window.devicePixelRatio || 1;
		this.#canvas.width = Math.round(width * scale);
		this.#canvas.height = Math.round(height * scale);
		this.#canvas.style.width = `${width}px`;
		this.#canvas.style.height = `${height}px`;
		const context = this.#canvas.getContext('2d');
		context?.scale(scale, scale);
		return context;
	}

	#x(time: number, width: number): number {
		const { from, to } = this.#bounds;
		return LABEL_WIDTH + ((time - from) / (to - from)) * (width - LABEL_WIDTH);
	}

	#paintAxis(
		context: CanvasRenderingContext2D,
		colors: Colors,
		{ start, width, height }: { start: number; width: number; height: number },
	): void {
		const { from, to } = this.#bounds;
		context.font = colors.font;
		context.textBaseline = 'middle';
		for (const time of ticks(from - start, to - start, (width - LABEL_WIDTH) / 90).times) {
			const x = Math.round(this.#x(start + time, width)) + 0.5;
			context.fillStyle = colors.line;
			context.fillRect(x, AXIS_HEIGHT, 1, height - AXIS_HEIGHT);
			context.fillStyle = colors.dim;
			context.fillText(formatDuration(time), x + 3, AXIS_HEIGHT / 2);
		}
	}

	#paintGroup(context: CanvasRenderingContext2D, colors: Colors, group: Lanes, top: number, width: number): void {
		context.font = colors.font;
		context.textBaseline = 'top';
		context.fillStyle = group.kind === 'waiting' ? colors.dim : colors.text;
		context.fillText(fitted(context, groupTitle(group), LABEL_WIDTH - 16), 8, top);
		context.save();
		context.beginPath();
		context.rect(LABEL_WIDTH, 0, width - LABEL_WIDTH, 1e6);
		context.clip();
		for (const [lane, bars] of group.lanes.entries()) {
			for (const bar of bars) this.#paintBar(context, colors, group.kind, bar, top + lane * LANE_HEIGHT, width);
		}
		context.restore();
	}

	#paintBar(
		context: CanvasRenderingContext2D,
		colors: Colors,
		kind: Lanes['kind'],
		bar: Bar,
		top: number,
		width: number,
	): void {
		if (bar.to < this.#bounds.from || bar.from > this.#bounds.to) return;
		const x = this.#x(bar.from, width);
		const barWidth = Math.max(1.5, this.#x(bar.to, width) - x - 0.5);
		context.fillStyle =
			kind === 'waiting'
				? colors.waiting
				: colors[bar.span.status === 'failed' ? 'failed' : bar.span.isRoot ? 'root' : 'sub'];
		context.fillRect(x, top + 1, barWidth, LANE_HEIGHT - 2);
		if (bar.span.nodeId === this.#store.selectedId) {
			context.strokeStyle = colors.focus;
			context.lineWidth = 2;
			context.strokeRect(x, top + 1, barWidth, LANE_HEIGHT - 2);
		}
		this.#hits.push({ ...bar, top });
	}

	#table(spans: readonly Span[], now: number): TemplateResult {
		const pages = Math.ceil(spans.length / TABLE_ROWS);
		this.#page = Math.min(this.#page, pages - 1);
		const first = this.#page * TABLE_ROWS;
		const start = this.#store.root?.startedAt ?? 0;
		const goTo = (page: number) => () => {
			this.#page = page;
			this.draw();
		};
		return html`<div class="timeline-table" tabindex="0" role="region" aria-label=${t('Model calls')}>
			<table>
				<thead>
					<tr>
						${[t('Call'), t('Server'), t('Began after'), t('Waited'), t('Worked'), t('Status')].map((name) => html`<th scope="col">${name}</th>`)}
					</tr>
				</thead>
				<tbody>
					${spans.slice(first, first + TABLE_ROWS).map((span) => this.#tableRow(span, start, now))}
				</tbody>
			</table>
			${
				pages < 2
					? nothing
					: html`<p class="pages">
				${t('Page {0} of {1}', this.#page + 1, pages)}
				<vscode-button secondary ?disabled=${this.#page === 0} @click=${goTo(this.#page - 1)}>${t('Previous')}</vscode-button>
				<vscode-button secondary ?disabled=${this.#page === pages - 1} @click=${goTo(this.#page + 1)}>${t('Next')}</vscode-button>
			</p>`
			}
		</div>`;
	}

	#tableRow(span: Span, start: number, now: number): TemplateResult {
		const choose = (event: Event) => {
			event.preventDefault();
			this.#onChoose(span.nodeId);
		};
		return html`<tr>
			<td><a href="#" @click=${choose}>${span.isRoot ? t('iteration') : t('sub-call')} ${span.nodeId}</a></td>
			<td>${span.server ?? '–'}</td>
			<td>${formatDuration(span.startedAt - start)}</td>
			<td>${formatDuration(span.begunAt - span.startedAt)}</td>
			<td>${formatDuration(Math.max(0, (span.endedAt ?? now) - span.begunAt))}</td>
			<td>${statusText(span.status)}</td>
		</tr>`;
	}
}

function groupTitle({ server, kind }: Lanes): string {
	if (server === undefined) return t('not answered');
	return kind === 'waiting' ? t('waiting for {0}', server) : server;
}

function spanText({ nodeId, server, startedAt, begunAt, endedAt, isRoot }: Span, now: number): string {
	const worked = formatDuration(Math.max(0, (endedAt ?? now) - begunAt));
	const waited = formatDuration(begunAt - startedAt);
	return `${isRoot ? t('iteration') : t('sub-call')} ${nodeId} · ${server ?? t('not answered')} · ${t('waited {0}, worked {1}', waited, worked)}`;
}

function button(name: 'zoom-in' | 'zoom-out' | 'table' | 'graph-line', label: string, run: () => void): TemplateResult {
	return html`<vscode-toolbar-button label=${label} title=${label} @click=${run}>${icon(name)}</vscode-toolbar-button>`;
}

function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
	if (context.measureText(text).width <= width) return text;
	let length = text.length;
	while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
	return `${text.slice(0, length)}…`;
}

interface Colors {
	readonly text: string;
	readonly dim: string;
	readonly line: string;
	readonly root: string;
	readonly sub: string;
	readonly waiting: string;
	readonly failed: string;
	readonly focus: string;
	readonly font: string;
}

/** Reads the theme's colours from the page, because a canvas has no style sheet. */
function readColors(element: HTMLElement): Colors {
	const style = getComputedStyle(element);
	const color = (name: string) => style.getPropertyValue(name).trim() || style.color;
	return {
		text: style.color,
		dim: color('--vscode-descriptionForeground'),
		line: color('--rlm-hairline'),
		root: color('--vscode-charts-purple'),
		sub: color('--vscode-charts-blue'),
		waiting: color('--rlm-waiting'),
		failed: color('--vscode-charts-red'),
		focus: color('--vscode-focusBorder'),
		font: `11px ${style.fontFamily}`,
	};
}
