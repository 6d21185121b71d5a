import type { RequestSite } from './classify.ts';
import { classifyErrorInSuccess, modelError } from './classify.ts';

/** How a reply is framed: a JSON value a line, or server-sent events. */
export type StreamFormat = 'ndjson' | 'sse';

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const QUOTED_CHARACTERS = 200;

/** Whole lines of a reply that were found to be in order. */
export interface CheckedLines {
	readonly bytes: Uint8Array;
	/**
	 * `payload`: something of the reply. `life`: blank lines, comments and pings, so the server lives but nothing came of
	 * it. `none`: no whole line yet; a server that dribbles bytes of a line without end shows nothing by that.
	 */
	readonly sign: 'payload' | 'life' | 'none';
}

/**
 * Looks at a streamed reply line by line before the SDK sees it, because SDKs drop or only log what they cannot read,
 * and throw what the server says about a failure without its facts. Lines pass unchanged, except for a byte order mark
 * and the blank lines of NDJSON, which an SDK would complain about.
 */
export class LineGuard {
	readonly #format: StreamFormat;
	readonly #site: RequestSite;
	/** Pieces of a line without its end. */
	#pending: Uint8Array[] = [];
	#pendingBytes = 0;
	#isAtStart = true;

	constructor(format: StreamFormat, site: RequestSite) {
		this.#format = format;
		this.#site = site;
	}

	/** The lines that this piece completes; the rest waits for the next piece. @throws ModelError */
	push(piece: Uint8Array): CheckedLines {
		const end = piece.lastIndexOf(NEWLINE) + 1;
		if (end === 0) {
			this.#hold(piece);
			return { bytes: new Uint8Array(), sign: 'none' };
		}
		this.#hold(piece.subarray(0, end));
		const lines = this.#check(this.#release());
		this.#hold(piece.slice(end));
		return lines;
	}

	/** What is left at the end of the reply: a last line without its newline. @throws ModelError */
	flush(): CheckedLines {
		return this.#check(this.#release());
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
		const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
		const filled = lines.filter((line) => line.trim() !== '');
		const isNdjson = this.#format === 'ndjson';
		const payload = filled.filter((line) => (isNdjson ? this.#checkJson(line) : this.#checkEventField(line)));
		return {
			bytes: isNdjson ? new TextEncoder().encode(filled.map((line) => `${line}\n`).join('')) : bytes,
			sign: payload.length > 0 ? 'payload' : bytes.length > 0 ? 'life' : 'none',
		};
	}

	#checkJson(line: string): boolean {
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch (error) {
			throw this.#cut(`a line of the reply is not JSON: ${quote(line)}`, error);
		}
		this.#throwIfError(value, line);
		if (typeof value !== 'object' || value === null)
			throw this.#cut(`a line of the reply is no object: ${quote(line)}`);
		return true;
	}

	/** One line of an event stream, as the WHATWG rules have it: `field: value`, or a comment. */
	#checkEventField(line: string): boolean {
		if (line.startsWith(':')) return false;
		const [, field, value = ''] = /^(data|event|id|retry)(?:: ?(.*))?$/s.exec(line) ?? [];
		if (field === undefined) {
			this.#throwIfError(parseOrUndefined(line), line);
			throw this.#cut(`a line of the reply is not an event: ${quote(line)}`);
		}
		if (field === 'data' && value.includes('"error"')) this.#throwIfError(parseOrUndefined(value), value);
		return field === 'data' && !/^\{\s*"type"\s*:\s*"ping"\s*\}$/.test(value);
	}

	#throwIfError(value: unknown, text: string): void {
		if (typeof value !== 'object' || value === null) return;
		// Older versions of vLLM have no wrapper around it.
		const isError = ('error' in value && value.error) || ('object' in value && value.object === 'error');
		if (isError) throw classifyErrorInSuccess(this.#site, text, 'stream-cut');
	}

	#cut(what: string, cause?: unknown) {
		return modelError(this.#site, what, { category: 'stream-cut' }, cause);
	}
}

/** An event's data may be spread over several lines, so one that is not JSON by itself is left to the SDK. */
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
