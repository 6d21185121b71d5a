import { FrameError } from './frameError.ts';

/** Bounds of a JSON text. A value can take thirty times the memory of its text, and proportionally long to read. */
export interface JsonBounds {
	/** Lists and objects. */
	readonly containers: number;
	/** Items of lists and fields of objects. */
	readonly values: number;
	/** Nesting depth of lists and objects. */
	readonly depth: number;
}

/** Bounds for JSON parsed on a host's thread: it takes at most some 50 ms. */
export const SHARED_THREAD: JsonBounds = { containers: 100_000, values: 1_000_000, depth: 32 };
/** Bounds for JSON that is passed on as text. */
const TEXT: JsonBounds = { ...SHARED_THREAD, depth: 500 };
/** Characters of JSON that is passed on as text. */
const TEXT_CHARACTERS = 5_000_000;
/** Texts up to this length cannot produce anything large. Bytes, or characters of a string. */
export const SHORT_JSON = 64 << 10;

const [QUOTE, BACKSLASH, COMMA, LIST, LIST_END, OBJECT, OBJECT_END] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses JSON from a hostile source. Counts lists, objects and their items before creating any of them; strings may
 * have any length.
 * @throws FrameError when it is not JSON, or would become too large
 */
export function parseBoundedJson(bytes: Uint8Array, bounds = SHARED_THREAD): unknown {
	checkShape(bytes, bounds);
	try {
		return JSON.parse(utf8.decode(bytes));
	} catch (error) {
		throw new FrameError('the text is not JSON', { cause: error });
	}
}

/** @throws FrameError when a JSON text holds too much or is nested too deeply */
export function checkShape(json: Uint8Array | string, bounds = SHARED_THREAD): void {
	// Short texts can still be nested too deeply for whoever reads or writes them.
	const limits = json.length <= SHORT_JSON ? TEXT : bounds;
	if (typeof json === 'string') count(json.length, (position) => json.charCodeAt(position), limits);
	else count(json.length, (position) => json[position] ?? 0, limits);
}

/**
 * Whether a text is JSON of bounded size that can be parsed and serialised: both recurse as deeply as the value is
 * nested.
 */
export function isJson(text: string): boolean {
	if (text.length > TEXT_CHARACTERS) return false;
	try {
		count(text.length, (position) => text.charCodeAt(position), TEXT);
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

/** @param unitAt returns a byte or a UTF-16 unit @throws FrameError */
function count(length: number, unitAt: (position: number) => number, bounds: JsonBounds): void {
	let [containers, values, depth] = [0, 0, 0];
	for (let position = 0; position < length; position++) {
		const unit = unitAt(position);
		if (unit === QUOTE) position = endOfString(length, unitAt, position);
		else if (unit === COMMA) {
			if (++values > bounds.values) throw new FrameError('there are too many values in a JSON text');
		} else if (unit === LIST || unit === OBJECT) {
			if (++containers > bounds.containers) {
				throw new FrameError('there are too many lists and objects in a JSON text');
			}
			if (++depth > bounds.depth) throw new FrameError('lists and objects of a JSON text are nested too deeply');
		} else if (unit === LIST_END || unit === OBJECT_END) depth--;
	}
}

/** Position of the quote that closes a string. */
function endOfString(length: number, unitAt: (position: number) => number, start: number): number {
	for (let position = start + 1; position < length; position++) {
		const unit = unitAt(position);
		if (unit === BACKSLASH) position++;
		else if (unit === QUOTE) return position;
	}
	return length;
}
