import { InputError } from '../../core/errors.ts';
import { serviceAt } from '../kinds.ts';

/** Ends of addresses that people copy from documentation; the server is what stands before them. */
const API_PATHS =
	/\/(?:v\d+\/(?:chat\/completions|completions|responses|messages|models|embeddings)|chat\/completions|api\/(?:chat|generate|tags|ps|version|show)|v\d+)$/i;

/** An address as the user typed it, taken apart. */
export interface Address {
	/** Scheme, host, port and the path in front of the API, without a slash at the end. */
	readonly root: string;
	/** The path of the API as it was typed, like `/v1` or `/api/v1`; empty when none was. */
	readonly apiPath: string;
}

/**
 * Reads the address of a server: with or without scheme, `/v1`, a slash at the end, a path in front, IPv6 with or
 * without brackets. What a person copies from documentation, such as `…/v1/chat/completions`, is cut to the server.
 * @throws InputError with what to type instead
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

/** An address as it may be shown, logged and recorded: without a user name, a password or a query, where people keep keys. */
export function shownAddress(url: string): string {
	return url.replace(/\/\/[^/?#\s]*@/, '//').replace(/[?#]\S*/, '');
}

function withScheme(text: string): string {
	if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
	// More than one colon and nothing but hexadecimal digits: an IPv6 address, which a URL wants in brackets.
	if (/^[0-9a-f:]+$/i.test(text) && text.split(':').length > 2) return `http://[${text}]`;
	// The address of a service is rarely typed with its scheme.
	return `${serviceAt(`https://${text}`) ? 'https' : 'http'}://${text}`;
}

function trimSlashes(path: string): string {
	return path.replace(/\/+$/, '');
}
