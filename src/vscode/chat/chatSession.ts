import * as v from 'valibot';
import { commands, type Disposable, l10n, type Webview, window, workspace } from 'vscode';
import { explain } from '../../core/errors.ts';
import {
	type ChatAction,
	type ChatHead,
	type FromChat,
	fromChatSchema,
	type ShownExchange,
	type ToChat,
} from '../../protocol/chat.ts';
import { COMMANDS } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';
import { readSettings, withDefaults } from '../settings.ts';
import { showError } from '../showError.ts';
import { addContext } from './addContext.ts';
import { type Chat, nothingToAskAbout } from './chat.ts';
import type { Chats } from './chats.ts';
import { ChipSizes } from './chipSizes.ts';
import { chipLabel, likelyChips, sourceOfChips } from './chips.ts';
import { actOnExchange, openCitation } from './exchangeActions.ts';

/** Time limit for finding local servers. ms */
const DISCOVERY_MS = 5_000;

/** The chat page and the conversation that it shows. The conversations hold all state, so a page can be reloaded. */
export class ChatSession {
	readonly #webview: Webview;
	readonly #host: QueryHost;
	readonly #chats: Chats;
	readonly #sizes = new ChipSizes(() => this.#sendHead());
	readonly #subscriptions: Disposable[];
	#isReady = false;
	#wantsFocus = false;
	#isBuiltinOnly = false;
	#isDisposed = false;

	constructor(webview: Webview, host: QueryHost, chats: Chats) {
		this.#webview = webview;
		this.#host = host;
		this.#chats = chats;
		const likelyChanged = () => chats.current.chips.length === 0 && this.#sendHead();
		this.#subscriptions = [
			webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
			window.onDidChangeActiveTextEditor(likelyChanged),
			window.onDidChangeTextEditorSelection(likelyChanged),
			workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('rlm') && this.#findServers()),
			chats.onDidOpen(() => this.#show()),
			chats.onDidChangeHead((chat) => chat === chats.current && this.#sendHead()),
			chats.onDidChangeExchange(({ chat, exchange }) => chat === chats.current && this.#sendExchange(chat, exchange)),
			chats.onDidTakeBack(({ chat, exchangeId }) =>
				this.#post({ type: 'take-back', conversation: chat.id, exchangeId }),
			),
		];
	}

	/** Moves the focus to the input as soon as the page has loaded. */
	focus(): void {
		this.#wantsFocus = !this.#isReady;
		this.#post({ type: 'focus' });
	}

	/** Notes that VS Code has discarded the hidden page. */
	hidden(): void {
		this.#isReady = false;
	}

	dispose(): void {
		this.#isDisposed = true;
		this.#sizes.dispose();
		for (const subscription of this.#subscriptions) subscription.dispose();
	}

	#show(): void {
		const { current } = this.#chats;
		this.#sizes.forget(current.chips, true);
		this.#post({ type: 'show', head: this.#head(), exchanges: current.exchanges });
	}

	#sendHead(): void {
		this.#post({ type: 'head', head: this.#head() });
	}

	#sendExchange(chat: Chat, exchange: ShownExchange): void {
		this.#post({ type: 'exchange', conversation: chat.id, exchange });
		if (chat.current) return;
		this.#sizes.forget(chat.chips, false);
		this.#sendHead();
	}

	#head(): ChatHead {
		const { current, asked } = this.#chats;
		return {
			id: current.id,
			chips: this.#sizes.shown(current.chips),
			likely: current.chips.length === 0 ? likelyChips().map(chipLabel).join(', ') : '',
			isBuiltinOnly: this.#isBuiltinOnly,
			asked,
		};
	}

	#post(message: ToChat): void {
		if (this.#isReady && !this.#isDisposed) void this.#webview.postMessage(message);
	}

	async #receive(message: unknown): Promise<void> {
		const parsed = v.safeParse(fromChatSchema, message);
		if (!parsed.success) {
			this.#host.log.error(l10n.t('The chat sent an unknown message'), parsed.issues[0].message);
			return;
		}
		try {
			await this.#handle(parsed.output);
		} catch (error) {
			this.#host.log.error(l10n.t('An action of the chat failed'), error);
			void showError(explain(error));
		}
	}

	async #handle(message: FromChat): Promise<void> {
		const chat = this.#chats.current;
		switch (message.type) {
			case 'ready':
				return this.#ready();
			case 'ask':
				return this.#ask(chat, message.question);
			case 'act':
				return this.#act(chat, message.action);
			case 'remove-chip':
				return chat.removeChip(message.chipId);
			case 'broken':
				return this.#host.log.error(l10n.t('The chat failed'), message.message);
		}
		const exchange = chat.exchange(message.exchangeId);
		if (!exchange) return; // the conversation changed before the click arrived
		if (message.type === 'exchange') return actOnExchange(chat, exchange, message.action);
		return openCitation(this.#host.runs, exchange, message);
	}

	/** Asks a question, or hands it back to the input. @throws InputError when it cannot be asked */
	#ask(chat: Chat, question: string): void {
		try {
			chat.ask(question);
		} catch (error) {
			this.#post({ type: 'refused', question });
			throw error;
		}
	}

	#ready(): void {
		this.#isReady = true;
		this.#show();
		if (this.#wantsFocus) this.focus();
		this.#findServers();
	}

	async #act(chat: Chat, action: ChatAction): Promise<void> {
		switch (action) {
			case 'stop':
				return chat.current?.cancel();
			case 'new':
				return this.#chats.openNew();
			case 'add-context':
				chat.addChips(await addContext());
				return this.focus();
			case 'preview': {
				const chips = chat.chips.length > 0 ? chat.chips : likelyChips();
				const { previewSource } = await import('../consent/previewContext.ts');
				if (chips.length === 0) throw nothingToAskAbout();
				await previewSource(this.#host, sourceOfChips(chips));
				return;
			}
			case 'add-server':
				await commands.executeCommand(COMMANDS.addServer);
		}
	}

	/** Tells the page when only the built-in engine can answer. Faulty settings are reported by the next question. */
	#findServers(): void {
		const isBuiltinOnly = async () => {
			const { servers } = await withDefaults(readSettings(), AbortSignal.timeout(DISCOVERY_MS));
			return servers.every(({ kind }) => kind === 'builtin');
		};
		isBuiltinOnly().then(
			(isBuiltin) => {
				if (isBuiltin === this.#isBuiltinOnly) return;
				this.#isBuiltinOnly = isBuiltin;
				this.#sendHead();
			},
			(error: unknown) => this.#host.log.error(l10n.t('Looking for servers failed'), error),
		);
	}
}
