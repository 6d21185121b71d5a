import { isUtf8 } from 'node:buffer';
import { reasonOf } from '../../core/errors.ts';
import {
	checkPythonHeader,
	decodeFrame,
	encodeFrame,
	FrameError,
	frameLengths,
	type HostMessage,
	type PythonHeader,
} from '../../protocol/sandboxFrames.ts';
import type { CorpusDesk, DeskReply } from './corpusDesk.ts';

const utf8 = new TextEncoder();
const INTERRUPTED = -1;
/** Signal number of a keyboard interrupt. */
const SIGNAL_INTERRUPT = 2;

/**
 * What may be in transit to the host without an answer, so that code cannot fill the host's memory: two frames of the
 * largest size that Python makes. A sandbox server forwards all of it, and ends a connection that falls further behind.
 */
const UNACKNOWLEDGED_BYTES = 124 << 20;
const FRAME_COST_BYTES = 1000;
/** Bytes that may be added to a header that is close to the limit. */
const SPANS_BYTES = 100_000;

type SubmitHeader = Extract<PythonHeader, { op: 'submit' }>;

/** What the interpreter waits for. */
type Expected =
	| { readonly kind: 'nothing' }
	| { readonly kind: 'reply'; readonly request: number }
	| { readonly kind: 'time'; readonly at: number };

/** The channel to the host, as the interpreter's device uses it. */
export interface HostPort {
	/** Sends one frame. It may transfer the memory, so the caller must not use the bytes afterwards. */
	send(frame: Uint8Array<ArrayBuffer>): void;
	/** Waits for the next message of the host. Returns undefined when an interrupt or a timeout woke it. */
	receive(timeoutMs: number): HostMessage | undefined;
	isInterrupted(): boolean;
	/** Whether the host has interrupted; reading clears it. */
	takeInterrupt(): boolean;
}

/** `/dev/rlm` as the interpreter sees it: takes frames, answers what it can, and waits for the host. */
export class Device {
	readonly #port: HostPort;
	/** Undefined until a session begins. */
	#desk: CorpusDesk | undefined;
	#expected: Expected = { kind: 'nothing' };
	#incoming = new ByteQueue();
	#lastRequest = 0;
	/** Bytes sent since the host last confirmed that it read everything. */
	#unacknowledged = 0;
	/** Held back until Python has returned: code could otherwise send a result and run on without a deadline. */
	#result: Uint8Array | undefined;

	constructor(port: HostPort) {
		this.#port = port;
	}

	/** Starts answering questions about texts from those of the session. */
	beginSession(desk: CorpusDesk): void {
		this.#desk = desk;
	}

	/** Offers a command of the host for the interpreter to read. */
	beginCommand(message: HostMessage): void {
		this.#result = undefined;
		this.#unacknowledged = 0;
		this.#answer(message.header, [message.payload]);
	}

	/** Returns the payload of the result that the interpreter left. */
	takeResult(): Uint8Array | undefined {
		const result = this.#result;
		this.#result = undefined;
		return result;
	}

	/** Takes one frame of the interpreter. @throws FrameError */
	write(bytes: Uint8Array): void {
		const { header, payload } = decodeFrame(bytes);
		const fields = isRecord(header) ? header : {};
		const op = String(fields.op);
		const answer = this.#desk?.answers.get(op);
		if (answer) this.#answerHere(() => answer(fields, payload));
		else if (op === 'sleep') this.#expect({ kind: 'time', at: performance.now() + milliseconds(fields.ms) });
		else this.#forward(checkPythonHeader(header), payload, bytes.length);
	}

