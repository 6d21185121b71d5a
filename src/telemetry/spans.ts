import {
	type Attributes,
	ROOT_CONTEXT,
	type Span,
	SpanKind,
	SpanStatusCode,
	type Tracer,
	trace,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import {
	ATTR_GEN_AI_AGENT_NAME,
	ATTR_GEN_AI_CONVERSATION_ID,
	ATTR_GEN_AI_INPUT_MESSAGES,
	ATTR_GEN_AI_OPERATION_NAME,
	ATTR_GEN_AI_OUTPUT_MESSAGES,
	ATTR_GEN_AI_REQUEST_MODEL,
	ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
	ATTR_GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
	ATTR_GEN_AI_TOOL_CALL_ARGUMENTS,
	ATTR_GEN_AI_TOOL_CALL_RESULT,
	ATTR_GEN_AI_TOOL_NAME,
	ATTR_GEN_AI_TOOL_TYPE,
} from '@opentelemetry/semantic-conventions/incubating';
import type {
	AttemptFailed,
	AttemptLost,
	CallEnd,
	CallStart,
	CodeEnd,
	CodeStart,
	Compaction,
	IterationEnd,
	IterationStart,
	MessageEnd,
	RunEnd,
	RunEvent,
	RunStart,
} from '../core/events.ts';
import { present } from '../core/present.ts';
import { finishReasonOf, inputMessages, outputMessages, replyAttributes, serverAttributes } from './spanAttributes.ts';
import type { ServerIdentity } from './tracing.ts';

/** What spans need beside the events. */
export interface SpanOptions {
	readonly identities: ReadonlyMap<string, ServerIdentity>;
	readonly hasContent: boolean;
	readonly sessionId?: string;
}

type Handlers = {
	readonly [T in RunEvent['type']]?: (event: Extract<RunEvent, { type: T }>) => void;
};

/** A run in progress. */
interface OpenRun {
	readonly span: Span;
	readonly start: RunStart;
}

/**
 * The spans of one run and its child runs, as a fold over its events. Names and attributes follow the OpenTelemetry
 * semantic conventions for generative AI: a run is `invoke_agent`, an iteration or a sub-call `chat`, a cell
 * `execute_tool`. A sub-call is a child of the cell that made it; a child run replaces its call.
 */
export class RunSpans {
	readonly #tracer: Tracer;
	readonly #options: SpanOptions;
	readonly #runs = new Map<string, OpenRun>();
	/** Spans of iterations, cells and calls, by node. */
	readonly #open = new Map<string, Span>();

	readonly #handlers: Handlers = {
		'run-start': (event) => this.#startRun(event),
		'run-end': (event) => this.#endRun(event),
		'iteration-start': (event) => this.#startIteration(event),
		'message-end': (event) => this.#endMessage(event),
		'iteration-end': (event) => this.#endIteration(event),
		'code-start': (event) => this.#startCode(event),
		'code-end': (event) => this.#endCode(event),
		'call-start': (event) => this.#startCall(event),
		'call-end': (event) => this.#endCall(event),
		'attempt-failed': (event) => this.#noteAttempt(event),
		'attempt-lost': (event) => this.#noteLost(event),
		compaction: (event) => this.#noteCompaction(event),
	};

	constructor(tracer: Tracer, options: SpanOptions) {
		this.#tracer = tracer;
		this.#options = options;
	}

	observe(event: RunEvent): void {
		const handle: ((event: never) => void) | undefined = this.#handlers[event.type];
		handle?.(event as never);
	}

	#noteCompaction({ runId, tokensBefore, tokensAfter, at }: Compaction): void {
		const attributes = { 'rlm.tokens.before': tokensBefore, 'rlm.tokens.after': tokensAfter };
		this.#runs.get(runId)?.span.addEvent('rlm.compaction', attributes, at);
	}

	#startRun(event: RunStart): void {
		const { query, depth, profile, rootModel, rootServer, runId } = event;
		const { sessionId, hasContent } = this.#options;
		const attributes: Attributes = present({
			...serverAttributes(rootServer, this.#options.identities, false),
			[ATTR_GEN_AI_REQUEST_MODEL]: rootModel,
			'rlm.run.id': runId,
			'rlm.run.depth': depth,
			'rlm.prompt_profile': profile,
			[ATTR_GEN_AI_CONVERSATION_ID]: sessionId,
			[ATTR_GEN_AI_INPUT_MESSAGES]: hasContent ? inputMessages([{ role: 'user', content: query }]) : undefined,
		});
		const ofCall = event.parentId === undefined ? undefined : this.#open.get(event.parentId);
		const span = ofCall ?? this.#startAgent(event, undefined);
		span.setAttributes(attributes);
		this.#runs.set(runId, { span, start: event });
	}

	#startAgent({ at }: RunEvent, parent: Span | undefined): Span {
		const attributes = { [ATTR_GEN_AI_OPERATION_NAME]: 'invoke_agent', [ATTR_GEN_AI_AGENT_NAME]: 'rlm' };
		return this.#start('invoke_agent rlm', SpanKind.INTERNAL, attributes, at, parent);
	}

	#endRun(event: RunEnd): void {
		const run = this.#runs.get(event.runId);
		this.#runs.delete(event.runId);
		if (!run) return; // it failed before it could start: there is nothing to show
		const { span } = run;
		const { outcome, reason, iterations, totals, error, answer } = event;
		span.setAttributes(
			present({
				'rlm.run.outcome': outcome,
				'rlm.run.reason': reason,
				'rlm.run.iterations': iterations,
				'rlm.run.calls': totals.calls,
				...replyAttributes({ usage: totals.usage, costUsd: totals.unpricedCalls > 0 ? undefined : totals.costUsd }),
				[ATTR_GEN_AI_OUTPUT_MESSAGES]: this.#options.hasContent ? outputMessages(answer, '', 'stop') : undefined,
			}),
		);
		if (outcome === 'failed')
			fail(span, error?.code ?? 'internal', this.#options.hasContent ? error?.message : undefined);
		if (event.parentId !== undefined) return; // the end of its call ends the span
		for (const left of this.#open.values()) left.end(event.at);
		this.#open.clear();
		span.end(event.at);
	}

	#startIteration(event: IterationStart): void {
		const run = this.#runs.get(event.runId);
		const { rootModel = '', rootServer } = run?.start ?? {};
		const span = this.#startChat(event, rootModel, rootServer, run?.span);
		span.setAttributes({ 'rlm.iteration.index': event.index, 'rlm.iteration.is_salvage': event.isSalvage });
		// Messages added since the last iteration: repeating the conversation in every span would grow quadratically.
		if (this.#options.hasContent) span.setAttribute(ATTR_GEN_AI_INPUT_MESSAGES, inputMessages(event.messages));
		this.#open.set(event.nodeId, span);
	}

	#endMessage(event: MessageEnd): void {
		const span = this.#take(event.nodeId);
		if (!span) return;
		const { text, reasoning, finishReason, firstTokenMs, attempts, queueMs } = event;
		span.setAttributes({
			...serverAttributes(event.server, this.#options.identities, true),
			...replyAttributes(event),
			[ATTR_GEN_AI_RESPONSE_FINISH_REASONS]: [finishReasonOf(finishReason)],
			[ATTR_GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: firstTokenMs / 1000,
			'rlm.call.attempts': attempts,
			'rlm.call.queue_seconds': queueMs / 1000,
		});
		if (this.#options.hasContent) {
			span.setAttribute(ATTR_GEN_AI_OUTPUT_MESSAGES, outputMessages(text, reasoning, finishReasonOf(finishReason)));
		}
		span.end(event.at);
	}

	/** An iteration whose span is still open got no reply. */
	#endIteration(event: IterationEnd): void {
		const span = this.#take(event.nodeId);
		if (!span) return;
		fail(span, 'no_reply', 'the iteration ended without a reply');
		span.end(event.at);
	}

	#startCode(event: CodeStart): void {
		const attributes: Attributes = {
			[ATTR_GEN_AI_OPERATION_NAME]: 'execute_tool',
			[ATTR_GEN_AI_TOOL_NAME]: 'python',
			[ATTR_GEN_AI_TOOL_TYPE]: 'function',
		};
		if (this.#options.hasContent) attributes[ATTR_GEN_AI_TOOL_CALL_ARGUMENTS] = JSON.stringify({ code: event.code });
		const parent = this.#runs.get(event.runId)?.span;
		const span = this.#start('execute_tool python', SpanKind.INTERNAL, attributes, event.at, parent);
		this.#open.set(event.nodeId, span);
	}

	#endCode(event: CodeEnd): void {
		const span = this.#take(event.nodeId);
		if (!span) return;
		const { hasContent } = this.#options;
		if (hasContent) span.setAttribute(ATTR_GEN_AI_TOOL_CALL_RESULT, event.stdout + event.stderr);
		const { error } = event;
		if (error) fail(span, error.type, hasContent ? error.message : undefined);
		span.end(event.at);
	}

	#startCall(event: CallStart): void {
		const run = this.#runs.get(event.runId);
		const parent = (event.parentId === undefined ? undefined : this.#open.get(event.parentId)) ?? run?.span;
		const { subModel = '', subServer } = run?.start ?? {};
		const isRun = event.kind === 'rlm';
		const span = isRun
			? this.#startAgent(event, parent)
			: this.#startChat(event, event.model ?? subModel, subServer, parent);
		if (this.#options.hasContent && !isRun) {
			span.setAttribute(ATTR_GEN_AI_INPUT_MESSAGES, inputMessages([{ role: 'user', content: event.prompt }]));
		}
		this.#open.set(event.nodeId, span);
	}

	#endCall(event: CallEnd): void {
		const span = this.#take(event.nodeId);
		if (!span) return;
		const { status, failure, server, usage, attempts, queueMs, reply } = event;
		span.setAttributes({
			'rlm.call.status': status,
			'rlm.call.attempts': attempts,
			'rlm.call.queue_seconds': queueMs / 1000,
			...serverAttributes(server, this.#options.identities, true),
			...replyAttributes({ ...event, usage }),
		});
		if (this.#options.hasContent) span.setAttribute(ATTR_GEN_AI_OUTPUT_MESSAGES, outputMessages(reply, '', 'stop'));
		if (failure !== undefined) fail(span, failure, this.#options.hasContent ? reply : undefined);
		span.end(event.at);
	}

	/** The server's own message may repeat the prompt, so it counts as content. */
	#noteAttempt({ nodeId, server, category, message, next, at }: AttemptFailed): void {
		const attributes: Attributes = { 'rlm.server.id': server, [ATTR_ERROR_TYPE]: category, 'rlm.next': next.kind };
		if (this.#options.hasContent) attributes['exception.message'] = message;
		this.#open.get(nodeId)?.addEvent('rlm.attempt_failed', attributes, at);
	}

	/** The server counted these requests although their reply was lost, so no reply's span includes them. */
	#noteLost({ nodeId, server, usage, at }: AttemptLost): void {
		const attributes = {
			'rlm.server.id': server,
			'rlm.tokens.prompt': usage.promptTokens,
			'rlm.tokens.completion': usage.completionTokens,
		};
		this.#open.get(nodeId)?.addEvent('rlm.attempt_lost', attributes, at);
	}

	#startChat({ at }: RunEvent, model: string, server: string | undefined, parent: Span | undefined): Span {
		const { identities } = this.#options;
		const isHere = server !== undefined && identities.get(server)?.kind === 'builtin';
		const attributes: Attributes = {
			[ATTR_GEN_AI_OPERATION_NAME]: 'chat',
			[ATTR_GEN_AI_REQUEST_MODEL]: model,
			...serverAttributes(server, identities, false),
		};
		return this.#start(`chat ${model}`, isHere ? SpanKind.INTERNAL : SpanKind.CLIENT, attributes, at, parent);
	}

	#start(name: string, kind: SpanKind, attributes: Attributes, at: number, parent: Span | undefined): Span {
		const context = parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
		return this.#tracer.startSpan(name, { kind, attributes, startTime: at }, context);
	}

	#take(nodeId: string): Span | undefined {
		const span = this.#open.get(nodeId);
		this.#open.delete(nodeId);
		return span;
	}
}

function fail(span: Span, type: string, message: string | undefined): void {
	span.setAttribute(ATTR_ERROR_TYPE, type);
	span.setStatus(present({ code: SpanStatusCode.ERROR, message }));
}
