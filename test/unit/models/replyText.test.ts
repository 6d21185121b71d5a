import { describe, expect, test } from 'vitest';
import type { CallOptions } from '../../../src/core/ports/model.ts';
import { ReplyText } from '../../../src/models/replyText.ts';

/** What a reader gets of pieces of a reply, up to where it is told to stop. */
function read(options: Pick<CallOptions, 'prefill' | 'stop'>, pieces: readonly string[]) {
	const delivered: string[] = [];
	let isStopped = false;
	const reply = new ReplyText(
		options,
		(text) => delivered.push(text),
		() => {
			isStopped = true;
		},
	);
	for (const piece of pieces) if (!isStopped) reply.push(piece);
	if (!isStopped) reply.end();
	return { text: delivered.join(''), delivered, isStopped };
}

const letters = (text: string) => [...text];

describe('a stop text', () => {
	test.each([1, 2, 3, 5, 100])('ends the reply wherever pieces of %i characters are split', (size) => {
		const pieces = 'print(1)\n``\n```\nOutput: 1'.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
		expect(read({ stop: ['\n```'] }, pieces)).toMatchObject({ text: 'print(1)\n``', isStopped: true });
	});

	test('that stands first in the reply wins', () => {
		expect(read({ stop: ['later', 'now'] }, ['not ', 'now, later'])).toMatchObject({ text: 'not ' });
	});

	test('that never comes holds nothing back in the end', () => {
		expect(read({ stop: ['END'] }, ['all E', 'N']).text).toBe('all EN');
	});

	test('that is empty is none', () => {
		expect(read({ stop: [''] }, ['all'])).toMatchObject({ text: 'all', isStopped: false });
	});

	test('does not hold back what cannot become it', () => {
		expect(read({ stop: ['\n\n'] }, ['one', ' two']).delivered).toEqual(['one', ' two']);
	});
});

describe('a prefill', () => {
	const prefill = { text: '```repl\n' };

	test('stands before what the model goes on with', () => {
		expect(read({ prefill }, letters('x = 1')).text).toBe('```repl\nx = 1');
	});

	test('that the server repeats is there once', () => {
		expect(read({ prefill }, letters('```repl\nx = 1')).text).toBe('```repl\nx = 1');
	});

	test('whose white space at the end the model writes again has it once', () => {
		expect(read({ prefill }, letters('\nx = 1')).text).toBe('```repl\nx = 1');
		expect(read({ prefill }, letters('\n\nx = 1')).text).toBe('```repl\n\nx = 1');
	});

	test('is followed by what only looks like it', () => {
		expect(read({ prefill }, letters('```')).text).toBe('```repl\n```');
		expect(read({ prefill }, letters('```py')).text).toBe('```repl\n```py');
	});

	test('is not part of a reply that never came', () => {
		expect(read({ prefill }, []).text).toBe('');
	});

	test('brings its own stop texts, and is not searched for them', () => {
		const fence = { text: 'Here:\n```repl', stop: ['\n```'] };
		expect(read({ prefill: fence, stop: ['END'] }, ['\nx = 1', '\n```\nmore'])).toMatchObject({
			text: 'Here:\n```repl\nx = 1',
			isStopped: true,
		});
	});
});
