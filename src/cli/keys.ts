import { InputError } from '../core/errors.ts';
import { serviceAt } from '../models/kinds.ts';

/** The parts of a server that decide where its key comes from. */
export interface KeyedServer {
	readonly id: string;
	readonly url?: string | undefined;
	/** Variable named in the configuration. */
	readonly apiKeyEnv?: string | undefined;
}

/** Variable with the key of a server that is given on the command line. */
export const COMMAND_LINE_KEY = 'RLM_API_KEY';

/**
 * Lists the variables that may hold a server's key, first choice first; none for a server that needs no key. A service's
 * usual variable is read only for that service, so that no key goes to another host.
 */
export function keyVariables({ url, apiKeyEnv }: KeyedServer, isFromCommandLine: boolean): string[] {
	if (apiKeyEnv !== undefined) return [apiKeyEnv];
	const service = url === undefined ? undefined : serviceAt(url);
	return [...(isFromCommandLine ? [COMMAND_LINE_KEY] : []), ...(service ? [service.keyVariable] : [])];
}

/** Returns the key of a server; undefined when it has none. */
export function keyOf(server: KeyedServer, isFromCommandLine: boolean, env: NodeJS.ProcessEnv): string | undefined {
	return keyVariables(server, isFromCommandLine)
		.map((variable) => env[variable]?.trim())
		.find((key) => key !== undefined && key !== '');
}

/** Checks that a server has its key. @throws InputError naming the variable */
export function requireKey(server: KeyedServer, isFromCommandLine: boolean, env: NodeJS.ProcessEnv): void {
	const variables = keyVariables(server, isFromCommandLine);
	const isRequired = variables.some((variable) => variable !== COMMAND_LINE_KEY);
	if (!isRequired || keyOf(server, isFromCommandLine, env) !== undefined) return;
	const names = variables.toReversed().join(' or ');
	throw new InputError(
		`server ${server.id} needs a key, and the environment variable ${names} is not set`,
		`Set it, for example: export ${variables.at(-1)}=…`,
	);
}
