import { afterAll, describe, expect, it } from 'vitest';
import type { CellResult, SandboxOptions } from '../../src/core/ports/sandbox.ts';
import { createSandboxes, runCell, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const factory = createSandboxes();
afterAll(() => factory.dispose());

/** Runs cells one after the other in a sandbox of their own. */
async function runAll(cells: readonly string[], options: Partial<SandboxOptions> = {}): Promise<CellResult[]> {
	const sandbox = await factory.create(sandboxOptions(options), neverAborted);
	try {
		const results: CellResult[] = [];
		for (const code of cells) results.push(await runCell(sandbox, code));
		return results;
	} finally {
		await sandbox.dispose();
	}
}

/** The result of the last of some cells. */
async function run(cells: string | readonly string[], options: Partial<SandboxOptions> = {}): Promise<CellResult> {
	const result = (await runAll([cells].flat(), options)).at(-1);
	if (!result) throw new Error('no cell was run');
	return result;
}

describe('FINAL', () => {
	it('hands in a text, or a value as text and JSON', async () => {
		expect((await run("FINAL('done')")).final).toEqual({ text: 'done', json: '"done"' });
		expect((await run("FINAL({'a': [1, None]})")).final).toEqual({
			text: "{'a': [1, None]}",
			json: '{"a": [1, null]}',
		});
		expect((await run('FINAL({1, 2})')).final).toEqual({ text: '{1, 2}' });
	});

	it('works inside functions, coroutines and try', async () => {
		expect((await run("def finish():\n    FINAL('inner')\nfinish()")).final?.text).toBe('inner');
		expect((await run("async def finish():\n    FINAL('awaited')\nawait finish()")).final?.text).toBe('awaited');
		expect((await run("try:\n    FINAL('kept')\nexcept Exception:\n    print('swallowed')")).final?.text).toBe('kept');
	});

	it('lets the cell run on, and the last answer counts', async () => {
		const result = await run("FINAL('first')\nprint('after')\nFINAL('second')");
		expect(result).toMatchObject({ stdout: 'after\n', final: { text: 'second' } });
		expect((await run("FINAL('kept')\nFINAL(None)")).final?.text).toBe('kept');
	});

	it('is not accepted from a cell that fails, and the model is told', async () => {
		const result = await run("FINAL('x')\n1 / 0");
		expect(result.final).toBeUndefined();
		expect(result.notices.join()).toContain('was not accepted');
	});

	const failing: SandboxOptions['host'] = {
		query: (queries) => queries.map(async () => ({ text: 'no server', failure: 'connect' as const })),
		budget: () => ({}),
	};

	it.each([
		['None', 'None'],
		['len', 'builtin_function_or_method'],
		['lambda: 1', 'function'],
		['json', 'module'],
		['str', 'type'],
		['(n for n in [1])', 'generator'],
		['map(str, [1])', 'map'],
		['asyncio.sleep(0)', 'coroutine'],
		['object()', 'object'],
		['files', 'Files'],
		['answer', 'its content is empty'],
		["{'content': ' ', 'ready': True}", 'its content is empty'],
		["llm_query('q')", 'failed sub-call'],
		["llm_query_batched(['q', 'r'])", 'have all failed'],
	])('refuses %s in every dialect and says why', async (value, why) => {
		const dialects = [`FINAL(${value})`, `FINAL_VAR(${value})`, `v = ${value}\nFINAL_VAR('v')`, `SUBMIT(${value})`];
		for (const { final, answerSoFar, notices, error } of await runAll(dialects, { host: failing })) {
			expect({ final, answerSoFar, error }).toEqual({});
			expect(notices.join('\n')).toContain(why);
		}
	});

	it.each(['len', 'json', "llm_query('q')"])('refuses %s as the content of `answer`', async (value) => {
		const { final, answerSoFar, notices } = await run(`answer.update(content=${value}, ready=True)`, { host: failing });
		expect({ final, answerSoFar }).toEqual({});
		expect(notices.join('\n')).toContain('answer["content"] got');
	});

	it.each([
		['str(answer)', 'empty `answer` dict'],
		['repr([answer])', 'empty `answer` dict'],
		['[answer]', 'nothing but the `answer` dict'],
		['(answer,)', 'nothing but the `answer` dict'],
		["{'answer': answer}", 'nothing but the `answer` dict'],
		['str(llm_query)', 'text of an object'],
		['[print, llm_query]', 'builtin_function_or_method'],
		["{'a': [len, None, '']}", 'builtin_function_or_method'],
		['str([len, llm_query])', 'text of an object'],
		['ValueError("no")', 'an exception (ValueError)'],
		['...', 'Ellipsis'],
		["'\\n'.join(llm_query_batched(['q', 'r']))", 'have all failed'],
		["str(llm_query_batched(['q', 'r']))", 'have all failed'],
		["'\\n'.join(f'- [error] {reply.error}' for reply in llm_query_batched(['q', 'r']))", 'have all failed'],
		["[llm_query('q')]", 'have all failed'],
		["[str(llm_query('q'))]", 'have all failed'],
		["{'a': llm_query('q'), 'b': None}", 'have all failed'],
	])('refuses what consists of nothing else: %s', async (value, why) => {
		const codes = [`FINAL(${value})`, `v = ${value}\nFINAL_VAR('v')`, `SUBMIT(x=${value})`];
		for (const { final, answerSoFar, notices, error } of await runAll(codes, { host: failing })) {
			expect({ final, answerSoFar, error }).toEqual({});
			expect(notices.join('\n')).toContain(why);
		}
	});

	it('refuses the placeholder as a field, and as its own content', async () => {
		expect((await run('SUBMIT(answer=answer)')).final).toBeUndefined();
		for (const content of ['answer', '[answer]']) {
			const { final, error, notices } = await run(`answer.update(content=${content}, ready=True)`);
			expect({ final, error }).toEqual({});
			expect(notices.join()).toContain('nothing but itself');
		}
	});

	it('takes a list that also holds itself', async () => {
		expect((await run('v = [1]\nv.append(v)\nFINAL(v)')).final).toEqual({ text: '[1, [...]]' });
	});

	it.each([
		["'x'", 'x'],
		['0', '0'],
		['False', 'False'],
		["['x', len]", "['x', <built-in function len>]"],
		["['', None, 0]", "['', None, 0]"],
		["{'content': 'kept', 'ready': False}", 'kept'],
		["{'content': ''}", "{'content': ''}"],
		["'None of the files matches.'", 'None of the files matches.'],
		["'Error: file not found, says line 3'", 'Error: file not found, says line 3'],
		["'It prints <function f at 0x7f12>.'", 'It prints <function f at 0x7f12>.'],
		["'Found 3. The last call failed: ' + llm_query('q')", 'Found 3. The last call failed: Error: no server'],
		["'\\n'.join(['42', llm_query('q')])", '42\nError: no server'],
		["['42', llm_query('q')]", "['42', 'Error: no server']"],
	])(
		'takes what has a text of its own, though it also holds functions, failures or nothing: %s',
		async (value, text) => {
			expect((await run(`FINAL(${value})`, { host: failing })).final?.text).toBe(text);
		},
	);

	it('refuses more than 5,000,000 characters, counted as they are written out', async () => {
		const codes = ["FINAL('a' * 5_000_001)", "FINAL('\\ud800' * 5_000_000)"];
		for (const { final, error } of await runAll(codes)) {
			expect(final).toBeUndefined();
			expect(error?.message).toContain('an answer may have 5000000 characters');
		}
		expect((await run("FINAL('\\ud800' * 2)")).final).toEqual({ text: '\\ud800\\ud800', json: '"\\ud800\\ud800"' });
	});
});

describe('FINAL_VAR', () => {
	it.each([
		["x = [1, 2]\nFINAL_VAR('x')", '[1, 2]'],
		['x = 7\nFINAL_VAR(x)', '7'],
		["text = 'a value, not a name'\nFINAL_VAR(text)", 'a value, not a name'],
		["city = 'Paris'\nFINAL_VAR(city)", 'Paris'],
		["def f():\n    inner = 'local'\n    FINAL_VAR('inner')\nf()", 'local'],
		["answer = [1, 2, 3]\nFINAL_VAR('answer')", '[1, 2, 3]'],
		["answer['content'] = 'from the dict'\nFINAL_VAR('answer')", 'from the dict'],
	])('takes a name or a value: %s', async (code, text) => {
		expect((await run(code)).final?.text).toBe(text);
	});

	it('says which variables exist while `answer` is untouched', async () => {
		for (const code of ["known = 1\nFINAL_VAR('answer')", 'known = 1\nFINAL_VAR(answer)']) {
			const { notices, final } = await run(code);
			expect(final).toBeUndefined();
			expect(notices.join()).toContain('Variables that exist: known');
		}
	});

	it('says which variables exist when the name is wrong, and refuses None', async () => {
		const { notices, final } = await run("known = 1\nFINAL_VAR('missing')");
		expect(final).toBeUndefined();
		expect(notices.join()).toContain("'missing' not found. Variables that exist: known");
		expect((await run('v = None\nFINAL_VAR(v)')).notices.join()).toContain('None');
	});
});

describe('the answer dict', () => {
	it.each([
		["answer['content'] = 'a'; answer['ready'] = True", 'a'],
		["answer.update(content='b', ready=1)", 'b'],
		["answer |= {'content': 'c', 'ready': True}", 'c'],
		["answer = {'content': 'd', 'ready': True}", 'd'],
		["answer['ready'] = True\nanswer['content'] = [1, 2]", '[1, 2]'],
	])('hands in its content when it is ready: %s', async (code, text) => {
		expect((await run(code)).final?.text).toBe(text);
	});

	it('only shows what there is so far while it is not ready', async () => {
		const result = await run("answer['content'] = 'half'");
		expect(result.final).toBeUndefined();
		expect(result.answerSoFar).toBe('half');
	});

	it('is refused and reset when it is empty, or when the cell fails', async () => {
		const empty = await run("answer['ready'] = True");
		expect(empty.final).toBeUndefined();
		expect(empty.notices.join()).toContain('empty');
		const failed = await run(["answer.update(content='x', ready=True)\n1 / 0", "print(answer['ready'])"]);
		expect(failed).toMatchObject({ stdout: 'False\n' });
		expect(failed.final).toBeUndefined();
	});

	it.each([
		["answer = 'so far'", "answer['content'] += '!'; answer['ready'] = True", 'so far!'],
		["answer = ['a']", "answer['content'] = answer + ['b']\nanswer['ready'] = True", "['a', 'b']"],
		['answer = 7', "if answer:\n    answer['ready'] = True", '7'],
		['answer = None', "for n in range(2): answer['content'] = n\nanswer['ready'] = 1", '1'],
	])('comes back when a cell stores into it, with what was assigned as its content: %s', async (bind, store, text) => {
		expect((await run([bind, store])).final?.text).toBe(text);
		expect((await run(`${bind}\n${store}`)).final?.text).toBe(text);
	});

	it('is left alone where a function has an `answer` of its own', async () => {
		const code =
			"answer = 'text'\ndef f():\n    answer = {}\n    answer['content'] = 1\n    return answer\nprint(f(), answer)";
		expect((await run(code)).stdout).toBe("{'content': 1} text\n");
	});

	it('stays the value of the code when that is no dict, and comes back when deleted', async () => {
		expect((await run(["answer = 'text'", "print(answer + '!')"])).stdout).toBe('text!\n');
		expect((await run(['del answer', "answer['content'] = 'k'; answer['ready'] = True"])).final?.text).toBe('k');
	});
});

describe('SUBMIT', () => {
	const fields = (...types: string[]) => ({ outputFields: types.map((type, index) => ({ name: `f${index}`, type })) });

	it('ends the cell', async () => {
		expect((await run("SUBMIT('done')\nprint('never')")).stdout).toBe('');
	});

	it('takes anything when no fields are asked for', async () => {
		expect((await run("SUBMIT(['x', 7])")).final?.json).toBe('["x", 7]');
		expect((await run("SUBMIT('x', 7)")).final?.json).toBe('["x", 7]');
		expect((await run("SUBMIT(a=1, b='2')")).final?.json).toBe('{"a": 1, "b": "2"}');
		expect((await run('SUBMIT()')).error?.type).toBe('TypeError');
	});

	it('takes the fields by position or by name', async () => {
		const json = '{"f0": "a", "f1": 0.5}';
		expect((await run("SUBMIT('a', 0.5)", fields('str', 'float'))).final?.json).toBe(json);
		expect((await run("SUBMIT(f1=0.5, f0='a')", fields('str', 'float'))).final?.json).toBe(json);
		expect((await run('SUBMIT(1)', fields('float'))).final?.json).toBe('{"f0": 1.0}');
		expect((await run('SUBMIT()', fields('Optional[str]'))).final?.json).toBe('{"f0": null}');
	});

	it.each([
		["SUBMIT('a')", ['str', 'int'], "lacks 'f1'"],
		["SUBMIT('a', nope=1)", ['str'], "'nope'"],
		["SUBMIT('maybe')", ["Literal['yes','no']"], "Literal['yes','no']"],
		['SUBMIT(True)', ['int'], 'got bool'],
		["SUBMIT(['a', 1])", ['list[str]'], 'list[str]'],
		["SUBMIT({'a': 'b'})", ['dict[str, int]'], 'dict[str, int]'],
		["SUBMIT('a', 'b')", ['str'], 'takes 1 fields'],
		['SUBMIT(None)', ['str | int'], 'NoneType'],
	])('refuses with an error that names the field: %s as %s', async (code, types, message) => {
		const result = await run(code, fields(...types));
		expect(result.final).toBeUndefined();
		expect(result.error?.message).toContain(message);
	});
});
