import { describe, expect, it } from 'vitest';
import { fillStr, strShape } from '../../../src/sandbox/guest/strLoader.ts';

const KINDS = [
	['ASCII', 0x7f, 1, 'plain text\n'],
	['Latin-1', 0xff, 1, 'é à ü ÿ and text\n'],
	['the first plane', 0xffff, 2, 'Ā 日本語の文章 and text\uFFFD\n'],
	['all planes', 0x10ffff, 4, '😀 日本 é and text\u{10FFFF}\n'],
] as const;

/** What a `str` of this width holds, as code points. */
function content(memory: Uint8Array<ArrayBuffer>, address: number, characters: number, width: 1 | 2 | 4) {
	const Units = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[width];
	return new Units(memory.buffer, address, characters);
}

describe('a str that is filled with UTF-8', () => {
	it.each(KINDS)('holds text of %s', (_name, maximum, width, line) => {
		// Long enough for several pieces, whose borders fall on every byte of a character.
		for (const prefix of ['', 'a', 'ab', 'abc']) {
			const text = prefix + line.repeat(100_000);
			const parts = [Buffer.from(text), new Uint8Array(), Buffer.from('one more, of ASCII')];
			const expected = [...text, ...'one more, of ASCII'].map((character) => character.codePointAt(0));
			const shape = strShape(parts);
			expect(shape).toEqual({ characters: expected.length, maximum });
			const memory = new Uint8Array(64 + expected.length * width);
			if (shape) fillStr(memory, 64, parts, shape);
			const written = content(memory, 64, expected.length, width);
			expect(expected.findIndex((codePoint, index) => codePoint !== written[index])).toBe(-1);
		}
	});

	it.each([
		[0x80, 0xff],
		[0xff, 0xff],
		[0x100, 0xffff],
		[0x7ff, 0xffff],
		[0x800, 0xffff],
		[0xffff, 0xffff],
		[0x10000, 0x10ffff],
		[0x10ffff, 0x10ffff],
	])('is of the kind that code point %i needs, wherever it stands', (codePoint, maximum) => {
		for (let before = 0; before < 9; before++) {
			const bytes = Buffer.from(`${'x'.repeat(before)}${String.fromCodePoint(codePoint)}xxx`);
			// At every position of a word.
			for (let shift = 0; shift < 4; shift++) {
				const part = new Uint8Array(shift + bytes.length).subarray(shift);
				part.set(bytes);
				expect(strShape([part])).toEqual({ characters: before + 4, maximum });
			}
		}
	});

	it('is not made of other bytes', () => {
		expect(strShape([Buffer.from('text'), Buffer.of(0x61, 0xff)])).toBeUndefined();
		expect(strShape([Buffer.from('é').subarray(0, 1)])).toBeUndefined();
	});

	it.each([-1, 0.5, Number.NaN, 7, 2 ** 32])('lies in linear memory and not at %d', (address) => {
		const parts = [Buffer.from('text')];
		expect(() => fillStr(new Uint8Array(10), address, parts, { characters: 4, maximum: 0x7f })).toThrow(RangeError);
	});
});
