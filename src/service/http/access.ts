import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { InputError } from '../../core/errors.ts';
import { oneLine } from '../../core/printable.ts';
import { isLoopback } from '../../node/loopback.ts';
import { HttpError } from './httpErrors.ts';
import type { RouteContext } from './routes.ts';

/** Lets a request pass or refuses it. */
type Guard = MiddlewareHandler<{ Bindings: HttpBindings }>;

/** Who may use a service. */
export interface AccessOptions {
	/** Address to listen on. */
	readonly host: string;
	/** Token that clients must send. Without one, anybody who reaches the service may use it, so it listens on loopback only. */
	readonly token: string | undefined;
	/** Names under which clients may reach it, besides its own address. */
	readonly allowedHosts: readonly string[];
	/** Origins of web pages that may use it. */
	readonly allowedOrigins: readonly string[];
}

/** Checks that a service is not open to strangers. @throws InputError when it would be */
export function assertNotOpen({ host, token }: AccessOptions): void {
	if (token !== undefined || isLoopback(host)) return;
	throw new InputError(
		`without a token the service listens on loopback only, not on ${host}`,
		'Put a token into an environment variable and name it with --token-env.',
	);
}

/**
 * Refuses host names that the service does not have: a web page can point its own name at this machine (DNS rebinding)
 * and then counts as same-origin. On other addresses any name may be right, and the token decides.
 */
export function checkHost({ host, allowedHosts }: AccessOptions): Guard {
	const isListed = (name: string) => allowedHosts.some((allowed) => allowed.toLowerCase() === name);
	const isOpen = !isLoopback(host) && allowedHosts.length === 0;
	return async (context, next) => {
		for (const name of namesIn(context)) {
			if (isOpen || (isLoopback(host) && isLoopback(name)) || isListed(name)) continue;
			const problem = `this service is not ${oneLine(name) || 'without a name'}`;
			throw new HttpError(403, 'host', problem, 'Allow it with --allow-host.');
		}
		return next();
	};
}

/** Returns the names that a request gives the service: in its Host header, and in its target if that is a whole URL. */
function namesIn({ req, env }: RouteContext): readonly string[] {
	const target = env.incoming.url ?? '';
	const name = hostName(req.header('host'));
	return target.startsWith('/') ? [name] : [name, hostName(URL.parse(target)?.host)];
}

/** Removes the port from a host. */
function hostName(header: string | undefined): string {
	return (header ?? '').replace(/:\d+$/, '').toLowerCase();
}

/**
 * Refuses requests of web pages whose origin is not allowed; without this, any page could start runs here. A request that
 * a page only embeds or links to has no Origin, but every browser says where it comes from (W3C Fetch Metadata).
 */
export function checkOrigin({ allowedOrigins }: AccessOptions): Guard {
	return async (context, next) => {
		const origin = context.req.header('origin');
		if (origin === undefined ? !isOfOtherSite(context) : allowedOrigins.includes(origin)) return next();
		const page = origin === undefined ? 'other sites' : oneLine(origin);
		throw new HttpError(403, 'origin', `web pages of ${page} are not allowed`, 'Allow them with --cors-origin.');
	};
}

function isOfOtherSite({ req }: RouteContext): boolean {
	return !['same-origin', 'none'].includes(req.header('sec-fetch-site') ?? 'none');
}

/** Requires the bearer token, if there is one. Compares digests, so that timing reveals nothing about the token. */
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
