import { l10n, type SecretStorage, window } from 'vscode';
import type { Settings } from '../pool/settings.ts';

/** Where the key of a server is found: the environment variable that its settings name, else the secret storage. */
export function apiKeyReader(
	secrets: SecretStorage,
	{ servers }: Settings,
): (id: string) => Promise<string | undefined> {
	return async (id) => {
		const variable = servers.find((server) => server.id === id)?.apiKeyEnv;
		const fromEnvironment = variable === undefined ? undefined : process.env[variable];
		return fromEnvironment || (await secrets.get(storageKey(id)));
	};
}

/** Lets the user choose a server and enter its key; an empty key removes the stored one. */
export async function setApiKey(secrets: SecretStorage, { servers }: Settings): Promise<void> {
	const id = servers.length === 1 ? servers[0]?.id : await chooseServer(servers.map((server) => server.id));
	if (id !== undefined) await enterApiKey(secrets, id);
}

/** Lets the user enter the key of a server; an empty key removes the stored one. */
export async function enterApiKey(secrets: SecretStorage, id: string): Promise<void> {
	const isSet = await hasApiKey(secrets, id);
	const key = await window.showInputBox({
		title: l10n.t('API key of {0}', id),
		password: true,
		ignoreFocusOut: true,
		placeHolder: isSet ? l10n.t('A key is set. Enter a new one, or nothing to remove it.') : l10n.t('Enter the key'),
	});
	if (key === undefined) return;
	await storeApiKey(secrets, id, key);
	const done = key.trim() === '' ? l10n.t('The key of {0} is removed.', id) : l10n.t('The key of {0} is stored.', id);
	void window.showInformationMessage(done);
}

/** Stores the key of a server; an empty one removes it. */
export async function storeApiKey(secrets: SecretStorage, id: string, key: string): Promise<void> {
	if (key.trim() === '') await secrets.delete(storageKey(id));
	else await secrets.store(storageKey(id), key.trim());
}

/** Whether a key is stored for a server. */
export async function hasApiKey(secrets: SecretStorage, id: string): Promise<boolean> {
	return (await secrets.get(storageKey(id))) !== undefined;
}

function chooseServer(ids: readonly string[]): Thenable<string | undefined> {
	return window.showQuickPick(ids, { title: l10n.t('API key of which server?') });
}

function storageKey(id: string): string {
	return `rlm.apiKey.${id}`;
}
