// Replies on which a careless pattern takes quadratic or cubic time: each of these took between seconds and hours.
import { expect, test } from 'vitest';
import { bareCode } from '../../../src/core/bareCode.ts';
import { bareReply } from '../../../src/core/bareReply.ts';
import { CellCalls } from '../../../src/core/cellCalls.ts';
import { parseReply } from '../../../src/core/parse.ts';
import { understood } from '../../../src/core/toolCalls.ts';
import { ThinkingSplitter } from '../../../src/models/thinking.ts';
import { checkShape } from '../../../src/protocol/boundedJson.ts';

test('an annotation that never ends is not code', () => {
	expect(bareCode(`a:${' '.repeat(500_000)}!`)).toBeUndefined();
	expect(bareCode(`a ${': int '.repeat(100_000)}!`)).toBeUndefined();
});

test('a loop that never begins is not code', () => {
	expect(bareCode(`for ${'a in '.repeat(100_000)}`)).toBeUndefined();
	expect(bareCode('for name in names:\n    print(name)')).toBe('for name in names:\n    print(name)');
});

test('an annotated assignment is code', () => {
	expect(bareCode('total: dict[str, int] = {}\nprint(total)')).toBe('total: dict[str, int] = {}\nprint(total)');
});

test('an announced answer with much decoration inside is read', () => {
	const answer = `a${' \t*_'.repeat(100_000)}b`;
	expect(parseReply(`Final answer: ${answer}  **`, 'stop').final).toMatchObject({ value: answer });
});

test('fences that close inside strings end', () => {
	const reply = "```py\n\\'''\n```\n".repeat(20_000);
	expect(parseReply(reply, 'stop').blocks.length).toBeGreaterThan(0);
});

test('many closing marks behind white space are one block of reasoning', () => {
	const half = 100_000;
	expect(bareReply(`${' '.repeat(half)}${'</think>'.repeat(half / 8)}yes`).text.trim()).toBe('yes');
});

test('a call whose arguments are nested too deeply is no call', () => {
	const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
	const text = `<tool_call>{"name":"python","arguments":{"a":${nested}}}</tool_call>`;
	expect(understood({ text }).text).toContain('tool_call');
	expect(() => checkShape(nested)).toThrow('nested too deeply');
});

test('a prompt of many lines is not searched in the code', () => {
	const cell = new CellCalls('node', 0, `# ${'x'.repeat(30_000)}\nllm_query('ab\\n' * 3_000_000)`);
	const prompt = 'ab\n'.repeat(3_000_000);
	cell.look({ kind: 'llm', prompt, spans: [] } as unknown as Parameters<CellCalls['look']>[0]);
	expect(cell.hasFailures).toBe(false);
});

test('white space that does not end is shown as text', () => {
	const shown: string[] = [];
	const splitter = new ThinkingSplitter((text) => shown.push(text));
	for (let piece = 0; piece < 200_000; piece++) splitter.push('\n');
	splitter.end();
	expect(shown.join('').length).toBe(200_000);
});
