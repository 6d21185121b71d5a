import { type Command, commands, env, l10n, window } from 'vscode';
import type { ErrorAction, Explanation } from '../core/errors.ts';
import { COMMANDS, SETTINGS_QUERY } from './names.ts';

/**
 * Shows an error with its remedies, and runs the one that the user chooses.
 * @param retry repeats what failed
 * @param withBuiltin repeats it with the built-in engine
 */
export async function showError(
	explanation: Explanation,
	retry?: () => unknown,
	withBuiltin?: () => unknown,
): Promise<void> {
	const handlers: Record<ErrorAction, { readonly title: string; readonly run: (() => unknown) | undefined }> = {
		retry: { title: l10n.t('Retry'), run: retry },
		'use-builtin': { title: l10n.t('Answer with the Built-in Engine'), run: withBuiltin },
		'edit-settings': {
			title: l10n.t('Open Settings'),
			run: openSettings,
		},
		'add-server': { title: l10n.t('Add Server…'), run: () => commands.executeCommand(COMMANDS.addServer) },
		'set-key': { title: l10n.t('Set API Key…'), run: () => commands.executeCommand(COMMANDS.setApiKey) },
		'set-sandbox-token': {
			title: l10n.t('Set Token…'),
			run: () => commands.executeCommand(COMMANDS.setSandboxToken),
		},
		'show-log': { title: l10n.t('Show Log'), run: () => commands.executeCommand(COMMANDS.showLog) },
	};
	const offered = explanation.actions.map((action) => handlers[action]).filter(({ run }) => run !== undefined);
	const text = explanation.hint ? `${explanation.message} ${explanation.hint}` : explanation.message;
	const chosen = await window.showErrorMessage(text, ...offered.map(({ title }) => title));
	await offered.find(({ title }) => title === chosen)?.run?.();
}

function openSettings(): Thenable<unknown> {
	const { command, arguments: [query] = [] } = settingsCommand();
	return commands.executeCommand(command, query);
}

/**
 * Gives the command that opens our settings. In a remote window servers are settings of the remote machine, which the
 * user's own settings do not show.
 */
export function settingsCommand(): Command {
	const scope = env.remoteName === undefined ? 'openSettings' : 'openRemoteSettings';
	const title = l10n.t('Open Settings');
	return { command: `workbench.action.${scope}`, title, arguments: [{ query: SETTINGS_QUERY }] };
}
