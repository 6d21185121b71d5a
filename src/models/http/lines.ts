import type { RequestSite } from './classify.ts';
import { classifyErrorInSuccess, modelError } from './classify.ts';

/** Framing of a reply: one JSON value per line, or server-sent events. */
export type StreamFormat = 'ndjson' | 'sse';

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const QUOTED_CHARACTERS = 200;

/** Content of complete lines of a reply. */
export interface CheckedLines {
	/** Newline-delimited JSON: the lines as an SDK takes them. */
	readonly bytes: Uint8Array;
	/** Event streams: the complete JSON values, in order. */
	readonly values: readonly unknown[];
	/** Event streams: whether the end marker `[DONE]` arrived. */
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
	/** Pieces of a line whose end is missing. */
	#pending: Uint8Array[] = [];
	#pendingBytes = 0;
	#isAtStart = true;
	readonly #decoder = new TextDecoder();
	/** `data` lines of the incomplete event. */
	#data: string[] = [];
	#dataCharacters = 0;
	#isDone = false;

	constructor(format: StreamFormat, site: RequestSite) {
		this.#format = format;
		this.#site = site;
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
		const last = this.#endEvent();
		return last === undefined ? rest : { ...rest, values: [...rest.values, last], isDone: this.#isDone };
	}

	#hold(piece: Uint8Array): void {
		this.#pending.push(piece);
		this.#pendingBytes += piece.length;
		if (this.#pendingBytes > MAX_LINE_BYTES) throw this.#cut('a line of the reply is too long.');
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
		return this.#format === 'ndjson' ? this.#checkDocuments(lines, bytes) : this.#readEvents(lines, bytes);
	}

	#checkDocuments(lines: readonly string[], bytes: Uint8Array): CheckedLines {
		const filled = lines.filter((line) => line.trim() !== '');
		for (const line of filled) this.#checkJson(line);
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
		this.#data = [];
		this.#dataCharacters = 0;
		if (text.trim() === '' || this.#isDone) return undefined;
		if (text.trim() === '[DONE]') {
			this.#isDone = true;
			return undefined;
		}
		const value = parseOrUndefined(text);
		if (value === undefined) throw this.#cut(`an event of the reply is not JSON: ${quote(text)}`);
		this.#throwIfError(value, text);
		return value;
	}

	#checkJson(line: string): void {
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch (error) {
			throw this.#cut(`a line of the reply is not JSON: ${quote(line)}`, error);
		}
		this.#throwIfError(value, line);
		if (typeof value !== 'object' || value === null)
			throw this.#cut(`a line of the reply is not an object: ${quote(line)}`);
	}

	/** Reads one line of an event stream: `field: value`, or a comment. @returns whether it adds to the reply */
	#readField(line: string): boolean {
		if (line.startsWith(':')) return false;
		const [, field, value = ''] = /^(data|event|id|retry)(?:: ?(.*))?$/s.exec(line) ?? [];
		if (field === undefined) {
			this.#throwIfError(parseOrUndefined(line), line);
			throw this.#cut(`a line of the reply is not an event: ${quote(line)}`);
		}
		if (field !== 'data') return false;
		this.#data.push(value);
		this.#dataCharacters += value.length;
		if (this.#dataCharacters > MAX_LINE_BYTES) throw this.#cut('an event of the reply is too long.');
		return !/^\{\s*"type"\s*:\s*"ping"\s*\}$/.test(value);
	}

	#throwIfError(value: unknown, text: string): void {
		if (typeof value !== 'object' || value === null) return;
		// Older versions of vLLM send it without a wrapper.
		const isError = ('error' in value && value.error) || ('object' in value && value.object === 'error');
		if (isError) throw classifyErrorInSuccess(this.#site, text, 'stream-cut');
	}

	#cut(what: string, cause?: unknown) {
		return modelError(this.#site, what, { category: 'stream-cut' }, cause);
	}
}

function signOf(hasPayload: boolean, bytes: Uint8Array): CheckedLines['sign'] {
	if (hasPayload) return 'payload';
	return bytes.length > 0 ? 'life' : 'none';
}

function parseOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function quote(line: string): string {
	return JSON.stringify(line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}…` : line);
}
