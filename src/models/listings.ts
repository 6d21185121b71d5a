import { parametersIn } from '../core/modelNames.ts';
import type { ModelFacts, ModelListing, Price, ServerSoftware } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { field, listField, numberField, textField } from './fields.ts';

/** Names of models that servers list beside those for chat. */
const NO_CHAT = /embed|rerank|whisper|\btts\b|-tts|dall-e|moderation|transcribe|realtime|-image|-audio|sora|bge-/i;

/** What chat templates have for models that may reason. */
const TEMPLATE_THINKS = /enable_thinking|<think>|reasoning_content/;

/** Whether a model can chat: by the server's report, else by its name. */
export function isChatModel({ name, isChat }: ModelListing): boolean {
	return isChat ?? !NO_CHAT.test(name);
}

/** What a server of the OpenAI protocol has reported so far. */
export interface OpenAiPages {
	/** `/v1/models` */
	readonly models: unknown;
	/** `/props`, specific to llama.cpp. */
	readonly props?: unknown;
	/** `/api/v1/models`, specific to LM Studio. */
	readonly native?: unknown;
}

/** Recognises software of the OpenAI protocol by what it says, never by its port. */
export function recogniseOpenAi({ models, props, native }: OpenAiPages): ServerSoftware {
	const owners = listField(models, 'data').map((entry) => textField(entry, 'owned_by')?.toLowerCase());
	if (isLlamaProps(props) || owners.includes('llamacpp')) return 'llamacpp';
	if (isLmStudioList(native)) return 'lmstudio';
	if (owners.includes('sglang')) return 'sglang';
	const hasWindow = listField(models, 'data').some((entry) => numberField(entry, 'max_model_len') !== undefined);
	return owners.includes('vllm') || hasWindow ? 'vllm' : 'compatible';
}

/** Whether this is a list of models in the OpenAI protocol. Lists of the Anthropic protocol have more fields. */
export function isOpenAiList(models: unknown): boolean {
	return Array.isArray(field(models, 'data')) && !isAnthropicList(models);
}

/** Whether this is a list in the Anthropic protocol, which is paged by first and last id. */
export function isAnthropicList(models: unknown): boolean {
	const isPaged = typeof models === 'object' && models !== null && 'has_more' in models && 'first_id' in models;
	return isPaged && listField(models, 'data').some((entry) => textField(entry, 'type') === 'model');
}

export function isLlamaProps(props: unknown): boolean {
	return field(props, 'default_generation_settings') !== undefined || numberField(props, 'total_slots') !== undefined;
}

export function isLmStudioList(native: unknown): boolean {
	return listField(native, 'models').some((entry) => Array.isArray(field(entry, 'loaded_instances')));
}

/** Models of a server of the OpenAI protocol, completed from its other pages. */
export function openAiListings({ models, props, native }: OpenAiPages, kind: ServerSoftware): ModelListing[] {
	if (kind === 'lmstudio') return lmStudioListings(models, native);
	const window = numberField(field(props, 'default_generation_settings'), 'n_ctx');
	const entries = listField(models, 'data');
	return entries.flatMap((entry): ModelListing[] => {
		const name = textField(entry, 'id');
		if (!name) return [];
		const facts = openAiFacts(entry, kind, window);
		return [{ name, ...facts, ...(entries.length === 1 ? llamaFacts(props, facts.aliases) : {}) }];
	});
}

/** What a llama.cpp server with a single model tells of its file and its template. */
function llamaFacts(props: unknown, aliases: readonly string[] = []): ModelFacts {
	const template = textField(props, 'chat_template');
	const path = textField(props, 'model_path');
	const names = [...aliases, ...(path === undefined ? [] : [path])];
	return present({
		canThink: template === undefined ? undefined : TEMPLATE_THINKS.test(template),
		aliases: names.length === 0 ? undefined : names,
	});
}

function openAiFacts(entry: unknown, kind: ServerSoftware, servedWindow: number | undefined) {
	const meta = field(entry, 'meta');
	const contextTokens =
		numberField(entry, 'max_model_len') ?? numberField(meta, 'n_ctx') ?? servedWindow ?? listedWindow(entry);
	return known<Omit<ModelListing, 'name'>>({
		contextTokens,
		maxContextTokens: numberField(meta, 'n_ctx_train'),
		isLoaded: isLoadedEntry(entry, kind),
		bytes: numberField(meta, 'size'),
		price: listedPrice(field(entry, 'pricing')),
		isChat: canChat(entry),
		parameters: numberField(meta, 'n_params'),
		aliases: namesBehind(entry),
	});
}

/** Other names of a model that say more than the one it is served by. */
function namesBehind(entry: unknown): readonly string[] | undefined {
	const names = [...listField(entry, 'aliases'), field(entry, 'root'), field(entry, 'parent')];
	const id = field(entry, 'id');
	const known = names.filter((name): name is string => typeof name === 'string' && name !== '' && name !== id);
	return known.length === 0 ? undefined : [...new Set(known)];
}

/** OpenRouter and similar services list the window; the one of the provider that actually serves counts. */
function listedWindow(entry: unknown): number | undefined {
	return numberField(field(entry, 'top_provider'), 'context_length') ?? numberField(entry, 'context_length');
}

/** A llama.cpp router reports it for each model; vLLM and SGLang list only loaded models. */
function isLoadedEntry(entry: unknown, kind: ServerSoftware): boolean | undefined {
	const status = textField(field(entry, 'status'), 'value');
	if (status !== undefined) return status === 'loaded';
	return kind === 'vllm' || kind === 'sglang' || kind === 'llamacpp' ? true : undefined;
}

