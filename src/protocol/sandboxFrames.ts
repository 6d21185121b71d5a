import * as v from 'valibot';
import { isJson, parseBoundedJson } from './boundedJson.ts';
import { FrameError } from './frameError.ts';
import {
	FRAME_CALLS,
	HEADER_BYTES,
	NAME_CHARACTERS,
	PAYLOAD_BYTES,
	STOP_CHARACTERS,
	STOP_TEXTS,
} from './frameLimits.ts';
import { readHotHeader } from './hotHeaders.ts';

export { FrameError, HEADER_BYTES, PAYLOAD_BYTES };

/**
 * Frames between the Python interpreter, its worker and the host. Layout, little endian: u32 length of the header, u32
 * length of the payload, header (JSON), payload (bytes).
 *
 * The interpreter's frames were made by model-written code. They are validated here, and nothing else in them is
 * trusted.
 */
export const LENGTHS_BYTES = 8;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const utf8 = new TextEncoder();

export interface Frame {
	/** A parsed header, not validated yet. */
	readonly header: unknown;
	readonly payload: Uint8Array;
}

/** Maximum sizes of a frame's header and payload, bytes. */
export interface FrameLimits {
	readonly headerBytes: number;
	readonly payloadBytes: number;
}

const UNTRUSTED: FrameLimits = { headerBytes: HEADER_BYTES, payloadBytes: PAYLOAD_BYTES };

/**
 * Parses a frame; the payload is a view of it.
 * @param limits absent: those for an untrusted sender
 * @throws FrameError
 */
export function decodeFrame(bytes: Uint8Array, limits = UNTRUSTED): Frame {
	if (bytes.byteLength < LENGTHS_BYTES) throw new FrameError('a frame is shorter than its lengths');
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const headerLength = view.getUint32(0, true);
	const payloadLength = view.getUint32(4, true);
	if (headerLength > limits.headerBytes) throw new FrameError('the header of a frame is too large');
	if (payloadLength > limits.payloadBytes) throw new FrameError('the payload of a frame is too large');
	const payloadStart = LENGTHS_BYTES + headerLength;
	if (payloadStart + payloadLength !== bytes.byteLength) throw new FrameError('a frame is not as long as it says');
	return { header: parseHeader(bytes.subarray(LENGTHS_BYTES, payloadStart)), payload: bytes.subarray(payloadStart) };
}

function parseHeader(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(strictUtf8.decode(bytes));
	} catch (error) {
		throw new FrameError('the header of a frame is not JSON', { cause: error });
	}
}

/** Assembles a frame; the bytes are a copy. */
export function encodeFrame(header: object, payload: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
	const headerBytes = utf8.encode(JSON.stringify(header));
	const frame = new Uint8Array(LENGTHS_BYTES + headerBytes.length + payload.length);
	frame.set(frameLengths(headerBytes.length, payload.length));
	frame.set(headerBytes, LENGTHS_BYTES);
	frame.set(payload, LENGTHS_BYTES + headerBytes.length);
	return frame;
}

/** The first eight bytes of a frame. */
export function frameLengths(headerLength: number, payloadLength: number): Uint8Array {
	const lengths = new DataView(new ArrayBuffer(LENGTHS_BYTES));
	lengths.setUint32(0, headerLength, true);
	lengths.setUint32(4, payloadLength, true);
	return new Uint8Array(lengths.buffer);
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const byteLength = v.pipe(count, v.maxValue(PAYLOAD_BYTES));
const shortText = v.pipe(v.string(), v.maxLength(NAME_CHARACTERS));
const text = v.string();

/** A list with a maximum of items. The length is checked first: checking millions of items would stall the host. */
export function list<S extends v.GenericSchema>(item: S, most: number) {
	return v.pipe(v.array(v.unknown()), v.maxLength(most), v.array(item));
}

const callIds = list(count, FRAME_CALLS);

/** Maximum of source spans of one text. */
export const SPANS = 500;

export const sourceSpan = v.object({ path: text, startLine: count, endLine: count });

const callOptions = v.object({
	temperature: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
	maxTokens: v.optional(v.pipe(count, v.minValue(1))),
	stop: v.optional(list(v.pipe(text, v.nonEmpty(), v.maxLength(STOP_CHARACTERS)), STOP_TEXTS)),
});

/** A call in a frame. Its texts follow each other in the payload: prompt, context, system prompt, form (`callForm`). */
export const callFields = {
	kind: v.picklist(['llm', 'rlm']),
	promptBytes: byteLength,
	contextBytes: v.optional(byteLength),
	systemBytes: v.optional(byteLength),
	formBytes: v.optional(byteLength),
	model: v.optional(shortText),
	options: v.optional(callOptions),
	/** Added by the worker. */
	spans: v.optional(list(sourceSpan, SPANS)),
};

const calls = list(v.object({ id: count, ...callFields }), FRAME_CALLS);

/** What Python may send. The worker numbers blocking requests. */
const fromPython = [
	/** With `waits` the request also asks for all replies. */
	v.object({ op: v.literal('submit'), calls, waits: v.optional(v.boolean()), request: v.optional(count) }),
	v.object({ op: v.literal('cancel'), ids: callIds }),
	v.object({
		op: v.literal('wait'),
		request: v.optional(count),
		ids: callIds,
		needsAll: v.boolean(),
		timeoutMs: v.nullable(count),
	}),
	v.object({ op: v.literal('budget'), request: v.optional(count) }),
	v.object({ op: v.literal('tool'), request: v.optional(count), name: shortText }),
	v.object({ op: v.literal('output'), stream: v.picklist(['stdout', 'stderr']) }),
	v.object({ op: v.literal('result'), spans: v.optional(list(sourceSpan, SPANS)) }),
] as const;

/** What the worker adds itself. */
const fromWorker = [
	v.object({
		op: v.literal('ready'),
		/** Layers confirmed by its self-test. */
		layers: v.array(v.picklist(['imports', 'realm', 'permissions', 'namespaces'])),
	}),
	v.object({ op: v.literal('checkpoint') }),
	v.object({ op: v.literal('violation'), what: shortText }),
	v.object({ op: v.literal('crashed'), what: shortText }),
	v.object({ op: v.literal('log'), text: v.pipe(text, v.maxLength(8000)) }),
] as const;

/** Everything that Python may send; `checkPythonHeader` checks the same faster. */
export const pythonHeader = v.variant('op', fromPython);
const workerHeader = v.variant('op', [...fromPython, ...fromWorker]);

/** Header of a frame that leaves the interpreter for the host. */
export type PythonHeader = v.InferOutput<typeof pythonHeader>;
/** Header of a frame from a worker. */
export type WorkerHeader = v.InferOutput<typeof workerHeader>;

/** @throws FrameError */
export function checkPythonHeader(header: unknown): PythonHeader {
	return readHotHeader(header) ?? checked(pythonHeader, header);
}

/** @throws FrameError */
export function checkWorkerHeader(header: unknown): WorkerHeader {
	return readHotHeader(header) ?? checked(workerHeader, header);
}

/** Validates a value. @throws FrameError that names the invalid field */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
	const result = v.safeParse(schema, value);
	if (result.success) return result.output;
	const issue = result.issues[0];
	throw new FrameError(`unexpected frame: ${v.getDotPath(issue) ?? ''} ${issue.message}`.slice(0, 300));
}

