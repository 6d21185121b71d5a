import { untilAborted } from '../core/abort.ts';
import { ModelError } from '../core/errors.ts';
import type {
	ChatMessage,
	ModelFacts,
	ModelListing,
	ModelRole,
	Price,
	Provider,
	ServerReport,
} from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { shownAddress } from '../models/http/address.ts';
import { kindOf, serviceAt } from '../models/kinds.ts';
import { type ServerSettings, serverUrl } from '../settings/servers.ts';
import { reactionTo } from './retry.ts';
import type { Clock, ServerSpec } from './scheduler/types.ts';
import { type KnownPrice, type PriceSettings, priceOf } from './usage/prices.ts';

/** Window assumed when neither the settings nor the server give one. Tokens. */
const CAUTIOUS_WINDOW = 8_192;
/** How long a list of models or a window stays valid. */
const LOOKUP_LIFE_MS = 60_000;

/** Provides providers and their keys. */
export interface ProviderSource {
	/** @throws ModelError `auth` when the server needs a key and none is set */
	key(server: ServerSettings): Promise<string | undefined>;
	create(server: ServerSettings, key: string | undefined): Promise<Provider>;
}

/** A server on the local network may finish the current batch of a prompt after its call was cancelled. ms */
const ABORT_LAG_MS = 3_000;

/** Stands in for the unknown price of a public service; roughly a mid-range model. Never shown, never summed. */
const ASSUMED_PRICE: Price = { promptUsd: 1, completionUsd: 5 };

/** Describes a server for the scheduler. */
export function specOf(server: PooledServer): ServerSpec {
	const { settings, priority, url } = server;
	const kind = kindOf(settings.kind);
	const price = server.priceForChoice(settings.models?.[0] ?? '');
	const maxConcurrent = settings.maxConcurrent ?? kind.places;
	return present({
		id: settings.id,
		priority,
		maxConcurrent,
		price,
		maxResident: kind.maxResident,
		maxPrefixes: maxConcurrent * kind.prefixesPerPlace,
		abortLagMs: kind.lagsAt.test(url) ? ABORT_LAG_MS : 0,
	});
}

/** A window, and whether the settings or the server gave it. */
export interface ServedWindow {
	readonly tokens: number;
	readonly isKnown: boolean;
}

/** A provider and the key it was created with. */
interface Opened {
	readonly key: string | undefined;
	readonly provider: Promise<Provider>;
}

interface Lookup<T> {
	readonly at: number;
	readonly result: Promise<T>;
}

/** One server of the pool: its connection, its last answer and what is known of its models. */
export class PooledServer {
	readonly settings: ServerSettings;
	/** Address for messages and views. The provider knows the one that contains a password. */
	readonly url: string;
	readonly priority: number;
	readonly #clock: Clock;
	readonly #source: ProviderSource;
	readonly #prices: PriceSettings | undefined;
	readonly #disposed = new AbortController();
	#opened: Opened | undefined;
	/** Providers with earlier keys: calls may still be in progress on their connections. */
	readonly #retired: Opened[] = [];
	#report: Lookup<ServerReport> | undefined;
	#listings: readonly ModelListing[] | undefined;
	/** Models as the server reports them. */
	readonly #toldPrices = new Map<string, Price>();
	readonly #windows = new Map<string, Lookup<number | undefined>>();
	#lastError: ModelError | undefined;
	#hasAnswered = false;

	/** @param prices from the settings, by pattern */
	constructor(settings: ServerSettings, source: ProviderSource, clock: Clock, prices?: PriceSettings) {
		this.settings = settings;
		this.#prices = prices;
		this.url = shownAddress(serverUrl(settings));
		this.priority = settings.priority ?? 1;
		this.#source = source;
		this.#clock = clock;
	}

	get id(): string {
		return this.settings.id;
	}

	get hasAnswered(): boolean {
		return this.#hasAnswered;
	}

	get lastError(): ModelError | undefined {
		return this.#lastError;
	}

	/** Names of its models: from the settings, else as last listed. Undefined before the server was asked. */
	get knownModels(): readonly string[] | undefined {
		return this.settings.models ?? this.#listings?.map(({ name }) => name);
	}

	/** Price of a model here, as far as it is known. */
	price(model: string): Price | undefined {
		return this.#knownPrice(model)?.price;
	}

	/** The price of a model here, if the user set one. */
	priceOfSettings(model: string): Price | undefined {
		const known = this.#knownPrice(model);
		return known?.source === 'server-settings' || known?.source === 'prices-settings' ? known.price : undefined;
	}

	#knownPrice(model: string): KnownPrice | undefined {
		return priceOf(this.settings, model, this.#prices, this.#toldPrices.get(model));
	}

	/** True for a public service, such as OpenAI. */
	get isHosted(): boolean {
		return serviceAt(this.url) !== undefined;
	}

	/** For choosing servers: a public service costs money even if its price is unknown. */
	priceForChoice(model: string): Price | undefined {
		return this.price(model) ?? (this.isHosted ? ASSUMED_PRICE : undefined);
	}

	/** Takes the server's report about itself. */
	noteReport(report: ServerReport): void {
		this.#report = { at: this.#clock.now(), result: Promise.resolve(report) };
		this.#listings = report.models;
		for (const { name, price } of report.models) if (price) this.#toldPrices.set(name, price);
	}

	hasRole(role: ModelRole): boolean {
		return this.settings.roles?.includes(role) ?? true;
	}

	/** Whether it has a model, as far as is known. A server that was not asked yet may have it. */
	mayHave(model: string): boolean {
		return this.knownModels?.some((name) => name === model || name === `${model}:latest`) ?? true;
	}

