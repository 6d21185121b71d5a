import { describe, expect, it } from 'vitest';
import { contentHash } from '../../../src/vscode/summaries/contentHash.ts';
import { firstSentence, shortened } from '../../../src/vscode/summaries/summaryTitle.ts';

describe('the hash of a piece of code', () => {
	const code = 'function f() {\n\treturn 1;\n}';

	it('is the same whatever the ends of lines, trailing white space and shared indentation', () => {
		expect(contentHash(code)).toMatch(/^[0-9a-f]{24}$/);
		expect(contentHash('function f() {  \r\n\treturn 1;\r\n}\r\n\n')).toBe(contentHash(code));
		expect(contentHash('function f() {\n\t\t\treturn 1;\n\t\t}')).toBe(contentHash(code));
	});

	it('is another one when a character of the code differs, or its inner indentation', () => {
		expect(contentHash(code.replace('1', '2'))).not.toBe(contentHash(code));
		const python = 'def f(x):\n    if x:\n        y()\n    z()';
		expect(contentHash('def f(x):\n    if x:\n        y()\n        z()')).not.toBe(contentHash(python));
	});

	it('takes an empty text', () => {
		expect(contentHash('')).toBe(contentHash('\n \n'));
	});
});

describe('the title of a lens', () => {
	it.each([
		['Calls a server again. It waits.\n\n- more', 'Calls a server again.'],
		['# Retries `work` up to 4.5 times\n\ntext', 'Retries work up to 4.5 times'],
		['- **Opens** [a file](file:///etc/passwd) for reading', 'Opens a file for reading'],
		['', ''],
	])('is the first sentence without Markdown: %j', (summary, title) => {
		expect(firstSentence(summary)).toBe(title);
	});

	it('is cut at a word, and never inside a character', () => {
		expect(shortened('one two three four', 12)).toBe('one two…');
		expect(shortened('one', 12)).toBe('one');
		expect(shortened('😀'.repeat(10), 5)).toBe('😀😀…');
	});
});
