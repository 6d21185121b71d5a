import { ConfigurationTarget, commands, env, workspace } from 'vscode';
import type { ServerSettings } from '../../settings/servers.ts';

const SETTING = 'rlm.servers';

/** Adds a server to the user's settings. @returns false when the workspace overrides them with its own */
export async function addServerSetting(server: ServerSettings): Promise<boolean> {
	const written = workspace.getConfiguration().inspect<ServerSettings[]>(SETTING);
	const servers = [...(written?.globalValue ?? []), server];
	await workspace.getConfiguration().update(SETTING, servers, ConfigurationTarget.Global);
	return !isOfWorkspace();
}

/** Removes a server from the settings in effect here. */
export async function removeServerSetting(id: string): Promise<void> {
	const servers = workspace.getConfiguration().get<ServerSettings[]>(SETTING, []);
	const left = servers.filter((server) => server.id !== id);
	const target = isOfWorkspace() ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
	await workspace.getConfiguration().update(SETTING, left, target);
}

/** Opens the settings file that holds the servers in effect here. */
export async function openServerSetting(): Promise<void> {
	const ofUser = env.remoteName === undefined ? 'openSettingsJson' : 'openRemoteSettingsFile';
	const command = isOfWorkspace() ? 'openWorkspaceSettingsFile' : ofUser;
	await commands.executeCommand(`workbench.action.${command}`, { revealSetting: { key: SETTING } });
}

/** Ignores the settings of an untrusted workspace. */
function isOfWorkspace(): boolean {
	return workspace.isTrusted && workspace.getConfiguration().inspect(SETTING)?.workspaceValue !== undefined;
}
