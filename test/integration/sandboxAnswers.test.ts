import { afterAll, describe, expect, it } from 'vitest';
import type { CellResult, SandboxOptions } from '../../src/core/ports/sandbox.ts';
import { createSandboxes, runCell, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const factory = createSandboxes();
afterAll(() => factory.dispose());

/** Runs cells one after the other in a sandbox of their own; gives the result of the last. */
async function run(cells: string | readonly string[], options: Partial<SandboxOptions> = {}): Promise<CellResult> {
	const sandbox = await factory.create(sandboxOptions(options), neverAborted);
	try {
		let result: CellResult | undefined;
		for (const code of [cells].flat()) result = await runCell(sandbox, code);
		if (!result) throw new Error('no cell was run');
		return result;
	} finally {
		await sandbox.dispose();
	}
}

describe('FINAL', () => {
	it('ends the cell with a text, or with a value as text and JSON', async () => {
		expect((await run("FINAL('done')\nprint('never')")).final).toEqual({ text: 'done', json: '"done"' });
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

	it('is not accepted from a cell that fails', async () => {
		const result = await run("try:\n    FINAL('x')\nexcept BaseException:\n    pass\n1 / 0");
		expect(result.final).toBeUndefined();
	});

	it('refuses None and says so', async () => {
		const result = await run('FINAL(None)');
		expect(result.final).toBeUndefined();
		expect(result.notices.join()).toContain('None');
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

	it('says which variables exist when the name is wrong, and refuses None', async () => {
		const { stdout, final } = await run("known = 1\nFINAL_VAR('missing')");
		expect(final).toBeUndefined();
		expect(stdout).toContain("'missing' not found");
		expect(stdout).toContain('known');
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

	it('stays the value of the code when that is no dict, and comes back when deleted', async () => {
		expect((await run(["answer = 'text'", "print(answer + '!')"])).stdout).toBe('text!\n');
		expect((await run(['del answer', "answer['content'] = 'k'; answer['ready'] = True"])).final?.text).toBe('k');
	});
});

describe('SUBMIT', () => {
	const fields = (...types: string[]) => ({ outputFields: types.map((type, index) => ({ name: `f${index}`, type })) });

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
