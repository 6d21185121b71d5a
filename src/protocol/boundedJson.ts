import { FrameError } from './frameError.ts';

/** Lists and objects in one text, and how deep they are nested in each other. */
const CONTAINERS = 100_000;
const DEPTH = 32;
/** The same for JSON that is handed on as text. */
const TEXT_DEPTH = 500;
/** Of so short a text nothing large can be made. Bytes. */
const SHORT_BYTES = 64 << 10;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

const utf8 = new TextDecoder('utf-8', { fatal: true });
const utf8Bytes = new TextEncoder();

/**
 * Reads JSON that somebody hostile wrote. A value can take thirty times the memory of its text, so lists and objects are
 * counted before anything is made of them; strings may be as long as they like.
 * @throws FrameError when it is not JSON, or would become too large
 */
export function parseBoundedJson(bytes: Uint8Array, mostContainers = CONTAINERS): unknown {
	checkShape(bytes, mostContainers);
	try {
		return JSON.parse(utf8.decode(bytes));
	} catch (error) {
		throw new FrameError('what should be JSON is none', { cause: error });
	}
}

/** @throws FrameError when there are too many lists and objects in a JSON text, or too deep ones */
export function checkShape(bytes: Uint8Array, mostContainers = CONTAINERS): void {
	if (bytes.length > SHORT_BYTES) count(bytes, mostContainers, DEPTH);
}

/** Whether a text is JSON that can be read and written again: both go down as deep as the value does. */
export function isJson(text: string): boolean {
	try {
		count(utf8Bytes.encode(text), Number.POSITIVE_INFINITY, TEXT_DEPTH);
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

/** @throws FrameError */
function count(bytes: Uint8Array, mostContainers: number, mostDepth: number): void {
	let [containers, depth] = [0, 0];
	for (let position = 0; position < bytes.length; position++) {
		const byte = bytes[position] ?? 0;
		if (byte === QUOTE) position = endOfString(bytes, position);
		else if (OPENING.has(byte)) {
			containers++;
			depth++;
			if (containers > mostContainers) throw new FrameError('there are too many lists and objects in a JSON text');
			if (depth > mostDepth) throw new FrameError('lists and objects of a JSON text are nested too deeply');
		} else if (CLOSING.has(byte)) depth--;
	}
}

/** Position of the quote that ends a string. */
function endOfString(bytes: Uint8Array, start: number): number {
	for (let position = start + 1; position < bytes.length; position++) {
		if (bytes[position] === BACKSLASH) position++;
		else if (bytes[position] === QUOTE) return position;
	}
	return bytes.length;
}
