import type { RequestSite } from './classify.ts';
import { classifyErrorInSuccess, modelError } from './classify.ts';

/** How a reply is framed: a JSON value a line, or server-sent events. */
export type StreamFormat = 'ndjson' | 'sse';

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const QUOTED_CHARACTERS = 200;

/** Whole lines of a reply that were found to be in order. */
export interface CheckedLines {
	readonly bytes: Uint8Array;
	/** False when there is none but blank lines, comments and pings: the server lives, but nothing came of it. */
	readonly isPayload: boolean;
}

/**
 * Looks at a streamed reply line by line before the SDK sees it, because SDKs drop or only log what they cannot read,
 * and throw what the server says about a failure without its facts. Lines pass unchanged.
 */
export class LineGuard {
	readonly #format: StreamFormat;
	readonly #site: RequestSite;
	#pending: Uint8Array = new Uint8Array();

	constructor(format: StreamFormat, site: RequestSite) {
		this.#format = format;
		this.#site = site;
	}

	/** The lines that this piece completes; the rest waits for the next piece. @throws ModelError */
	push(piece: Uint8Array): CheckedLines {
		const end = piece.lastIndexOf(NEWLINE) + 1;
		if (end === 0) {
			this.#pending = concatenate(this.#pending, piece);
			if (this.#pending.length > MAX_LINE_BYTES) throw this.#cut('a line of the reply is too long.');
			return { bytes: new Uint8Array(), isPayload: false };
		}
		const bytes = concatenate(this.#pending, piece.subarray(0, end));
		this.#pending = piece.slice(end);
		return this.#check(bytes);
	}

	/** What is left at the end of the reply: a last line without its newline. @throws ModelError */
	flush(): CheckedLines {
		const bytes = this.#pending;
		this.#pending = new Uint8Array();
		return this.#check(bytes);
	}

	#check(bytes: Uint8Array): CheckedLines {
		let isPayload = false;
		for (const line of new TextDecoder().decode(bytes).split(/\r?\n/)) {
			if (line === '') continue;
			isPayload = (this.#format === 'ndjson' ? this.#checkJson(line) : this.#checkEventField(line)) || isPayload;
		}
		return { bytes, isPayload };
	}

	#checkJson(line: string): boolean {
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch (error) {
			throw this.#cut(`a line of the reply is not JSON: ${quote(line)}`, error);
		}
		this.#throwIfError(value, line);
		return true;
	}

	/** One line of an event stream, as the WHATWG rules have it: `field: value`, or a comment. */
	#checkEventField(line: string): boolean {
		if (line.startsWith(':')) return false;
		const [, field, value = ''] = /^(data|event|id|retry)(?:: ?(.*))?$/s.exec(line) ?? [];
		if (field === undefined) throw this.#cut(`a line of the reply is not an event: ${quote(line)}`);
		if (field === 'data' && value.includes('"error"')) this.#throwIfError(parseOrUndefined(value), value);
		return field === 'data' && !/^\{\s*"type"\s*:\s*"ping"\s*\}$/.test(value);
	}

	#throwIfError(value: unknown, text: string): void {
		if (typeof value === 'object' && value !== null && 'error' in value && value.error) {
			throw classifyErrorInSuccess(this.#site, text, 'stream-cut');
		}
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

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
	if (first.length === 0) return second;
	const joined = new Uint8Array(first.length + second.length);
	joined.set(first);
	joined.set(second, first.length);
	return joined;
}
