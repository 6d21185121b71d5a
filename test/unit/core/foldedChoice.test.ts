import { expect, test } from 'vitest';
import { foldedChoice } from '../../../src/core/foldedChoice.ts';

test.each([
	['yes', ['yes', 'no']],
	['Yes.', ['yes', 'no']],
	['"yes"', ['yes', 'no']],
	['**Yes**', ['yes', 'no']],
	['“yes”', ['yes', 'no']],
	['```\nyes\n```', ['yes', 'no']],
	['numeric value', ['numeric_value', 'entity']],
	['"C++"', ['C', 'C++']],
	['straße', ['Straße', 'Platz']],
	['"line\\nbreak"', ['line\nbreak', 'no']],
])('%s names a choice', (reply, choices) => {
	const at = reply.includes('C++') ? 1 : 0;
	expect(foldedChoice(reply, choices)).toBe(choices[at]);
});

test.each([
	['two choices that differ in nothing that counts', 'a', ['A', 'A!']],
	['a sentence', 'It is not spam.', ['spam', 'not spam']],
	['both', 'yes or no', ['yes', 'no']],
	['something else', 'maybe', ['yes', 'no']],
	['nothing', '...', ['yes', '!']],
	['much more', `yes${' yes'.repeat(1000)}`, ['yes', 'no']],
])('%s names none', (_, reply, choices) => {
	expect(foldedChoice(reply, choices)).toBeUndefined();
});

test('the same text is meant even when another choice is alike', () => {
	expect(foldedChoice('a', ['A', 'a'])).toBe('a');
});
