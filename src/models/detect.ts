import { CancelledError, ModelError } from '../core/errors.ts';
import type { ServerSoftware } from '../core/ports/model.ts';
import { parseAddress } from './http/address.ts';
import { modelError } from './http/classify.ts';
import { errorOfPage, getPage, jsonOfPage, type Page } from './http/page.ts';
import type { Timeouts } from './http/phaseTimer.ts';
import { Transport } from './http/transport.ts';
import { kindOf, SERVER_KINDS, type ServerKind, type Service, SOFTWARE, type Software, serviceAt } from './kinds.ts';

/** What runs at an address. */
export interface DetectedServer {
	readonly software: ServerSoftware;
	/** Kind of server, which decides its wire protocol. */
	readonly wire: ServerKind;
	/** Address to store: the one that the provider of the wire protocol takes. */
	readonly url: string;
	/** True when it did not list its models without a key, or refused the given one. */
	readonly needsKey: boolean;
	/** True when it answers but is still loading its model. */
	readonly isLoading: boolean;
}

/** Options of a detection. */
export interface DetectOptions {
	readonly apiKey?: string;
	/** Deadline of each request, ms; 3000 when absent. */
	readonly deadlineMs?: number;
}

const DEADLINE_MS = 3_000;
/** Share of it after which a connection that is not secured is given up. */
const CONNECT_SHARE = 0.6;
/** Bytes of a list that suffice to recognise its server. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Detects the software at an address by what it says, never by its port. Requests all pages at once.
 * @throws InputError when the text is not an address; ModelError when nothing answers or no model server does;
 * CancelledError
 */
export async function detectServer(
	typed: string,
	signal: AbortSignal,
	options: DetectOptions = {},
): Promise<DetectedServer> {
	const { root, apiPath } = parseAddress(typed);
	const service = serviceAt(root);
	if (service !== undefined) return hosted(service, root, options.apiKey);
	const transport = new Transport({
		site: { server: new URL(root).host, url: root, secrets: options.apiKey === undefined ? [] : [options.apiKey] },
		headers: options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` },
		timeouts: timeoutsOf(options.deadlineMs ?? DEADLINE_MS),
	});
	try {
		return judge(
			await look(transport, root, apiPath || kindOf('openai').apiPath, options, signal),
			transport,
			root,
			apiPath,
		);
	} finally {
		transport.dispose();
	}
}

/** Public services are known by name. Their key is tested when it is used. */
function hosted(
	{ id, kind, url }: Service & { readonly kind: ServerKind },
	root: string,
	apiKey: string | undefined,
): DetectedServer {
	const { origin, pathname } = new URL(root);
	const usualPath = url === undefined ? kindOf(kind).apiPath : new URL(url).pathname.replace(/\/$/, '');
	const version = /\/v\d+$/.exec(usualPath)?.[0] ?? '';
	return {
		software: id,
		wire: kind,
		url: pathname === '/' ? `${origin}${usualPath}` : `${root}${version}`,
		needsKey: apiKey === undefined,
		isLoading: false,
	};
}

/** The pages that distinguish the software; an error where a page was not available. */
interface Look {
	readonly models: Page | ModelError;
	/** Pages that only one software has, by path. */
	readonly own: ReadonlyMap<string, Page | ModelError>;
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
	const paths = SOFTWARE.flatMap((software) => software.page?.path ?? []);
	const [models, ...own] = await Promise.all([
		page(`${apiPath}/models`),
		...paths.map(async (path) => [path, await page(path)] as const),
	]);
	return { models, own: new Map(own) };
}

/** @throws ModelError */
function judge(found: Look, transport: Transport, root: string, apiPath: string): DetectedServer {
	const needsKey = isPage(found.models) && [401, 403].includes(found.models.status);
	const result = (software: ServerSoftware, wire: ServerKind, isLoading = false): DetectedServer => {
		const path = kindOf(wire).apiPath;
		return { software, wire, url: `${root}${path === '' ? '' : apiPath || path}`, needsKey, isLoading };
	};
	const software = SOFTWARE.find(({ header }) => header !== undefined && namesItself(found, header));
	if (software) return result(software.id, wireOf(software), isPage(found.models) && found.models.status === 503);
	const owner = SOFTWARE.find(({ page }) => page?.isFrom(json(found.own.get(page.path))));
	if (owner) return result(owner.id, wireOf(owner));
	const models = json(found.models);
	for (const kind of SERVER_KINDS) {
		const listed = kindOf(kind).softwareOfList?.(models);
		if (listed !== undefined) return result(listed, kind);
	}
	if (needsKey && isPage(found.models) && !isWebPage(found.models)) return result('compatible', 'openai');
	throw problemOf(found.models, transport);
}

/** Recognises the server even while it loads or when a key is missing. */
function namesItself({ models, own }: Look, header: RegExp): boolean {
	return [models, ...own.values()].some((page) => isPage(page) && header.test(page.headers.get('server') ?? ''));
}

function wireOf(software: Software): ServerKind {
	return SERVER_KINDS.find((kind) => kindOf(kind).software.includes(software)) ?? 'openai';
}

function problemOf(models: Page | ModelError, transport: Transport): ModelError {
	if (models instanceof ModelError) return models;
	const error = errorOfPage(transport.site, models);
	const names = SOFTWARE.map(({ name }) => name).join(', ');
	const hint = `Check host, port and path. Supported are ${names} and whatever speaks the OpenAI or the Anthropic protocol.`;
	if (error && error.facts.hint !== undefined) return error;
	const what = `something answers there (HTTP ${models.status}), but it is not a model server: it lists no models.`;
	return modelError(transport.site, what, { category: 'server', status: models.status, hint });
}

function json(page: Page | ModelError | undefined): unknown {
	return page !== undefined && isPage(page) ? jsonOfPage(page) : undefined;
}

function isPage(page: Page | ModelError): page is Page {
	return !(page instanceof ModelError);
}

function isWebPage({ headers }: Page): boolean {
	return /^text\/html/i.test(headers.get('content-type') ?? '');
}

function timeoutsOf(milliseconds: number): Timeouts {
	// What does not speak TLS is asked again without it.
	return { connectMs: milliseconds * CONNECT_SHARE, firstByteMs: milliseconds, idleMs: milliseconds };
}
