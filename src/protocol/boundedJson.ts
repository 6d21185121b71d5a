import { FrameError } from './frameError.ts';

/** What a JSON text may hold. A value can take thirty times the memory of its text, and time in proportion. */
export interface JsonBounds {
	/** Lists and objects. */
	readonly containers: number;
	/** Items of lists and fields of objects. */
	readonly values: number;
	/** How deep lists and objects are nested in each other. */
	readonly depth: number;
}

/** Of what is read on a host's thread: it takes some 50 ms at most. */
export const SHARED_THREAD: JsonBounds = { containers: 100_000, values: 1_000_000, depth: 32 };
/** The same for JSON that is handed on as text. */
const TEXT: JsonBounds = { ...SHARED_THREAD, depth: 500 };
/** Of JSON that is handed on as text. Characters. */
const TEXT_CHARACTERS = 5_000_000;
/** Of a text this short nothing large can be made. Bytes, or characters of a string. */
export const SHORT_JSON = 64 << 10;

const [QUOTE, BACKSLASH, COMMA, LIST, LIST_END, OBJECT, OBJECT_END] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON that somebody hostile wrote. Lists, objects and their items are counted before anything is made of them;
 * strings may be as long as they like.
 * @throws FrameError when it is not JSON, or would become too large
 */
export function parseBoundedJson(bytes: Uint8Array, bounds = SHARED_THREAD): unknown {
	checkShape(bytes, bounds);
	try {
		return JSON.parse(utf8.decode(bytes));
	} catch (error) {
		throw new FrameError('what should be JSON is none', { cause: error });
	}
}

/** @throws FrameError when there is too much in a JSON text, or it is nested too deeply */
export function checkShape(bytes: Uint8Array, bounds = SHARED_THREAD): void {
	if (bytes.length > SHORT_JSON) count(bytes.length, (position) => bytes[position] ?? 0, bounds);
}

/** Whether a text is JSON of a bounded size that can be read and written again: both go down as deep as the value does. */
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

/** @param unitAt a byte, or a UTF-16 unit @throws FrameError */
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

/** Position of the quote that ends a string. */
function endOfString(length: number, unitAt: (position: number) => number, start: number): number {
	for (let position = start + 1; position < length; position++) {
		const unit = unitAt(position);
		if (unit === BACKSLASH) position++;
		else if (unit === QUOTE) return position;
	}
	return length;
}
