import type { Provider, ServerSoftware } from '../core/ports/model.ts';
import { textField } from './fields.ts';
import { isAnthropicList, isLlamaProps, isLmStudioList, isOpenAiList, recogniseOpenAi } from './listings.ts';
import type { ProviderOptions } from './options.ts';

/** A program that people run on machines of their own, and how it is told from others. */
export interface Software {
	readonly id: ServerSoftware;
	/** A name, the same in every language. */
	readonly name: string;
	/** Where it listens unless told otherwise; absent when that port is another's. What really listens is looked at. */
	readonly port?: number;
	/** It names itself so in the header `server` of every answer. */
	readonly header?: RegExp;
	/** A page that only this software has, and what is on it. */
	readonly page?: { readonly path: string; readonly isFrom: (json: unknown) => boolean };
}

/** A public service: known by its host, asks for a key, costs money. */
export interface Service {
	readonly id: ServerSoftware;
	/** A name, the same in every language. */
	readonly name: string;
	/** Hosts below these are the service, too. */
	readonly domains: readonly string[];
	/** Where it is; absent when each customer has another address. */
	readonly url?: string;
	/** Environment variable where its key usually is. */
	readonly keyVariable: string;
}

/** What the product has to know of a kind of server. */
export interface Kind {
	/** A server of one's own, the program in this process, or the models that the editor lends. */
	readonly place: 'server' | 'here' | 'editor';
	/** Address of a server whose settings name none. */
	readonly url?: string;
	/** What is appended to an address to reach the protocol. */
	readonly apiPath: '' | '/v1';
	/** In the order in which they are preferred. */
	readonly software: readonly Software[];
	readonly services: readonly Service[];
	/** Calls at a time when nobody says. */
	readonly places: number;
	/** Conversations that it is believed to keep in its prefix cache, for each place. */
	readonly prefixesPerPlace: number;
	/** Models that it keeps loaded at a time; to serve another it drops one. */
	readonly maxResident: number;
	/** Addresses behind which a cancelled prompt may be read to the end of its batch. */
	readonly lagsAt: RegExp;
	/** The window that is served is asked for, so that a model which is not loaded has none to tell. */
	readonly servesAskedWindow: boolean;
	/** The software behind a list of models; undefined when the list is none of this protocol. */
	readonly softwareOfList?: (list: unknown) => ServerSoftware | undefined;
	/** Loads the code of the protocol. Absent: only the host can make one. */
	readonly load?: () => Promise<(options: ProviderOptions) => Provider>;
	/** A server of this kind for the settings editor to start from. */
	readonly example?: { readonly label: string; readonly id: string; readonly url?: string; readonly model: string };
}

const NOWHERE = /^(?!)/;

/**
 * The kinds of servers. A new one is a row here, its protocol in a file of its own beside this one, and a test:
 * settings, discovery, detection, the wizard, keys, prices and the scheduler read this table.
 */
const KINDS = {
	ollama: {
		place: 'server',
		url: 'http://127.0.0.1:11434',
		apiPath: '',
		software: [
			{
				id: 'ollama',
				name: 'Ollama',
				port: 11434,
				page: { path: '/api/version', isFrom: (json) => textField(json, 'version') !== undefined },
			},
		],
		services: [],
		// One call at a time; more would only wait there, unseen. It loads what is asked for in the place of what it had.
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
			},
			{ id: 'vllm', name: 'vLLM', port: 8000 },
			{
				id: 'sglang',
				name: 'SGLang',
				page: { path: '/get_model_info', isFrom: (json) => textField(json, 'model_path') !== undefined },
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

/** Wire protocol of a server; `vscode` are the editor's own models, `builtin` the engine without a model. */
export type ServerKind = keyof typeof KINDS;

/** Every kind. */
export const SERVER_KINDS = Object.keys(KINDS) as readonly ServerKind[];

/** Every program that people run, the preferred one first. */
export const SOFTWARE: readonly Software[] = SERVER_KINDS.flatMap((kind) => kindOf(kind).software);

/** Every public service. */
export const SERVICES: readonly Service[] = SERVER_KINDS.flatMap((kind) => kindOf(kind).services);

export function kindOf(kind: ServerKind): Kind {
	return KINDS[kind];
}

/** The public service at an address; undefined when it is none that is known. */
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

/** What software or a service is called; undefined when the table does not know it. */
export function softwareName(id: ServerSoftware | undefined): string | undefined {
	return [...SOFTWARE, ...SERVICES].find((entry) => entry.id === id)?.name;
}

/** The kind of a server of which only the address is known: by its host, else by its port. */
export function guessKind(url: URL | undefined): ServerKind {
	const service = url && serviceAt(url.href);
	if (service) return service.kind;
	return SERVER_KINDS.find((kind) => kindOf(kind).software.some(({ port }) => String(port) === url?.port)) ?? 'openai';
}