function canChat(entry: unknown): boolean | undefined {
	const outputs = listField(field(entry, 'architecture'), 'output_modalities');
	return outputs.length === 0 ? undefined : outputs.includes('text');
}

const TOKENS_OF_A_PRICE = 1_000_000;

/** OpenRouter's prices: texts in USD per token; negative if the price depends on the chosen model. */
function listedPrice(pricing: unknown): Price | undefined {
	const usd = (name: string): number | undefined => {
		const text = field(pricing, name);
		const value = typeof text === 'string' && text !== '' ? Number(text) : text;
		return typeof value === 'number' && value >= 0 ? roundUsd(value * TOKENS_OF_A_PRICE) : undefined;
	};
	const [promptUsd, completionUsd] = [usd('prompt'), usd('completion')];
	if (promptUsd === undefined || completionUsd === undefined) return undefined;
	const cache = { cachedPromptUsd: usd('input_cache_read'), cacheWriteUsd: usd('input_cache_write') };
	return { promptUsd, completionUsd, ...known<Pick<Price, 'cachedPromptUsd' | 'cacheWriteUsd'>>(cache) };
}

/** Drops the last digits, which are binary rounding errors. */
function roundUsd(value: number): number {
	return Number(value.toPrecision(12));
}

/**
 * LM Studio's own list reports what is loaded, with which window, and its size. Models are called by key or instance.
 */
function lmStudioListings(models: unknown, native: unknown): ModelListing[] {
	const facts = new Map(listField(native, 'models').flatMap((entry) => lmStudioModel(entry)));
	const names = listField(models, 'data').flatMap((entry) => textField(entry, 'id') ?? []);
	return [...new Set([...names, ...facts.keys()])].map((name) => facts.get(name) ?? { name, isLoaded: false });
}

function lmStudioModel(entry: unknown): [string, ModelListing][] {
	const key = textField(entry, 'key');
	const windows = instancesOf(entry).flatMap((config) => numberField(config, 'context_length') ?? []);
	const instances = listField(entry, 'loaded_instances').flatMap((instance) => textField(instance, 'id') ?? []);
	const type = textField(entry, 'type');
	const facts = known<Omit<ModelListing, 'name'>>({
		contextTokens: windows.length > 0 ? Math.max(...windows) : undefined,
		maxContextTokens: numberField(entry, 'max_context_length'),
		isLoaded: windows.length > 0 || instances.length > 0,
		parameters: parametersIn(textField(entry, 'params_string') ?? ''),
		family: textField(entry, 'architecture'),
		bytes: numberField(entry, 'size_bytes'),
		isChat: type === undefined ? undefined : !/embed/i.test(type),
	});
	return [...new Set([...(key ? [key] : []), ...instances])].map((name) => [name, { name, ...facts }]);
}

function instancesOf(entry: unknown): unknown[] {
	return listField(entry, 'loaded_instances').map((instance) => field(instance, 'config'));
}

/** Concurrent calls: llama.cpp's slots, or the maximum of an LM Studio instance. */
export function openAiPlaces({ props, native }: OpenAiPages): number | undefined {
	const parallel = listField(native, 'models')
		.flatMap(instancesOf)
		.flatMap((config) => numberField(config, 'parallel') ?? []);
	return numberField(props, 'total_slots') ?? (parallel.length > 0 ? Math.max(...parallel) : undefined);
}

/** Models of an Ollama server: the installed ones, and which of them are in memory. */
export function ollamaListings(tags: unknown, resident: readonly unknown[]): ModelListing[] {
	const loaded = new Map(resident.map((entry) => [textField(entry, 'name'), entry]));
	return listField(tags, 'models').flatMap((entry): ModelListing[] => {
		const name = textField(entry, 'name');
		if (!name) return [];
		const inMemory = loaded.get(name);
		const facts = known<Omit<ModelListing, 'name'>>({
			contextTokens: numberField(inMemory, 'context_length'),
			isLoaded: loaded.has(name),
			parameters: parametersIn(textField(field(entry, 'details'), 'parameter_size') ?? ''),
			family: textField(field(entry, 'details'), 'family'),
			bytes: numberField(inMemory ?? entry, 'size'),
			vramBytes: inMemory === undefined ? undefined : (numberField(inMemory, 'size_vram') ?? 0),
		});
		return [{ name, ...facts }];
	});
}

/** What `/api/show` tells of a model, from the head of its file. */
export function ollamaFacts(shown: unknown): ModelFacts {
	const info = field(shown, 'model_info');
	const details = field(shown, 'details');
	const sizes = [textField(details, 'parameter_size'), textField(info, 'general.size_label')];
	const names = ['general.basename', 'general.name'].flatMap((name) => textField(info, name) ?? []);
	const parent = textField(details, 'parent_model');
	const aliases = [...names, ...(parent ? [parent] : [])];
	return present({
		parameters: numberField(info, 'general.parameter_count') ?? parametersIn(sizes.join(' ')),
		family: textField(details, 'family') ?? textField(info, 'general.architecture'),
		aliases: aliases.length === 0 ? undefined : aliases,
	});
}

/** Models of the Anthropic protocol. llama.cpp, which speaks it too, has its own field for the window. */
export function anthropicListings(list: unknown): ModelListing[] {
	return listField(list, 'data').flatMap((entry): ModelListing[] => {
		const name = textField(entry, 'id');
		const contextTokens = numberField(entry, 'max_input_tokens') ?? numberField(field(entry, 'meta'), 'n_ctx');
		return name ? [present({ name, contextTokens })] : [];
	});
}

/** Without the fields that are undefined. */
function known<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
