import { l10n, window } from 'vscode';
import { shownAddress } from '../../models/http/address.ts';
import { type ServerSettings, serverUrl } from '../../settings/servers.ts';
import { originOf } from '../boundSecrets.ts';
import { usersServer } from '../settings.ts';

/** The key under which an answer is remembered: which variables go where. */
export function whatIsSent(server: ServerSettings): string {
	return JSON.stringify([originOf(serverUrl(server)), ...variablesOf(server)]);
}

/** Tells whether the user's own settings send the same variables to the same address. */
export function isUsersOwn(server: ServerSettings): boolean {
	const own = usersServer(server.id);
	if (!own || originOf(serverUrl(own)) !== originOf(serverUrl(server))) return false;
	const known = variablesOf(own);
	return variablesOf(server).every((variable) => known.includes(variable));
}

/** Asks whether a server in the workspace's settings may get the variables that they name. */
export async function askKeyConsent(server: ServerSettings): Promise<boolean> {
	const address = shownAddress(URL.parse(serverUrl(server))?.href ?? serverUrl(server));
	const names = variablesOf(server).join(', ');
	const title = l10n.t('Send {0} to {1}?', names, address);
	const detail = l10n.t(
		'The settings of this workspace, not your own, send the environment variable {2} to the server "{0}" at {1}. Allow this only if you trust that server.',
		server.id,
		address,
		names,
	);
	const allow = l10n.t('Allow in This Workspace');
	return (await window.showWarningMessage(title, { modal: true, detail }, allow)) === allow;
}

function variablesOf({ apiKeyEnv, headersEnv }: ServerSettings): readonly string[] {
	const headers = Object.values(headersEnv ?? {}).sort();
	return [...new Set(apiKeyEnv === undefined ? headers : [apiKeyEnv, ...headers])];
}
