import { present } from '../../core/present.ts';
import type { RequestSite } from './classify.ts';
import { HttpExchange, type HttpExchangeOptions, type TransportOptions } from './http.ts';
import { boundedText, MAX_PAGE_BYTES, parseDocument } from './page.ts';
import type { Timeouts } from './phaseTimer.ts';
import { Agents } from './proxies.ts';
import { Redirects } from './redirects.ts';

export const DEFAULT_TIMEOUTS: Timeouts = { connectMs: 5_000, firstByteMs: 120_000, idleMs: 120_000 };

/** Deadlines of requests that a healthy server answers from memory: versions, lists of models. */
export const PROBE_TIMEOUTS: Timeouts = { connectMs: 3_000, firstByteMs: 5_000, idleMs: 5_000 };

/** A request for a JSON document. */
export interface JsonRequest {
	readonly body?: object;
	/** Name of the model, for messages. */
	readonly model?: string;
	readonly timeouts?: Omit<Timeouts, 'connectMs'>;
}

/** The connections to one server, kept alive between requests. */
export class Transport {
	readonly #options: TransportOptions;
	readonly #network = { agents: new Agents(), redirects: new Redirects() };

	constructor(options: TransportOptions) {
		this.#options = options;
	}

	get site(): RequestSite {
		return this.#options.site;
	}

	/** Opens an exchange: one request and its reply. The caller closes it. */
	open(options: HttpExchangeOptions, signal: AbortSignal): HttpExchange {
		const site = options.model === undefined ? this.site : { ...this.site, model: options.model };
		return new HttpExchange(
			{ ...this.#options, site, timeouts: options.timeouts ?? this.#options.timeouts },
			options,
			this.#network,
			signal,
		);
	}

	/**
	 * Gets a JSON document with short deadlines, or those of the settings if they are shorter. A body makes it a POST.
	 * Connecting may take as long as for any other request. An endless document is given up, not read into memory.
	 * @throws ModelError, CancelledError
	 */
	async json(url: string, signal: AbortSignal, options: JsonRequest = {}): Promise<unknown> {
		const { body, timeouts = PROBE_TIMEOUTS, ...rest } = options;
		const { connectMs, firstByteMs, idleMs } = this.#options.timeouts;
		const shortest = {
			connectMs,
			firstByteMs: Math.min(timeouts.firstByteMs, firstByteMs),
			idleMs: Math.min(timeouts.idleMs, idleMs),
		};
		const exchange = this.open({ ...rest, timeouts: shortest }, signal);
		try {
			const response = await exchange.fetch(
				url,
				present({
					method: body === undefined ? 'GET' : 'POST',
					headers: present({
						accept: 'application/json',
						'content-type': body === undefined ? undefined : 'application/json',
					}),
					body: body === undefined ? undefined : JSON.stringify(body),
				}),
			);
			return parseDocument(exchange.site, await boundedText(response, MAX_PAGE_BYTES, exchange.site));
		} catch (error) {
			throw exchange.explain(error);
		} finally {
			exchange.close();
		}
	}

	/** Closes all connections, including those in use. Idempotent. */
	dispose(): void {
		this.#network.agents.destroy();
	}
}
