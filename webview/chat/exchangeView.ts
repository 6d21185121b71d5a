import { html, nothing, type TemplateResult } from 'lit';
import type { ErrorAction } from '../../src/core/errors.ts';
import type { ExchangeAction, ShownExchange, ShownPlace } from '../../src/protocol/chat.ts';
import { type IconName, icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { markdown } from '../shared/markdown.ts';
import { type CitedPlace, placeLink, placeText } from '../shared/places.ts';

/** Most places listed below an answer. */
const SHOWN_PLACES = 12;

/** Actions behind the buttons and links of an exchange. */
export interface ExchangeActions {
	act(exchangeId: string, action: ExchangeAction): void;
	openPlace(exchangeId: string, place: CitedPlace): void;
}

interface Rendered {
	readonly text: string;
	/** Places become links once the answer is complete. */
	readonly state: ShownExchange['state'];
	readonly element: HTMLElement;
}

/** Draws exchanges and caches their rendered Markdown, which is drawn often and rarely changes. */
export class ExchangeView {
	readonly #actions: ExchangeActions;
	readonly #rendered = new Map<string, Rendered>();

	constructor(actions: ExchangeActions) {
		this.#actions = actions;
	}

	/** Drops the cached Markdown of all other exchanges. */
	keepOnly(exchanges: readonly ShownExchange[]): void {
		const ids = new Set(exchanges.map(({ id }) => id));
		for (const id of this.#rendered.keys()) if (!ids.has(id)) this.#rendered.delete(id);
	}

	draw(exchange: ShownExchange, isLast: boolean): TemplateResult {
		const isLive = exchange.state === 'collecting' || exchange.state === 'running';
		const text = isLive ? exchange.draft : exchange.answer;
		return html`<article class="exchange" data-state=${exchange.state}>
			<h2 class="question"><span class="hidden">${t('You asked')}</span>${exchange.question}</h2>
			${text === '' ? nothing : this.#text(exchange, text)}
			${isLive ? this.#progress(exchange) : html`${this.#evidence(exchange)}${this.#problems(exchange)}${this.#footer(exchange, isLast)}`}
		</article>`;
	}

	#text(exchange: ShownExchange, text: string): HTMLElement {
		const known = this.#rendered.get(exchange.id);
		if (known?.text === text && known.state === exchange.state) return known.element;
		const element = markdown(text, (place) =>
			placeLink(place, exchange.citations.filter(isThere), (target) => this.#actions.openPlace(exchange.id, target)),
		);
		this.#rendered.set(exchange.id, { text, state: exchange.state, element });
		return element;
	}

	#progress(exchange: ShownExchange): TemplateResult {
		return html`<p class="progress">
			${icon('loading', 'spin')}<span class="grow">${exchange.progress}</span>
			${exchange.state === 'running' ? this.#link(exchange, 'answer-now', t('Answer Now')) : nothing}
			${this.#link(exchange, 'show-run', t('Show Run'))}
		</p>`;
	}

	#evidence(exchange: ShownExchange): TemplateResult | typeof nothing {
		if (exchange.citations.length === 0) return nothing;
		const more = exchange.citations.length - SHOWN_PLACES;
		const link = (place: ShownPlace) => {
			const fault =
				place.problem === undefined ? nothing : html`<span class="fault"> ${icon('warning')} ${place.problem}</span>`;
			if (!isThere(place)) return html`<li>${placeText(place)}${fault}</li>`;
			const open = (event: Event) => {
				event.preventDefault();
				this.#actions.openPlace(exchange.id, place);
			};
			return html`<li><a href="#" class="place" @click=${open}>${placeText(place)}</a>${fault}</li>`;
		};
		return html`<ul class="places" aria-label=${t('Evidence')}>
			${exchange.citations.slice(0, SHOWN_PLACES).map(link)}
			${more > 0 ? html`<li>${t('and {0} more', more)}</li>` : nothing}
		</ul>`;
	}

	#problems(exchange: ShownExchange): TemplateResult {
		const { error, notes, doubts } = exchange;
		return html`
			${doubts.length === 0 ? nothing : this.#doubts(doubts)}
			${notes.map((note) => html`<p class="note">${note}</p>`)}
			${error ? this.#error(exchange, error) : nothing}
		`;
	}

	#doubts(doubts: readonly string[]): TemplateResult {
		return html`<details class="note">
			<summary>${icon('warning')} ${t('Doubts about this answer')} (${doubts.length})</summary>
			<ul>
				${doubts.map((doubt) => html`<li>${doubt}</li>`)}
			</ul>
		</details>`;
	}

	#error(exchange: ShownExchange, { message, actions }: NonNullable<ShownExchange['error']>): TemplateResult {
		const labels: Record<ErrorAction, string> = {
			retry: t('Retry'),
			'use-builtin': t('Answer with the Built-in Engine'),
			'add-server': t('Add Server…'),
			'edit-settings': t('Open Settings'),
			'set-key': t('Set API Key…'),
			'set-sandbox-token': t('Set Token…'),
			'show-log': t('Show Log'),
		};
		return html`<div class="error">
			${icon('error')}
			<p>${message}</p>
			<div class="error-actions">
				${actions.map(
					(action) =>
						html`<vscode-button ?secondary=${action !== 'retry'} @click=${() => this.#actions.act(exchange.id, action)}>${labels[action]}</vscode-button>`,
				)}
			</div>
		</div>`;
	}

	#footer(exchange: ShownExchange, isLast: boolean): TemplateResult {
		const button = (action: ExchangeAction, name: IconName, label: string) =>
			html`<button class="tool" title=${label} aria-label=${label} @click=${() => this.#actions.act(exchange.id, action)}>${icon(name)}</button>`;
		return html`<footer class="footer">
			<span class="figures" title=${exchange.contextLabel}>${exchange.figures}</span>
			${exchange.figures === '' ? nothing : this.#link(exchange, 'show-run', t('Show Run'))}
			<span class="tools">
				${
					exchange.answer === ''
						? nothing
						: html`${button('copy', 'copy', t('Copy'))}
							${button('insert', 'insert', t('Insert at Cursor'))}
							${button('open', 'go-to-file', t('Open as Document'))}`
				}
				${isLast && !exchange.error ? button('regenerate', 'refresh', t('Ask Again')) : nothing}
			</span>
		</footer>`;
	}

	#link(exchange: ShownExchange, action: ExchangeAction, label: string): TemplateResult {
		return html`<button class="link" @click=${() => this.#actions.act(exchange.id, action)}>${label}</button>`;
	}
}

/** Whether there are lines to open. */
function isThere({ isMissing }: ShownPlace): boolean {
	return isMissing !== true;
}
