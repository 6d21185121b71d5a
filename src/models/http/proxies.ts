import http from 'node:http';
import https from 'node:https';
import { InputError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import { isLoopback } from '../../node/loopback.ts';

/** The variables by which programs are told of proxies, in the notation of Node's agents. */
interface ProxyVariables {
	readonly HTTP_PROXY?: string;
	readonly HTTPS_PROXY?: string;
	readonly NO_PROXY?: string;
}

/** Sends requests to this machine through the proxy as well, where it says so. */
const LOOPBACK_VARIABLE = 'RLM_PROXY_LOOPBACK';

let variables: ProxyVariables = {};
let isLoopbackProxied = false;

/**
 * Lets all transports that are made from now on use the proxies of an environment. Only what runs as a program of its
 * own does that: the editor brings its own proxies.
 * @throws InputError for a proxy that cannot be used; its text, which may hold a password, is not repeated
 */
export function useProxies(env: Readonly<Record<string, string | undefined>>): void {
	const all = proxyIn(env, 'all_proxy', true);
	variables = present({
		HTTP_PROXY: proxyIn(env, 'http_proxy') ?? all,
		HTTPS_PROXY: proxyIn(env, 'https_proxy') ?? all,
		NO_PROXY: named(env, 'no_proxy'),
	});
	isLoopbackProxied = env[LOOPBACK_VARIABLE] === '1';
}

/** The small spelling comes first, as elsewhere. */
function named(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
	return (env[name] ?? env[name.toUpperCase()])?.trim() || undefined;
}

function proxyIn(
	env: Readonly<Record<string, string | undefined>>,
	name: string,
	mayBeOther = false,
): string | undefined {
	const value = named(env, name);
	if (value === undefined) return undefined;
	const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
	if (url && /^https?:$/.test(url.protocol) && url.hostname !== '') return url.href;
	if (mayBeOther) return undefined;
	throw new InputError(
		`The proxy in ${name.toUpperCase()} cannot be used.`,
		'Write it like http://proxy:3128, or http://name:password@proxy:3128. SOCKS proxies are not supported.',
	);
}

/** The connections to one server, kept alive between requests: directly, or through the proxy for its address. */
export class Agents {
	readonly #variables = variables;
	readonly #isLoopbackProxied = isLoopbackProxied;
	readonly #direct = { plain: new http.Agent({ keepAlive: true }), secure: new https.Agent({ keepAlive: true }) };
	readonly #proxied = {
		plain: new http.Agent({ keepAlive: true, proxyEnv: { ...variables } }),
		secure: new https.Agent({ keepAlive: true, proxyEnv: { ...variables } }),
	};

	agentFor(url: URL): http.Agent {
		const agents = this.#maySkip(url) ? this.#direct : this.#proxied;
		return url.protocol === 'https:' ? agents.secure : agents.plain;
	}

	/** Address of the proxy for a URL, without its password; undefined when there is none. NO_PROXY is not looked at. */
	proxyOf(url: URL): string | undefined {
		if (this.#maySkip(url)) return undefined;
		const proxy = url.protocol === 'https:' ? this.#variables.HTTPS_PROXY : this.#variables.HTTP_PROXY;
		return proxy === undefined ? undefined : new URL(proxy).origin;
	}

	destroy(): void {
		for (const { plain, secure } of [this.#direct, this.#proxied]) {
			plain.destroy();
			secure.destroy();
		}
	}

	/** A proxy cannot reach this machine: what it would take for it is itself. */
	#maySkip({ hostname }: URL): boolean {
		return isLoopback(hostname) && !this.#isLoopbackProxied;
	}
}

/** Closes the connections that wait for a request. */
export function closeIdle(agent: http.Agent): void {
	for (const sockets of Object.values(agent.freeSockets)) for (const socket of [...(sockets ?? [])]) socket.destroy();
}
