import { describe, expect, it } from 'vitest';
import { emptyAnswer } from '../../../src/core/finalAnswer.ts';

describe('emptyAnswer', () => {
	it.each(['', ' \n', '\u200b\u2060\ufeff', '\0\0', '\u001b[0m', '\u200b'.repeat(20_000)])(
		'refuses a text in which nothing is visible, whether it is typed or not: %j',
		(text) => {
			expect(emptyAnswer(text, false)).toBe('it is empty');
			expect(emptyAnswer(text, true)).toBe('it is empty');
		},
	);

	it.each([
		'[]',
		'{}',
		'()',
		'set()',
		'[[]]',
		'[None]',
		"['']",
		"[None, '', []]",
		"{'a': ''}",
		"{'a': {'b': None}, 'c': []}",
		'{"a": null}',
		'None',
		'null',
		'nan',
		'""',
		"''",
		"b''",
		'range(0, 0)',
		'...',
		'Ellipsis',
		'[\u200b]',
	])('refuses a value that holds nothing, unless it is typed: %s', (text) => {
		expect(emptyAnswer(text, false)).toMatch(/^it is only /);
		expect(emptyAnswer(text, true)).toBeUndefined();
	});

	it.each([
		'0',
		'False',
		'no',
		'None of the files says so.',
		"['', 0]",
		"{'a': '', 'b': False}",
		"{'': 'x'}",
		'range(0, 3)',
		'b',
		'-',
		'"quoted"',
		`${'['.repeat(20_000)}x`,
	])('takes an answer that says something: %s', (text) => {
		expect(emptyAnswer(text, false)).toBeUndefined();
	});
});
