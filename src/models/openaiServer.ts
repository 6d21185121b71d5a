import { CancelledError, ModelError } from '../core/errors.ts';
import type {
	ChatMessage,
	ModelFacts,
	ModelListing,
	ServerLoad,
	ServerReport,
	ServerSoftware,
} from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { field, listField, textField } from './fields.ts';
import { modelError } from './http/classify.ts';
import { jsonOrUndefined } from './http/json.ts';
import { errorOfPage, getPage } from './http/page.ts';
import { parsePrometheus, type Sample } from './http/prometheus.ts';
import type { Transport } from './http/transport.ts';
import { PROBE_TIMEOUTS } from './http/transport.ts';
import { serviceAt, softwareName } from './kinds.ts';
import { type OpenAiPages, openAiListings, openAiPlaces, recogniseOpenAi } from './listings.ts';
import { llamaLoad, sglangLoad, vllmLoad } from './serverLoad.ts';

/** Where prompts are counted, and under which name the count stands. */
const TOKEN_COUNTERS = [
	{
		kind: 'llamacpp',
		page: (_root: string, api: string) => `${api}/chat/completions/input_tokens`,
		field: 'input_tokens',
	},
	{ kind: 'vllm', page: (root: string) => `${root}/tokenize`, field: 'count' },
] as const;

/** Upper bound of a server's metrics. */
const MAX_METRICS_BYTES = 1024 * 1024;
/** A server of the OpenAI protocol beside its chat: its software, its health, its work. */
export class OpenAiServer {
	readonly #transport: Transport;
	/** With `/v1` or whatever the API's path is. */
	readonly #api: string;
	readonly #root: string;
	#kind: ServerSoftware | undefined;
	#listings: readonly ModelListing[] | undefined;
	/** Pages that this server was found to lack. */
	readonly #missing = new Set<string>();

	constructor(transport: Transport, api: string) {
		this.#transport = transport;
		this.#api = api;
		this.#root = api.replace(/\/v\d+$/, '');
		this.#kind = serviceAt(api)?.id;
	}

