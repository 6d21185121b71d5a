import { html, nothing, type TemplateResult } from 'lit';
import {
	type ChatAction,
	type ChatHead,
	type FromChat,
	MAX_QUESTION,
	type ShownChip,
} from '../../src/protocol/chat.ts';
import { type IconName, icon } from '../shared/icons.ts';
import { t } from '../shared/l10n.ts';
import { InputHistory } from './store.ts';

/** Greatest height of the input. Pixels */
const MAX_HEIGHT_PX = 240;

const CHIP_ICONS: Readonly<Record<ShownChip['kind'], IconName>> = {
	selection: 'list-selection',
	file: 'file',
	editors: 'files',
	folder: 'folder',
	workspace: 'root-folder',
	problems: 'warning',
	diff: 'git-compare',
};

/** The input for questions, with the chips above it. */
export class Composer {
	readonly #root: HTMLElement;
	readonly #post: (message: FromChat) => void;
	readonly #history = new InputHistory();
	/** First text of the input. */
	readonly #initial: string;

	constructor(root: HTMLElement, post: (message: FromChat) => void, typed: string) {
		this.#root = root;
		this.#post = post;
		this.#initial = typed;
	}

	/** The text in the input. */
	get typed(): string {
		return this.#input?.value ?? this.#initial;
	}

	focus(): void {
		this.#input?.focus();
	}

	/** Puts a question into the input. */
	propose(question: string): void {
		this.#fill(question);
		this.focus();
	}

	draw(head: ChatHead, isBusy: boolean): TemplateResult {
		this.#history.replace(head.asked);
		const about = head.chips.length > 0 ? head.chips.map(({ label }) => label).join(', ') : head.likely;
		const hint = about === '' ? t('Open a file or a folder, or add a context.') : t('Ask about {0}', about);
		return html`<section class="composer">
			<div class="box">
				${this.#chips(head)}
				<textarea
					rows="1"
					maxlength=${MAX_QUESTION}
					aria-label=${t('Question')}
					placeholder=${hint}
					.defaultValue=${this.#initial}
					@input=${() => this.fit()}
					@keydown=${(event: KeyboardEvent) => this.#onKey(event, isBusy)}
				></textarea>
				<div class="bar">
					${this.#button('add-context', 'add', t('Add Context…'))} ${this.#button('preview', 'eye', t('Preview Context'))}
					<span class="grow"></span>
					${
						isBusy
							? this.#button('stop', 'debug-stop', t('Stop'))
							: html`<button class="tool" title=${t('Send')} aria-label=${t('Send')} @click=${() => this.#send()}>${icon('send')}</button>`
					}
				</div>
			</div>
		</section>`;
	}

	#chips(head: ChatHead): TemplateResult | typeof nothing {
		if (head.chips.length === 0 && head.likely === '') return nothing;
		const likely = html`<li class="chip likely">${icon('file')}<span class="name">${t('{0} (what is open)', head.likely)}</span></li>`;
		return html`<ul class="chips" aria-label=${t('Context')}>
			${head.chips.length === 0 ? likely : head.chips.map((chip) => this.#chip(chip))}
		</ul>`;
	}

	#chip({ id, kind, label, size, isBroken }: ShownChip): TemplateResult {
		const remove = t('Remove {0}', label);
		const removeChip = () => {
			this.#post({ type: 'remove-chip', chipId: id });
			this.focus();
		};
		return html`<li class="chip ${isBroken ? 'broken' : ''}" title=${`${label}: ${size}`}>
			${icon(isBroken ? 'warning' : CHIP_ICONS[kind])}
			<span class="name">${label}</span>
			<span class="size">${size || t('measuring…')}</span>
			<button class="tool small" title=${remove} aria-label=${remove} @click=${removeChip}>${icon('close')}</button>
		</li>`;
	}

	#button(action: ChatAction, name: IconName, label: string): TemplateResult {
		const act = () => this.#post({ type: 'act', action });
		return html`<button class="tool" title=${label} aria-label=${label} @click=${act}>${icon(name)}</button>`;
	}

	#onKey(event: KeyboardEvent, isBusy: boolean): void {
		if (event.isComposing) return;
		if (event.key === 'Enter' && !event.shiftKey) {
			event.preventDefault();
			if (!isBusy) this.#send();
		}
		const input = this.#input;
		if (!input || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
		const isThrough = input.value === this.#history.shown;
		const isAtStart = input.selectionStart === 0 && input.selectionEnd === 0;
		const isAtEnd = input.selectionStart === input.value.length;
		let text: string | undefined;
		if (event.key === 'ArrowUp' && (isThrough || isAtStart)) text = this.#history.previous(input.value);
		if (event.key === 'ArrowDown' && (isThrough || isAtEnd)) text = this.#history.next();
		if (text === undefined) return;
		event.preventDefault();
		this.#fill(text);
	}

	#send(): void {
		const question = this.typed.trim();
		this.focus();
		if (question === '') return;
		this.#post({ type: 'ask', question });
		this.#history.reset();
		this.#fill('');
	}

	#fill(text: string): void {
		if (!this.#input) return;
		this.#input.value = text;
		this.#input.dispatchEvent(new Event('input', { bubbles: true })); // keeps the text and fits the height
	}

	/** Makes the input as high as its text. */
	fit(): void {
		const input = this.#input;
		if (!input) return;
		input.style.height = 'auto';
		input.style.height = `${Math.min(input.scrollHeight, MAX_HEIGHT_PX)}px`;
	}

	get #input(): HTMLTextAreaElement | null {
		return this.#root.querySelector('textarea');
	}
}
