import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A span as OTLP has it in JSON, its attributes as an object. */
export interface CollectedSpan {
	readonly name: string;
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId?: string;
	/** OTLP: 1 internal, 3 client. */
	readonly kind: number;
	readonly startTimeUnixNano: string;
	readonly endTimeUnixNano: string;
	readonly status: { readonly code?: number; readonly message?: string };
	readonly attributes: Readonly<Record<string, unknown>>;
	readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
	readonly resource: Readonly<Record<string, unknown>>;
}

/** An OpenTelemetry collector on loopback: takes OTLP over HTTP as JSON and keeps the spans. */
export interface Collector {
	readonly url: string;
	readonly spans: CollectedSpan[];
	/** Bodies as they came. */
	readonly bodies: string[];
	/** Path and headers of each request. */
	readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
	stop(): Promise<void>;
}

interface AnyValue {
	readonly stringValue?: string;
	readonly intValue?: string | number;
	readonly doubleValue?: number;
	readonly boolValue?: boolean;
	readonly arrayValue?: { readonly values: readonly AnyValue[] };
}

interface KeyValue {
	readonly key: string;
	readonly value: AnyValue;
}

type WireSpan = Omit<CollectedSpan, 'attributes' | 'events' | 'resource'> & {
	readonly attributes?: readonly KeyValue[];
	readonly events?: readonly { readonly name: string; readonly attributes?: readonly KeyValue[] }[];
};

interface TraceRequest {
	readonly resourceSpans: readonly {
		readonly resource?: { readonly attributes?: readonly KeyValue[] };
		readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
	}[];
}

/** @param status what it answers: 200 when absent */
export async function startCollector(status = 200): Promise<Collector> {
	const spans: CollectedSpan[] = [];
	const bodies: string[] = [];
	const requests: Collector['requests'] = [];
	const server = createServer(async (request, response) => {
		const body = await text(request);
		requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
		bodies.push(body);
		if (status === 200) spans.push(...decode(JSON.parse(body) as TraceRequest));
		response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		...{ spans, bodies, requests },
		async stop() {
			server.close();
			server.closeAllConnections();
		},
	};
}

function decode({ resourceSpans }: TraceRequest): CollectedSpan[] {
	return resourceSpans.flatMap(({ resource, scopeSpans }) =>
		scopeSpans.flatMap((scope) =>
			scope.spans.map(({ attributes, events, ...span }) => ({
				...span,
				attributes: decodeAll(attributes),
				events: (events ?? []).map((event) => ({ name: event.name, attributes: decodeAll(event.attributes) })),
				resource: decodeAll(resource?.attributes),
			})),
		),
	);
}

function decodeAll(attributes: readonly KeyValue[] = []): Record<string, unknown> {
	return Object.fromEntries(attributes.map(({ key, value }) => [key, decodeValue(value)]));
}

function decodeValue({ stringValue, intValue, doubleValue, boolValue, arrayValue }: AnyValue): unknown {
	if (arrayValue) return arrayValue.values.map(decodeValue);
	return stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue) : Number(intValue));
}
