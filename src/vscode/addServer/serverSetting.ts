import { ConfigurationTarget, commands, env, Selection, TextEditorRevealType, window, workspace } from 'vscode';
import type { ServerSettings } from '../../pool/settings.ts';

const SETTING = 'rlm.servers';

/** Adds a server to the user's settings. @returns false when the workspace has servers of its own, which count here */
export async function addServerSetting(server: ServerSettings): Promise<boolean> {
	const written = workspace.getConfiguration().inspect<ServerSettings[]>(SETTING);
	const servers = [...(written?.globalValue ?? []), server];
	await workspace.getConfiguration().update(SETTING, servers, ConfigurationTarget.Global);
	return !isOfWorkspace();
}

/** Takes a server out of the settings that count here. */
export async function removeServerSetting(id: string): Promise<void> {
	const servers = workspace.getConfiguration().get<ServerSettings[]>(SETTING, []);
	const left = servers.filter((server) => server.id !== id);
	const target = isOfWorkspace() ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
	await workspace.getConfiguration().update(SETTING, left, target);
}

/** Opens the settings file at a server. */
export async function openServerSetting(id: string): Promise<void> {
	const ofUser = env.remoteName === undefined ? 'openSettingsJson' : 'openRemoteSettingsFile';
	const command = isOfWorkspace() ? 'openWorkspaceSettingsFile' : ofUser;
	await commands.executeCommand(`workbench.action.${command}`, { revealSetting: { key: SETTING } });
	const editor = window.activeTextEditor;
	const found = editor?.document.getText().indexOf(JSON.stringify(id)) ?? -1;
	if (!editor || found < 0) return;
	const start = editor.document.positionAt(found);
	editor.selection = new Selection(start, start);
	editor.revealRange(editor.selection, TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Settings of a workspace that is not trusted do not count. */
function isOfWorkspace(): boolean {
	return workspace.isTrusted && workspace.getConfiguration().inspect(SETTING)?.workspaceValue !== undefined;
}
