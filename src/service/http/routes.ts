import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type * as v from 'valibot';
import type { Engine } from '../../engine.ts';
import type { Settings } from '../../settings/settings.ts';
import type { BodyReaders } from './body.ts';
import type { ComponentName } from './components.ts';
import type { Contexts } from './contexts.ts';
import type { Executions } from './executions.ts';
import type { ContextSource } from './readContext.ts';
import type { Sessions } from './sessions.ts';

/** What handlers work with. */
export interface Service extends BodyReaders {
	readonly engine: Engine;
	readonly settings: Settings;
	readonly version: string;
	/** ms since the epoch */
	readonly startedAt: number;
	readonly executions: Executions;
	readonly contexts: Contexts;
	readonly sessions: Sessions;
	readonly source: ContextSource;
	/** The OpenAPI document. */
	readonly openApi: object;
	/** Returns the metrics in Prometheus' text format. */
	readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

/** A request on its way through the router. */
export type RouteContext = Context<{ Bindings: HttpBindings }>;

/** Media types of answers. */
export type Media = 'application/json' | 'text/event-stream' | 'text/plain';

/** One answer of a route, for the OpenAPI document. */
export interface ResponseDescription {
	readonly description: string;
	/** The content of each media type; no body when absent. */
	readonly content?: Partial<Record<Media, ComponentName>>;
}

/** A route: what the router needs, and what the OpenAPI document says about it. */
export interface Route {
	readonly method: 'get' | 'post' | 'delete';
	/** Path with parameters as `:name`. */
	readonly path: string;
	readonly id: string;
	readonly summary: string;
	/** True where no token is needed. */
	readonly isOpen?: boolean;
	/** Schema of its JSON body. */
	readonly body?: v.GenericSchema;
	/** Also accepts the text itself as body, which may be larger than JSON. */
	readonly takesText?: boolean;
	readonly query?: Readonly<Record<string, string>>;
	readonly headers?: Readonly<Record<string, string>>;
	/** Its answers besides the errors that every route has. */
	readonly responses: Readonly<Record<number, ResponseDescription>>;
	readonly handle: (context: RouteContext, service: Service) => Response | Promise<Response>;
}

/** Reads a path parameter. */
export function parameter(context: RouteContext, name: string): string {
	return context.req.param(name) ?? '';
}

/** Returns a signal that fires when the client leaves before its answer is complete. */
export function goneSignal({ env }: RouteContext): AbortSignal {
	const gone = new AbortController();
	const { outgoing } = env;
	if (outgoing.destroyed) gone.abort();
	outgoing.once('close', () => gone.abort());
	return gone.signal;
}
