import { ConfigError, ModelError } from '../core/errors.ts';
import type { Provider } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import type { TokenEstimator } from '../models/estimate.ts';
import { shownAddress } from '../models/http/address.ts';
import { cleanHeader, cleanKey, oddCharacter } from '../models/keys.ts';
import { kindOf, serviceAt } from '../models/kinds.ts';
import type { ProviderOptions } from '../models/options.ts';
import { type ServerSettings, serverUrl } from '../settings/servers.ts';

/**
 * Creates the provider of a server. Loads the code of a wire protocol when its first server is used.
 * @param key of the server; undefined when it needs none
 * @throws ConfigError for a kind that only the editor can create; ModelError when a header's variable is unset
 */
export async function createProvider(
	server: ServerSettings,
	key: string | undefined,
	estimator: TokenEstimator,
): Promise<Provider> {
	const load = kindOf(server.kind).load;
	if (!load)
		throw new ConfigError('settings', `server ${server.id}`, `the kind "${server.kind}" works only inside VS Code`);
	return (await load())(providerOptions(server, key, estimator));
}

/** The server's key, checked before any request. @throws ModelError `auth` that says how to set it */
export async function keyOf(
	server: ServerSettings,
	stored: (serverId: string) => Promise<string | undefined>,
): Promise<string | undefined> {
	if (kindOf(server.kind).place !== 'server') return undefined;
	const given = (await stored(server.id)) || (server.apiKeyEnv && process.env[server.apiKeyEnv]) || '';
	const key = cleanKey(given);
	if (key !== '')
		return checked(server, server.apiKeyEnv === undefined ? 'its key' : `its key (${server.apiKeyEnv})`, key);
	if (server.apiKeyEnv === undefined && serviceAt(serverUrl(server)) === undefined) return undefined;
	const variable = server.apiKeyEnv
		? `set the environment variable ${server.apiKeyEnv}`
		: 'name an environment variable that holds it in apiKeyEnv';
	throw missing(server, 'no key is set.', `Run the command "RLM: Set API Key" in VS Code, or ${variable}.`);
}

function providerOptions(
	server: ServerSettings,
	apiKey: string | undefined,
	estimator: TokenEstimator,
): ProviderOptions {
	return present({
		id: server.id,
		url: serverUrl(server),
		estimator,
		apiKey,
		headers: server.headersEnv === undefined ? undefined : headersOf(server, server.headersEnv),
		timeouts: server.timeouts,
		keepAlive: server.keepAlive,
		contextLength: server.contextLength,
	});
}

function headersOf(server: ServerSettings, variables: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(variables).map(([header, variable]) => {
			const value = process.env[variable];
			if (value)
				return [header.toLowerCase(), checked(server, `the header ${header} (${variable})`, cleanHeader(value))];
			throw missing(server, `the header ${header} has no value.`, `Set the environment variable ${variable}.`);
		}),
	);
}

/** @throws ModelError that names a character which no header can have */
function checked(server: ServerSettings, what: string, value: string): string {
	const odd = oddCharacter(value);
	if (odd === undefined) return value;
	throw missing(server, `${what} holds ${odd}, which cannot be sent.`, 'Copy it again, without anything around it.');
}

function missing(server: ServerSettings, what: string, hint: string): ModelError {
	const url = shownAddress(serverUrl(server));
	return new ModelError(`Server "${server.id}" (${url}): ${what} ${hint}`, {
		category: 'auth',
		server: server.id,
		url,
		hint,
	});
}
