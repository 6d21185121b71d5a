import type { HttpBindings } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { Log } from '../../node/log.ts';
import { type AccessOptions, checkHost, checkOrigin, checkToken } from './access.ts';
import { allRoutes } from './allRoutes.ts';
import { errorAnswer, HttpError } from './httpErrors.ts';
import type { Route, Service } from './routes.ts';

/** Decides which requests may come in. */
export interface AppOptions {
	readonly access: AccessOptions;
	readonly log: Log;
	/** Called for every answer. @param path of the route, with parameters as `:name` */
	readonly onAnswer: (method: string, path: string, status: number) => void;
}

/** When to come back after status 503. Seconds. */
const RETRY_S = 5;

type App = Hono<{ Bindings: HttpBindings }>;

/** Builds the router of a service: access, routes and error answers. */
export function createApp(service: Service, options: AppOptions): App {
	const { access, log } = options;
	const app: App = new Hono();
	const routes = allRoutes();
	app.use(everyAnswer(routes, options), checkHost(access), checkOrigin(access));
	if (access.allowedOrigins.length > 0) app.use(corsFor(access));
	const token = checkToken(access);
	for (const route of routes) {
		const guards: MiddlewareHandler[] = route.isOpen ? [] : [token];
		app.on(route.method.toUpperCase(), [route.path], ...guards, (context) => route.handle(context, service));
	}
	app.notFound(() => {
		throw new HttpError(404, 'not-found', 'there is no such route', 'GET /openapi.json lists them.');
	});
	// After all routes: a request that gets here has an existing path and an unsupported method.
	for (const path of new Set(routes.map((route) => route.path))) {
		app.all(path, token, (context) => {
			const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
			context.header('allow', methods.join(', '));
			throw new HttpError(405, 'method', `${path} takes ${methods.join(', ')}`);
		});
	}
	app.onError((error, context) => {
		const { status, body } = errorAnswer(error, log);
		if (status === 503) context.header('retry-after', String(RETRY_S));
		return context.json(body, status);
	});
	return app;
}

function corsFor({ allowedOrigins }: AccessOptions): MiddlewareHandler {
	return cors({
		origin: [...allowedOrigins],
		allowMethods: ['GET', 'POST', 'DELETE'],
		allowHeaders: ['Authorization', 'Content-Type', 'Last-Event-ID'],
		exposeHeaders: ['Location'],
		maxAge: 600,
	});
}

/** Forbids caching and counts answers under the route's path: the paths that clients send can be anything. */
function everyAnswer(routes: readonly Route[], { onAnswer }: AppOptions): MiddlewareHandler {
	const known = new Set(routes.map(({ path }) => path));
	return async (context, next) => {
		context.header('cache-control', 'no-store');
		context.header('x-content-type-options', 'nosniff');
		await next();
		const path = context.req.matchedRoutes.findLast((matched) => known.has(matched.path))?.path ?? 'other';
		onAnswer(context.req.method, path, context.res.status);
	};
}
