import { isUtf8 } from 'node:buffer';
import type { Breather } from '../node/breather.ts';

/** Bytes examined to tell binary data from text. */
export const SNIFF_BYTES = 8192;
/** Bytes processed between two checks of the clock. */
const PIECE_BYTES = 1 << 20;

/** The text of a file as UTF-8 without a byte order mark, or why it is not text. */
export type Decoded = { readonly utf8: Uint8Array } | { readonly reason: 'binary' | 'not-utf8' };

/** Whether data looks binary: a NUL byte in its first 8 KB, unless it is marked as UTF-16. */
export function looksBinary(head: Uint8Array): boolean {
	return !utf16Mark(head) && head.subarray(0, SNIFF_BYTES).includes(0);
}

/** Decodes a file: UTF-8 with or without a mark, UTF-16 with a mark. */
export async function decodeFile(bytes: Uint8Array, breather: Breather): Promise<Decoded> {
	const mark = utf16Mark(bytes);
	if (mark) return decodeUtf16(bytes.subarray(2), mark, breather);
	if (looksBinary(bytes)) return { reason: 'binary' };
	const utf8 = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
	return (await isValidUtf8(utf8, breather)) ? { utf8 } : { reason: 'not-utf8' };
}

/** Encodes a string in slices. Lone surrogates become U+FFFD; a leading byte order mark is dropped. */
export async function encodeText(text: string, breather: Breather): Promise<Uint8Array[]> {
	const pieces: Uint8Array[] = [];
	for (let start = text.charCodeAt(0) === 0xfeff ? 1 : 0; start < text.length; ) {
		let end = Math.min(start + PIECE_BYTES, text.length);
		if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
		pieces.push(Buffer.from(text.slice(start, end), 'utf8'));
		start = end;
		await breather.breathe();
	}
	return pieces;
}

async function isValidUtf8(bytes: Uint8Array, breather: Breather): Promise<boolean> {
	for (let start = 0; start < bytes.length; ) {
		const end = characterBorder(bytes, Math.min(start + PIECE_BYTES, bytes.length), start);
		if (!isUtf8(bytes.subarray(start, end))) return false;
		start = end;
		await breather.breathe();
	}
	return true;
}

/** The last character border at or before `position`; `position` itself when there is none close by. */
function characterBorder(bytes: Uint8Array, position: number, floor: number): number {
	if (position === bytes.length) return position;
	for (let border = position; border > floor && border > position - 4; border--) {
		if (((bytes[border] ?? 0) & 0xc0) !== 0x80) return border;
	}
	return position;
}

function utf16Mark(bytes: Uint8Array): 'le' | 'be' | undefined {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'le';
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'be';
	return undefined;
}

async function decodeUtf16(bytes: Uint8Array, order: 'le' | 'be', breather: Breather): Promise<Decoded> {
	if (bytes.length % 2 !== 0) return { reason: 'not-utf8' };
	const pieces: Uint8Array[] = [];
	for (let start = 0; start < bytes.length; ) {
		let end = Math.min(start + PIECE_BYTES, bytes.length);
		const last = (bytes[order === 'le' ? end - 1 : end - 2] ?? 0) << 8;
		if (end < bytes.length && isHighSurrogate(last)) end -= 2;
		const units = Buffer.from(bytes.subarray(start, end));
		const text = (order === 'le' ? units : units.swap16()).toString('utf16le');
		if (text.includes('\0')) return { reason: 'binary' };
		if (/\p{Surrogate}/u.test(text)) return { reason: 'not-utf8' };
		pieces.push(Buffer.from(text, 'utf8'));
		start = end;
		await breather.breathe();
	}
	return { utf8: Buffer.concat(pieces) };
}

function isHighSurrogate(unit: number): boolean {
	return unit >= 0xd800 && unit <= 0xdbff;
}
