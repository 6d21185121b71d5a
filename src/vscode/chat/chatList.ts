import { l10n, type QuickInputButton, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { withoutIcons } from '../withoutIcons.ts';
import type { ChatInfo } from './chatStore.ts';

interface Item extends QuickPickItem {
	readonly info: ChatInfo;
}

/** Actions of the list of conversations. */
export interface ChatListActions {
	list(): readonly ChatInfo[];
	open(id: string): Promise<void>;
	rename(id: string, title: string): Promise<void>;
	remove(id: string): Promise<void>;
}

/** Lists the conversations of the workspace, to open, rename or delete one. */
export async function showChatList(actions: ChatListActions): Promise<void> {
	const conversations = actions.list();
	if (conversations.length === 0) {
		void window.showInformationMessage(l10n.t('There are no conversations yet.'));
		return;
	}
	const rename: QuickInputButton = { iconPath: new ThemeIcon('edit'), tooltip: l10n.t('Rename…') };
	const remove: QuickInputButton = { iconPath: new ThemeIcon('trash'), tooltip: l10n.t('Delete…') };
	const pick = window.createQuickPick<Item>();
	pick.title = l10n.t('Conversations');
	pick.placeholder = l10n.t('Open a conversation');
	pick.items = conversations.map((info) => ({
		info,
		label: withoutIcons(info.title),
		description: new Date(info.updatedAt).toLocaleString(),
		buttons: [rename, remove],
	}));
	const chosen = await new Promise<readonly [Item, QuickInputButton | undefined] | undefined>((resolve) => {
		pick.onDidAccept(() => resolve(pick.selectedItems[0] && [pick.selectedItems[0], undefined]));
		pick.onDidTriggerItemButton(({ item, button }) => resolve([item, button]));
		pick.onDidHide(() => resolve(undefined));
		pick.show();
	});
	pick.dispose();
	if (!chosen) return;
	const [{ info }, button] = chosen;
	if (button === rename) await askTitle(info, actions);
	else if (button === remove) await askRemoval(info, actions);
	else await actions.open(info.id);
}

async function askTitle({ id, title }: ChatInfo, actions: ChatListActions): Promise<void> {
	const typed = await window.showInputBox({ title: l10n.t('Rename the conversation'), value: title });
	if (typed?.trim()) await actions.rename(id, typed.trim().slice(0, 200));
}

async function askRemoval({ id, title }: ChatInfo, actions: ChatListActions): Promise<void> {
	const remove = l10n.t('Delete');
	const detail = l10n.t('Its messages are deleted. Its runs stay in the history.');
	const question = l10n.t('Delete the conversation "{0}"?', title.slice(0, 80));
	const chosen = await window.showWarningMessage(question, { modal: true, detail }, remove);
	if (chosen === remove) await actions.remove(id);
}
