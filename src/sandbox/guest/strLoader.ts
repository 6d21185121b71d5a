import { isAscii, isUtf8 } from 'node:buffer';

/** Piece size for decoding: larger strings are not short-lived objects for V8. Bytes. */
const PIECE_BYTES = 1 << 16;

/**
 * Highest code point that fits into the narrowest `str` for a text. CPython has four kinds of `str`, and a text must be
 * of the narrowest that holds it: https://peps.python.org/pep-0393/
 */
export type StrMaximum = 0x7f | 0xff | 0xffff | 0x10ffff;

/** What must be known about a text before allocating its `str`. */
export interface StrShape {
	/** Length in code points. */
	readonly characters: number;
	readonly maximum: StrMaximum;
}

/** Describes the `str` that joined pieces of UTF-8 make; undefined when one of them is not UTF-8. */
export function strShape(parts: readonly Uint8Array[]): StrShape | undefined {
	let characters = 0;
	let maximum: StrMaximum = 0x7f;
	for (const part of parts) {
		if (isAscii(part)) {
			characters += part.length;
			continue;
		}
		if (!isUtf8(part)) return undefined;
		const counted = countCodePoints(part);
		characters += counted.characters;
		if (counted.maximum > maximum) maximum = counted.maximum;
	}
	return { characters, maximum };
}

/** Scans four bytes at a time, testing each word for the bits of UTF-8 lead bytes. */
function countCodePoints(bytes: Uint8Array): StrShape {
	const head = Math.min(bytes.length, (4 - (bytes.byteOffset & 3)) & 3);
	const words = new Int32Array(bytes.buffer, bytes.byteOffset + head, (bytes.length - head) >> 2);
	let continued = 0;
	let wide = 0;
	let widest = 0;
	// By index and with signed numbers only: many times as fast as an iterator.
	for (let index = 0; index < words.length; index++) {
		const word = words[index] ?? 0;
		// Bit 7 of each byte: set for 10xxxxxx, for 11xxxxxx with one of the bits 2 to 5, for 1111xxxx.
		const lead = word & (word << 1);
		const tails = ((word & ~(word << 1) & 0x80808080) >>> 7) | 0;
		continued += Math.imul(tails, 0x01010101) >>> 24;
		wide |= lead & ((word << 2) | (word << 3) | (word << 4) | (word << 5));
		widest |= lead & (word << 2) & (word << 3);
	}
	for (const byte of [...bytes.subarray(0, head), ...bytes.subarray(head + words.length * 4)]) {
		if (isContinuation(byte)) continued++;
		if (byte >= 0xc4) wide = -1;
		if (byte >= 0xf0) widest = -1;
	}
	const isSet = (bits: number) => (bits & 0x80808080) !== 0;
	const maximum = isSet(widest) ? 0x10ffff : isSet(wide) ? 0xffff : 0xff;
	return { characters: bytes.length - continued, maximum };
}

/**
 * Writes a text over the content of a `str`.
 * @param memory all of linear memory @param address where the content starts
 * @throws RangeError when the content would lie outside memory
 */
export function fillStr(memory: Uint8Array, address: number, parts: readonly Uint8Array[], shape: StrShape): void {
	const length = shape.characters * widthOf(shape.maximum);
	if (!Number.isSafeInteger(address) || address < 0 || address + length > memory.length) {
		throw new RangeError('a text outside linear memory');
	}
	const content = Buffer.from(memory.buffer, memory.byteOffset + address, length);
	let filled = 0;
	for (const part of parts) filled += writePart(content.subarray(filled), part, shape.maximum);
}

function widthOf(maximum: StrMaximum): number {
	return maximum <= 0xff ? 1 : maximum === 0xffff ? 2 : 4;
}

/** Returns the number of bytes written. */
function writePart(target: Buffer, part: Uint8Array, maximum: StrMaximum): number {
	if (maximum === 0x7f) {
		target.set(part);
		return part.length;
	}
	if (maximum === 0x10ffff) return writeCodePoints(target, part);
	const source = Buffer.from(part.buffer, part.byteOffset, part.length);
	let filled = 0;
	for (let start = 0; start < source.length; ) {
		const end = endOfPiece(source, start);
		filled += target.write(source.toString('utf8', start, end), filled, maximum === 0xff ? 'latin1' : 'utf16le');
		start = end;
	}
	return filled;
}

/** Returns a character boundary at most one piece further on. */
function endOfPiece(source: Uint8Array, start: number): number {
	let end = start + PIECE_BYTES;
	if (end >= source.length) return source.length;
	while (isContinuation(source[end] ?? 0)) end--;
	return end;
}

function isContinuation(byte: number): boolean {
	return (byte & 0xc0) === 0x80;
}

/** @param source valid UTF-8 */
function writeCodePoints(target: Buffer, source: Uint8Array): number {
	const codePoints = new Int32Array(target.buffer, target.byteOffset, target.length >> 2);
	let count = 0;
	const tail = (position: number, shift: number) => ((source[position] ?? 0) & 0x3f) << shift;
	for (let at = 0; at < source.length; count++) {
		const lead = source[at] ?? 0;
		if (lead < 0x80) {
			codePoints[count] = lead;
			at += 1;
		} else if (lead < 0xe0) {
			codePoints[count] = ((lead & 0x1f) << 6) | tail(at + 1, 0);
			at += 2;
		} else if (lead < 0xf0) {
			codePoints[count] = ((lead & 0x0f) << 12) | tail(at + 1, 6) | tail(at + 2, 0);
			at += 3;
		} else {
			codePoints[count] = ((lead & 0x07) << 18) | tail(at + 1, 12) | tail(at + 2, 6) | tail(at + 3, 0);
			at += 4;
		}
	}
	return count * 4;
}
