import * as v from 'valibot';
import type { FailureCategory, SandboxFailure } from '../core/errors.ts';
import { ISOLATION_LAYERS, REPLY_CUTS } from '../core/ports/sandbox.ts';
import { type JsonBounds, parseBoundedJson, SHARED_THREAD } from './boundedJson.ts';
import { FRAME_CALLS } from './frameLimits.ts';
import { callFields, checked, list, RESULTS, SPANS, sourceSpan } from './sandboxFrames.ts';

/**
 * Frames between a host and a sandbox server. Each is a binary message of a WebSocket; a connection is a session. The
 * layout is that of the frames between Python and its worker. Neither side trusts the other: the server runs texts and
 * code of strangers, and the host cannot know what code has done to the server.
 */

/** The WebSocket's subprotocol. The number changes with the meaning of frames. */
export const REMOTE_PROTOCOL = 'rlm-sandbox.4';

/** Maximum of contexts and histories of a session, files of a context, tools, or fields of an answer. */
const TEXTS = 1000;
const FILES = 500_000;
const TOOLS = 1000;
/** Maximum of values in a description, which names every file in five fields. */
const DESCRIPTION: JsonBounds = { ...SHARED_THREAD, containers: 2 * FILES, values: 6 * FILES };

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
/** Maximum of `setTimeout`. */
const milliseconds = v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const name = v.pipe(v.string(), v.maxLength(500));
const message = v.pipe(v.string(), v.maxLength(8000));

/** Every category; the compiler rejects a missing one. */
const CATEGORIES: Readonly<Record<FailureCategory, true>> = {
	connect: true,
	tls: true,
	timeout: true,
	server: true,
	overloaded: true,
	'rate-limit': true,
	quota: true,
	auth: true,
	'model-not-found': true,
	'context-overflow': true,
	truncated: true,
	'bad-request': true,
	'stream-cut': true,
	empty: true,
	refused: true,
	invalid: true,
	budget: true,
	input: true,
	child: true,
	cancelled: true,
};
const REASONS: Readonly<Record<SandboxFailure, true>> = {
	start: true,
	violation: true,
	crashed: true,
	timeout: true,
	memory: true,
	disposed: true,
};

const category = v.picklist(Object.keys(CATEGORIES) as FailureCategory[]);
const reason = v.picklist(Object.keys(REASONS) as SandboxFailure[]);

/** A command has a number that its answer repeats; `ask` numbers the requests of the code to its host. */
const clientHeader = v.variant('op', [
	/** Payload: a `SessionDescription` as JSON. The first frame of a session; the bytes of its texts follow. */
	v.object({ op: v.literal('open') }),
	/** Payload: the next bytes of the texts. */
	v.object({ op: v.literal('piece') }),
	/** Payload: the code. */
	v.object({ op: v.literal('execute'), id: count, timeoutMs: milliseconds, outputCharacters: count }),
	v.object({ op: v.literal('variables'), id: count }),
	/** Payload: the name. */
	v.object({ op: v.literal('variableText'), id: count, maxCharacters: count }),
	/** Payload: JSON text. */
	v.object({ op: v.literal('setHistory'), id: count }),
	v.object({ op: v.literal('memory'), id: count }),
	/** Hands the REPL to the client's next run. Payload: a `Renewal` as JSON. */
	v.object({ op: v.literal('renew'), id: count }),
	/** The caller has abandoned a command. */
	v.object({ op: v.literal('abort'), id: count }),
	/** One reply to a `query`. Payload: its text. */
	v.object({
		op: v.literal('reply'),
		ask: count,
		index: count,
		failure: v.optional(category),
		cut: v.optional(v.picklist(REPLY_CUTS)),
		repairs: v.optional(count),
	}),
	/** The answer to `budget` or `tool`. Payload: JSON text. */
	v.object({ op: v.literal('answer'), ask: count, error: v.optional(message) }),
]);

