import { CancelledError, ModelError } from '../core/errors.ts';
import type { ModelRole, Price, Provider, ServerReport } from '../core/model.ts';
import type { ServerActivity } from './healthCheck.ts';
import { reactionTo } from './retry.ts';
import { type ServerKind, type ServerSettings, serverUrl } from './settings.ts';
import { Slots } from './slots.ts';

/** Assumed when neither the settings nor the server tell the window. Tokens. */
export const CAUTIOUS_WINDOW = 8_192;
/** How long a list of models or a window is believed. */
const LOOKUP_LIFE_MS = 60_000;

/** Calls at a time when the settings say nothing. Ollama serves one; more would only wait there, unseen. */
const DEFAULT_SLOTS: Record<ServerKind, number> = { ollama: 1, openai: 4, anthropic: 8, vscode: 4, builtin: 8 };

/** Time, as the pool uses it. */
export interface Clock {
	/** ms since any fixed point. */
	now(): number;
	/** @throws CancelledError */
	sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
	/** From 0 to 1. */
	random(): number;
}

/** Where providers and their keys come from. */
export interface ProviderSource {
	/** @throws ModelError `auth` when the server needs a key and none is set */
	key(server: ServerSettings): Promise<string | undefined>;
	create(server: ServerSettings, key: string | undefined): Promise<Provider>;
}

/** A window, and whether somebody told it. */
export interface ServedWindow {
	readonly tokens: number;
	readonly isKnown: boolean;
}

interface Lookup<T> {
	readonly at: number;
	readonly result: Promise<T>;
}

/** One server of the pool: its connection, its places, its health and what is known of its models. */
export class PooledServer {
	readonly settings: ServerSettings;
	readonly url: string;
	readonly priority: number;
	readonly slots: Slots;
	readonly #clock: Clock;
	readonly #source: ProviderSource;
	readonly #disposed = new AbortController();
	#opened: { readonly key: string | undefined; readonly provider: Promise<Provider> } | undefined;
	#report: Lookup<ServerReport> | undefined;
	#models: readonly string[] | undefined;
	readonly #prices = new Map<string, Price>();
	#lastByteAt: number | undefined;
	readonly #windows = new Map<string, Lookup<number | undefined>>();
	#avoidUntil = Number.NEGATIVE_INFINITY;
	#lastError: ModelError | undefined;
	#hasAnswered = false;
	#assigned = 0;

	constructor(settings: ServerSettings, source: ProviderSource, clock: Clock) {
		this.settings = settings;
		this.url = serverUrl(settings);
		this.priority = settings.priority ?? 1;
		this.slots = new Slots(settings.maxConcurrent ?? DEFAULT_SLOTS[settings.kind]);
		this.#source = source;
		this.#clock = clock;
	}

	get id(): string {
		return this.settings.id;
	}

	/** False for a while after a failure that the next call would meet as well. Unknown servers count as healthy. */
	get isHealthy(): boolean {
		return this.#clock.now() >= this.#avoidUntil;
	}

	get hasAnswered(): boolean {
		return this.#hasAnswered;
	}

	get lastError(): ModelError | undefined {
		return this.#lastError;
	}

