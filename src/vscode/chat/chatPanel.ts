import { commands, type ExtensionContext, l10n, type WebviewView } from 'vscode';
import { CHAT_VIEW_ID } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';
import { pageHtml, pageOptions } from '../webview/webviewPage.ts';
import { addContext } from './addContext.ts';
import { showChatList } from './chatList.ts';
import { ChatSession } from './chatSession.ts';
import { ChatStore } from './chatStore.ts';
import { Chats } from './chats.ts';
import { exportChat } from './exchangeActions.ts';

/** The chat: a view, and the conversations behind it. */
export class ChatPanel {
	readonly #context: ExtensionContext;
	readonly #host: QueryHost;
	readonly #chats: Chats;
	#session: ChatSession | undefined;

	constructor(context: ExtensionContext, host: QueryHost) {
		this.#context = context;
		this.#host = host;
		const { storageUri, globalStorageUri, workspaceState } = context;
		const store = new ChatStore(storageUri ?? globalStorageUri, workspaceState);
		this.#chats = new Chats({ runs: host.runs, log: host.log, store });
	}

	/** Opens the conversation that was shown last. */
	restore(): Promise<void> {
		return this.#chats.restore();
	}

	/** Fills the new view. */
	resolve(view: WebviewView): void {
		const { extensionUri } = this.#context;
		const session = new ChatSession(view.webview, this.#host, this.#chats);
		this.#session = session;
		const describe = () => {
			view.description = this.#chats.current.title;
		};
		const subscriptions = [this.#chats.onDidOpen(describe), this.#chats.onDidChangeHead(describe)];
		describe();
		view.onDidChangeVisibility(() => view.visible || session.hidden());
		view.onDidDispose(() => {
			session.dispose();
			for (const subscription of subscriptions) subscription.dispose();
			if (this.#session === session) this.#session = undefined;
		});
		view.webview.options = pageOptions(extensionUri);
		const page = { name: 'chat', title: l10n.t('RLM Chat'), place: 'side' as const };
		view.webview.html = pageHtml(view.webview, extensionUri, page);
	}

	async openNew(): Promise<void> {
		await this.#chats.openNew();
		await this.#reveal();
	}

	async openFromList(): Promise<void> {
		await showChatList(this.#chats.listActions);
		await this.#reveal();
	}

	async addContext(): Promise<void> {
		this.#chats.current.addChips(await addContext());
		await this.#reveal();
	}

	export(): Promise<void> {
		return exportChat(this.#chats.current);
	}

	dispose(): void {
		this.#session?.dispose();
		void this.#chats.dispose();
	}

	async #reveal(): Promise<void> {
		await commands.executeCommand(`${CHAT_VIEW_ID}.focus`);
		this.#session?.focus();
	}
}
