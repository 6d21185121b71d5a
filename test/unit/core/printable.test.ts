import { describe, expect, it } from 'vitest';
import { oneLine, printable, printableJson } from '../../../src/core/printable.ts';

describe('text from outside', () => {
	it('loses escape sequences and control characters, but not its lines', () => {
		expect(printable('a\u001b[31mb\u001b[0m\u0007\n\tc\u009b2Jd\re')).toBe('ab\n\tcde');
		expect(oneLine(' a \r\n\t b\u001b[2J ')).toBe('a b');
	});

	it('cannot set the window title, in 7 bits or in 8, nor end a sequence that it began', () => {
		expect(printable('a\u001b]0;owned\u0007b\u001b]0;owned\u001b\\c\u009d0;owned\u009cd')).toBe('abcd');
		expect(printable('a\u001b]0;never ended\nb')).toBe('a]0;never ended\nb');
		expect(printable('\u001b\u001b[31m[31mred')).toBe('[31mred');
	});

	it.each([
		['the direction of writing', '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c'],
		['no width', '\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u3164\uffa0'],
		['tags', '\u{e0001}\u{e0041}\u{e007f}'],
		['selectors where there is no emoji', '\ufe00\ufe0f\u{e0100}\u{e01ef}'],
		['lines that few know', '\u2028\u2029\ufff9\ufffa\ufffb'],
		['controls', '\u0000\u0008\u001b\u007f\u0085\u009f'],
	])('loses characters of %s', (_what, characters) => {
		for (const character of characters) {
			expect(printable(`gpj${character}.exe`), character.codePointAt(0)?.toString(16)).toBe('gpj.exe');
			expect(oneLine(`gpj${character}.exe`).replace(' ', '')).toBe('gpj.exe');
		}
	});

	it('keeps words of every script, and emoji that are put together', () => {
		const text = 'Größe, 日本語, עברית, العربية, हिन्दी: 👩‍👩‍👧‍👦 ❤️ 1️⃣ 👩🏽‍💻 🏳️‍🌈';
		expect(printable(text)).toBe(text);
		expect(oneLine(text)).toBe(text);
	});

	it('as one line is bounded, and loses a long row of half sequences too', () => {
		expect(oneLine('x'.repeat(5_000))).toHaveLength(2_000);
		expect(printable('\u009d'.repeat(200_000))).toBe('');
		expect(printable('\u001b]'.repeat(200_000))).toBe(']'.repeat(200_000));
	});
});

it('a value is written as equivalent JSON that hides nothing', () => {
	const value = { id: 'a\u202eb\u009b2J\u{e0041}\u0007', answer: 'two\nlines\u200b' };
	const text = printableJson(value, 2);
	expect(JSON.parse(text)).toEqual(value);
	expect(printable(text)).toBe(text);
	expect(text).toContain('\\u202e');
	expect(text).toContain('\\udb40\\udc41');
});
