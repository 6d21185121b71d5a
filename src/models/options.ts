import { present } from '../core/present.ts';
import type { TokenEstimator } from './estimate.ts';
import type { Timeouts } from './http/phaseTimer.ts';
import { Transport } from './http/transport.ts';

/** What every wire protocol needs to know about its server. */
export interface ProviderOptions {
	/** Id of the server in the settings, for messages. */
	readonly id: string;
	readonly url: string;
	/** Absent for servers that need none. Nothing is read from the environment or from disk instead. */
	readonly apiKey?: string;
	/** Additional headers, for proxies in front of the server. */
	readonly headers?: Readonly<Record<string, string>>;
	readonly timeouts?: Partial<Timeouts>;
	/** Tokens of the window, as the user set it. */
	readonly contextLength?: number;
	/** Ollama only: how long a model stays in memory after a call, in its notation: `30m`, or a number of seconds. */
	readonly keepAlive?: string;
	/** Shared by all providers of a pool, so that each benefits from what the others learn. */
	readonly estimator: TokenEstimator;
}

/** SDKs insist on a key. Our transport adds the real one, so this one is never sent. */
export const PLACEHOLDER_KEY = 'sent-by-transport';

/** Longest delay of a timer, ms. It disables the SDKs' own time limits in favour of ours. */
export const NO_TIMEOUT_MS = 2 ** 31 - 1;

/** Opens the transport of a provider. */
export function transportFor(options: ProviderOptions, defaults: Timeouts): Transport {
	const headers = {
		...options.headers,
		...present({ authorization: options.apiKey === undefined ? undefined : `Bearer ${options.apiKey}` }),
	};
	const secrets = [...Object.values(options.headers ?? {}), options.apiKey ?? ''].filter((secret) => secret.length > 0);
	const query = URL.parse(options.url)?.search.slice(1);
	return new Transport(
		present({
			site: { server: options.id, url: options.url, secrets },
			headers,
			query,
			timeouts: { ...defaults, ...options.timeouts },
		}),
	);
}
