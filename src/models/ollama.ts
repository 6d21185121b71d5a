import type { ChatRequest as OllamaChatRequest } from 'ollama';
import { CancelledError, ModelError } from '../core/errors.ts';
import type {
	ChatMessage,
	ChatReply,
	ChatRequest,
	DeltaSink,
	ModelFacts,
	Provider,
	ServerReport,
} from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { Concessions } from './concessions.ts';
import type { TokenEstimate } from './estimate.ts';
import { field, listField, numberField, textField } from './fields.ts';
import { apiAddress } from './http/address.ts';
import { isPageMissing, modelError } from './http/classify.ts';
import { exchangeFetch, type HttpExchange } from './http/http.ts';
import { DEFAULT_TIMEOUTS } from './http/transport.ts';
import { ollamaFacts, ollamaListings } from './listings.ts';
import type { ProviderOptions } from './options.ts';
import { transportFor } from './options.ts';
import type { ReplyBuilder } from './reply.ts';
import { callServer, contents, messagesOf } from './reply.ts';
import { stopTexts } from './replyText.ts';

/** No byte arrives before the model is loaded, and a client that disconnects aborts the load. */
const COLD_LOAD_MS = 10 * 60_000;
/** How long the model stays in memory after a call: users pause to read. */
const KEEP_ALIVE = '30m';
/** Windows grow in steps, because every new size makes the server load the model again. */
const SMALLEST_RUNG = 8_192;
/** Largest window requested when neither the user nor the server gives one: about 4 GB of cache for an 8B model. */
const DEFAULT_CEILING = 32_768;
/** Room kept for the reply when the caller sets no bound. */
const REPLY_TOKENS = 4_096;
/** Factor by which an estimate of the prompt may be too low. */
const ESTIMATE_MARGIN = 1.15;
/** A prompt count below this share of a calibrated estimate means that the server cut the prompt. */
const TRUNCATION_SHARE = 0.7;
/**
 * The second condition for a cut: so few tokens cannot hold the text. Ratios differ by kind of text: prose after source
 * code is estimated half too high. Characters per token.
 */
const MOST_CHARACTERS_PER_TOKEN = 8;
/** `/api/ps` waits while a model loads; what is in memory then does not matter. */
const RESIDENT_TIMEOUTS = { firstByteMs: 1_000, idleMs: 1_000 };

/** What `/api/show` reports about a model. */
interface ShownFacts {
	/** Tokens of the window that the model was trained for. */
	readonly maxContext: number | undefined;
	readonly canThink: boolean;
	/** Whether its template leaves the last message of the assistant open. */
	readonly canPrefill: boolean;
	readonly told: ModelFacts;
}

/** A template that asks whether a message is the last, or puts the reply where it stands, leaves that one open. */
const OPEN_ENDED_TEMPLATE = /\$last|\.Response/;

/** Fields of `/api/chat` that the SDK's types lack. Older servers ignore them. */
type ChatBody = OllamaChatRequest & {
	messages: ChatMessage[];
	stream: true;
	truncate: boolean;
	shift: boolean;
};

/** Speaks Ollama's native protocol, because its OpenAI-compatible one cannot set the context window. */
export function createOllamaProvider(options: ProviderOptions): Provider {
	return new OllamaProvider(options);
}

class OllamaProvider implements Provider {
	readonly #options: ProviderOptions;
	readonly #url: string;
	readonly #transport;
	readonly #concessions = new Concessions();
	readonly #facts = new Map<string, ShownFacts>();
	/** The window of each model in this session: it only grows. */
	readonly #windows = new Map<string, number>();

	constructor(options: ProviderOptions) {
		this.#options = options;
		// Its other protocol is below a version; this one begins at the root.
		this.#url = apiAddress(options.url).address.replace(/\/(?:v1|api)$/, '');
		this.#transport = transportFor(options, { ...DEFAULT_TIMEOUTS, firstByteMs: COLD_LOAD_MS });
	}

	async chat(request: ChatRequest, onDelta: DeltaSink, signal: AbortSignal): Promise<ChatReply> {
		if (signal.aborted) throw new CancelledError();
		const { prefill, ...plain } = request;
		const usable = prefill && (await this.canPrefill(request.model, signal)) ? request : plain;
		return this.#concessions.ask(usable, onDelta, async (asked, sink, adapt) => {
			const ask = () => this.#callServer(asked, sink, adapt, signal);
			try {
				return await ask();
			} catch (error) {
				// The estimate was too low, and nothing was answered yet: a larger window may help.
				if (!(await this.#hasSteppedUp(request.model, error, signal))) throw error;
				return ask();
			}
		});
	}

	async facts(model: string, signal: AbortSignal): Promise<ModelFacts> {
		const { canThink, told } = await this.#factsOf(model, signal);
		return { ...told, canThink };
	}

