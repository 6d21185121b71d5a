import { CancelledError, ModelError } from '../core/errors.ts';
import type { ServerSoftware } from '../core/ports/model.ts';
import { parseAddress } from './http/address.ts';
import { modelError } from './http/classify.ts';
import type { Timeouts } from './http/http.ts';
import { errorOfPage, getPage, jsonOfPage, type Page } from './http/page.ts';
import { Transport } from './http/transport.ts';
import { hostedService, isLlamaProps, isLmStudioList, recogniseOpenAi } from './listings.ts';
import { field, listField, textField } from './options.ts';

/** How a server is spoken to. */
export type DetectedWire = 'ollama' | 'openai' | 'anthropic';

/** What stands at an address. */
export interface DetectedServer {
	readonly software: ServerSoftware;
	readonly wire: DetectedWire;
	/** The address to store: what the provider of the wire protocol takes. */
	readonly url: string;
	/** True when it refused to tell its models without a key, or refused the one that was given. */
	readonly needsKey: boolean;
	/** It answers, but is still loading its model. */
	readonly isLoading: boolean;
}

/** How to look. */
export interface DetectOptions {
	readonly apiKey?: string;
	/** For the whole of each request, ms; 3000 when absent. */
	readonly deadlineMs?: number;
}

const DEADLINE_MS = 3_000;
/** Enough of a list to recognise its server. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Finds out which software answers at an address, by what it says and never by its port. All pages are asked at once.
 * @throws InputError when the text is no address; ModelError when nothing answers or what answers is no model server;
 * CancelledError
 */
export async function detectServer(
	typed: string,
	signal: AbortSignal,
	options: DetectOptions = {},
): Promise<DetectedServer> {
	const { root, apiPath } = parseAddress(typed);
	const service = hostedService(root);
	if (service !== undefined) return hosted(service, root, options.apiKey);
	const transport = new Transport({
		site: { server: new URL(root).host, url: root, secrets: options.apiKey === undefined ? [] : [options.apiKey] },
		headers: options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` },
		timeouts: timeoutsOf(options.deadlineMs ?? DEADLINE_MS),
	});
	try {
		return judge(await look(transport, root, apiPath || '/v1', options, signal), transport, root, apiPath);
	} finally {
		transport.dispose();
	}
}

/** Public services are known by their names. Whether a key works is found when it is used. */
function hosted(software: ServerSoftware, root: string, apiKey: string | undefined): DetectedServer {
	const paths: Partial<Record<ServerSoftware, string>> = { openai: '/v1', openrouter: '/v1' };
	const { origin, pathname } = new URL(root);
	const base = software === 'openrouter' && pathname === '/' ? `${origin}/api` : root;
	return {
		software,
		wire: software === 'anthropic' ? 'anthropic' : 'openai',
		url: `${base}${paths[software] ?? ''}`,
		needsKey: apiKey === undefined,
		isLoading: false,
	};
}

/** The pages that tell one software from another; an error where a page could not be had. */
interface Look {
	/** Ollama. */
	readonly version: Page | ModelError;
	/** llama.cpp. */
	readonly props: Page | ModelError;
	/** LM Studio. */
	readonly native: Page | ModelError;
	/** SGLang. */
	readonly info: Page | ModelError;
	readonly models: Page | ModelError;
}

async function look(
	transport: Transport,
	root: string,
	apiPath: string,
	options: DetectOptions,
	signal: AbortSignal,
): Promise<Look> {
	const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
	const page = async (path: string): Promise<Page | ModelError> => {
		const bounded = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
		try {
			return await getPage(transport, `${root}${path}`, bounded, {
				timeouts: timeoutsOf(deadlineMs),
				maxBytes: MAX_BYTES,
			});
		} catch (error) {
			if (error instanceof ModelError) return error;
			if (!(error instanceof CancelledError) || signal.aborted) throw error;
			return modelError(transport.site, `no answer after ${deadlineMs / 1000} s.`, { category: 'timeout' });
		}
	};
	const paths = ['/api/version', '/props', '/api/v1/models', '/get_model_info', `${apiPath}/models`];
	const [version, props, native, info, models] = (await Promise.all(paths.map(page))) as [
		Page | ModelError,
		Page | ModelError,
		Page | ModelError,
		Page | ModelError,
		Page | ModelError,
	];
	return { version, props, native, info, models };
}

/** @throws ModelError */
function judge(found: Look, transport: Transport, root: string, apiPath: string): DetectedServer {
	const isLlamaCpp = Object.values(found).some((page) => !(page instanceof ModelError) && isFromLlamaCpp(page));
	const needsKey = isPage(found.models) && [401, 403].includes(found.models.status);
	const isLoading = isPage(found.models) && found.models.status === 503;
	const result = (software: ServerSoftware, wire: DetectedWire, url: string): DetectedServer => ({
		software,
		wire,
		url,
		needsKey,
		isLoading: isLoading && isLlamaCpp,
	});
	const openAiUrl = `${root}${apiPath || '/v1'}`;
	if (textField(json(found.version), 'version') !== undefined) return result('ollama', 'ollama', root);
	if (isLlamaCpp || isLlamaProps(json(found.props))) return result('llamacpp', 'openai', openAiUrl);
	if (isLmStudioList(json(found.native))) return result('lmstudio', 'openai', openAiUrl);
	if (textField(json(found.info), 'model_path') !== undefined) return result('sglang', 'openai', openAiUrl);
	const models = json(found.models);
	if (isAnthropicList(models)) return result('compatible', 'anthropic', root);
	if (Array.isArray(field(models, 'data'))) return result(recogniseOpenAi({ models }), 'openai', openAiUrl);
	if (needsKey && isPage(found.models) && !isWebPage(found.models)) return result('compatible', 'openai', openAiUrl);
	throw problemOf(found.models, transport);
}

/** llama.cpp names itself in every answer, also while it loads and when a key is missing. */
function isFromLlamaCpp({ headers }: Page): boolean {
	return /^llama\.cpp/i.test(headers.get('server') ?? '');
}

/** The Anthropic protocol pages through its list by first and last id. */
function isAnthropicList(models: unknown): boolean {
	const isPaged = typeof models === 'object' && models !== null && 'has_more' in models && 'first_id' in models;
	return isPaged && listField(models, 'data').some((entry) => textField(entry, 'type') === 'model');
}

function problemOf(models: Page | ModelError, transport: Transport): ModelError {
	if (models instanceof ModelError) return models;
	const error = errorOfPage(transport.site, models);
	const hint =
		'Check host, port and path. Supported are Ollama, llama.cpp, vLLM, SGLang, LM Studio and whatever speaks the OpenAI or the Anthropic protocol.';
	if (error && error.facts.hint !== undefined) return error;
	const what = `something answers there (HTTP ${models.status}), but it is no model server that lists its models.`;
	return modelError(transport.site, what, { category: 'server', status: models.status, hint });
}

function json(page: Page | ModelError): unknown {
	return isPage(page) ? jsonOfPage(page) : undefined;
}

function isPage(page: Page | ModelError): page is Page {
	return !(page instanceof ModelError);
}

function isWebPage({ headers }: Page): boolean {
	return /^text\/html/i.test(headers.get('content-type') ?? '');
}

function timeoutsOf(milliseconds: number): Timeouts {
	return { connectMs: milliseconds, firstByteMs: milliseconds, idleMs: milliseconds };
}
