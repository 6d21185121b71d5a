import { l10n, type SecretStorage, window } from 'vscode';
import { ModelError } from '../core/errors.ts';
import { shownAddress } from '../models/http/address.ts';
import { type ServerSettings, serverUrl } from '../settings/servers.ts';
import type { Settings } from '../settings/settings.ts';
import { BoundSecrets, type FoundSecret, originOf } from './boundSecrets.ts';
import { SANDBOX_TOKEN_KEY, storageKey } from './secretNames.ts';
import { usersServer } from './settings.ts';
import { showError } from './showError.ts';

/**
 * Reads the key of a server from the environment variable that its settings name, else from the secret storage.
 * @param allows tells whether the server may get the variables that the settings name for it
 * @throws ModelError `auth` when it may not, or when the stored key belongs to another address
 */
export async function readApiKey(
	secrets: SecretStorage,
	server: ServerSettings,
	allows: (server: ServerSettings) => Promise<boolean>,
): Promise<string | undefined> {
	if (!(await allows(server))) throw notAllowed(server);
	const fromEnvironment = server.apiKeyEnv === undefined ? undefined : process.env[server.apiKeyEnv];
	if (fromEnvironment) return fromEnvironment;
	const { secret, others } = await findKey(secrets, server);
	if (secret === undefined && others.length > 0) throw givenForAnother(server, others);
	return secret;
}

function notAllowed(server: ServerSettings): ModelError {
	const problem = l10n.t(
		'The settings of this workspace send environment variables to "{0}" at {1}, which you have not allowed.',
		server.id,
		addressOf(server),
	);
	const hint = l10n.t('RLM asks again after the command "RLM: Forget Consent for This Workspace".');
	return authError(server, problem, hint);
}

function givenForAnother(server: ServerSettings, others: FoundSecret['others']): ModelError {
	const origin = originOf(serverUrl(server));
	const problem = l10n.t(
		'The key of {0} belongs to {1}, but the address is now {2}.',
		server.id,
		named(others),
		origin,
	);
	return authError(server, problem, l10n.t('Enter it again, or remove it.'));
}

function authError(server: ServerSettings, message: string, hint: string): ModelError {
	return new ModelError(message, { category: 'auth', server: server.id, url: addressOf(server), hint });
}

function named(origins: FoundSecret['others']): string {
	return origins.map((origin) => origin ?? l10n.t('an unknown address')).join(', ');
}

function addressOf(server: ServerSettings): string {
	return shownAddress(serverUrl(server));
}

/** Lets the user choose a server and enter its key. An empty one removes the stored key. */
export async function setApiKey(secrets: SecretStorage, { servers }: Settings): Promise<void> {
	const id = servers.length === 1 ? servers[0]?.id : await chooseServer(servers.map((server) => server.id));
	const server = servers.find((one) => one.id === id);
	if (server) await enterApiKey(secrets, server);
}

/** Lets the user enter the key of a server. An empty one removes all that are stored for it. */
export async function enterApiKey(secrets: SecretStorage, server: ServerSettings): Promise<void> {
	const { id } = server;
	const found = await findKey(secrets, server);
	const asked = { name: storageKey(id), title: l10n.t('API key of {0}', id), url: serverUrl(server) };
	const change = await askSecret(secrets, { ...asked, found });
	if (change === undefined) return;
	const done =
		change === 'removed' ? l10n.t('The key of {0} was removed.', id) : l10n.t('The key of {0} was stored.', id);
	void window.showInformationMessage(done);
}

/** Reads the stored token of the sandbox server, whose address always comes from the user's own settings. */
export async function sandboxToken(secrets: SecretStorage, { sandbox }: Settings): Promise<string | undefined> {
	if (sandbox?.url === undefined) return undefined;
	return (await new BoundSecrets(secrets).find(SANDBOX_TOKEN_KEY, sandbox.url, sandbox.url)).secret;
}

/** Lets the user enter the token of the sandbox server. An empty one removes the stored token. */
export async function setSandboxToken(secrets: SecretStorage, { sandbox }: Settings): Promise<void> {
	if (sandbox?.url === undefined) {
		const message = l10n.t('Set rlm.sandbox.url first: the token is kept for that address only.');
		return showError({ message, actions: ['edit-settings'] });
	}
	const { url } = sandbox;
	const title = l10n.t('Token of the sandbox server');
	const found = await new BoundSecrets(secrets).find(SANDBOX_TOKEN_KEY, url, url);
	const change = await askSecret(secrets, { name: SANDBOX_TOKEN_KEY, title, url, found });
	if (change === undefined) return;
	const done =
		change === 'removed'
			? l10n.t('The token of the sandbox server was removed.')
			: l10n.t('The token of the sandbox server was stored.');
	void window.showInformationMessage(done);
}

interface AskedSecret {
	/** Name in the storage. */
	readonly name: string;
	readonly title: string;
	/** Address that it is sent to. */
	readonly url: string;
	readonly found: FoundSecret;
}

/** Asks for a secret and stores it. @returns what was done; undefined when the user left */
async function askSecret(secrets: SecretStorage, asked: AskedSecret): Promise<'stored' | 'removed' | undefined> {
	const { name, title, url, found } = asked;
	const isForAnother = found.secret === undefined && found.others.length > 0;
	const origin = originOf(url);
	const isSet = found.secret !== undefined || isForAnother;
	const entered = await window.showInputBox({
		title,
		prompt: isForAnother
			? l10n.t('The stored one belongs to {0}. Enter the one for {1}.', named(found.others), origin)
			: l10n.t('It is sent to {0} and nowhere else.', origin),
		password: true,
		ignoreFocusOut: true,
		placeHolder: isSet ? l10n.t('One is set. Enter a new one, or nothing to remove it.') : l10n.t('Enter it'),
	});
	if (entered === undefined) return undefined;
	const bound = new BoundSecrets(secrets);
	if (entered.trim() === '') {
		await bound.remove(name);
		return 'removed';
	}
	await bound.store(name, url, entered.trim());
	return 'stored';
}

/** Stores the key of a server for its address. */
export async function storeApiKey(secrets: SecretStorage, server: ServerSettings, key: string): Promise<void> {
	await new BoundSecrets(secrets).store(storageKey(server.id), serverUrl(server), key.trim());
}

/** Removes the stored keys of a server. */
export async function removeApiKey(secrets: SecretStorage, id: string): Promise<void> {
	await new BoundSecrets(secrets).remove(storageKey(id));
}

/** Tells whether a key is stored for a server at its address. */
export async function hasApiKey(secrets: SecretStorage, server: ServerSettings): Promise<boolean> {
	return (await findKey(secrets, server)).secret !== undefined;
}

function findKey(secrets: SecretStorage, server: ServerSettings): Promise<FoundSecret> {
	const own = usersServer(server.id);
	return new BoundSecrets(secrets).find(storageKey(server.id), serverUrl(server), own && serverUrl(own));
}

function chooseServer(ids: readonly string[]): Thenable<string | undefined> {
	return window.showQuickPick(ids, { title: l10n.t('API key of which server?') });
}