	/** @throws ModelError, CancelledError */
	async probe(signal: AbortSignal): Promise<ServerReport> {
		const pages = await this.#pages(signal);
		const kind = serviceAt(this.#api)?.id ?? recogniseOpenAi(pages);
		if (kind !== this.#kind) this.#missing.clear();
		this.#kind = kind;
		const places = openAiPlaces(pages);
		const build = textField(pages.props, 'build_info');
		const name = softwareName(kind) ?? textField(listField(pages.models, 'data')[0], 'owned_by');
		this.#listings = openAiListings(pages, kind);
		return present({
			kind,
			software: name === undefined ? undefined : build ? `${name} ${build}` : name,
			models: this.#listings,
			places,
		});
	}

	/** Which software it is; it is asked once. @throws ModelError, CancelledError */
	async software(signal: AbortSignal): Promise<ServerSoftware | undefined> {
		return this.#kind ?? (await this.probe(signal)).kind;
	}

	/** What its pages last told of a model; nothing when they do not list it. @throws ModelError, CancelledError */
	async facts(model: string, signal: AbortSignal): Promise<ModelFacts> {
		const listings = this.#listings ?? (await this.probe(signal)).models;
		return listings.find(({ name }) => name === model) ?? {};
	}

	/** False while it loads its model. @throws ModelError, CancelledError */
	async isReady(signal: AbortSignal): Promise<boolean> {
		const kind = await this.software(signal);
		try {
			await this.#ask(livenessPage(kind, this.#root, this.#api), signal);
			return true;
		} catch (error) {
			if (!(error instanceof ModelError) || error.category !== 'overloaded') throw error;
			if (kind === 'llamacpp' || kind === 'sglang') return false;
			// vLLM answers its health page with 503 when its engine has died; waiting does not help.
			throw modelError(
				this.#transport.site,
				'the server reports that it is not healthy.',
				present({
					category: 'server',
					status: error.facts.status,
					hint: 'Check its log and restart it.',
				}),
			);
		}
	}

	/** Tokens of a prompt, where the software has a tokenizer to ask. @throws ModelError, CancelledError */
	async countTokens(model: string, messages: readonly ChatMessage[], signal: AbortSignal): Promise<number | undefined> {
		const kind = await this.software(signal);
		const counter = TOKEN_COUNTERS.find((each) => each.kind === kind);
		if (!counter) return undefined;
		const url = counter.page(this.#root, this.#api);
		if (this.#missing.has(url)) return undefined;
		try {
			const answer = await this.#transport.json(url, signal, { model, body: { model, messages } });
			const count = field(answer, counter.field);
			return typeof count === 'number' && count > 0 ? count : undefined;
		} catch (error) {
			const status = error instanceof ModelError ? error.facts.status : undefined;
			if (status === undefined || ![404, 405, 501].includes(status)) throw error;
			this.#missing.add(url);
			return undefined;
		}
	}

	/** Undefined for software that reports nothing. @throws ModelError, CancelledError */
	async load(signal: AbortSignal): Promise<ServerLoad | undefined> {
		switch (this.#kind) {
			case 'llamacpp': {
				const [slots, samples] = await Promise.all([this.#slots(signal), this.#metrics(signal)]);
				return llamaLoad(slots, samples);
			}
			case 'vllm':
				return vllmLoad(await this.#metrics(signal));
			case 'sglang':
				return sglangLoad(await this.#metrics(signal));
			default:
				return undefined;
		}
	}

	/**
	 * Gets the list of models and the pages that may report the window. Once the software is known, only its own page.
	 */
	async #pages(signal: AbortSignal): Promise<OpenAiPages> {
		const models = await this.#transport.json(`${this.#api}/models`, signal);
		const isUnknown = this.#kind === undefined;
		const [props, native] = await Promise.all([
			isUnknown || this.#kind === 'llamacpp' ? this.#optional(`${this.#root}/props`, signal) : undefined,
			isUnknown || this.#kind === 'lmstudio' ? this.#optional(`${this.#root}/api/v1/models`, signal) : undefined,
		]);
		return { models, props, native };
	}

	async #slots(signal: AbortSignal): Promise<unknown> {
		const text = await this.#textIfThere(`${this.#root}/slots`, signal);
		return text === undefined ? undefined : jsonOrUndefined(text);
	}

	async #metrics(signal: AbortSignal): Promise<readonly Sample[]> {
		return parsePrometheus((await this.#textIfThere(`${this.#root}/metrics`, signal)) ?? '');
	}

	/** Undefined when the server lacks the page: most are enabled by an option. @throws ModelError */
	async #textIfThere(url: string, signal: AbortSignal): Promise<string | undefined> {
		if (this.#missing.has(url)) return undefined;
		const page = await this.#page(url, signal);
		if ([404, 405, 501].includes(page.status)) {
			this.#missing.add(url);
			return undefined;
		}
		const error = errorOfPage(this.#transport.site, page);
		if (error) throw error;
		return page.text;
	}

	async #ask(url: string, signal: AbortSignal): Promise<void> {
		const error = errorOfPage(this.#transport.site, await this.#page(url, signal));
		if (error) throw error;
	}

	#page(url: string, signal: AbortSignal) {
		return getPage(this.#transport, url, signal, { timeouts: PROBE_TIMEOUTS, maxBytes: MAX_METRICS_BYTES });
	}

	/** Undefined when the server lacks the page, as most do. */
	async #optional(url: string, signal: AbortSignal): Promise<unknown> {
		try {
			return await this.#transport.json(url, signal);
		} catch (error) {
			if (error instanceof CancelledError) throw error;
			return undefined;
		}
	}
}

/**
 * The cheapest page for the server. OpenRouter's list has 1 MB and needs no key, so its page about the key is
 * requested.
 */
function livenessPage(kind: ServerSoftware | undefined, root: string, api: string): string {
	if (kind === 'llamacpp' || kind === 'vllm' || kind === 'sglang') return `${root}/health`;
	if (kind === 'lmstudio') return `${root}/api/v1/models`;
	return kind === 'openrouter' ? `${api}/key` : `${api}/models`;
}
