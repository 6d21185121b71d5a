import * as v from 'valibot';
import { workspace } from 'vscode';
import { DEFAULT_LIMITS } from '../core/limits.ts';
import { engineSettings } from '../settings/editorSettings.ts';
import { BUILTIN_SERVER, type ServerSettings, serverSchema } from '../settings/servers.ts';
import { parseSettings, type Settings } from '../settings/settings.ts';

/** The settings `rlm.*` as they are now. Read once a run. @throws ConfigError naming the field */
export function readSettings(): Settings {
	const configuration = workspace.getConfiguration('rlm');
	const written = engineSettings((path) => configuration.get(path));
	const settings = parseSettings(JSON.parse(JSON.stringify(written)), 'settings rlm');
	// A process of its own where the workspace is not trusted: what stands in its files writes the code, too.
	const usual = workspace.isTrusted ? 'worker' : 'process';
	return { ...settings, sandbox: { isolation: usual, ...settings.sandbox } };
}

/** A server of the user's own settings, whatever a workspace says about the same name. */
export function usersServer(id: string): ServerSettings | undefined {
	const written: unknown = workspace.getConfiguration('rlm').inspect('servers')?.globalValue;
	const parsed = (Array.isArray(written) ? written : []).map((server: unknown) => v.safeParse(serverSchema, server));
	return parsed.flatMap(({ success, output }) => (success ? [output] : [])).find((server) => server.id === id);
}

/** Bytes that a context may have in all. */
export function maxContextBytes({ limits }: Settings): number {
	return limits?.contextBytes ?? DEFAULT_LIMITS.contextBytes;
}

/** Without configured servers: the local ones on their usual ports, else the built-in engine. @throws CancelledError */
export async function withDefaults(settings: Settings, signal: AbortSignal): Promise<Settings> {
	if (settings.servers.length > 0) return settings;
	const { discoverServers } = await import('../pool/discover.ts');
	const found = await discoverServers(signal);
	return { ...settings, servers: found.length > 0 ? found : [BUILTIN_SERVER] };
}
