// What models really wrote: the kinds of reply of small models, retold with texts of our own.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bareCode } from '../../../src/core/bareCode.ts';
import { parseReply, type TextFinal } from '../../../src/core/parse.ts';

interface RecordedReply {
	readonly kind: string;
	readonly reply: string;
	readonly blocks?: readonly string[];
	readonly final?: TextFinal;
}

const file = path.join(import.meta.dirname, '../../fixtures/replies/kinds.json');
const replies = JSON.parse(readFileSync(file, 'utf8')) as readonly RecordedReply[];

describe('a reply of a small model', () => {
	it.each(replies)('$kind', ({ reply, blocks = [], final }) => {
		const parsed = parseReply(reply, 'stop');
		expect(parsed.blocks).toEqual(blocks);
		expect(parsed.final).toEqual(final);
	});

	it('is not code when the token limit cut it', () => {
		expect(parseReply("rows = []\nprint('a", 'length').blocks).toEqual([]);
	});
});

describe('code without a fence', () => {
	it('is taken with its strings, brackets and blocks over several lines', () => {
		const code =
			'names = [\n  "Ann",\n  "Bo",\n]\ntext = """\nThis is prose.\n"""\nif names:\n    print(names)\nelse:\n    pass';
		expect(bareCode(`So:\n${code}`)).toBe(code);
	});

	it('is not taken when a bracket or a string stays open', () => {
		expect(bareCode('print("a"')).toBeUndefined();
		expect(bareCode('x = """never closed')).toBeUndefined();
	});

	it('that only hands in an answer is left to be read as text', () => {
		expect(bareCode('FINAL("42")')).toBeUndefined();
		expect(bareCode('x = 41 + 1\nFINAL(x)')).toBe('x = 41 + 1\nFINAL(x)');
	});

	it.each([
		['lines that look like assignments', 'a = b\n'.repeat(100_000)],
		['a line that goes on for ever', `x${'.a'.repeat(300_000)}`],
		['brackets that never close', `print(${'('.repeat(300_000)}`],
		['subscripts that never end', `x${'[a'.repeat(300_000)}`],
	])('is looked for in a hostile reply: %s', (_what, reply) => {
		expect(parseReply(reply, 'stop').blocks.length).toBeLessThanOrEqual(1);
	});
});