const serverHeader = v.variant('op', [
	/** The REPL has started; `isolation` lists the layers that it measured. */
	v.object({ op: v.literal('opened'), isolation: v.array(v.picklist(ISOLATION_LAYERS)) }),
	v.object({ op: v.literal('output'), id: count, stream: v.picklist(['stdout', 'stderr']) }),
	/** A command is done. Payload: its result as JSON. */
	v.object({ op: v.literal('done'), id: count }),
	/** A command failed; for `open` the number is 0. */
	v.object({
		op: v.literal('failed'),
		id: count,
		kind: v.picklist(['cancelled', 'sandbox', 'input', 'limit']),
		reason: v.optional(reason),
		message,
	}),
	/** Payload: the texts of the calls, concatenated. */
	v.object({
		op: v.literal('query'),
		ask: count,
		calls: list(v.object(callFields), FRAME_CALLS),
	}),
	v.object({ op: v.literal('budget'), ask: count }),
	/** Payload: arguments as JSON text. */
	v.object({ op: v.literal('tool'), ask: count, name }),
	/** The code no longer waits for the answer. */
	v.object({ op: v.literal('drop'), ask: count }),
	/** The server ends the session, with the reason. */
	v.object({ op: v.literal('closing'), message }),
]);

export type ClientHeader = v.InferOutput<typeof clientHeader>;
export type ServerHeader = v.InferOutput<typeof serverHeader>;

/** @throws FrameError */
export function checkClientHeader(header: unknown): ClientHeader {
	return checked(clientHeader, header);
}

/** @throws FrameError */
export function checkServerHeader(header: unknown): ServerHeader {
	return checked(serverHeader, header);
}

const file = v.object({
	path: v.string(),
	offset: count,
	length: count,
	lineCount: count,
	firstLine: v.pipe(count, v.minValue(1)),
});

/** Texts follow the description as bytes; `texts` is referenced by index. */
const sessionDescription = v.object({
	memoryBytes: v.pipe(count, v.minValue(1)),
	/** Length of each text, bytes. */
	texts: list(count, TEXTS),
	contexts: list(
		v.variant('kind', [
			v.object({ kind: v.picklist(['text', 'files']), label: v.string(), text: count, files: list(file, FILES) }),
			v.object({ kind: v.literal('json'), label: v.string(), text: count }),
		]),
		TEXTS,
	),
	histories: list(count, TEXTS),
	memory: v.optional(count),
	tools: list(v.object({ name, description: v.string() }), TOOLS),
	outputFields: v.optional(list(v.object({ name, type: name }), TOOLS)),
});

export type SessionDescription = v.InferOutput<typeof sessionDescription>;

const renewal = v.object({
	histories: list(v.string(), TEXTS),
	tools: sessionDescription.entries.tools,
	outputFields: sessionDescription.entries.outputFields,
});

/** What changes when the next run takes a REPL over; contexts stay. */
export type Renewal = v.InferOutput<typeof renewal>;

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));

/** Results of the commands, as JSON in the payload of `done`. */
const results = {
	execute: v.object({
		...RESULTS.cell.entries,
		spans: list(sourceSpan, SPANS),
		durationMs: amount,
		restart: v.optional(
			v.object({
				reason: v.picklist(['timeout', 'violation', 'crashed', 'memory']),
				isRestored: v.boolean(),
				explanation: message,
			}),
		),
	}),
	variables: v.object({ variables: RESULTS.variables.entries.variables }),
	variableText: v.object({ text: v.optional(v.string()) }),
	setHistory: v.object({}),
	memory: RESULTS.memory,
	renew: v.object({ isKept: v.boolean() }),
	budget: v.record(v.string(), v.nullable(v.union([v.string(), v.number()]))),
	description: sessionDescription,
	renewal,
} as const;

export type RemoteCommand = Exclude<keyof typeof results, 'budget' | 'description' | 'renewal'>;
type RemoteValue = keyof typeof results;
export type RemoteResult<K extends RemoteValue> = v.InferOutput<(typeof results)[K]>;

/** Parses the JSON of a payload and validates it. @throws FrameError */
export function decodeRemote<K extends RemoteValue>(kind: K, payload: Uint8Array): RemoteResult<K> {
	const value = kind === 'description' ? parseBoundedJson(payload, DESCRIPTION) : parseBoundedJson(payload);
	return checked(results[kind], value) as RemoteResult<K>;
}