	async canPrefill(model: string, signal: AbortSignal): Promise<boolean> {
		return (await this.#factsOf(model, signal)).canPrefill && !this.#concessions.refusesPrefill(model);
	}

	async probe(signal: AbortSignal): Promise<ServerReport> {
		const version = await this.#version(signal);
		const installed = await this.#installed(signal);
		const resident = await this.#resident(signal);
		const models = ollamaListings(installed, resident ?? []).map((listing) => {
			const maxContextTokens = this.#facts.get(listing.name)?.maxContext;
			return maxContextTokens === undefined ? listing : { ...listing, maxContextTokens };
		});
		const software = version === undefined ? undefined : `Ollama ${version}`;
		return present({ kind: 'ollama', software, models, isLoading: resident ? undefined : true });
	}

	async isReady(signal: AbortSignal): Promise<boolean> {
		if ((await this.#version(signal)) === undefined) await this.#installed(signal);
		return true;
	}

	async contextTokens(model: string, signal: AbortSignal): Promise<number> {
		const { maxContext } = await this.#factsOf(model, signal);
		const resident = await this.#residentWindow(model, signal);
		const wanted = this.#options.contextLength ?? DEFAULT_CEILING;
		return Math.min(Math.max(wanted, resident, this.#windows.get(model) ?? 0), maxContext ?? Number.POSITIVE_INFINITY);
	}

	dispose(): void {
		this.#transport.dispose();
	}

	async #callServer(
		request: ChatRequest,
		onDelta: DeltaSink,
		adapt: (body: ChatBody) => ChatBody,
		signal: AbortSignal,
	): Promise<ChatReply> {
		const body = adapt(await this.#body(request, signal));
		const estimate = this.#options.estimator.estimate(request.model, contents(request));
		const play = async (_: HttpExchange, reply: ReplyBuilder) => {
			const { Ollama } = await import('ollama');
			let calls = 0;
			const stream = await new Ollama({ host: this.#url, fetch: exchangeFetch }).chat(body);
			for await (const chunk of stream) {
				reply.setModel(chunk.model);
				reply.addReasoning(chunk.message?.thinking);
				reply.addText(chunk.message?.content);
				for (const call of listField(chunk.message, 'tool_calls')) {
					const called = field(call, 'function');
					reply.addToolCall(calls++, field(called, 'name'), field(called, 'arguments'));
				}
				if (!chunk.done) continue;
				this.#throwIfTruncated(request.model, chunk, estimate, body.options?.num_ctx ?? 0);
				reply.setFinished(chunk.done_reason === 'length' ? 'length' : 'stop');
				reply.addUsage(
					present({
						promptTokens: chunk.prompt_eval_count,
						completionTokens: chunk.eval_count,
					}),
				);
			}
		};
		return callServer(this.#transport, request, { format: 'ndjson' }, onDelta, this.#options.estimator, signal, play);
	}

	async #body(request: ChatRequest, signal: AbortSignal): Promise<ChatBody> {
		const { canThink } = await this.#factsOf(request.model, signal);
		const estimate = this.#options.estimator.estimate(request.model, contents(request)).tokens;
		const prompt = Math.ceil(estimate * ESTIMATE_MARGIN);
		const window = await this.#windowFor(request.model, prompt + (request.maxTokens ?? REPLY_TOKENS), signal);
		const stop = stopTexts(request);
		// What is continued is the reply, not a thought before it.
		const thinking = request.prefill ? false : request.thinking;
		return present<ChatBody>({
			model: request.model,
			messages: messagesOf(request),
			stream: true,
			truncate: false,
			shift: false,
			keep_alive: keepAliveValue(this.#options.keepAlive ?? KEEP_ALIVE),
			format: request.format,
			think: canThink && thinking !== undefined ? thinkValue(request.model, thinking) : undefined,
			options: present({
				num_ctx: window,
				// Beyond the window the server would continue with a cut prompt.
				num_predict: Math.max(1, Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, window - prompt)),
				temperature: request.temperature,
				top_p: request.topP,
				stop: stop.length > 0 ? stop : undefined,
			}),
		});
	}

	/** The window to request: the served one if it suffices, else the next step up to the ceiling. */
	async #windowFor(model: string, needed: number, signal: AbortSignal): Promise<number> {
		const known = this.#windows.get(model);
		if (known !== undefined && known >= needed) return known;
		const ceiling = await this.contextTokens(model, signal);
		const resident = await this.#residentWindow(model, signal);
		let rung = SMALLEST_RUNG;
		while (rung < needed) rung *= 2;
		const window = Math.min(ceiling, Math.max(rung, this.#options.contextLength ?? 0, resident, known ?? 0));
		this.#windows.set(model, window);
		return window;
	}

	/** Raises the window to what the prompt needs after an overflow. @returns false when it is at its maximum */
	async #hasSteppedUp(model: string, error: unknown, signal: AbortSignal): Promise<boolean> {
		if (!(error instanceof ModelError) || error.category !== 'context-overflow') return false;
		const before = this.#windows.get(model) ?? 0;
		const needed = Math.max(error.facts.promptTokens ?? 0, before) + REPLY_TOKENS;
		return (await this.#windowFor(model, needed, signal)) > before;
	}

	/**
	 * Servers without `truncate: false` silently cut a prompt that is too long. Signs of a cut: far fewer prompt tokens
	 * than were sent; a prompt cut to half the window, as the server does with one long message; a window filled to its
	 * edge.
	 */
	#throwIfTruncated(
		model: string,
		done: { prompt_eval_count?: number; eval_count?: number },
		estimate: TokenEstimate,
		window: number,
	): void {
		const prompt = done.prompt_eval_count;
		if (!prompt) return;
		const isTooFew = estimate.isCalibrated && prompt < TRUNCATION_SHARE * estimate.tokens;
		const isFarTooFew = isTooFew && estimate.characters > MOST_CHARACTERS_PER_TOKEN * prompt;
		const isHalfWindow = Math.abs(prompt - window / 2) <= 2 && estimate.tokens > prompt / TRUNCATION_SHARE;
		const isFull = prompt + (done.eval_count ?? 0) >= window;
		if (!isFarTooFew && !isHalfWindow && !isFull) return;
		const what = isFull
			? `the reply ran into the end of the context window (${window} tokens).`
			: `the server cut the prompt without saying so: about ${estimate.tokens} tokens were sent, ${prompt} were read.`;
		throw modelError({ ...this.#transport.site, model }, what, {
			category: 'truncated',
			promptTokens: estimate.tokens,
			contextTokens: window,
			hint: 'Raise contextLength of this server in the settings, or use a smaller context.',
		});
	}

	async #factsOf(model: string, signal: AbortSignal): Promise<ShownFacts> {
		const known = this.#facts.get(model);
		if (known) return known;
		const shown = await this.#ifThere(
			this.#transport.json(`${this.#url}/api/show`, signal, { body: { model }, model }),
		);
		const info = field(shown, 'model_info');
		const facts = {
			maxContext: numberField(info, `${textField(info, 'general.architecture') ?? ''}.context_length`),
			canThink: listField(shown, 'capabilities').includes('thinking'),
			canPrefill: OPEN_ENDED_TEMPLATE.test(textField(shown, 'template') ?? ''),
			told: ollamaFacts(shown),
		};
		this.#facts.set(model, facts);
		return facts;
	}

	/** Tokens of the window of a loaded model; 0 when it is not loaded. A name without a tag means the latest. */
	async #residentWindow(model: string, signal: AbortSignal): Promise<number> {
		const resident = (await this.#resident(signal)) ?? [];
		const names = [model, `${model}:latest`];
		const entry = resident.find((candidate) => names.includes(textField(candidate, 'name') ?? ''));
		return numberField(entry, 'context_length') ?? 0;
	}

	/** Undefined for an emulation without this page. @throws ModelError `server` when something else answers */
	async #version(signal: AbortSignal): Promise<string | undefined> {
		const page = await this.#ifThere(this.#get('/api/version', signal));
		const version = textField(page, 'version');
		if (version === undefined && page !== undefined) throw this.#noOllama();
		return version;
	}

	/** The list of models. @throws ModelError `server` when something other than Ollama answers */
	async #installed(signal: AbortSignal): Promise<unknown> {
		const list = await this.#ifThere(this.#get('/api/tags', signal));
		if (field(list, 'models') === undefined) throw this.#noOllama();
		return list;
	}

	#noOllama(): ModelError {
		return modelError(this.#transport.site, 'the server at this address is not Ollama.', {
			category: 'server',
			hint: 'Check host and port; for other servers set the kind to "openai".',
		});
	}

	/** A page that emulations of Ollama may lack; undefined when this one does. @throws ModelError, CancelledError */
	async #ifThere(page: Promise<unknown>): Promise<unknown> {
		try {
			return await page;
		} catch (error) {
			if (isPageMissing(error)) return undefined;
			throw error;
		}
	}

	/** Models in memory. Undefined while the server is loading one, when it does not answer this request. */
	async #resident(signal: AbortSignal): Promise<readonly unknown[] | undefined> {
		try {
			const answer = await this.#ifThere(
				this.#transport.json(`${this.#url}/api/ps`, signal, { timeouts: RESIDENT_TIMEOUTS }),
			);
			return listField(answer, 'models');
		} catch (error) {
			if (error instanceof ModelError && error.category === 'timeout') return undefined;
			throw error;
		}
	}

	#get(path: string, signal: AbortSignal): Promise<unknown> {
		return this.#transport.json(`${this.#url}${path}`, signal);
	}
}

/** Ollama rejects a text without a unit; a number means seconds. */
function keepAliveValue(text: string): string | number {
	return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** gpt-oss supports only levels, and always reasons. */
function thinkValue(model: string, thinking: boolean): boolean | 'low' | 'medium' {
	if (!/gpt-?oss/i.test(model)) return thinking;
	return thinking ? 'medium' : 'low';
}
