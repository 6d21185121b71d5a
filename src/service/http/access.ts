import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { InputError } from '../../core/errors.ts';
import { HttpError } from './httpErrors.ts';

/** Who may use a service. */
export interface AccessOptions {
	/** Address that it listens on. */
	readonly host: string;
	/** Everybody who reaches it when absent; then it listens on this machine only. */
	readonly token: string | undefined;
	/** Names under which it may be reached besides its own address. */
	readonly allowedHosts: readonly string[];
	/** Origins of web pages that may use it. */
	readonly allowedOrigins: readonly string[];
}

/** @throws InputError when a service would be open to strangers */
export function assertNotOpen({ host, token }: AccessOptions): void {
	if (token !== undefined || isLoopback(host)) return;
	throw new InputError(
		`without a token the service listens on this machine only, not on ${host}`,
		'Put a token into an environment variable and name it with --token-env.',
	);
}

/** Whether an address or name can only mean this machine. */
export function isLoopback(host: string): boolean {
	return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Refuses names that the service does not have: a web page can make its own name point to this machine (DNS rebinding)
 * and then counts as of the same origin here. On other addresses any name may be right, and the token decides.
 */
export function checkHost({ host, allowedHosts }: AccessOptions): MiddlewareHandler {
	const isListed = (name: string) => allowedHosts.some((allowed) => allowed.toLowerCase() === name);
	const isOpen = !isLoopback(host) && allowedHosts.length === 0;
	return async (context, next) => {
		const name = hostName(context.req.header('host'));
		if (isOpen || (isLoopback(host) && isLoopback(name)) || isListed(name)) return next();
		throw new HttpError(403, 'host', `this service is not ${name || 'without a name'}`, 'Allow it with --allow-host.');
	};
}

/** Without the port. */
function hostName(header: string | undefined): string {
	return (header ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** Refuses requests of web pages whose origin is not allowed; without this, any page could start runs here. */
export function checkOrigin({ allowedOrigins }: AccessOptions): MiddlewareHandler {
	return async (context, next) => {
		const origin = context.req.header('origin');
		if (origin === undefined || allowedOrigins.includes(origin)) return next();
		throw new HttpError(403, 'origin', `web pages of ${origin} are not served`, 'Allow them with --cors-origin.');
	};
}

/** Asks for the bearer token, if there is one. Digests are compared, so that the time tells nothing of the token. */
export function checkToken({ token }: AccessOptions): MiddlewareHandler {
	const expected = token === undefined ? undefined : digest(token);
	return async (context, next) => {
		const given = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? '';
		if (expected === undefined || timingSafeEqual(expected, digest(given))) return next();
		context.header('www-authenticate', 'Bearer');
		throw new HttpError(401, 'unauthorized', 'the token is missing or wrong', 'Send Authorization: Bearer <token>.');
	};
}

function digest(token: string): Buffer {
	return createHash('sha256').update(token).digest();
}
