import { l10n, type SecretStorage, window } from 'vscode';
import type { Settings } from '../settings/settings.ts';

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

/** Lets the user enter the key of a server; an empty one removes the stored one. */
export async function enterApiKey(secrets: SecretStorage, id: string): Promise<void> {
	const change = await askSecret(secrets, storageKey(id), l10n.t('API key of {0}', id));
	if (change === undefined) return;
	const done =
		change === 'removed' ? l10n.t('The key of {0} is removed.', id) : l10n.t('The key of {0} is stored.', id);
	void window.showInformationMessage(done);
}

/** Where the token of the sandbox server is kept, for which the settings name no variable. */
export const SANDBOX_TOKEN_KEY = 'rlm.sandboxToken';

/** Lets the user enter the token of the sandbox server; an empty one removes the stored one. */
export async function setSandboxToken(secrets: SecretStorage): Promise<void> {
	const change = await askSecret(secrets, SANDBOX_TOKEN_KEY, l10n.t('Token of the sandbox server'));
	if (change === undefined) return;
	const done =
		change === 'removed'
			? l10n.t('The token of the sandbox server is removed.')
			: l10n.t('The token of the sandbox server is stored.');
	void window.showInformationMessage(done);
}

/** Asks for a secret and stores it. @returns what was done; undefined when the user has given up */
async function askSecret(
	secrets: SecretStorage,
	storedAs: string,
	title: string,
): Promise<'stored' | 'removed' | undefined> {
	const isSet = (await secrets.get(storedAs)) !== undefined;
	const secret = await window.showInputBox({
		title,
		password: true,
		ignoreFocusOut: true,
		placeHolder: isSet ? l10n.t('One is set. Enter a new one, or nothing to remove it.') : l10n.t('Enter it'),
	});
	if (secret === undefined) return undefined;
	if (secret.trim() === '') {
		await secrets.delete(storedAs);
		return 'removed';
	}
	await secrets.store(storedAs, secret.trim());
	return 'stored';
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

const KEY_PREFIX = 'rlm.apiKey.';

function storageKey(id: string): string {
	return KEY_PREFIX + id;
}

/** The id of the server whose key is stored under this name; undefined when it is another secret. */
export function serverOfKey(storedAs: string): string | undefined {
	return storedAs.startsWith(KEY_PREFIX) ? storedAs.slice(KEY_PREFIX.length) : undefined;
}
