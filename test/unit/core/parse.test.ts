import { describe, expect, it } from 'vitest';
import { parseReply } from '../../../src/core/parse.ts';

const blocks = (reply: string) => parseReply(reply, 'stop').blocks;
const final = (reply: string) => parseReply(reply, 'stop').final;

describe('code blocks', () => {
	it('takes every runnable tag in any letter case, in order', () => {
		expect(blocks('```Python\na = 1\n```\nthen\n~~~PY\nb = 2\n~~~\n```\nc = 3\n```')).toEqual([
			'a = 1',
			'b = 2',
			'c = 3',
		]);
	});

	it('treats other languages as illustration once there is a repl block', () => {
		expect(blocks('```python\nexample()\n```\n```repl\nreal()\n```')).toEqual(['real()']);
	});

	it('does not close a fence inside a triple-quoted string', () => {
		const code = 'text = """\n```\ninner\n```\n"""\nprint(text)';
		expect(blocks(`\`\`\`repl\n${code}\n\`\`\`\nDone.`)).toEqual([code]);
	});

	it('closes at the first fence line when the string never ends', () => {
		expect(blocks('```repl\nx = """oops\n```\nSome prose.')).toEqual(['x = """oops']);
	});

	it('is not confused by quotes in comments and by apostrophes', () => {
		expect(blocks('```repl\n# don\'t """ panic\nx = "it\'s"\n```\ntext')).toEqual(['# don\'t """ panic\nx = "it\'s"']);
	});

	it('reads a block written on one line', () => {
		expect(blocks('```repl print(1) ```')).toEqual(['print(1)']);
	});

	it('accepts Windows line ends', () => {
		expect(blocks('```repl\r\nx = 1\r\ny = 2\r\n```\r\n')).toEqual(['x = 1\ny = 2']);
	});

	it('runs an unclosed last block only when the reply was not cut', () => {
		expect(parseReply('```repl\nx = 1', 'stop').blocks).toEqual(['x = 1']);
		const cut = parseReply('```repl\nx = 1', 'length');
		expect(cut.blocks).toEqual([]);
		expect(cut.notices.join()).toContain('cut');
	});

	it('takes a closing fence at the end of the last line of code', () => {
		expect(blocks('```repl\nx = 1\nprint(x)```')).toEqual(['x = 1\nprint(x)']);
	});

	it('names the tag to use when all blocks are in other languages', () => {
		expect(parseReply('```bash\nls\n```', 'stop').notices.join()).toMatch(/bash.*repl/s);
	});

	it('drops reasoning, with or without its opening tag', () => {
		expect(blocks('<think>\n```repl\nbad()\n```\n</think>\n```repl\ngood()\n```')).toEqual(['good()']);
		expect(blocks('```repl\nbad()\n```\n</think>\n```repl\ngood()\n```')).toEqual(['good()']);
	});
});

describe('invented output', () => {
	it('is cut off together with everything after it, and the model is told', () => {
		const reply = '```repl\nprint(1)\n```\nREPL output:\n1\n```repl\nFINAL(1)\n```';
		const parsed = parseReply(reply, 'stop');
		expect(parsed.blocks).toEqual(['print(1)']);
		expect(parsed.kept).toBe('```repl\nprint(1)\n```');
		expect(parsed.notices).toHaveLength(1);
	});

	it('is not seen in ordinary prose after a block', () => {
		const parsed = parseReply('```repl\nprint(1)\n```\nThe output will show the size.', 'stop');
		expect(parsed.notices).toEqual([]);
		expect(parsed.kept).toContain('will show the size');
	});
});

describe('answers in text', () => {
	it('are taken from a line of their own, with balanced parentheses', () => {
		expect(final('So:\nFINAL(f(a, (b)))')).toEqual({ kind: 'text', value: 'f(a, (b))' });
		expect(final('**FINAL(42)**')).toEqual({ kind: 'text', value: '42' });
	});

	it('are not taken from the middle of a sentence, from a fence, or unfinished', () => {
		expect(final('I could say FINAL(42) now.')).toBeUndefined();
		expect(final('```text\nFINAL(42)\n```')).toBeUndefined();
		expect(final('FINAL(42')).toBeUndefined();
		expect(final('FINAL()')).toBeUndefined();
	});

	it('beside code count only when they name a variable', () => {
		expect(final('```repl\nx = 1\n```\nFINAL_VAR("x")')).toEqual({ kind: 'var', value: 'x' });
		const beside = parseReply('```repl\nx = 1\n```\nFINAL(1)', 'stop');
		expect(beside.final).toBeUndefined();
		expect(beside.notices.join()).toContain('ignored');
	});

	it('lose one pair of quotes, but not the quotes of two literals', () => {
		expect(final('FINAL("""two\nlines""")')).toEqual({ kind: 'text', value: 'two\nlines' });
		expect(final('FINAL("a" and "b")')).toEqual({ kind: 'text', value: '"a" and "b"' });
	});
});

describe('a hostile reply', () => {
	// Each took minutes or hours when a pattern looked at its characters again and again.
	it.each([
		['blanks between a tag and text in one line', `\`\`\`python ${' '.repeat(200_000)}x\``],
		['a tag that goes on for ever', `~~~${'a'.repeat(500_000)}\``],
		['tildes that go on for ever', `${'~'.repeat(500_000)}\``],
		['thoughts that are opened and never closed', '<think>\n'.repeat(500_000)],
		['parentheses on lines of their own', `FINAL(${')\n'.repeat(500_000)}(`],
	])('is read all the same: %s', (_what, reply) => {
		expect(parseReply(reply, 'stop').blocks.length).toBeLessThanOrEqual(1);
	});

	it('loses only its closed thoughts, whatever the case of the tags', () => {
		expect(parseReply('<THINK>a</think>b\n<reasoning>\nc\n', 'stop').kept).toBe('b\n<reasoning>\nc\n');
	});
});
