import { ConfigError, InputError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { guessKind, type ServerKind } from '../models/kinds.ts';
import { discoverServers } from '../pool/discover.ts';
import type { Strategy } from '../settings/choices.ts';
import { BUILTIN_SERVER, type ServerSettings, serverUrl } from '../settings/servers.ts';
import { parseSettings, type Settings } from '../settings/settings.ts';
import { type ConfigFile, readConfigFile } from './configFile.ts';
import { keyOf, requireKey } from './keys.ts';

/** Options that choose servers and models. */
export interface ConfigOptions {
	readonly config?: string;
	readonly server?: string;
	readonly provider?: ServerKind;
	readonly model?: string;
	readonly subModel?: string;
	readonly strategy?: Strategy;
}

/** Settings as a command uses them. */
export interface Configuration {
	/** At least one server. */
	readonly settings: Settings;
	/** Key of a server; undefined when it has none. */
	readonly apiKey: (serverId: string) => Promise<string | undefined>;
	/** @throws InputError naming the variable, when a server needs a key that is not set */
	requireKeys(): void;
	/** Which servers stand in when none is configured, one sentence for the user. */
	readonly notice: string | undefined;
}

/**
 * Settings from the command line, else from the configuration file, else what runs on this machine, else the built-in
 * engine.
 * @throws InputError, ConfigError with file, line, column and field
 */
export async function loadConfiguration(options: ConfigOptions, signal: AbortSignal): Promise<Configuration> {
	const commandLineServer = serverOfOptions(options);
	const file = readConfigFile(options.config, process.cwd(), process.env);
	const base = withOptions(file ? settingsOf(file) : { servers: [] }, options);
	if (commandLineServer) return configuration({ ...base, servers: [commandLineServer] }, true, undefined);
	if (base.servers.length > 0) return configuration(base, false, undefined);
	const found = await discoverServers(signal);
	const servers: readonly ServerSettings[] = found.length > 0 ? found : [BUILTIN_SERVER];
	return configuration({ ...base, servers }, false, standInNotice(found));
}

function configuration(settings: Settings, isFromCommandLine: boolean, notice: string | undefined): Configuration {
	const keyed = settings.servers.map((server) => ({ ...server, url: serverUrl(server) }));
	return {
		settings,
		apiKey: async (serverId) => {
			const server = keyed.find(({ id }) => id === serverId);
			return server && keyOf(server, isFromCommandLine, process.env);
		},
		requireKeys: () => {
			for (const server of keyed) requireKey(server, isFromCommandLine, process.env);
		},
		notice,
	};
}

function standInNotice(found: readonly ServerSettings[]): string {
	if (found.length === 0) {
		return 'no model server is configured or running here: the built-in engine answers, which is no language model';
	}
	return `no server is configured: using ${found.map((server) => `${server.id} (${serverUrl(server)})`).join(', ')}`;
}

function settingsOf(file: ConfigFile): Settings {
	try {
		return parseSettings(file.value, file.path);
	} catch (error) {
		throw error instanceof ConfigError ? file.locate(error) : error;
	}
}

function withOptions(settings: Settings, { model, subModel, strategy }: ConfigOptions): Settings {
	return {
		...settings,
		...present({ rootModel: model, subModel, strategy }),
	};
}

/** The server that the options describe; undefined when they describe none. @throws InputError */
export function serverOfOptions({ server, provider, model, subModel }: ConfigOptions): ServerSettings | undefined {
	if (server === undefined && provider === undefined) return undefined;
	if (provider === 'builtin') {
		if (server !== undefined) throw new InputError('--provider builtin has no server', 'Leave out --server.');
		return BUILTIN_SERVER;
	}
	const url = server === undefined ? undefined : parseAddress(server);
	const models = [model, subModel].filter((name) => name !== undefined);
	return present({
		id: url?.host ?? provider ?? 'server',
		kind: provider ?? guessKind(url),
		url: server,
		models: model === undefined ? undefined : models,
	});
}

function parseAddress(text: string): URL {
	const url = URL.parse(text);
	if (url && /^https?:$/.test(url.protocol) && url.host !== '') return url;
	throw new InputError(`--server ${text} is not an address`, 'Write it like http://127.0.0.1:11434');
}
