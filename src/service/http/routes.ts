import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type * as v from 'valibot';
import type { Compute } from '../../compute/compute.ts';
import type { Engine } from '../../engine.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ComponentName } from './components.ts';
import type { Contexts } from './contexts.ts';
import type { Executions } from './executions.ts';
import type { ContextSource } from './readContext.ts';
import type { Sessions } from './sessions.ts';

/** What handlers work with. */
export interface Service {
	readonly engine: Engine;
	readonly settings: Settings;
	readonly version: string;
	/** ms since the epoch */
	readonly startedAt: number;
	readonly executions: Executions;
	readonly contexts: Contexts;
	readonly sessions: Sessions;
	readonly source: ContextSource;
	/** For what comes from clients and models. */
	readonly compute: Compute;
	/** The OpenAPI document. */
	readonly openApi: object;
	/** The figures in Prometheus' text format. */
	readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

/** A request on its way through the router. */
export type RouteContext = Context<{ Bindings: HttpBindings }>;

/** Media types of answers. */
export type Media = 'application/json' | 'text/event-stream' | 'text/plain';

/** One answer of a route, for the document. */
export interface ResponseDescription {
	readonly description: string;
	/** What each media type holds; nothing when absent. */
	readonly content?: Partial<Record<Media, ComponentName>>;
}

/** A route: what the router needs, and what the OpenAPI document says of it. */
export interface Route {
	readonly method: 'get' | 'post' | 'delete';
	/** With parameters as `:name`. */
	readonly path: string;
	readonly id: string;
	readonly summary: string;
	/** True where no token is needed. */
	readonly isOpen?: boolean;
	/** The JSON that it takes. */
	readonly body?: v.GenericSchema;
	/** It also takes the text itself as body, larger than JSON may be. */
	readonly takesText?: boolean;
	readonly query?: Readonly<Record<string, string>>;
	readonly headers?: Readonly<Record<string, string>>;
	/** Besides the errors that every route has. */
	readonly responses: Readonly<Record<number, ResponseDescription>>;
	readonly handle: (context: RouteContext, service: Service) => Response | Promise<Response>;
}

/** A parameter of the path. */
export function parameter(context: RouteContext, name: string): string {
	return context.req.param(name) ?? '';
}

/** Fires when the client has left before its answer was complete. */
export function goneSignal({ env }: RouteContext): AbortSignal {
	const gone = new AbortController();
	const { outgoing } = env;
	if (outgoing.destroyed) gone.abort();
	outgoing.once('close', () => gone.abort());
	return gone.signal;
}
