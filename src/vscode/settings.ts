import * as v from 'valibot';
import { workspace } from 'vscode';
import { DEFAULT_LIMITS } from '../core/limits.ts';
import { engineSettings } from '../settings/editorSettings.ts';
import { BUILTIN_SERVER, type ServerSettings, serverSchema } from '../settings/servers.ts';
import { parseSettings, type Settings } from '../settings/settings.ts';

/** Reads the current settings `rlm.*`, once a run. @throws ConfigError naming the field */
export function readSettings(): Settings {
	const configuration = workspace.getConfiguration('rlm');
	const written = engineSettings((path) => configuration.get(path));
	const settings = parseSettings(JSON.parse(JSON.stringify(written)), 'settings rlm');
	// Use a process in an untrusted workspace: the text of its files influences the code.
	const usual = workspace.isTrusted ? 'worker' : 'process';
	return { ...settings, sandbox: { isolation: usual, ...settings.sandbox } };
}

/** Finds a server in the user's own settings, whatever the workspace says about the same name. */
export function usersServer(id: string): ServerSettings | undefined {
	const written: unknown = workspace.getConfiguration('rlm').inspect('servers')?.globalValue;
	const parsed = (Array.isArray(written) ? written : []).map((server: unknown) => v.safeParse(serverSchema, server));
	return parsed.flatMap(({ success, output }) => (success ? [output] : [])).find((server) => server.id === id);
}

/** Reads the most bytes that a context may have. */
export function maxContextBytes({ limits }: Settings): number {
	return limits?.contextBytes ?? DEFAULT_LIMITS.contextBytes;
}

/** The same settings with the built-in engine as the only server. */
export function builtinOnly({ rootModel: _root, subModel: _sub, ...settings }: Settings): Settings {
	return { ...settings, servers: [BUILTIN_SERVER] };
}

/** Adds default servers if there are none: local ones, else the built-in engine. @throws CancelledError */
export async function withDefaults(settings: Settings, signal: AbortSignal): Promise<Settings> {
	if (settings.servers.length > 0) return settings;
	const { discoverServers } = await import('../pool/discover.ts');
	const found = await discoverServers(signal);
	return { ...settings, servers: found.length > 0 ? found : [BUILTIN_SERVER] };
}
