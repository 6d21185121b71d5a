import { html, nothing, type TemplateResult } from 'lit';
import type { Citation } from '../../src/core/events.ts';
import type { RunNode } from '../../src/core/tree.ts';
import { canBeOpened, citationFault, conflictText } from '../../src/protocol/evidence.ts';
import { icon } from '../shared/icons.ts';
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
		${folded(
			t('Passages that contradict each other'),
			run.conflicts.map((conflict) => conflictText(conflict)),
		)}
		${folded(
			t('Sentences that rest on nothing that was read'),
			run.unsupported.map(({ sentence, terms }) => `${sentence} (${terms.join(', ')})`),
		)}
	</section>`;
}

function answerElement(run: RunNode, actions: Actions): HTMLElement {
	if (rendered?.run !== run || rendered.answer !== run.answer) {
		const element = markdown(run.answer, (place) =>
			placeLink(place, run.citations.filter(canBeOpened), actions.openPlace),
		);
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
	const { path, startLine, endLine, quote, quoted = '' } = citation;
	const place = { path, startLine, endLine };
	const fault = citationFault(citation, t);
	const text = fault === undefined ? quote : quoted;
	return html`<li>
		${canBeOpened(citation) ? placeButton(place, actions) : html`<span class="place">${placeText(place)}</span>`}
		${fault === undefined ? nothing : html`<strong class="fault">${icon('warning')} ${fault}</strong>`}
		${text.trim() === '' ? nothing : html`<pre class="quote">${text}</pre>`}
	</li>`;
}

/** A list below a line that opens it. */
function folded(title: string, items: readonly string[]): TemplateResult | typeof nothing {
	if (items.length === 0) return nothing;
	return html`<details>
		<summary>${title} (${items.length})</summary>
		<ul>
			${items.map((item) => html`<li>${item}</li>`)}
		</ul>
	</details>`;
}

/** Makes a link to lines of a file. */
export function placeButton(place: CitedPlace, actions: Actions): TemplateResult {
	const open = (event: Event) => {
		event.preventDefault();
		actions.openPlace(place);
	};
	return html`<a href="#" class="place" @click=${open}>${placeText(place)}</a>`;
}
