import { html, nothing, type TemplateResult } from 'lit';
import type { ErrorAction } from '../../src/core/errors.ts';
import type { ShownTurn, TurnAction } from '../../src/protocol/chat.ts';
import { type IconName, icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { markdown } from '../shared/markdown.ts';
import { type CitedPlace, placeLink, placeText } from '../shared/places.ts';

/** Places listed below an answer. */
const SHOWN_PLACES = 12;

/** What a turn can make the page do. */
export interface TurnActions {
	act(turnId: string, action: TurnAction): void;
	openPlace(turnId: string, place: CitedPlace): void;
}

interface Rendered {
	readonly text: string;
	/** Places become links when the answer is whole. */
	readonly state: ShownTurn['state'];
	readonly element: HTMLElement;
}

/** Draws turns, and keeps what was rendered of each: Markdown is drawn often and changes seldom. */
export class TurnView {
	readonly #actions: TurnActions;
	readonly #rendered = new Map<string, Rendered>();

	constructor(actions: TurnActions) {
		this.#actions = actions;
	}

	/** Forgets what was rendered of turns that are not there any more. */
	keepOnly(turns: readonly ShownTurn[]): void {
		const ids = new Set(turns.map(({ id }) => id));
		for (const id of this.#rendered.keys()) if (!ids.has(id)) this.#rendered.delete(id);
	}

	draw(turn: ShownTurn, isLast: boolean): TemplateResult {
		const isLive = turn.state === 'collecting' || turn.state === 'running';
		const text = isLive ? turn.draft : turn.answer;
		return html`<article class="turn" data-state=${turn.state}>
			<h2 class="question"><span class="hidden">${t('You asked')}</span>${turn.question}</h2>
			${text === '' ? nothing : this.#text(turn, text)}
			${isLive ? this.#progress(turn) : html`${this.#evidence(turn)}${this.#problems(turn)}${this.#footer(turn, isLast)}`}
		</article>`;
	}

	#text(turn: ShownTurn, text: string): HTMLElement {
		const known = this.#rendered.get(turn.id);
		if (known?.text === text && known.state === turn.state) return known.element;
		const element = markdown(text, (place) =>
			placeLink(place, turn.citations, (target) => this.#actions.openPlace(turn.id, target)),
		);
		this.#rendered.set(turn.id, { text, state: turn.state, element });
		return element;
	}

	#progress(turn: ShownTurn): TemplateResult {
		return html`<p class="progress">
			${icon('loading', 'spin')}<span class="grow">${turn.progress}</span>
			${turn.state === 'running' ? this.#link(turn, 'answer-now', t('Answer Now')) : nothing}
			${this.#link(turn, 'show-run', t('Show Run'))}
		</p>`;
	}

	#evidence(turn: ShownTurn): TemplateResult | typeof nothing {
		if (turn.citations.length === 0) return nothing;
		const more = turn.citations.length - SHOWN_PLACES;
		const link = (place: CitedPlace) => {
			const open = (event: Event) => {
				event.preventDefault();
				this.#actions.openPlace(turn.id, place);
			};
			return html`<li><a href="#" class="place" @click=${open}>${placeText(place)}</a></li>`;
		};
		return html`<ul class="places" aria-label=${t('Evidence')}>
			${turn.citations.slice(0, SHOWN_PLACES).map(link)}
			${more > 0 ? html`<li>${t('and {0} more', more)}</li>` : nothing}
		</ul>`;
	}

	#problems(turn: ShownTurn): TemplateResult {
		const { error, notes } = turn;
		return html`
			${notes.map((note) => html`<p class="note">${note}</p>`)}
			${error ? this.#error(turn, error) : nothing}
		`;
	}

	#error(turn: ShownTurn, { message, actions }: NonNullable<ShownTurn['error']>): TemplateResult {
		const labels: Record<ErrorAction, string> = {
			retry: t('Retry'),
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
						html`<vscode-button ?secondary=${action !== 'retry'} @click=${() => this.#actions.act(turn.id, action)}>${labels[action]}</vscode-button>`,
				)}
			</div>
		</div>`;
	}

	#footer(turn: ShownTurn, isLast: boolean): TemplateResult {
		const button = (action: TurnAction, name: IconName, label: string) =>
			html`<button class="tool" title=${label} aria-label=${label} @click=${() => this.#actions.act(turn.id, action)}>${icon(name)}</button>`;
		return html`<footer class="footer">
			<span class="figures" title=${turn.contextLabel}>${turn.figures}</span>
			${turn.figures === '' ? nothing : this.#link(turn, 'show-run', t('Show Run'))}
			<span class="tools">
				${
					turn.answer === ''
						? nothing
						: html`${button('copy', 'copy', t('Copy'))}
							${button('insert', 'insert', t('Insert at Cursor'))}
							${button('open', 'go-to-file', t('Open as Document'))}`
				}
				${isLast && !turn.error ? button('regenerate', 'refresh', t('Ask Again')) : nothing}
			</span>
		</footer>`;
	}

	#link(turn: ShownTurn, action: TurnAction, label: string): TemplateResult {
		return html`<button class="link" @click=${() => this.#actions.act(turn.id, action)}>${label}</button>`;
	}
}
