import type { RunEvent } from '../core/events.ts';
import { type ServerSettings, serverUrl } from '../settings/servers.ts';
import type { Settings } from '../settings/settings.ts';
import { tracesEndpoint } from './endpoint.ts';

/** Observes one run; receives all its events in order. Never throws and never waits. */
export type RunObserver = (event: RunEvent) => void;

/** Converts runs to spans and sends them to a collector. */
export interface Tracing {
	/** Starts to trace a run. @param sessionId of its conversation */
	observer(sessionId?: string): RunObserver;
	/** Sends what is left, within a deadline. Never rejects. Idempotent. */
	close(): Promise<void>;
}

/** What tracing needs from its host. */
export interface TracingOptions {
	readonly settings: Settings;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Version of this program. */
	readonly version: string;
	/** Called once when spans cannot be sent. */
	readonly log: (message: string) => void;
}

/** A model server, as named in spans. */
export interface ServerIdentity {
	readonly kind: ServerSettings['kind'];
	readonly url: string;
}

/** Starts tracing when an endpoint is configured. Otherwise it loads nothing. */
export async function openTracing(options: TracingOptions): Promise<Tracing | undefined> {
	const url = tracesEndpoint(options.settings.telemetry, options.env, options.log);
	if (url === undefined) return undefined;
	const { settings, version, log } = options;
	const identities = new Map<string, ServerIdentity>(
		settings.servers.map((server) => [server.id, { kind: server.kind, url: serverUrl(server) }]),
	);
	const { OtlpTracing } = await import('./otlp.ts');
	return new OtlpTracing({ url, hasContent: settings.telemetry?.content ?? false, identities, version, log });
}

/** The same events; the observer sees each first. */
export async function* observed(
	events: AsyncIterable<RunEvent>,
	observer: RunObserver | undefined,
): AsyncGenerator<RunEvent> {
	for await (const event of events) {
		observer?.(event);
		yield event;
	}
}
