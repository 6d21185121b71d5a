import { html, nothing, type TemplateResult } from 'lit';
import type { Citation } from '../../src/core/events.ts';
import type { RunNode } from '../../src/core/tree.ts';
import { t } from '../shared/l10n.ts';
import { markdown } from '../shared/markdown.ts';
import { type CitedPlace, placeLink, placeText } from '../shared/places.ts';
import type { Actions } from './actions.ts';

/** Most citations listed at first. */
const SHOWN_CITATIONS = 100;

/** The rendered answer, cached because it is drawn often and changes once. */
let rendered: { readonly run: RunNode; readonly answer: string; readonly element: HTMLElement } | undefined;

/** Draws the answer of a run with its evidence. */
export function answerView(run: RunNode, actions: Actions): TemplateResult {
	if (run.answer === '') return html`${nothing}`;
	return html`<section class="answer" aria-label=${t('Answer')}>
		${answerElement(run, actions)}
		${run.citations.length === 0 ? nothing : evidence(run.citations, actions)}
	</section>`;
}

function answerElement(run: RunNode, actions: Actions): HTMLElement {
	if (rendered?.run !== run || rendered.answer !== run.answer) {
		const element = markdown(run.answer, (place) => placeLink(place, run.citations, actions.openPlace));
		rendered = { run, answer: run.answer, element };
	}
	return rendered.element;
}

function evidence(citations: readonly Citation[], actions: Actions): TemplateResult {
	return html`<h3>${t('Evidence')}</h3>
		<ul class="evidence">
			${citations.slice(0, SHOWN_CITATIONS).map((citation) => evidenceItem(citation, actions))}
		</ul>
		${citations.length > SHOWN_CITATIONS ? html`<p>${t('and {0} more', citations.length - SHOWN_CITATIONS)}</p>` : nothing}`;
}

function evidenceItem(citation: Citation, actions: Actions): TemplateResult {
	const { path, startLine, endLine, quote } = citation;
	return html`<li>
		${placeButton({ path, startLine, endLine }, actions)}
		${quote.trim() === '' ? nothing : html`<pre class="quote">${quote}</pre>`}
	</li>`;
}

/** Makes a link to lines of a file. */
export function placeButton(place: CitedPlace, actions: Actions): TemplateResult {
	const open = (event: Event) => {
		event.preventDefault();
		actions.openPlace(place);
	};
	return html`<a href="#" class="place" @click=${open}>${placeText(place)}</a>`;
}
