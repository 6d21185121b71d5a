const KEY_PREFIX = 'rlm.apiKey.';

/** Under which name the keys of a server are stored. */
export function storageKey(serverId: string): string {
	return KEY_PREFIX + serverId;
}

/** The id of the server whose keys are stored under this name; undefined when it is another secret. */
export function serverOfKey(storedAs: string): string | undefined {
	return storedAs.startsWith(KEY_PREFIX) ? storedAs.slice(KEY_PREFIX.length) : undefined;
}

/** Under which name the tokens of sandbox servers are stored. */
export const SANDBOX_TOKEN_KEY = 'rlm.sandboxToken';
