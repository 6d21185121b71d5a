import type { Provider, ServerSoftware } from '../core/ports/model.ts';
import { textField } from './fields.ts';
import { isAnthropicList, isLlamaProps, isLmStudioList, isOpenAiList, recogniseOpenAi } from './listings.ts';
import type { ProviderOptions } from './options.ts';

/** A program that people run on their own machines, and how to recognise it. */
export interface Software {
	readonly id: ServerSoftware;
	/** Its name, the same in every language. */
	readonly name: string;
	/** Its default port; absent when that port belongs to another kind. What actually listens there is detected. */
	readonly port?: number;
	/** The value of the header `server` in each of its answers. */
	readonly header?: RegExp;
	/** A page that only this software has, and its content. */
	readonly page?: { readonly path: string; readonly isFrom: (json: unknown) => boolean };
	/** How it is asked to continue the beginning of a reply; absent when it cannot, or when its protocol decides. */
	readonly prefill?: PrefillWay;
}

/** `as-message`: a final message of the assistant is continued. `by-field`: only when fields of the request say so. */
export type PrefillWay = 'as-message' | 'by-field';

/** A public service: known by its host, needs a key, costs money. */
export interface Service {
	readonly id: ServerSoftware;
	/** Its name, the same in every language. */
	readonly name: string;
	/** Hosts below these belong to the service too. */
	readonly domains: readonly string[];
	/** Its address; absent when each customer has another one. */
	readonly url?: string;
	/** The usual environment variable of its key. */
	readonly keyVariable: string;
}

/** What the product needs to know about a kind of server. */
export interface Kind {
	/** A server of the user's own, the program in this process, or the models that the editor lends. */
	readonly place: 'server' | 'here' | 'editor';
	/** Address of a server whose settings have none. */
	readonly url?: string;
	/** Appended to an address to reach the protocol. */
	readonly apiPath: '' | '/v1';
	/** Paths of requests of its protocol, where people took one for the address. */
	readonly requests?: RegExp;
	/** Preferred first. */
	readonly software: readonly Software[];
	readonly services: readonly Service[];
	/** Concurrent calls by default. */
	readonly places: number;
	/** Conversations that it is believed to keep in its prefix cache, per place. */
	readonly prefixesPerPlace: number;
	/** Models that it keeps loaded together; to serve another it unloads one. */
	readonly maxResident: number;
	/** Addresses where a cancelled prompt may still be processed to the end of its batch. */
	readonly lagsAt: RegExp;
	/** True when the client chooses the window, so a model that is not loaded has none to report. */
	readonly servesAskedWindow: boolean;
	/** The software behind a list of models; undefined when the list is not of this protocol. */
	readonly softwareOfList?: (list: unknown) => ServerSoftware | undefined;
	/** Loads the protocol's code. Absent: only the host can create a provider. */
	readonly load?: () => Promise<(options: ProviderOptions) => Provider>;
	/** Template of such a server for the settings editor. */
	readonly example?: { readonly label: string; readonly id: string; readonly url?: string; readonly model: string };
}

const NOWHERE = /^(?!)/;

/**
 * The kinds of servers. A new one needs a row here, its protocol in a file beside this one, and a test: settings,
 * discovery, detection, the wizard, keys, prices and the scheduler all read this table.
 */
