import { InputError } from '../../core/errors.ts';
import { serviceAt } from '../kinds.ts';

/** Path endings that people copy from documentation. The server is what precedes them. */
const API_PATHS =
	/\/(?:v\d+\/(?:chat\/completions|completions|responses|messages|models|embeddings)|chat\/completions|api\/(?:chat|generate|tags|ps|version|show)|v\d+)$/i;

/** An address as typed by the user, split into parts. */
export interface Address {
	/** Scheme, host, port and the path prefix of the API, without a trailing slash. */
	readonly root: string;
	/** The path of the API as typed, like `/v1` or `/api/v1`; empty when there was none. */
	readonly apiPath: string;
}

/**
 * Parses the address of a server: with or without scheme, `/v1`, trailing slash or path prefix; IPv6 with or without
 * brackets. An address copied from documentation, such as `…/v1/chat/completions`, is cut to the server.
 * @throws InputError that says what to type instead
 */
export function parseAddress(typed: string): Address {
	const text = typed.trim().replace(/^["'<]+|["'>]+$/g, '');
	if (text === '') throw new InputError('The address is empty.', 'Type one like http://127.0.0.1:11434');
	const url = URL.parse(withScheme(text));
	if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
		throw new InputError(`"${text}" is not the address of a server.`, 'Type one like http://10.0.0.2:8000/v1');
	}
	if (url.username !== '' || url.password !== '') {
		throw new InputError(
			'The address holds a user name or a password.',
			'Leave it out; keys are asked for separately.',
		);
	}
	const path = trimSlashes(url.pathname);
	const root = trimSlashes(path.replace(API_PATHS, ''));
	const version = /^\/v\d+/i.exec(path.slice(root.length))?.[0] ?? '';
	return { root: `${url.protocol}//${url.host}${root}`, apiPath: version };
}

/**
 * Requests of the protocols, as people copy them into settings. Behind them is no API, so they are never part of the
 * address of one; shorter words may be, unless a version precedes them.
 */
const REQUESTS =
	/(?:\/(?:chat\/completions|api\/(?:chat|generate|tags|ps|version|show))|(?<=\/v\d[\w.]{0,8})\/(?:completions|responses|messages|models|embeddings))$/i;

/** The address of an API, without a trailing slash, anything after its path, or the path of a single request. */
export function apiAddress(url: string): { readonly address: string; readonly wasRequest: boolean } {
	const address = trimSlashes(url.replace(/[?#].*$/s, ''));
	const api = address.replace(REQUESTS, '');
	return { address: api, wasRequest: api !== address };
}

/**
 * The address as it may be shown, logged and recorded: without user name, password or query, where people keep keys.
 */
export function shownAddress(url: string): string {
	return url.replace(/\/\/[^/?#\s]*@/, '//').replace(/[?#]\S*/, '');
}

function withScheme(text: string): string {
	if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
	// More than one colon and only hexadecimal digits: an IPv6 address, which needs brackets in a URL.
	if (/^[0-9a-f:]+$/i.test(text) && text.split(':').length > 2) return `http://[${text}]`;
	// People rarely type the scheme of a service's address.
	return `${serviceAt(`https://${text}`) ? 'https' : 'http'}://${text}`;
}

function trimSlashes(path: string): string {
	return path.replace(/\/+$/, '');
}
