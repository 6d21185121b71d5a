const KEY_PREFIX = 'rlm.apiKey.';

/** Names the secret that holds the keys of a server. */
export function storageKey(serverId: string): string {
	return KEY_PREFIX + serverId;
}

/** Gives the id of the server whose keys are stored under a name; undefined for another secret. */
export function serverOfKey(storedAs: string): string | undefined {
	return storedAs.startsWith(KEY_PREFIX) ? storedAs.slice(KEY_PREFIX.length) : undefined;
}

/** Names the secret that holds the tokens of sandbox servers. */
export const SANDBOX_TOKEN_KEY = 'rlm.sandboxToken';