const KINDS = {
	ollama: {
		place: 'server',
		url: 'http://127.0.0.1:11434',
		apiPath: '',
		requests: /\/api\/(?:chat|generate|tags|ps|show)\/?$/,
		software: [
			{
				id: 'ollama',
				name: 'Ollama',
				port: 11434,
				page: { path: '/api/version', isFrom: (json) => textField(json, 'version') !== undefined },
			},
		],
		services: [],
		// One call at a time: further ones would wait there unseen. A requested model replaces the loaded one.
		places: 1,
		prefixesPerPlace: 1,
		maxResident: 1,
		lagsAt: /^/,
		servesAskedWindow: true,
		load: async () => (await import('./ollama.ts')).createOllamaProvider,
		example: { label: 'Ollama', id: 'gpu-1', url: 'http://127.0.0.1:11434', model: 'qwen3:32b' },
	},
	openai: {
		place: 'server',
		url: 'https://api.openai.com/v1',
		apiPath: '/v1',
		requests: /\/(?:chat\/completions|responses|embeddings)\/?$/,
		software: [
			{
				id: 'lmstudio',
				name: 'LM Studio',
				port: 1234,
				page: { path: '/api/v1/models', isFrom: isLmStudioList },
			},
			{
				id: 'llamacpp',
				name: 'llama.cpp',
				port: 8080,
				header: /^llama\.cpp/i,
				page: { path: '/props', isFrom: isLlamaProps },
				prefill: 'as-message',
			},
			{ id: 'vllm', name: 'vLLM', port: 8000, prefill: 'by-field' },
			{
				id: 'sglang',
				name: 'SGLang',
				page: { path: '/get_model_info', isFrom: (json) => textField(json, 'model_path') !== undefined },
				prefill: 'by-field',
			},
		],
		services: [
			{
				id: 'openai',
				name: 'OpenAI',
				domains: ['openai.com'],
				url: 'https://api.openai.com/v1',
				keyVariable: 'OPENAI_API_KEY',
			},
			{ id: 'openai', name: 'Azure OpenAI', domains: ['openai.azure.com'], keyVariable: 'AZURE_OPENAI_API_KEY' },
			{
				id: 'openrouter',
				name: 'OpenRouter',
				domains: ['openrouter.ai'],
				url: 'https://openrouter.ai/api/v1',
				keyVariable: 'OPENROUTER_API_KEY',
			},
			{
				id: 'deepseek',
				name: 'DeepSeek',
				domains: ['deepseek.com'],
				url: 'https://api.deepseek.com',
				keyVariable: 'DEEPSEEK_API_KEY',
			},
		],
		places: 4,
		prefixesPerPlace: 4,
		maxResident: Number.POSITIVE_INFINITY,
		lagsAt: /^http:/,
		servesAskedWindow: false,
		softwareOfList: (models) => (isOpenAiList(models) ? recogniseOpenAi({ models }) : undefined),
		load: async () => (await import('./openai.ts')).createOpenAiProvider,
		example: { label: 'OpenAI-compatible', id: 'vllm-1', url: 'http://127.0.0.1:8000/v1', model: 'model' },
	},
	anthropic: {
		place: 'server',
		url: 'https://api.anthropic.com',
		apiPath: '',
		requests: /\/v1\/messages\/?$/,
		software: [],
		services: [
			{
				id: 'anthropic',
				name: 'Anthropic',
				domains: ['anthropic.com'],
				url: 'https://api.anthropic.com',
				keyVariable: 'ANTHROPIC_API_KEY',
			},
		],
		places: 8,
		prefixesPerPlace: 16,
		maxResident: Number.POSITIVE_INFINITY,
		lagsAt: NOWHERE,
		servesAskedWindow: false,
		softwareOfList: (models) => (isAnthropicList(models) ? 'compatible' : undefined),
		load: async () => (await import('./anthropic.ts')).createAnthropicProvider,
		example: { label: 'Anthropic', id: 'anthropic', model: 'model' },
	},
	vscode: {
		place: 'editor',
		apiPath: '',
		software: [],
		services: [],
		places: 4,
		prefixesPerPlace: 1,
		maxResident: Number.POSITIVE_INFINITY,
		lagsAt: NOWHERE,
		servesAskedWindow: false,
	},
	builtin: {
		place: 'here',
		apiPath: '',
		software: [],
		services: [],
		places: 8,
		prefixesPerPlace: 1,
		maxResident: Number.POSITIVE_INFINITY,
		lagsAt: NOWHERE,
		servesAskedWindow: false,
		load: async () => (await import('../builtin/builtin.ts')).createBuiltinProvider,
	},
} satisfies Readonly<Record<string, Kind>>;

/** Wire protocol of a server. `vscode` stands for the editor's own models, `builtin` for the built-in engine. */
export type ServerKind = keyof typeof KINDS;

/** Every kind. */
export const SERVER_KINDS = Object.keys(KINDS) as readonly ServerKind[];

/** Every program that people run, preferred first. */
export const SOFTWARE: readonly Software[] = SERVER_KINDS.flatMap((kind) => kindOf(kind).software);

/** Every public service. */
export const SERVICES: readonly Service[] = SERVER_KINDS.flatMap((kind) => kindOf(kind).services);

export function kindOf(kind: ServerKind): Kind {
	return KINDS[kind];
}

/** The public service at an address; undefined when it is not a known one. */
export function serviceAt(url: string): (Service & { readonly kind: ServerKind }) | undefined {
	const host = URL.parse(url)?.hostname ?? '';
	for (const kind of SERVER_KINDS) {
		const service = kindOf(kind).services.find(({ domains }) =>
			domains.some((domain) => host === domain || host.endsWith(`.${domain}`)),
		);
		if (service) return { ...service, kind };
	}
	return undefined;
}

/** How a program is asked to continue the beginning of a reply; undefined when it cannot. */
export function prefillWay(id: ServerSoftware | undefined): PrefillWay | undefined {
	return SOFTWARE.find((entry) => entry.id === id)?.prefill;
}

/** Name of a program or service; undefined when the table does not have it. */
export function softwareName(id: ServerSoftware | undefined): string | undefined {
	return [...SOFTWARE, ...SERVICES].find((entry) => entry.id === id)?.name;
}

/** Guesses the kind of a server from its address alone: by host, by a request of its protocol, else by port. */
export function guessKind(url: URL | undefined): ServerKind {
	const service = url && serviceAt(url.href);
	if (service) return service.kind;
	const named = SERVER_KINDS.find((kind) => kindOf(kind).requests?.test(url?.pathname ?? ''));
	if (named) return named;
	return SERVER_KINDS.find((kind) => kindOf(kind).software.some(({ port }) => String(port) === url?.port)) ?? 'openai';
}