	/** Gives the interpreter the next bytes and waits for them. Returns their number, or -1 for an interrupt. */
	read(target: Uint8Array): number {
		while (this.#incoming.isEmpty) {
			if (this.#expected.kind === 'nothing') return 0;
			if (this.#port.isInterrupted()) return INTERRUPTED;
			this.#wait(this.#expected);
		}
		return this.#incoming.read(target);
	}

	/** The signal that the host sent, 0 for none; reading clears it. */
	takeSignal(): number {
		return this.#port.takeInterrupt() ? SIGNAL_INTERRUPT : 0;
	}

	#wait(expected: Exclude<Expected, { kind: 'nothing' }>): void {
		const left = expected.kind === 'time' ? expected.at - performance.now() : Number.POSITIVE_INFINITY;
		if (left <= 0) {
			this.#answer({}, []);
			return;
		}
		const message = this.#port.receive(left);
		// Late answers to abandoned requests carry another number.
		if (expected.kind !== 'reply' || message?.request !== expected.request) return;
		this.#unacknowledged = 0;
		this.#answer(message.header, [message.payload]);
	}

	#forward(header: PythonHeader, payload: Uint8Array, frameBytes: number): void {
		// The header counts too: it may be a megabyte, and the host parses it.
		this.#unacknowledged += frameBytes + FRAME_COST_BYTES;
		if (this.#unacknowledged > UNACKNOWLEDGED_BYTES) throw new FrameError('more was sent than the host can take');
		switch (header.op) {
			case 'wait':
			case 'budget':
			case 'tool': {
				requireUtf8(payload);
				const request = ++this.#lastRequest;
				this.#expect({ kind: 'reply', request });
				this.#port.send(encodeFrame({ ...header, request }, payload));
				return;
			}
			case 'submit':
				this.#submit(header, payload);
				return;
			case 'result':
				this.#result = payload;
				return;
			default:
				this.#port.send(encodeFrame(header, payload));
		}
	}

	#submit({ request: _, ...header }: SubmitHeader, payload: Uint8Array): void {
		const traced = { ...header, calls: this.#withSpans(header.calls, payload) };
		if (!header.waits) {
			this.#port.send(encodeFrame(traced, payload));
			return;
		}
		const request = ++this.#lastRequest;
		this.#expect({ kind: 'reply', request });
		this.#port.send(encodeFrame({ ...traced, request }, payload));
	}

	#withSpans(calls: SubmitHeader['calls'], payload: Uint8Array): SubmitHeader['calls'] {
		let start = 0;
		const prompts = calls.map((call) => {
			const prompt = payload.subarray(start, start + call.promptBytes);
			requireUtf8(prompt);
			start += call.promptBytes;
			for (const bytes of [call.contextBytes ?? 0, call.systemBytes ?? 0, call.formBytes ?? 0]) {
				requireUtf8(payload.subarray(start, start + bytes));
				start += bytes;
			}
			return prompt;
		});
		if (start !== payload.length) throw new FrameError('the lengths of the prompts do not fit the payload');
		const traced = this.#desk?.trace(prompts) ?? [];
		let room = SPANS_BYTES;
		return calls.map((call, index) => {
			const spans = traced[index] ?? [];
			room -= JSON.stringify(spans).length;
			return { ...call, spans: room < 0 ? [] : spans };
		});
	}

	#answerHere(answer: () => DeskReply): void {
		try {
			const { header = {}, parts } = answer();
			this.#answer(header, parts);
		} catch (error) {
			this.#answer({ error: reasonOf(error) }, []);
		}
	}

	#expect(expected: Expected): void {
		this.#incoming = new ByteQueue();
		this.#expected = expected;
	}

	#answer(header: object, payload: readonly Uint8Array[]): void {
		const headerBytes = utf8.encode(JSON.stringify(header));
		const payloadLength = payload.reduce((sum, part) => sum + part.length, 0);
		this.#expect({ kind: 'nothing' });
		this.#incoming = new ByteQueue([frameLengths(headerBytes.length, payloadLength), headerBytes, ...payload]);
	}
}

/** Pieces of bytes that are read as one without being joined. */
class ByteQueue {
	readonly #parts: readonly Uint8Array[];
	#part = 0;
	#offset = 0;

	constructor(parts: readonly Uint8Array[] = []) {
		this.#parts = parts.filter((part) => part.length > 0);
	}

	get isEmpty(): boolean {
		return this.#part >= this.#parts.length;
	}

	/** Fills the target as far as there are bytes. It belongs to another realm, so its own methods are not used. */
	read(target: Uint8Array): number {
		let filled = 0;
		for (let part = this.#parts[this.#part]; part && filled < target.length; part = this.#parts[this.#part]) {
			const piece = part.subarray(this.#offset, this.#offset + target.length - filled);
			Uint8Array.prototype.set.call(target, piece, filled);
			filled += piece.length;
			this.#offset += piece.length;
			if (this.#offset < part.length) break;
			this.#part++;
			this.#offset = 0;
		}
		return filled;
	}
}

/** Decodes text. Bytes that are not UTF-8 would become three times as long, more than the next reader may accept. */
function requireUtf8(bytes: Uint8Array): void {
	if (!isUtf8(bytes)) throw new FrameError('a text is not UTF-8');
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

function milliseconds(value: unknown): number {
	return typeof value === 'number' && value > 0 ? value : 0;
}