	/**
	 * Its provider, created anew after a change of key. @throws ModelError `auth` when a key is needed and none is set
	 */
	async provider(): Promise<Provider> {
		const key = await this.#source.key(this.settings);
		if (this.#opened === undefined || this.#opened.key !== key) {
			if (this.#opened) this.#retired.push(this.#opened);
			const opened: Opened = { key, provider: this.#source.create(this.settings, key) };
			this.#opened = opened;
			// The next call tries again; this one gets the error.
			opened.provider.catch(() => {
				if (this.#opened === opened) this.#opened = undefined;
			});
		}
		return this.#opened.provider;
	}

	/** The server's report about itself, at most a minute old. @throws ModelError, CancelledError */
	async report(signal: AbortSignal, isFresh = false): Promise<ServerReport> {
		if (isFresh || !this.#isCurrent(this.#report)) {
			this.#report = { at: this.#clock.now(), result: this.#probe() };
		}
		return untilAborted((this.#report as Lookup<ServerReport>).result, signal);
	}

	/** The model to use when none is named: the first in the settings, else one in memory, else the first listed. */
	async anyModel(signal: AbortSignal): Promise<string> {
		const preferred = this.settings.models?.[0];
		if (preferred !== undefined) return preferred;
		const { models } = await this.report(signal);
		const model = models.find(({ isLoaded }) => isLoaded) ?? models[0];
		if (model) return model.name;
		throw new ModelError(`Server "${this.id}" (${this.url}): the server has no models.`, {
			category: 'model-not-found',
			server: this.id,
			url: this.url,
		});
	}

	/** The window in which it would serve a model; the cautious default when unknown. @throws CancelledError */
	async window(model: string, signal: AbortSignal): Promise<ServedWindow> {
		const set = this.settings.contextLength;
		if (set !== undefined) return { tokens: set, isKnown: true };
		let lookup = this.#windows.get(model);
		if (!this.#isCurrent(lookup)) {
			lookup = { at: this.#clock.now(), result: this.#askWindow(model) };
			this.#windows.set(model, lookup);
		}
		const tokens = await untilAborted((lookup as Lookup<number | undefined>).result, signal);
		return tokens === undefined ? { tokens: CAUTIOUS_WINDOW, isKnown: false } : { tokens, isKnown: true };
	}

	/** Whether it continues the beginning of a reply; false when it cannot say. @throws CancelledError */
	async canPrefill(model: string, signal: AbortSignal): Promise<boolean> {
		return (await this.#ifTold((provider) => provider.canPrefill?.(model, signal))) ?? false;
	}

	/** What it tells of a model; nothing when it cannot say. @throws CancelledError */
	async facts(model: string, signal: AbortSignal): Promise<ModelFacts> {
		return (await this.#ifTold((provider) => provider.facts?.(model, signal))) ?? {};
	}

	/** What it last told of its models; undefined before it was asked. */
	get knownListings(): readonly ModelListing[] | undefined {
		return this.#listings;
	}

	async #ifTold<T>(ask: (provider: Provider) => Promise<T> | undefined): Promise<T | undefined> {
		try {
			return await ask(await this.provider());
		} catch (error) {
			if (!(error instanceof ModelError)) throw error;
			return undefined;
		}
	}

	/** Tokens of a prompt as its tokenizer counts them; undefined when it cannot say. @throws CancelledError */
	async countTokens(model: string, messages: readonly ChatMessage[], signal: AbortSignal): Promise<number | undefined> {
		try {
			return await (await this.provider()).countTokens?.(model, messages, signal);
		} catch (error) {
			if (!(error instanceof ModelError)) throw error;
			return undefined;
		}
	}

	noteSuccess(): void {
		this.#hasAnswered = true;
		this.#lastError = undefined;
	}

	noteFailure(error: ModelError): void {
		const { otherServer } = reactionTo(error.facts);
		// If another server would do no better, the call is at fault and not this server.
		if (otherServer === 'first' || otherServer === 'after') this.#lastError = error;
		const { model, contextTokens } = error.facts;
		if (error.category === 'context-overflow' && model !== undefined && contextTokens !== undefined) {
			this.#windows.set(model, { at: this.#clock.now(), result: Promise.resolve(contextTokens) });
		}
	}

	dispose(): void {
		this.#disposed.abort();
		this.#close();
	}

	#close(): void {
		for (const opened of [...this.#retired.splice(0), ...(this.#opened ? [this.#opened] : [])]) {
			// A provider that failed to be created has nothing to dispose of; the call that requested it got the error.
			opened.provider.then(
				(provider) => provider.dispose?.(),
				() => {},
			);
		}
		this.#opened = undefined;
	}

	async #probe(): Promise<ServerReport> {
		try {
			const report = await (await this.provider()).probe(this.#disposed.signal);
			this.noteReport(report);
			this.noteSuccess();
			return report;
		} catch (error) {
			if (error instanceof ModelError) this.noteFailure(error);
			this.#report = undefined;
			throw error;
		}
	}

	/** A server that cannot report its window now may still answer calls, so this failure does not fail the call. */
	async #askWindow(model: string): Promise<number | undefined> {
		try {
			return await (await this.provider()).contextTokens(model, this.#disposed.signal);
		} catch (error) {
			if (!(error instanceof ModelError)) throw error;
			if (error.category === 'connect') this.#windows.delete(model);
			return undefined;
		}
	}

	#isCurrent(lookup: Lookup<unknown> | undefined): boolean {
		return lookup !== undefined && this.#clock.now() - lookup.at < LOOKUP_LIFE_MS;
	}
}
