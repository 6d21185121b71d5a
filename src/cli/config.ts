import { ConfigError, InputError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { oneLine } from '../core/printable.ts';
import { useProxies } from '../models/http/proxies.ts';
import { guessKind, type ServerKind } from '../models/kinds.ts';
import { discoverServers, type UnusableServer } from '../pool/discover.ts';
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
	/** Use the folder's configuration without asking. */
	readonly trustConfig?: boolean;
	readonly server?: string;
	readonly provider?: ServerKind;
	readonly model?: string;
	readonly subModel?: string;
	readonly strategy?: Strategy;
}

const BUILTIN_ANSWERS = 'the built-in engine answers, which is not a language model';
/** Why a server that runs here is not used, and what helps. */
const UNUSABLE: Readonly<Record<UnusableServer['why'], string>> = {
	loading: 'is still loading its model (ask again soon)',
	key: 'wants a key (name the server with --server, its key in RLM_API_KEY)',
	model: 'has no model for chat',
};

/** Settings as a command uses them. */
export interface Configuration {
	/** At least one server. */
	readonly settings: Settings;
	/** Returns the key of a server; undefined when it has none. */
	readonly apiKey: (serverId: string) => Promise<string | undefined>;
	/** Checks that every key is set. @throws InputError naming the missing variable */
	requireKeys(): void;
	/** Names the configuration that was read and where texts go, in one sentence for the user. */
	readonly notice: string;
	/** True when the configuration came from the folder; `announce` then says so even with --quiet. */
	readonly isOfFolder: boolean;
}

/**
 * Reads settings from the command line, else from the configuration file, else from the servers that run on this
 * machine. With none of these the built-in engine answers.
 * @throws InputError, also for an untrusted file of the folder; ConfigError with file, line, column and field
 */
export async function loadConfiguration(options: ConfigOptions, signal: AbortSignal): Promise<Configuration> {
	useProxies(process.env);
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
	const unusable: UnusableServer[] = [];
	const found = await discoverServers(signal, undefined, (server) => unusable.push(server));
	const servers: readonly ServerSettings[] = found.length > 0 ? found : [BUILTIN_SERVER];
	const settings = { ...base, servers };
	const texts = textDestinations(settings, process.env);
	return read(settings, found.length > 0 ? `no server is configured; ${texts}` : noServer(unusable));
}

function noServer(unusable: readonly UnusableServer[]): string {
	if (unusable.length === 0) return `no model server is configured or running here: ${BUILTIN_ANSWERS}`;
	const reasons = unusable.map(({ software, address, why }) => `${software} at ${address} ${UNUSABLE[why]}`);
	return `no model server is configured, and ${reasons.join(', ')}: ${BUILTIN_ANSWERS}`;
}

/** Returns the settings of a file once it is trusted. @throws InputError, ConfigError, CancelledError */
async function trusted(file: FoundConfig, options: ConfigOptions, signal: AbortSignal): Promise<Settings> {
	const settings = settingsOf(file);
	await requireTrust(file, settings, {
		isGiven: options.trustConfig === true,
		store: createTrustStore(trustFile(process.env)),
		ask: terminalQuestion(process.stdin, process.stderr, signal),
	});
	return file.origin === 'folder' ? withoutAllowance(settings) : settings;
}

/** Keeps a folder's configuration from opening the folder's own secret files, even when its servers are trusted. */
function withoutAllowance(settings: Settings): Settings {
	if (!settings.context) return settings;
	const { allowSecrets: _, ...context } = settings.context;
	return { ...settings, context };
}

/** Says which configuration was read and where texts go. With --quiet, only a folder's configuration is announced. */
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

/** Returns the server that the options describe; undefined when they describe none. @throws InputError */
export function serverOfOptions({ server, provider, model, subModel }: ConfigOptions): ServerSettings | undefined {
	if (server === undefined && provider === undefined) return undefined;
	if (provider === 'builtin') {
		if (server !== undefined) throw new InputError('--provider builtin takes no server', 'Leave out --server.');
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
	throw new InputError(`--server ${text} is not a URL`, 'Write it like http://127.0.0.1:11434');
}
