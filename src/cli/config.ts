import { ConfigError, InputError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { oneLine } from '../core/printable.ts';
import { guessKind, type ServerKind } from '../models/kinds.ts';
import { discoverServers } from '../pool/discover.ts';
import type { Strategy } from '../settings/choices.ts';
import { trustFile } from '../settings/dataFolder.ts';
import { BUILTIN_SERVER, type ServerSettings, serverUrl } from '../settings/servers.ts';
import { parseSettings, type Settings } from '../settings/settings.ts';
import { type ConfigFile, type FoundConfig, readConfigFile } from './configFile.ts';
import { textDestinations } from './destinations.ts';
import { keyOf, requireKey } from './keys.ts';
import { tell } from './output.ts';
import { requireTrust, terminalQuestion } from './trust.ts';
import { createTrustStore } from './trustStore.ts';

/** Options that choose servers and models. */
export interface ConfigOptions {
	readonly config?: string;
	/** Use the configuration of the folder without asking. */
	readonly trustConfig?: boolean;
	readonly server?: string;
	readonly provider?: ServerKind;
	readonly model?: string;
	readonly subModel?: string;
	readonly strategy?: Strategy;
}

const NO_SERVER =
	'no model server is configured or running here: the built-in engine answers, which is no language model';

/** Settings as a command uses them. */
export interface Configuration {
	/** At least one server. */
	readonly settings: Settings;
	/** Key of a server; undefined when it has none. */
	readonly apiKey: (serverId: string) => Promise<string | undefined>;
	/** @throws InputError naming the variable, when a server needs a key that is not set */
	requireKeys(): void;
	/** Which configuration was read and where texts go, one sentence for the user. */
	readonly notice: string;
	/** It is to be said even where little is: a file that lies in the folder decides. */
	readonly isOfFolder: boolean;
}

/**
 * Settings from the command line, else from the configuration file, else what runs on this machine, else the built-in
 * engine.
 * @throws InputError, also for a file of the folder that is not trusted; ConfigError with file, line, column and field
 */
export async function loadConfiguration(options: ConfigOptions, signal: AbortSignal): Promise<Configuration> {
	const commandLineServer = serverOfOptions(options);
	const file = readConfigFile(options.config, process.cwd(), process.env);
	const base = withOptions(file ? await trusted(file, options, signal) : { servers: [] }, options);
	const read = (settings: Settings, sentence = textDestinations(settings, process.env)): Configuration => ({
		...keyed(settings, commandLineServer !== undefined),
		notice: file ? `configuration ${oneLine(file.path)}; ${sentence}` : sentence,
		isOfFolder: file?.origin === 'folder',
	});
	if (commandLineServer) return read({ ...base, servers: [commandLineServer] });
	if (base.servers.length > 0) return read(base);
	const found = await discoverServers(signal);
	const servers: readonly ServerSettings[] = found.length > 0 ? found : [BUILTIN_SERVER];
	const settings = { ...base, servers };
	const texts = textDestinations(settings, process.env);
	return read(settings, found.length > 0 ? `no server is configured; ${texts}` : NO_SERVER);
}

/** The settings of a file that may be used. @throws InputError, ConfigError, CancelledError */
async function trusted(file: FoundConfig, options: ConfigOptions, signal: AbortSignal): Promise<Settings> {
	const settings = settingsOf(file);
	await requireTrust(file, settings, {
		isGiven: options.trustConfig === true,
		store: createTrustStore(trustFile(process.env)),
		ask: terminalQuestion(process.stdin, process.stderr, signal),
	});
	return file.origin === 'folder' ? withoutAllowance(settings) : settings;
}

/** What lies in a folder does not open the secret files of that folder, even where its servers are trusted. */
function withoutAllowance(settings: Settings): Settings {
	if (!settings.context) return settings;
	const { allowSecrets: _, ...context } = settings.context;
	return { ...settings, context };
}

/** Says which configuration was read and where texts go, unless it is the user's own doing and little is to be said. */
export function announce({ notice, isOfFolder }: Configuration, isQuiet: boolean): void {
	if (!isQuiet || isOfFolder) tell(notice);
}

function keyed(settings: Settings, isFromCommandLine: boolean): Omit<Configuration, 'notice' | 'isOfFolder'> {
	const servers = settings.servers.map((server) => ({ ...server, url: serverUrl(server) }));
	return {
		settings,
		apiKey: async (serverId) => {
			const server = servers.find(({ id }) => id === serverId);
			return server && keyOf(server, isFromCommandLine, process.env);
		},
		requireKeys: () => {
			for (const server of servers) requireKey(server, isFromCommandLine, process.env);
		},
	};
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