/** From this size on messages transfer their memory instead of copying it, bytes. */
export const MOVED_BYTES = 16 << 10;

/** A message of a worker: one frame, and the memory that holds a checkpoint. */
export interface WorkerMessage {
	readonly frame: Uint8Array;
	readonly buffer?: SharedArrayBuffer;
}

/** A message of the host: a command to run, or the answer to a blocking request. */
export interface HostMessage {
	/** Number of the answered request; 0 for a command. */
	readonly request: number;
	readonly header: object;
	readonly payload: Uint8Array;
}

/** Indexes of the Int32Array that worker and host share. */
export const CONTROL_WAKE = 0;
export const CONTROL_INTERRUPT = 1;
export const CONTROL_BYTES = 8;

const changedVariable = v.object({ name: shortText, type: shortText, size: v.optional(count) });

const cellError = v.object({
	type: text,
	message: text,
	traceback: text,
	line: v.optional(count),
	hint: v.optional(text),
	/** True when the host's interrupt ended the cell. */
	isInterrupt: v.optional(v.boolean()),
});

/** Result codes of the interpreter. It keeps to these numbers unless code has taken it over. */
const NOTICES = 20;
const NOTICE_CHARACTERS = 4000;
const CITATIONS = 10_000;
const VARIABLES = 2000;

/** An answer that is not JSON has only a text. */
const answerJson = v.pipe(
	text,
	v.transform((json) => (isJson(json) ? json : undefined)),
);
/** The `memory` dict. */
const memoryJson = v.pipe(
	text,
	v.check((json) => isJson(json) && json.startsWith('{'), 'it is not an object in JSON'),
);

const cellResult = v.object({
	stdout: text,
	stderr: text,
	echo: v.optional(text),
	printedCharacters: count,
	error: v.optional(cellError),
	final: v.optional(v.object({ text, json: v.optional(answerJson) })),
	answerSoFar: v.optional(text),
	notices: list(v.pipe(text, v.maxLength(NOTICE_CHARACTERS)), NOTICES),
	changed: list(changedVariable, VARIABLES),
	citations: list(sourceSpan, CITATIONS),
	usesContext: v.optional(v.boolean()),
});

/** Results of the commands, as JSON in the payload of a `result` frame. `failure` means a defect of the runtime. */
export const RESULTS = {
	setup: v.object({}),
	renew: v.object({}),
	cell: cellResult,
	variables: v.object({
		variables: list(v.object({ ...changedVariable.entries, isPlain: v.optional(v.boolean()) }), VARIABLES),
	}),
	variable: v.object({ text: v.optional(text) }),
	history: v.object({}),
	memory: v.object({ json: memoryJson }),
	probe: v.object({ isSound: v.boolean() }),
} as const;

export type Command = keyof typeof RESULTS;
export type ResultOf<C extends Command> = v.InferOutput<(typeof RESULTS)[C]>;

const failure = v.object({ failure: text });

/** Parses the payload of a `result` frame. @throws FrameError when it is not a result of that command */
export function decodeResult<C extends Command>(command: C, payload: Uint8Array): ResultOf<C> {
	const value = parseBoundedJson(payload);
	if (v.is(failure, value)) throw new FrameError(value.failure);
	return checked(RESULTS[command], value) as ResultOf<C>;
}
