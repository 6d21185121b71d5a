import { workspace } from 'vscode';
import { DEFAULT_LIMITS } from '../core/limits.ts';
import { BUILTIN_SERVER } from '../settings/servers.ts';
import { parseSettings, type Settings } from '../settings/settings.ts';

/** The settings `rlm.*` as they are now. Read once a run. @throws ConfigError naming the field */
export function readSettings(): Settings {
	const settings = workspace.getConfiguration('rlm');
	const raw = {
		servers: settings.get('servers'),
		rootModel: settings.get('rootModel'),
		subModel: settings.get('subModel'),
		strategy: settings.get('strategy'),
		cloudUse: settings.get('cloudUse'),
		hedging: settings.get('hedging'),
		prices: settings.get('prices'),
		health: { intervalSeconds: settings.get('health.intervalSeconds') },
		limits: settings.get('limits'),
		context: { exclude: settings.get('context.exclude'), allowSecrets: settings.get('context.allowSecrets') },
		sandbox: {
			isolation: isolationOf(settings.get('sandbox.isolation')),
			url: settings.get('sandbox.url') || undefined,
			tokenEnv: settings.get('sandbox.tokenEnv') || undefined,
		},
	};
	return parseSettings(JSON.parse(JSON.stringify(raw)), 'settings rlm');
}

/** `auto` is a process of its own where the workspace is not trusted: what stands in its files writes the code, too. */
function isolationOf(setting: unknown): unknown {
	if (setting !== undefined && setting !== 'auto') return setting;
	return workspace.isTrusted ? 'worker' : 'process';
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
