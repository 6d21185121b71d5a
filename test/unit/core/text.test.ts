import { expect, test } from 'vitest';
import { detachedHead } from '../../../src/core/text.ts';

test('the head of a text is what a slice would be, broken surrogates included', () => {
	const text = 'a\ud83d\ude00 "quoted" \\ \u0000 \ud83d';
	for (let length = 0; length <= text.length + 1; length++) {
		expect(detachedHead(text, length)).toBe(text.slice(0, length));
	}
});
