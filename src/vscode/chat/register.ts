import { commands, type ExtensionContext, l10n, type WebviewView, window } from 'vscode';
import { guarded } from '../guarded.ts';
import { CHAT_VIEW_ID, COMMANDS } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';

type ChatPanel = import('./chatPanel.ts').ChatPanel;

/** Registers the chat and its commands. Loads the rest when the view is first shown. */
export function registerChatPanel(context: ExtensionContext, host: QueryHost): void {
	let loaded: Promise<ChatPanel> | undefined;
	const panel = () => {
		loaded ??= import('./chatPanel.ts').then(async ({ ChatPanel }) => {
			const created = new ChatPanel(context, host);
			context.subscriptions.push(created);
			await created.restore();
			return created;
		});
		return loaded;
	};
	const register = (id: string, work: (panel: ChatPanel) => Promise<void>) =>
		commands.registerCommand(
			id,
			guarded(host.log, l10n.t('An action of the chat failed'), async () => work(await panel())),
		);
	context.subscriptions.push(
		window.registerWebviewViewProvider(CHAT_VIEW_ID, {
			resolveWebviewView: async (view: WebviewView) => (await panel()).resolve(view),
		}),
		register(COMMANDS.chatNew, (chat) => chat.openNew()),
		register(COMMANDS.chatList, (chat) => chat.openFromList()),
		register(COMMANDS.chatAddContext, (chat) => chat.addContext()),
		register(COMMANDS.chatExport, (chat) => chat.export()),
	);
}
