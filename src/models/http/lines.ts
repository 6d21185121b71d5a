import type { FailureCategory } from '../../core/errors.ts';
import type { RequestSite } from './classify.ts';
import { classifyErrorInSuccess, modelError } from './classify.ts';
import { jsonOrUndefined, parseJson } from './json.ts';

/** Framing of a reply: one JSON value per line, or server-sent events. */
export type StreamFormat = 'ndjson' | 'sse';

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** No line of a reply is longer, whatever was asked for. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
const QUOTED_CHARACTERS = 200;
/** A field without a colon is one without a value. */
const FIELDS_ALONE = /^(data|event|id|retry)$/;

/** Content of complete lines of a reply. */
export interface CheckedLines {
	/** Newline-delimited JSON: the lines as an SDK takes them. */
	readonly bytes: Uint8Array;
	/** Event streams: the complete JSON values, in order. */
	readonly values: readonly unknown[];
	/** Event streams: whether the end marker `[DONE]` arrived, or the whole document that came instead. */
	readonly isDone: boolean;
	/**
	 * `payload`: part of the reply. `life`: blank lines, comments and pings, which show only that the server is alive.
	 * `none`: no complete line yet; a server that trickles bytes of an endless line proves nothing.
	 */
	readonly sign: 'payload' | 'life' | 'none';
}

/**
 * Reads a streamed reply line by line, because SDKs drop or merely log what they cannot parse, and throw a server's
 * error report without its facts. Lines of NDJSON go on to the SDK, without a byte order mark and without the blank
 * lines that it would reject. The values of an event stream are parsed here (WHATWG HTML, 9.2.6): the layers of an SDK
 * cost more than the request, and each of them parses the same JSON again.
 */
export class LineGuard {
	readonly #format: StreamFormat;
	readonly #site: RequestSite;
	readonly #maxLineBytes: number;
	/** Pieces of a line whose end is missing. */
	#pending: Uint8Array[] = [];
	#pendingBytes = 0;
	#isAtStart = true;
	readonly #decoder = new TextDecoder();
	/** `data` lines of the incomplete event. */
	#data: string[] = [];
	#dataCharacters = 0;
	/** Name of the incomplete event. */
	#event = '';
	#isDone = false;
	/** The server sends one document, or lines of JSON, in place of what was asked for: what came of it. */
	#document: string[] | undefined;
	#hasBegun = false;

	constructor(format: StreamFormat, site: RequestSite, maxLineBytes = MAX_LINE_BYTES) {
		this.#format = format;
		this.#site = site;
		this.#maxLineBytes = Math.min(maxLineBytes, MAX_LINE_BYTES);
	}

