import { html, nothing, type TemplateResult } from 'lit';
import { formatDuration } from '../../src/core/figures.ts';
import { t } from '../shared/l10n.ts';
import { statusText } from './nodeTexts.ts';
import type { Span } from './timelineModel.ts';

/** Rows on a page of the table. */
const TABLE_ROWS = 200;

/** The timeline as a table, one page at a time. */
export class TimelineTable {
	readonly #onChoose: (nodeId: string) => void;
	readonly #onPage: () => void;
	#page = 0;

	/**
	 * @param onChoose called with the node of the row that the user picks
	 * @param onPage called when another page has to be drawn
	 */
	constructor(onChoose: (nodeId: string) => void, onPage: () => void) {
		this.#onChoose = onChoose;
		this.#onPage = onPage;
	}

	/** Draws the current page. @param start when the run began @param now both ms since the epoch */
	template(spans: readonly Span[], start: number, now: number): TemplateResult {
		const pages = Math.ceil(spans.length / TABLE_ROWS);
		this.#page = Math.min(this.#page, pages - 1);
		const first = this.#page * TABLE_ROWS;
		const goTo = (page: number) => () => {
			this.#page = page;
			this.#onPage();
		};
		return html`<div class="timeline-table" tabindex="0" role="region" aria-label=${t('Model calls')}>
			<table>
				<thead>
					<tr>
						${[t('Call'), t('Server'), t('Began after'), t('Waited'), t('Worked'), t('Status')].map((name) => html`<th scope="col">${name}</th>`)}
					</tr>
				</thead>
				<tbody>
					${spans.slice(first, first + TABLE_ROWS).map((span) => this.#row(span, start, now))}
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

	#row(span: Span, start: number, now: number): TemplateResult {
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
