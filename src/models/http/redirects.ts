/** Redirects followed for one request. */
export const MOST_REDIRECTS = 5;
/** Addresses remembered; a server has fewer. */
const MOST_REMEMBERED = 100;

/** Where a response sends its request. */
export interface Redirect {
	readonly to: URL;
	/** Whether it holds for later requests as well. */
	readonly isForGood: boolean;
}

/**
 * Where to send a request again, with its body; undefined when that is not asked for, or is not safe: a key goes to no
 * other origin than its own, except that a server may ask for TLS.
 */
export function redirectOf(
	status: number,
	location: string | undefined,
	from: URL,
	method: string,
): Redirect | undefined {
	if (![301, 302, 307, 308].includes(status) && !(status === 303 && method === 'GET')) return undefined;
	const to = URL.parse(location ?? '//', from.href);
	if (to?.username !== '' || to.password !== '') return undefined;
	if (to.origin !== from.origin && !isUpgrade(from, to)) return undefined;
	return { to, isForGood: status === 301 || status === 308 };
}

/** The same host with TLS, at its usual port or the one that was asked. */
function isUpgrade(from: URL, to: URL): boolean {
	const isSecured = from.protocol === 'http:' && to.protocol === 'https:';
	return isSecured && from.hostname === to.hostname && (to.port === '' || to.port === from.port);
}

/** What a server moved for good, so that later requests go there at once. */
export class Redirects {
	readonly #moved = new Map<string, string>();

	/** The address to ask in place of this one. */
	of(url: URL): URL {
		return new URL(this.#moved.get(url.href) ?? url.href);
	}

	remember(from: URL, { to, isForGood }: Redirect): void {
		if (isForGood && this.#moved.size < MOST_REMEMBERED) this.#moved.set(from.href, to.href);
	}

	/** Forgets where an address was moved: there is nothing. */
	forget(from: URL): void {
		this.#moved.delete(from.href);
	}
}
