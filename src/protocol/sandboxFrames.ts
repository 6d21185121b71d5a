import * as v from 'valibot';
import { isJson, parseBoundedJson } from './boundedJson.ts';
import { FrameError } from './frameError.ts';
import { FRAME_CALLS, HEADER_BYTES, NAME_CHARACTERS, PAYLOAD_BYTES } from './frameLimits.ts';
import { readHotHeader } from './hotHeaders.ts';

export { FrameError, HEADER_BYTES, PAYLOAD_BYTES };

/**
 * Frames between the Python interpreter, its worker and the host.
 * Layout, little endian: u32 length of the header, u32 length of the payload, header (JSON), payload (bytes).
 *
 * What comes from the interpreter was made by code that a model wrote: it is checked here, and nothing else of it is
 * believed.
 */
export const LENGTHS_BYTES = 8;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const utf8 = new TextEncoder();

export interface Frame {
	/** A parsed header whose shape is not known yet. */
	readonly header: unknown;
	readonly payload: Uint8Array;
}

/** What the header and the payload of a frame may have, bytes. */
export interface FrameLimits {
	readonly headerBytes: number;
	readonly payloadBytes: number;
}

const UNTRUSTED: FrameLimits = { headerBytes: HEADER_BYTES, payloadBytes: PAYLOAD_BYTES };

/**
 * Takes a frame apart; the payload is a view of it.
 * @param limits of somebody who is not believed, when absent @throws FrameError
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

/** Puts a frame together; the bytes are a copy. */
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

/** A list of so many items at most. The length is looked at first: checking millions of items would stop the host. */
export function list<S extends v.GenericSchema>(item: S, most: number) {
	return v.pipe(v.array(v.unknown()), v.maxLength(most), v.array(item));
}

const callIds = list(count, FRAME_CALLS);

/** Places in the corpus that one text may stand in. */
const SPANS = 500;

export const sourceSpan = v.object({ path: text, startLine: count, endLine: count });

const calls = list(
	v.object({
		id: count,
		kind: v.picklist(['llm', 'rlm']),
		promptBytes: byteLength,
		contextBytes: v.optional(byteLength),
		model: v.optional(shortText),
		/** Added by the worker. */
		spans: v.optional(list(sourceSpan, SPANS)),
	}),
	FRAME_CALLS,
);

/** What Python may send. Blocking requests get their number from the worker. */
const fromPython = [
	/** With `waits` it is also the question for all replies. */
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

/** What the worker adds on its own account. */
const fromWorker = [
	v.object({
		op: v.literal('ready'),
		/** What its self-test found to hold. */
		layers: v.array(v.picklist(['imports', 'realm', 'permissions', 'namespaces'])),
	}),
	v.object({ op: v.literal('checkpoint') }),
	v.object({ op: v.literal('violation'), what: shortText }),
	v.object({ op: v.literal('crashed'), what: shortText }),
	v.object({ op: v.literal('log'), text: v.pipe(text, v.maxLength(8000)) }),
] as const;

/** Everything that Python may send; `checkPythonHeader` is the quicker way to the same. */
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

/** The value as a schema knows it. @throws FrameError naming the field that is wrong */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
	const result = v.safeParse(schema, value);
	if (result.success) return result.output;
	const issue = result.issues[0];
	throw new FrameError(`unexpected frame: ${v.getDotPath(issue) ?? ''} ${issue.message}`.slice(0, 300));
}

/** From this size on messages hand their memory over instead of copying it, bytes. */
export const MOVED_BYTES = 16 << 10;

/** A message of a worker: one frame, and the memory that a checkpoint lies in. */
export interface WorkerMessage {
	readonly frame: Uint8Array;
	readonly buffer?: SharedArrayBuffer;
}

/** A message of the host: a command to run, or the answer to a blocking request. */
export interface HostMessage {
	/** Number of the request that is answered; 0 for a command. */
	readonly request: number;
	readonly header: object;
	readonly payload: Uint8Array;
}

/** Places in the Int32Array that worker and host share. */
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
	/** True when an interrupt of the host ended the cell. */
	isInterrupt: v.optional(v.boolean()),
});

/** Results of the interpreter: it keeps to these numbers, unless code has taken it over. */
const NOTICES = 20;
const NOTICE_CHARACTERS = 4000;
const CITATIONS = 10_000;
const VARIABLES = 2000;

/** An answer that is no JSON is one of text alone. */
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
});

/** Results of the commands, as JSON in the payload of a `result` frame. `failure` means a defect of the runtime. */
export const RESULTS = {
	setup: v.object({}),
	renew: v.object({}),
	cell: cellResult,
	variables: v.object({ variables: list(changedVariable, VARIABLES) }),
	variable: v.object({ text: v.optional(text) }),
	history: v.object({}),
	memory: v.object({ json: memoryJson }),
	probe: v.object({ isSound: v.boolean() }),
} as const;

export type Command = keyof typeof RESULTS;
export type ResultOf<C extends Command> = v.InferOutput<(typeof RESULTS)[C]>;

const failure = v.object({ failure: text });

/** Reads the payload of a `result` frame. @throws FrameError when it is not the result of that command */
export function decodeResult<C extends Command>(command: C, payload: Uint8Array): ResultOf<C> {
	const value = parseBoundedJson(payload);
	if (v.is(failure, value)) throw new FrameError(value.failure);
	return checked(RESULTS[command], value) as ResultOf<C>;
}
