import { describe, expect, it } from 'vitest';
import { PatternError } from '../../../src/context/patternError.ts';
import { translatePythonPattern } from '../../../src/context/pythonPattern.ts';
import { lines } from './support.ts';

const TEXT =
	"def parse_reply(text):\n    return text.split('\\n')\n\nclass Réponse:\n    naïve = 1 # TODO: fix\n\tx = 'a.b*c'\nERROR 2024-01-31 user42@example.com\nerror: twice error\nfoo  foo\n日本語 テキスト ٣٤\n<b>bold</b> <i>it</i>\nend without feed {3} a]b é";

/** Pattern -> lines on which `re.finditer(pattern, TEXT, re.M)` of CPython finds a match's start. */
const BY_PYTHON: readonly (readonly [string, readonly number[]])[] = [
	['def\\s+\\w+', [1]],
	['^\\s+return', [2]],
	['text\\)?:$', [1]],
	['(?i)error', [7, 8]],
	['\\berror\\b', [8]],
	['\\bna\\w+e\\b', [5]],
	['\\w+@\\w+\\.com', [7]],
	['(?P<y>\\d{4})-(?P<m>\\d\\d)', [7]],
	['(?P<w>\\w+)\\s+(?P=w)', [5, 8, 9]],
	['(\\w+)\\s+\\1', [5, 8, 9]],
	['<(\\w)>.*?</\\1>', [11]],
	['[^\\W\\d_]+\\d+', [7]],
	['\\d+', [5, 7, 10, 12]],
	['[\\d]{2}', [7, 10]],
	['[]a]b', [12]],
	['[^]]$', [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
	['a\\.b\\*c', [6]],
	['\\{3\\}', [12]],
	['x{|{3', [12]],
	['a{,2}\\]', [12]],
	['(?x) E R R O R # comment', [7]],
	['(?s)class.*fix', [4]],
	['\\ADef|\\Adef', [1]],
	['feed.*\\Z', [12]],
	['(?<=# )TODO', [5]],
	['(?<!\\w)foo(?!\\w)', [9]],
	['\\S+\\s\\S+$', [1, 2, 4, 5, 6, 7, 8, 10, 11, 12]],
	['é', [4, 12]],
	['É', []],
	['(?i)É', [4, 12]],
	['[à-ï]', [4, 5, 12]],
	['\\u00e9|\\x41', [4, 12]],
	['日本', [10]],
	['\\W\\W\\W', [1, 2, 4, 5, 6, 11]],
	['^$', [3]],
	['\\t', [6]],
	['[\\t]x', [6]],
	['(?#comment)split', [2]],
	['\\bR', [4]],
	['\\Bo\\b', [9]],
	['(?:foo|bar)', [9]],
	['\\.b', [6]],
	['\\D{30}', [1, 2, 5, 7, 10]],
	['[\\w.-]+@', [7]],
	['t{1,2}', [1, 2, 8, 11, 12]],
	['\\n\\n', [2]],
	['a|', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
	['[.]b', [6]],
	['\\\\n', [2]],
	["'", [2, 6]],
	['foo\\s+foo\\n日', [9]],
];

/** Patterns that CPython refuses. */
const INVALID = [
	'{3}x',
	'(',
	'a)',
	'[a',
	'*a',
	'a**',
	'\\q',
	'(?P<1>a)',
	'(?P=x)',
	'[b-a]',
	'a{3,2}',
	'(?<=a+)b',
	'\\1',
	'(?Z)',
	'a\\',
	'(?P<n>a)(?P<n>b)',
];

/** Valid in Python, but not expressible exactly or not safe to run without an interrupt. */
const LEFT_TO_PYTHON = [
	'a++',
	'(?>a)b',
	'(a)?(?(1)b|c)',
	'(?a)\\w',
	'a(?i:b)',
	'(a+)+b',
	'(a|aa)+b',
	'(?:a?){9}',
	'(a)|b\\1',
	'(?<=ab|c)d',
	'\\N{DIGIT ONE}',
];

describe('a pattern of Python', () => {
	it.each(BY_PYTHON)('%s matches on the lines on which Python finds it', async (pattern, expected) => {
		expect(await lines(TEXT, { pattern })).toEqual(expected);
	});

	it('gives the same on a text of ASCII only', async () => {
		const text = 'import re\nx_1 = call(2)\r\n\n  # Done\n';
		expect(await lines(text, { pattern: '\\w+_\\d' })).toEqual([2]);
		expect(await lines(text, { pattern: '\\(2\\)$' })).toEqual([2]);
		expect(await lines(text, { pattern: '^\\s*#' })).toEqual([3]);
		expect(await lines(text, { pattern: 'done', ignoreCase: true })).toEqual([4]);
		expect(await lines(text, { pattern: '\\bre\\b' })).toEqual([1]);
	});

	it.each(INVALID)('%s is refused as invalid', (pattern) => {
		expect(refusal(pattern)).toMatchObject({ isInvalid: true, message: expect.stringMatching(/\w+ .*\w/) });
	});

	it.each(LEFT_TO_PYTHON)('%s is left to Python', (pattern) => {
		expect(refusal(pattern)).toMatchObject({ isInvalid: false });
	});

	it('is known to be plain text when it holds no operator', () => {
		expect(translatePythonPattern('a\\.b = c', false).literal).toBe('a.b = c');
		expect(translatePythonPattern('a.b', false).literal).toBeUndefined();
		expect(translatePythonPattern('ab', true).literal).toBeUndefined();
		expect(translatePythonPattern('ab?', false).literal).toBeUndefined();
	});

	it.each([
		['^\\s*const name\\b', 'const name'],
		['\\w+Error\\(', 'Error('],
		['abcd?efg', 'abc'],
		['abc+defg', 'defg'],
		['xyz{2}', undefined],
		['(?x) a b c # comment\n d', 'abcd'],
		['abc(?:def)ghi', 'abc'],
		['abc[d]efgh', 'efgh'],
		['ab(?#note)cde', 'cde'],
		['ab', undefined],
		['(abcdef)', undefined],
		['(?!abcdef)\\w', undefined],
		['abcdef|ghijkl', undefined],
		['(?:x|y)abc', 'abc'],
		['(?i)abcdef', undefined],
	])('knows what every match of %s contains: %s', (pattern, required) => {
		expect(translatePythonPattern(pattern, false).required).toBe(required);
	});

	it.each([
		['\\w+\\.name\\s*=', true],
		['a.b name', true],
		['(?s)a.b name', false],
		['[^,]+name', false],
		['[^,\\n]+name', true],
		['\\D+name', false],
		['^\\s*name', false],
		['(?:\\s|x)name', false],
		['end\\nname', true],
		['end\\n?name', false],
		['(\\s)x\\1name', false],
	])('knows whether a match of %s starts on the line of that text: %s', (pattern, isOnFirstLine) => {
		expect(translatePythonPattern(pattern, false).isRequiredOnFirstLine).toBe(isOnFirstLine);
	});
});

function refusal(pattern: string): unknown {
	try {
		translatePythonPattern(pattern, false);
	} catch (error) {
		expect(error).toBeInstanceOf(PatternError);
		return error;
	}
	return undefined;
}
