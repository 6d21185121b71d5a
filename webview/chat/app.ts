import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { FromChat, ShownExchange } from '../../src/protocol/chat.ts';
import { t } from '../shared/l10n.ts';
import { Composer } from './composer.ts';
import { ExchangeView } from './exchangeView.ts';
import type { Kept, Store } from './store.ts';

/** The page follows new text while the end is no further away than this. Pixels */
const NEAR_END_PX = 40;

/** The page: messages, then the input. Draws the store, at most once a frame. */
export class App {
	readonly #root: HTMLElement;
	readonly #store: Store;
	readonly #post: (message: FromChat) => void;
	readonly #exchanges: ExchangeView;
	readonly #composer: Composer;
	#frame = 0;
	#conversation = '';

	constructor(root: HTMLElement, store: Store, post: (message: FromChat) => void, kept: Kept | undefined) {
		this.#root = root;
		this.#store = store;
		this.#post = post;
		this.#composer = new Composer(root, post, kept?.typed ?? '');
		this.#exchanges = new ExchangeView({
			act: (exchangeId, action) => post({ type: 'exchange', exchangeId, action }),
			openPlace: (exchangeId, { path, startLine, endLine }) =>
				post({ type: 'open-place', exchangeId, path, startLine, endLine: Math.max(startLine, endLine) }),
		});
	}

	get kept(): Kept {
		return { typed: this.#composer.typed };
	}

	focus(): void {
		this.#draw();
		this.#composer.focus();
	}

	/** Puts a refused question back into the input, unless it holds other text. */
	giveBack(question: string): void {
		if (this.#composer.typed === '') this.#composer.propose(question);
	}

	/** Schedules drawing for the next frame. */
	invalidate(): void {
		this.#frame ||= requestAnimationFrame(() => this.#draw());
	}

	#draw(): void {
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		const { head, exchanges } = this.#store;
		if (!head) return;
		const messages = this.#root.querySelector('.messages');
		const distance = messages ? messages.scrollHeight - messages.scrollTop - messages.clientHeight : 0;
		const isOther = this.#conversation !== head.id;
		this.#conversation = head.id;
		this.#exchanges.keepOnly(exchanges);
		render(this.#page(), this.#root);
		if (!messages) this.#composer.fit(); // the draft from before the page was hidden may have many lines
		const drawn = messages ?? this.#root.querySelector('.messages');
		if (drawn && (isOther || distance < NEAR_END_PX)) drawn.scrollTop = drawn.scrollHeight;
	}

	#page(): TemplateResult | typeof nothing {
		const { head, exchanges, isBusy } = this.#store;
		if (!head) return nothing;
		const last = exchanges.at(-1);
		return html`
			<h1 class="hidden">RLM</h1>
			<div class="messages" role="region" aria-label=${t('Messages')} tabindex="0">
				${exchanges.length === 0 ? this.#empty() : nothing}
				${repeat(
					exchanges,
					({ id }) => id,
					(exchange) => this.#exchanges.draw(exchange, exchange === last),
				)}
			</div>
			${head.isBuiltinOnly ? this.#builtinNote() : nothing} ${this.#composer.draw(head, isBusy)}
			<div class="hidden" role="status" aria-live="polite">${last ? announcement(last) : ''}</div>
		`;
	}

	#empty(): TemplateResult {
		const examples = [
			t('Where are errors handled?'),
			t('What could go wrong here, and where?'),
			t('Summarize this and name the most important places.'),
		];
		const example = (question: string) =>
			html`<li><button class="example" @click=${() => this.#composer.propose(question)}>${question}</button></li>`;
		return html`<div class="empty">
			<p>${t('Ask about text of any size. A model writes code that searches it and reads the parts that matter.')}</p>
			<ul class="examples">
				${examples.map(example)}
			</ul>
		</div>`;
	}

	#builtinNote(): TemplateResult {
		const add = () => this.#post({ type: 'act', action: 'add-server' });
		return html`<p class="builtin">
			${t('No model server was found, so the built-in engine answers. It searches and counts, but it is not a language model.')}
			<button class="link" @click=${add}>${t('Add Server…')}</button>
		</p>`;
	}
}

/** Tells a screen reader that a run has begun and how it ended, but no tokens. */
function announcement({ state }: ShownExchange): string {
	const texts: Record<ShownExchange['state'], string> = {
		collecting: t('The question is being answered.'),
		running: t('The question is being answered.'),
		answered: t('The answer is ready.'),
		partial: t('There is only a partial answer.'),
		cancelled: t('cancelled'),
		failed: t('The question failed.'),
		interrupted: t('interrupted'),
	};
	return texts[state];
}
