import type { ModelError } from '../../core/errors.ts';
import type { RequestSite } from './classify.ts';
import { classifyResponse, modelError } from './classify.ts';
import { htmlTitle, isHtml } from './html.ts';
import { jsonOrUndefined, parseJson } from './json.ts';
import type { Timeouts } from './phaseTimer.ts';
import type { Transport } from './transport.ts';

/** A document from a server, whatever its status. */
export interface Page {
	readonly status: number;
	readonly headers: { get(name: string): string | null };
	readonly text: string;
}

/** Maximum size of a page, bytes. The longest known list of models has about 1 MB. */
export const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/**
 * Gets a page without judging its status, to examine an unknown server.
 * @throws ModelError when there is no answer or it is longer than `maxBytes`, CancelledError
 */
export async function getPage(
	transport: Transport,
	url: string,
	signal: AbortSignal,
	{ timeouts, maxBytes = MAX_PAGE_BYTES }: { readonly timeouts: Timeouts; readonly maxBytes?: number },
): Promise<Page> {
	const exchange = transport.open({ timeouts, anyStatus: true }, signal);
	try {
		const response = await exchange.fetch(url, {
			headers: { accept: 'application/json, text/plain;q=0.9, */*;q=0.1' },
		});
		const text = await boundedText(response, maxBytes, exchange.site);
		return { status: response.status, headers: response.headers, text };
	} catch (error) {
		throw exchange.explain(error);
	} finally {
		exchange.close();
	}
}

/** The page's error; undefined for a success. */
export function errorOfPage(site: RequestSite, page: Page): ModelError | undefined {
	if (page.status >= 200 && page.status < 300) return isHtml(page.text) ? htmlError(site, page.text) : undefined;
	return classifyResponse(site, { status: page.status, headers: page.headers, body: page.text });
}

/** A JSON document; undefined when the page is not one. */
export function jsonOfPage({ status, text }: Page): unknown {
	if (status < 200 || status > 299) return undefined;
	return jsonOrUndefined(text);
}

/**
 * Parses what should be JSON. @throws ModelError `server` for an HTML page; for anything else that is not JSON or too
 * large, what `parseJson` throws
 */
export function parseDocument(site: RequestSite, text: string): unknown {
	if (isHtml(text)) throw htmlError(site, text);
	return parseJson(text);
}

/** The address serves a web page: another program, or the network's sign-in page. */
function htmlError(site: RequestSite, text: string): ModelError {
	const title = htmlTitle(text);
	const named = title ? ` ("${title}")` : '';
	return modelError(site, `a web page${named} came instead of an answer: this is not a model server.`, {
		category: 'server',
		hint: 'Check host and port. In a public network, sign in first; behind a proxy, use the address of the API itself.',
	});
}

/** The text of a response. @throws ModelError when it is longer than `maxBytes` */
export async function boundedText(response: Response, maxBytes: number, site: RequestSite): Promise<string> {
	const pieces: Uint8Array[] = [];
	let bytes = 0;
	for await (const piece of response.body ?? []) {
		bytes += piece.length;
		if (bytes > maxBytes) {
			throw modelError(site, `the answer is longer than ${maxBytes} bytes.`, { category: 'server' });
		}
		pieces.push(piece);
	}
	return Buffer.concat(pieces).toString('utf8');
}
