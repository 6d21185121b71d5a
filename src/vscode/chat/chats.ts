import { EventEmitter, l10n } from 'vscode';
import type { ShownExchange } from '../../protocol/chat.ts';
import { Chat, type ChatDeps, type ChatListener } from './chat.ts';
import type { ChatListActions } from './chatList.ts';

/** Most questions of other conversations that the arrow keys recall. */
const MAX_ASKED = 50;

/** The conversations of this window. One of them is shown. */
export class Chats {
	readonly #deps: ChatDeps;
	readonly #onDidOpen = new EventEmitter<Chat>();
	readonly #onDidChangeHead = new EventEmitter<Chat>();
	readonly #onDidChangeExchange = new EventEmitter<{ readonly chat: Chat; readonly exchange: ShownExchange }>();
	readonly #onDidTakeBack = new EventEmitter<{ readonly chat: Chat; readonly exchangeId: string }>();
	readonly #listener: ChatListener = {
		onHead: (chat) => this.#onDidChangeHead.fire(chat),
		onExchange: (chat, exchange) => this.#onDidChangeExchange.fire({ chat, exchange }),
		onTakeBack: (chat, exchangeId) => this.#onDidTakeBack.fire({ chat, exchangeId }),
	};
	/** Hidden conversations whose run is under way. */
	readonly #busy = new Map<string, Chat>();
	#current: Chat;

	constructor(deps: ChatDeps) {
		this.#deps = deps;
		this.#current = new Chat(deps, this.#listener);
	}

	/** Fires when another conversation is shown. */
	readonly onDidOpen = this.#onDidOpen.event;
	readonly onDidChangeHead = this.#onDidChangeHead.event;
	readonly onDidChangeExchange = this.#onDidChangeExchange.event;
	readonly onDidTakeBack = this.#onDidTakeBack.event;

	get current(): Chat {
		return this.#current;
	}

	/** Earlier questions, oldest first: titles of other conversations, then the questions of this one. */
	get asked(): readonly string[] {
		const others = this.#deps.store.list().filter(({ id }) => id !== this.#current.id);
		const titles = others.slice(0, MAX_ASKED).map(({ title }) => title);
		return [...titles.reverse(), ...this.#current.exchanges.map(({ question }) => question)];
	}

	/** Actions for the list of conversations. */
	get listActions(): ChatListActions {
		return {
			list: () => this.#deps.store.list(),
			open: (id) => this.open(id),
			rename: async (id, title) => {
				const chat = await this.#load(id);
				chat?.rename(title);
				if (chat && chat !== this.#current) await this.#letGo(chat);
			},
			remove: async (id) => {
				const chat = this.#current.id === id ? this.#current : this.#busy.get(id);
				if (chat) await chat.delete();
				else await this.#deps.store.remove(id);
				if (this.#current.id === id) await this.#show(new Chat(this.#deps, this.#listener));
			},
		};
	}

	/** Opens the conversation that was shown last, if any. */
	async restore(): Promise<void> {
		const { store } = this.#deps;
		const id = store.openId;
		try {
			if (id !== undefined) await this.open(id);
			await store.setOpen(this.#current.id);
		} catch (error) {
			this.#deps.log.error(l10n.t('The last conversation could not be opened'), error);
		}
	}

	/** @throws InputError for a damaged file */
	async open(id: string): Promise<void> {
		const chat = await this.#load(id);
		if (chat) await this.#show(chat);
	}

	async openNew(): Promise<void> {
		if (this.#current.exchanges.length > 0) await this.#show(new Chat(this.#deps, this.#listener));
		else this.#onDidOpen.fire(this.#current);
	}

	async dispose(): Promise<void> {
		for (const emitter of [this.#onDidOpen, this.#onDidChangeHead, this.#onDidChangeExchange, this.#onDidTakeBack]) {
			emitter.dispose();
		}
		await this.#current.close();
	}

	async #load(id: string): Promise<Chat | undefined> {
		const known = this.#current.id === id ? this.#current : this.#busy.get(id);
		if (known) return known;
		const stored = await this.#deps.store.read(id);
		return stored && new Chat(this.#deps, this.#listener, stored);
	}

	async #show(chat: Chat): Promise<void> {
		const old = this.#current;
		this.#busy.delete(chat.id);
		this.#current = chat;
		this.#onDidOpen.fire(chat);
		if (old !== chat) void this.#letGo(old);
		await this.#deps.store.setOpen(chat.id);
	}

	/** Closes a hidden conversation once its run has ended. */
	async #letGo(chat: Chat): Promise<void> {
		if (chat.current) this.#busy.set(chat.id, chat);
		await chat.settled();
		if (this.#current === chat) return; // it is shown again
		this.#busy.delete(chat.id);
		await chat.close();
	}
}
