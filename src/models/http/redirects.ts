import type { IncomingMessage } from 'node:http';

/** Redirects followed for one request. */
const MOST_REDIRECTS = 5;
/** Addresses remembered; a server has fewer. */
const MOST_REMEMBERED = 100;

/** Where a response sends its request. */
interface Redirect {
	readonly to: URL;
	/** Whether it holds for later requests as well. */
	readonly isForGood: boolean;
}

/**
 * Where to send a request again, with its body; undefined when that is not asked for, or is not safe: a key goes to no
 * other origin than its own, except that a server may ask for TLS.
 */
function redirectOf(status: number, location: string | undefined, from: URL, method: string): Redirect | undefined {
	if (![301, 302, 307, 308].includes(status) && !(status === 303 && method === 'GET')) return undefined;
	const to = URL.parse(location ?? '//', from.href);
	// The origin of a blob: address is the one inside.
	if (to?.username !== '' || to.password !== '' || !/^https?:$/.test(to.protocol)) return undefined;
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

	/** Sends a request to where its address has moved. @param send makes it; the response before is not needed any more */
	async follow(asked: URL, method: string, send: (url: URL) => Promise<IncomingMessage>): Promise<IncomingMessage> {
		const known = this.#moved.get(asked.href);
		let url = new URL(known ?? asked.href);
		for (let left = MOST_REDIRECTS; ; left--) {
			const incoming = await send(url);
			const { statusCode: status = 0, headers } = incoming;
			if (known !== undefined && status >= 300) this.#moved.delete(asked.href);
			const redirect = redirectOf(status, headers.location, url, method);
			if (!redirect || left === 0) return incoming;
			if (left === MOST_REDIRECTS) this.#remember(asked, redirect);
			url = redirect.to;
			incoming.destroy();
		}
	}

	#remember(from: URL, { to, isForGood }: Redirect): void {
		if (isForGood && this.#moved.size < MOST_REMEMBERED) this.#moved.set(from.href, to.href);
	}
}