	/** How many times over its places are taken by calls that run, wait or are about to. */
	get load(): number {
		return Math.floor(this.#assigned / this.slots.max);
	}

	/** Counts a call as the server's from its choice on, so that calls of one batch see each other. */
	async assign<T>(work: () => Promise<T>): Promise<T> {
		this.#assigned++;
		try {
			return await work();
		} finally {
			this.#assigned--;
		}
	}

	/** What the server itself says that a model costs. */
	toldPrice(model: string): Price | undefined {
		return this.#prices.get(model);
	}

	noteByte(): void {
		this.#lastByteAt = this.#clock.now();
	}

	activity(): ServerActivity {
		const sinceByte = this.#lastByteAt === undefined ? undefined : this.#clock.now() - this.#lastByteAt;
		return { inFlight: this.slots.inFlight, ...(sinceByte === undefined ? {} : { msSinceByte: sinceByte }) };
	}

	/** Names of its models: as set, else as last listed. Undefined when nobody has asked yet. */
	get knownModels(): readonly string[] | undefined {
		return this.settings.models ?? this.#models;
	}

	hasRole(role: ModelRole): boolean {
		return this.settings.roles?.includes(role) ?? true;
	}

	/** Whether it has a model, as far as is known; a server that was not asked yet may have it. */
	mayHave(model: string): boolean {
		return this.knownModels?.some((name) => name === model || name === `${model}:latest`) ?? true;
	}

	/** Its provider, made anew when the key was changed. @throws ModelError `auth` when a key is needed and none is set */
	async provider(): Promise<Provider> {
		const key = await this.#source.key(this.settings);
		if (this.#opened === undefined || this.#opened.key !== key) {
			this.#close();
			const opened = { key, provider: this.#source.create(this.settings, key) };
			this.#opened = opened;
			// The next call tries anew; this one gets the error.
			opened.provider.catch(() => {
				if (this.#opened === opened) this.#opened = undefined;
			});
		}
		return this.#opened.provider;
	}

	/** What the server says of itself, a minute old at most. @throws ModelError, CancelledError */
	async report(signal: AbortSignal, isFresh = false): Promise<ServerReport> {
		if (isFresh || !this.#isCurrent(this.#report)) {
			this.#report = { at: this.#clock.now(), result: this.#probe() };
		}
		return abortable((this.#report as Lookup<ServerReport>).result, signal);
	}

	/** A model to use when none is named: the first of the settings, else one in memory, else the first listed. */
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

	/** The window in which it would serve a model; the cautious default when it does not tell. @throws CancelledError */
	async window(model: string, signal: AbortSignal): Promise<ServedWindow> {
		const set = this.settings.contextLength;
		if (set !== undefined) return { tokens: set, isKnown: true };
		let lookup = this.#windows.get(model);
		if (!this.#isCurrent(lookup)) {
			lookup = { at: this.#clock.now(), result: this.#askWindow(model) };
			this.#windows.set(model, lookup);
		}
		const tokens = await abortable((lookup as Lookup<number | undefined>).result, signal);
		return tokens === undefined ? { tokens: CAUTIOUS_WINDOW, isKnown: false } : { tokens, isKnown: true };
	}

	noteSuccess(): void {
		this.#hasAnswered = true;
		this.#lastError = undefined;
		this.#avoidUntil = Number.NEGATIVE_INFINITY;
	}

	noteFailure(error: ModelError): void {
		const { avoidMs, otherServer } = reactionTo(error);
		// Where another server would do no better, the call is at fault, not this one.
		if (otherServer === 'first' || otherServer === 'after') this.#lastError = error;
		if (avoidMs > 0) this.#avoidUntil = this.#clock.now() + avoidMs;
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
		// A provider that could not be made has nothing to dispose of; its error went to the call that asked for it.
		this.#opened?.provider.then(
			(provider) => provider.dispose?.(),
			() => {},
		);
		this.#opened = undefined;
	}

	async #probe(): Promise<ServerReport> {
		try {
			const report = await (await this.provider()).probe(this.#disposed.signal);
			this.#models = report.models.map(({ name }) => name);
			for (const { name, price } of report.models) if (price) this.#prices.set(name, price);
			this.noteSuccess();
			return report;
		} catch (error) {
			if (error instanceof ModelError) this.noteFailure(error);
			this.#report = undefined;
			throw error;
		}
	}

	/** A server that cannot tell its window now may still answer calls, so its failure is not one of the call. */
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

/** Waits for work that others wait for as well: the signal ends the waiting, not the work. @throws CancelledError */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const cancel = () => reject(new CancelledError());
		if (signal.aborted) cancel();
		signal.addEventListener('abort', cancel, { once: true });
		work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
	});
}
