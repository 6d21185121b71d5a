import { describe, expect, it } from 'vitest';
import { parseReply } from '../../../src/core/parse.ts';
import { noTools, understood } from '../../../src/core/toolCalls.ts';

const call = (name: string, given: string) => ({ text: '', toolCalls: [{ name, arguments: given }] });
const blocks = (reply: Parameters<typeof understood>[0]) => parseReply(understood(reply).text, 'stop').blocks;

describe('a call of a tool that nobody offered', () => {
	it.each([
		['repl', '{"code":"print(1)"}'],
		['python', '{"code":"print(1)"}'],
		['functions.python', 'print(1)'],
		['execute_python', '{"script":"print(1)"}'],
		['code_interpreter', '{"input":"print(1)"}'],
		['run_code', '{"language_source":"print(1)"}'],
		['python', '"print(1)"'],
	])('%s with %s is the code that it holds', (name, given) => {
		expect(blocks(call(name, given))).toEqual(['print(1)']);
		expect(understood(call(name, given)).toolCalls).toEqual([]);
	});

	it('may hand in the answer or call what the REPL has', () => {
		expect(blocks(call('FINAL', '{"answer":"six \\"cats\\""}'))).toEqual(['FINAL("six \\"cats\\"")']);
		expect(blocks(call('FINAL_VAR', '{"name":"total"}'))).toEqual(['FINAL_VAR("total")']);
		expect(blocks(call('final_answer', '6'))).toEqual(['import json\nFINAL(json.loads("6"))']);
		const asked = '{"prompt":"Is it?"}';
		expect(blocks(call('llm_query', asked))[0]).toContain(`print(llm_query(**json.loads(${JSON.stringify(asked)})))`);
	});

	it('may be written as text', () => {
		const written = '<tool_call>\n{"name": "python", "arguments": {"code": "print(1)"}}\n</tool_call>';
		expect(blocks({ text: `I run it.\n${written}` })).toEqual(['print(1)']);
		expect(understood({ text: '<tool_call>no JSON</tool_call>' }).text).toBe('<tool_call>no JSON</tool_call>');
	});

	it('stands beside a text, which stays', () => {
		expect(understood({ ...call('repl', '{"code":"x"}'), text: 'First I look.' }).text).toMatch(/^First I look\.\n/);
	});

	it('that means nothing here is told to the model by its name', () => {
		const read = understood(call('web_search', '{"q":"moons"}'));
		expect(read.text).toContain('web_search');
		expect(noTools(read.toolCalls)).toMatch(/web_search.*no tools.*repl/s);
		expect(noTools([])).toBeUndefined();
	});

	it('that never ends costs time in proportion to its length', () => {
		const text = '<tool_call>{"a":'.repeat(100_000);
		expect(understood({ text }).text).toBe(text);
	});
});
