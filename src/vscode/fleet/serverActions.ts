import { commands, l10n, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import { COMMANDS } from '../names.ts';
import { settingsCommand } from '../showError.ts';
import type { Fleet } from './fleet.ts';
import { stateText } from './serverTexts.ts';

interface ActionItem extends QuickPickItem {
	readonly command?: string;
	readonly argument?: unknown;
}

/** Offers the actions behind the status bar item. */
export async function chooseServerAction(fleet: Fleet): Promise<void> {
	const chosen = await window.showQuickPick(actionItems(fleet), { title: l10n.t('RLM Servers'), matchOnDetail: true });
	if (chosen?.command !== undefined) await commands.executeCommand(chosen.command, chosen.argument);
}

function actionItems(fleet: Fleet): ActionItem[] {
	const settings = settingsCommand();
	const servers = fleet.servers.filter(({ kind }) => kind !== 'builtin');
	return [
		{ label: `$(list-tree) ${l10n.t('Servers')}`, command: COMMANDS.showServers },
		{ label: `$(history) ${l10n.t('Show Run…')}`, command: COMMANDS.showRun },
		{ label: `$(add) ${l10n.t('Add Server…')}`, command: COMMANDS.addServer },
		{ label: `$(refresh) ${l10n.t('Retry All Now')}`, command: COMMANDS.retryServers },
		{ label: `$(pulse) ${l10n.t('Diagnose')}`, command: COMMANDS.diagnose },
		{ label: `$(output) ${l10n.t('Show Log')}`, command: COMMANDS.showLog },
		{ label: `$(gear) ${l10n.t('Settings')}`, command: settings.command, argument: settings.arguments?.[0] },
		...(servers.length === 0 ? [] : [{ label: l10n.t('Servers'), kind: QuickPickItemKind.Separator }]),
		...servers.map(({ id, health, calls }): ActionItem => {
			const label = calls.isDraining
				? `$(debug-start) ${l10n.t('Resume {0}', id)}`
				: `$(debug-pause) ${l10n.t('Pause {0}', id)}`;
			const command = calls.isDraining ? COMMANDS.serverResume : COMMANDS.serverDrain;
			return { label, description: stateText(health.state), command, argument: { id } };
		}),
	];
}
