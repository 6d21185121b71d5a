import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { reasonOf } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { RunSpans } from './spans.ts';
import type { RunObserver, ServerIdentity, Tracing } from './tracing.ts';

/** Deadline for a collector's answer, also at exit. ms */
const EXPORT_MS = 3_000;
/** Longest wait of spans to be sent in a batch. ms */
const BATCH_MS = 1_000;

/** How spans are sent. */
export interface OtlpOptions {
	/** Address of an OTLP endpoint that takes JSON over HTTP. */
	readonly url: string;
	/** Whether prompts, replies, code and output are exported. */
	readonly hasContent: boolean;
	readonly identities: ReadonlyMap<string, ServerIdentity>;
	readonly version: string;
	readonly log: (message: string) => void;
}

/** Exports spans over OTLP. Drops them when the collector is slower than the runs: a run never waits for it. */
export class OtlpTracing implements Tracing {
	readonly #options: OtlpOptions;
	readonly #provider: TracerProvider;
	#closing: Promise<void> | undefined;
	#isTold = false;

	constructor(options: OtlpOptions) {
		this.#options = options;
		const named = resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'rlm', [ATTR_SERVICE_VERSION]: options.version });
		// The environment (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) takes precedence.
		const resource = defaultResource()
			.merge(named)
			.merge(detectResources({ detectors: [envDetector] }));
		const exporter = new OTLPTraceExporter({ url: options.url, timeoutMillis: EXPORT_MS });
		const processor = new BatchSpanProcessor({
			exporter: reportingTo(exporter, (error) => this.#tell(error)),
			scheduledDelayMillis: BATCH_MS,
			exportTimeoutMillis: EXPORT_MS,
		});
		this.#provider = new TracerProvider({ resource, spanProcessors: [processor] });
	}

	observer(sessionId?: string): RunObserver {
		const { identities, hasContent, version, log } = this.#options;
		const tracer = this.#provider.getTracer('rlm', version);
		const spans = new RunSpans(tracer, present({ identities, hasContent, sessionId }));
		let isBroken = false;
		return (event) => {
			if (isBroken) return;
			try {
				spans.observe(event);
			} catch (error) {
				isBroken = true; // a run continues without its trace
				log(`the trace of run ${event.runId} is incomplete: ${reasonOf(error)}`);
			}
		};
	}

	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	/** Reports once that the collector rejects its input. */
	#tell(error: unknown): void {
		if (this.#isTold) return;
		this.#isTold = true;
		const { url, log } = this.#options;
		log(`traces could not be sent to ${withoutSecrets(url)}: ${reasonOf(error)}`);
	}

	async #close(): Promise<void> {
		const deadline = Promise.withResolvers<void>();
		const timer = setTimeout(() => {
			this.#tell(`it did not answer within ${EXPORT_MS / 1000} s`);
			deadline.resolve();
		}, EXPORT_MS);
		try {
			await Promise.race([this.#provider.shutdown(), deadline.promise]);
		} catch (error) {
			this.#tell(error);
		} finally {
			clearTimeout(timer);
		}
	}
}

/** Passes on every failure. The SDK would send them to a global logger that nobody has set. */
function reportingTo(exporter: SpanExporter, tell: (error: Error) => void): SpanExporter {
	return {
		export(spans, done) {
			exporter.export(spans, (result) => {
				if (result.error) tell(result.error);
				done(result);
			});
		},
		shutdown: () => exporter.shutdown(),
		forceFlush: async () => exporter.forceFlush?.(),
	};
}

/** Addresses of collectors may contain a token. */
function withoutSecrets(address: string): string {
	const { origin, pathname } = new URL(address);
	return `${origin}${pathname}`;
}