	/** Returns the lines completed by this piece; the rest waits for the next one. @throws ModelError */
	push(piece: Uint8Array): CheckedLines {
		const end = piece.lastIndexOf(NEWLINE) + 1;
		if (end === 0) {
			this.#hold(piece);
			return { bytes: new Uint8Array(), values: [], isDone: this.#isDone, sign: 'none' };
		}
		this.#hold(piece.subarray(0, end));
		const lines = this.#check(this.#release());
		this.#hold(piece.slice(end));
		return lines;
	}

	/**
	 * Returns what remains at the end of the reply: a last line without its newline, an event without its blank line.
	 * @throws ModelError
	 */
	flush(): CheckedLines {
		const rest = this.#check(this.#release());
		if (this.#document) return this.#endDocument(this.#document);
		const last = this.#endEvent();
		return last === undefined ? rest : { ...rest, values: [...rest.values, last], isDone: this.#isDone };
	}

	#hold(piece: Uint8Array): void {
		this.#pending.push(piece);
		this.#pendingBytes += piece.length;
		if (this.#pendingBytes > this.#maxLineBytes) throw this.#cut('a line of the reply is too long.');
	}

	#release(): Uint8Array {
		const bytes = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
		this.#pending = [];
		this.#pendingBytes = 0;
		const isMarked = this.#isAtStart && BYTE_ORDER_MARK.every((byte, index) => bytes?.[index] === byte);
		this.#isAtStart = false;
		return (isMarked ? bytes?.subarray(BYTE_ORDER_MARK.length) : bytes) ?? new Uint8Array();
	}

	#check(bytes: Uint8Array): CheckedLines {
		const lines = this.#decoder.decode(bytes).split(/\r?\n/);
		// The text ends with a line end, so the last piece is empty or a cut line.
		if (lines.at(-1) === '') lines.pop();
		if (this.#isInDocument(lines)) return this.#addToDocument(lines, bytes);
		return this.#format === 'ndjson' ? this.#checkDocuments(lines, bytes) : this.#readEvents(lines, bytes);
	}

	/**
	 * Whether the server sends no stream, by what comes first: gateways label both kinds wrongly, so the content type
	 * says nothing. A document over several lines has its first brace on a line of its own.
	 */
	#isInDocument(lines: readonly string[]): boolean {
		if (this.#hasBegun) return this.#document !== undefined;
		const first = lines.find((line) => line.trim() !== '')?.trim();
		if (first === undefined) return false;
		this.#hasBegun = true;
		if (this.#format === 'sse' ? first.startsWith('{') : first === '{') this.#document = [];
		return this.#document !== undefined;
	}

	#addToDocument(lines: readonly string[], bytes: Uint8Array): CheckedLines {
		this.#document?.push(...lines);
		this.#dataCharacters += bytes.length;
		if (this.#dataCharacters > this.#maxLineBytes) throw this.#cut('the reply is too long for what was asked for.');
		return { bytes: new Uint8Array(), values: [], isDone: false, sign: signOf(lines.length > 0, bytes) };
	}

	/** The values of a document: one, or one a line. */
	#endDocument(lines: readonly string[]): CheckedLines {
		const text = lines.join('\n');
		const whole = jsonOrUndefined(text);
		const texts = whole === undefined ? lines.filter((line) => line.trim() !== '') : [text];
		const values = texts.map((one) => this.#parsed(one, 'empty'));
		const bytes = new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
		return { bytes, values, isDone: whole !== undefined, sign: 'payload' };
	}

	#checkDocuments(lines: readonly string[], bytes: Uint8Array): CheckedLines {
		// Some gateways frame even this protocol as events.
		const documents = lines.map((line) => line.replace(/^data: ?/, ''));
		const filled = documents.filter((line) => line.trim() !== '' && line.trim() !== '[DONE]');
		for (const line of filled) this.#parsed(line, 'stream-cut');
		const passed = new TextEncoder().encode(filled.map((line) => `${line}\n`).join(''));
		return { bytes: passed, values: [], isDone: false, sign: signOf(filled.length > 0, bytes) };
	}

	#readEvents(lines: readonly string[], bytes: Uint8Array): CheckedLines {
		const values: unknown[] = [];
		let hasPayload = false;
		for (const line of lines) {
			if (line.trim() === '') {
				const value = this.#endEvent();
				if (value !== undefined) values.push(value);
			} else if (this.#readField(line)) hasPayload = true;
		}
		return { bytes, values, isDone: this.#isDone, sign: signOf(hasPayload, bytes) };
	}

	/** The JSON value of a complete event; undefined without data, for pings, and after the end. */
	#endEvent(): unknown {
		if (this.#data.length === 0) return undefined;
		const text = this.#data.join('\n');
		const isError = this.#event === 'error';
		this.#event = '';
		this.#data = [];
		this.#dataCharacters = 0;
		if (text.trim() === '' || this.#isDone) return undefined;
		if (isError) throw classifyErrorInSuccess(this.#site, text, 'stream-cut');
		if (text.trim() === '[DONE]') {
			this.#isDone = true;
			return undefined;
		}
		let value: unknown;
		try {
			value = parseJson(text);
		} catch (error) {
			throw this.#unreadable('an event', text, error);
		}
		this.#throwIfError(value, text, 'stream-cut');
		return value;
	}

	/** @throws ModelError when the line is no JSON object, or one that tells an error */
	#parsed(line: string, fallback: FailureCategory): object {
		let value: unknown;
		try {
			value = parseJson(line);
		} catch (error) {
			throw this.#unreadable('a line', line, error);
		}
		this.#throwIfError(value, line, fallback);
		if (typeof value === 'object' && value !== null) return value;
		throw this.#cut(`a line of the reply is not an object: ${quote(line)}`);
	}

	/** Reads one line of an event stream: `field: value`, or a comment. @returns whether it adds to the reply */
	#readField(line: string): boolean {
		if (line.startsWith(':')) return false;
		const [, field, value = ''] = /^([A-Za-z][\w-]{0,40}):(?: ?(.*))?$/s.exec(line) ?? FIELDS_ALONE.exec(line) ?? [];
		if (field === undefined) {
			this.#throwIfError(jsonOrUndefined(line), line, 'stream-cut');
			throw this.#cut(`a line of the reply is not an event: ${quote(line)}`);
		}
		// Older versions of llama.cpp report a failure in a field of its own. Other fields mean nothing.
		if (field === 'error') throw classifyErrorInSuccess(this.#site, value, 'stream-cut');
		if (field === 'event') this.#event = value.trim();
		if (field !== 'data') return false;
		this.#data.push(value);
		this.#dataCharacters += value.length;
		if (this.#dataCharacters > this.#maxLineBytes) throw this.#cut('an event of the reply is too long.');
		return !/^\{\s*"type"\s*:\s*"ping"\s*\}$/.test(value);
	}

	#throwIfError(value: unknown, text: string, fallback: FailureCategory): void {
		if (typeof value !== 'object' || value === null) return;
		// Older versions of vLLM send it without a wrapper.
		const isError = ('error' in value && value.error) || ('object' in value && value.object === 'error');
		if (isError) throw classifyErrorInSuccess(this.#site, text, fallback);
	}

	#unreadable(what: string, text: string, error: unknown) {
		const problem = error instanceof SyntaxError ? 'is not JSON' : 'holds too much';
		return this.#cut(`${what} of the reply ${problem}: ${quote(text)}`, error);
	}

	#cut(what: string, cause?: unknown) {
		return modelError(this.#site, what, { category: 'stream-cut' }, cause);
	}
}

function signOf(hasPayload: boolean, bytes: Uint8Array): CheckedLines['sign'] {
	if (hasPayload) return 'payload';
	return bytes.length > 0 ? 'life' : 'none';
}

function quote(line: string): string {
	return JSON.stringify(line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}…` : line);
}
