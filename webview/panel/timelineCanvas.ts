import { formatDuration } from '../../src/core/figures.ts';
import { t } from '../shared/l10n.ts';
import type { Store } from './store.ts';
import { type Bar, type Lanes, type Span, ticks } from './timelineModel.ts';

const LANE_HEIGHT = 10;
const GROUP_GAP = 8;
const AXIS_HEIGHT = 20;
const LABEL_WIDTH = 150;
const ZOOM_STEP = 1.5;
const LONGEST_ZOOM = 10_000;

interface Hit extends Bar {
	readonly top: number;
}

/** The bars of the timeline on a canvas, which the user can zoom and move. */
export class TimelineCanvas {
	readonly element = document.createElement('canvas');
	readonly #store: Store;
	readonly #onChoose: (nodeId: string) => void;
	readonly #onMove: () => void;
	/** Zoom factor; 1 shows the whole run. */
	#zoom = 1;
	/** Share of the run left of the view. */
	#offset = 0;
	#hits: Hit[] = [];
	#bounds = { from: 0, to: 1 };

	/**
	 * @param onChoose called with the node of the bar that the user picks
	 * @param onMove called when the canvas has to be painted again
	 */
	constructor(store: Store, onChoose: (nodeId: string) => void, onMove: () => void) {
		this.#store = store;
		this.#onChoose = onChoose;
		this.#onMove = onMove;
		this.element.setAttribute('aria-hidden', 'true');
		this.element.addEventListener('click', (event) => this.#onClick(event));
		this.element.addEventListener('mousemove', (event) => this.#onHover(event));
		this.element.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
	}

	zoomIn(): void {
		this.#zoomBy(ZOOM_STEP);
	}

	zoomOut(): void {
		this.#zoomBy(1 / ZOOM_STEP);
	}

	/** Zooms and moves by keys. */
	onKey(event: KeyboardEvent): void {
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

	/** Paints the lanes, as wide as the frame that holds the canvas. @param now ms since the epoch */
	paint(groups: readonly Lanes[], frame: HTMLElement, now: number): void {
		const root = this.#store.root;
		const start = root?.startedAt ?? now;
		const length = Math.max(1, (root?.endedAt ?? now) - start);
		const from = start + this.#offset * length;
		this.#bounds = { from, to: from + length / this.#zoom };
		const lanes = groups.reduce((sum, group) => sum + Math.max(2, group.lanes.length), 0);
		const width = frame.clientWidth;
		const height = AXIS_HEIGHT + lanes * LANE_HEIGHT + groups.length * GROUP_GAP + GROUP_GAP;
		const context = this.#sized(width, height);
		if (!context) return;
		const colors = readColors(frame);
		context.clearRect(0, 0, width, height);
		this.#paintAxis(context, colors, { start, width, height });
		this.#hits = [];
		let top = AXIS_HEIGHT + GROUP_GAP / 2;
		for (const group of groups) {
			this.#paintGroup(context, colors, group, top, width);
			top += Math.max(2, group.lanes.length) * LANE_HEIGHT + GROUP_GAP;
		}
	}

	#zoomBy(factor: number, center = 0.5): void {
		const before = 1 / this.#zoom;
		this.#zoom = Math.min(LONGEST_ZOOM, Math.max(1, this.#zoom * factor));
		this.#moveTo(this.#offset + (before - 1 / this.#zoom) * center);
	}

	#moveTo(offset: number): void {
		this.#offset = Math.min(1 - 1 / this.#zoom, Math.max(0, offset));
		this.#onMove();
	}

	#onWheel(event: WheelEvent): void {
		if (!event.ctrlKey && !event.metaKey && event.deltaX === 0) return;
		event.preventDefault();
		const { width } = this.element.getBoundingClientRect();
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
		this.element.title = hit ? spanText(hit.span, Date.now()) : '';
		this.element.classList.toggle('over', hit !== undefined);
	}

	#hitAt(x: number, y: number): Hit | undefined {
		const { from, to } = this.#bounds;
		const width = Math.max(1, this.element.clientWidth - LABEL_WIDTH);
		const time = from + ((x - LABEL_WIDTH) / width) * (to - from);
		const slack = ((to - from) / width) * 2;
		return this.#hits.find(
			(hit) => y >= hit.top && y < hit.top + LANE_HEIGHT && time >= hit.from - slack && time <= hit.to + slack,
		);
	}

	#sized(width: number, height: number): CanvasRenderingContext2D | null {
		const scale = window.devicePixelRatio || 1;
		this.element.width = Math.round(width * scale);
		this.element.height = Math.round(height * scale);
		this.element.style.width = `${width}px`;
		this.element.style.height = `${height}px`;
		const context = this.element.getContext('2d');
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
