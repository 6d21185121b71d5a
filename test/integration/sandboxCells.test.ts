import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/core/ports/sandbox.ts';
import { createSandboxes, runCell, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const factory = createSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await factory.create(sandboxOptions(), neverAborted);
});
afterAll(() => factory.dispose());

const run = (code: string, options = {}) => runCell(sandbox, code, options);
const stdoutOf = async (code: string) => (await run(code)).stdout;

describe('a cell', () => {
	it('prints and echoes its last expression', async () => {
		const result = await run("print('a')\n'b'");
		expect(result).toMatchObject({ stdout: "a\n'b'\n", stderr: '', echo: "'b'", printedCharacters: 6 });
		expect(result.error).toBeUndefined();
	});

	it('echoes neither None nor an expression that ends with a semicolon', async () => {
		expect(await stdoutOf('None')).toBe('');
		expect(await stdoutOf('40 + 2;  # quiet')).toBe('');
		expect(await stdoutOf("'a;'")).toBe("'a;'\n");
	});

	it('may be empty, or hold characters that JSON and UTF-8 know nothing of', async () => {
		expect(await run('')).toMatchObject({ stdout: '', notices: [], changed: [] });
		expect(await stdoutOf("print('a\\x00b')")).toBe('a\0b\n');
		expect(await stdoutOf("print('\\ud800')")).toBe('\\ud800\n');
		expect(await stdoutOf("print('日本 😀')")).toBe('日本 😀\n');
	});

	it('may have line ends of any kind', async () => {
		expect(await stdoutOf('x = 20\ry = 22\rx + y')).toBe('42\n');
		expect(await stdoutOf('x = 20\r\ny = 22\r\nx + y;\r\n')).toBe('');
	});

	it('reports what has an odd name, and a value without a text, like everything else', async () => {
		await run('kept = 1');
		const odd = `
class Meta(type):
    __name__ = 5
class Odd(metaclass=Meta):
    pass
odd = Odd()
globals()[1] = 'number'
class Mute:
    def __str__(self): raise ValueError
answer['content'] = Mute()`;
		const { error, restart, changed } = await run(odd);
		expect(error).toBeUndefined();
		expect(restart).toBeUndefined();
		expect(changed).toContainEqual({ name: 'odd', type: 'Odd' });
		expect(await stdoutOf('del answer\nprint(kept, 1 in globals())')).toBe('1 False\n');
	});

	it('keeps variables, functions, open iterators and files for the next one', async () => {
		await run(
			'count = 1\ndef inc():\n    global count\n    count += 1\nsquares = (i * i for i in range(4))\nnext(squares)',
		);
		await run("inc()\nwith open('note.txt', 'w') as f: f.write('kept')");
		expect(await stdoutOf("print(count, list(squares), open('note.txt').read())")).toBe('2 [1, 4, 9] kept\n');
	});

	it('keeps what it did before an exception', async () => {
		expect((await run('before = 1\n1 / 0\nafter = 2')).error).toMatchObject({ type: 'ZeroDivisionError', line: 2 });
		expect(await stdoutOf("print(before, 'after' in globals())")).toBe('1 False\n');
	});

	it('runs dataclasses, closures in comprehensions, underscored names and deletion', async () => {
		await run('from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n_hidden = Point(3)\nmax = 5');
		expect(await stdoutOf('del max\n[_hidden.x + i for i in range(max(1, 2))]')).toBe('[3, 4]\n');
	});

	it('may await at its top level, and call asyncio.run', async () => {
		const code = 'import asyncio\nasync def double(n):\n    await asyncio.sleep(0.001)\n    return 2 * n\n';
		expect(await stdoutOf(`${code}print(await asyncio.gather(*map(double, range(3))))`)).toBe('[0, 2, 4]\n');
		expect(await stdoutOf('asyncio.run(double(21))')).toBe('42\n');
		expect(
			await stdoutOf(
				'try:\n    await asyncio.wait_for(asyncio.sleep(60), 0.01)\nexcept TimeoutError:\n    print("late")',
			),
		).toBe('late\n');
	});

	it('says so when everything in it waits for nothing', async () => {
		expect((await run('await asyncio.Event().wait()')).error?.message).toContain('deadlock');
	});

	it('runs threads and executors one after the other', async () => {
		const code = 'import threading\nfrom concurrent.futures import ThreadPoolExecutor\nseen = []\n';
		const thread = 't = threading.Thread(target=seen.append, args=(1,)); t.start(); t.join()\n';
		const pool = 'with ThreadPoolExecutor(4) as pool: seen += pool.map(abs, [-2, -3])\nseen';
		expect(await stdoutOf(code + thread + pool)).toBe('[1, 2, 3]\n');
	});

	it('reports changed variables with type and size', async () => {
		await run('old = [1]');
		const { changed } = await run("text = 'abc'\nold.append(2)\nuntouched = old");
		expect(changed).toEqual([
			{ name: 'old', type: 'list', size: 2 },
			{ name: 'text', type: 'str', size: 3 },
			{ name: 'untouched', type: 'list', size: 2 },
		]);
	});
});

describe('an error of a cell', () => {
	it('shows the lines of the cell and none of ours', async () => {
		const { error, stdout } = await run("def f(a):\n    return a[0]\n\nprint('before')\nf([])");
		expect(stdout).toBe('before\n');
		expect(error).toMatchObject({ type: 'IndexError', line: 2 });
		expect(error?.traceback).toContain('File "<cell>", line 5');
		expect(error?.traceback).toContain('return a[0]');
		expect(error?.traceback).not.toContain('<rlm:');
	});

	it('names earlier cells by number', async () => {
		await run('def broken():\n    raise KeyError("gone")');
		const { error } = await run('broken()');
		expect(error?.traceback).toMatch(/File "<cell>", line 1[\s\S]*File "<cell \d+>", line 2[\s\S]*raise KeyError/);
		expect(error?.line).toBe(1);
	});

	it('hides the event loop of a top-level await', async () => {
		const { error } = await run('async def f():\n    raise ValueError("inside")\nawait f()');
		expect(error?.traceback.split('\n')[1]).toContain('<cell>');
	});

	it.each([
		['import sys\nsys.exit(3)', 'SystemExit'],
		['raise KeyboardInterrupt', 'KeyboardInterrupt'],
		['class Leave(SystemExit): pass\nraise Leave()', 'Leave'],
		['class Odd(Exception):\n    def __str__(self): return 1/0\nraise Odd()', 'Odd'],
		['def f(): f()\nf()', 'RecursionError'],
	])('is text, whatever was raised: %s', async (code, type) => {
		expect((await run(code)).error?.type).toBe(type);
		expect(await stdoutOf('print("alive")')).toBe('alive\n');
	});

	it('hints at triple quotes when a text runs over lines', async () => {
		expect((await run('x = "one\ntwo"')).error).toMatchObject({ type: 'SyntaxError', line: 1 });
		expect((await run('x = "one\ntwo"')).error?.hint).toContain('triple');
		expect((await run('x = """a\n"""b"""\nc"""')).error?.hint).toContain('"""');
	});

	it.each([
		['numpy', 'statistics'],
		['requests', 'no network'],
		['socket', 'no network'],
		['js', 'without a JavaScript host'],
		['micropip', 'nothing can be installed'],
		['no_such_module', 'standard library'],
	])('says what to do without the module %s', async (name, advice) => {
		const { error } = await run(`import ${name}`);
		expect(error?.type).toBe('ModuleNotFoundError');
		expect(error?.message).toContain(name);
		expect(error?.message).toContain(advice);
	});
});

describe('output', () => {
	it('is cut in the middle and says how much is missing', async () => {
		const { stdout, printedCharacters } = await run("print('a' * 300 + 'b' * 300)", { outputCharacters: 100 });
		expect(stdout).toBe(`${'a'.repeat(50)}\n... [501 of 601 characters left out] ...\n${'b'.repeat(49)}\n`);
		expect(printedCharacters).toBe(601);
	});

	it('is whole when it fits exactly', async () => {
		expect((await run("print('x' * 99)", { outputCharacters: 100 })).stdout).toBe(`${'x'.repeat(99)}\n`);
	});

	it('is kept apart for stderr', async () => {
		expect(await run("import sys\nprint('e', file=sys.stderr)\nprint('o')")).toMatchObject({
			stdout: 'o\n',
			stderr: 'e\n',
		});
	});

	it('is streamed while the cell runs', async () => {
		const pieces: string[] = [];
		await run('import time\nfor i in range(3):\n    print(i)\n    time.sleep(0.06)', {
			onOutput: (_stream: string, text: string) => pieces.push(text),
		});
		expect(pieces.join('')).toBe('0\n1\n2\n');
		expect(pieces.length).toBeGreaterThan(1);
	});

	it('in a flood ends the cell, while one print of a large text is only cut', async () => {
		expect((await run("while True: print('spam')")).error?.type).toBe('OutputFlood');
		expect((await run("print('x' * 5_000_000)")).error).toBeUndefined();
	});

	it('by other ways than print costs nothing', async () => {
		const result = await run(
			"import os, sys\nfor _ in range(2000): os.write(1, b'x' * 1000)\nsys.__stdout__.write('y')",
		);
		expect(result.error).toBeUndefined();
	});

	it('goes to the cell again after code replaced sys.stdout', async () => {
		await run('import sys, io\nsys.stdout = io.StringIO()');
		expect(await stdoutOf('print("back")')).toBe('back\n');
	});
});

describe('names', () => {
	it('that we provide come back after they were overwritten or deleted', async () => {
		await run("llm_query = lambda prompt: 'hijacked'\ndel FINAL\nSHOW_VARS = 1");
		expect(await stdoutOf("print(llm_query('q'), callable(FINAL), callable(SHOW_VARS))")).toBe(
			'reply to q True True\n',
		);
	});

	it('that are ordinary words give way to variables, and come back when those are deleted', async () => {
		await run("chunks = ['mine']");
		expect(await stdoutOf('chunks')).toBe("['mine']\n");
		await run('del chunks');
		expect(await stdoutOf("chunks('abcdef', 3)")).toBe("['abc', 'def']\n");
	});

	it('show neither types nor where in our package they come from', async () => {
		const code = `help(grep)
print(type(files), type(chunks('a b')[0]), llm_query.__module__, llm_query.__annotations__)
print([name for name in __import__('sys').modules if name.startswith('_rlm')], FINAL.__globals__['__loader__'])`;
		const { stdout } = await run(code);
		const signature = 'grep(pattern, paths=None, ignore_case=False, max_results=200, context_lines=0)';
		expect(stdout).toContain(`Help on function grep:\n\n${signature}\n    Finds lines that match a regular expression`);
		expect(stdout).toContain("<class '_rlm.Files'> <class '_rlm.Chunk'> _rlm {}\n[] None\n");
	});

	it.each(['import _rlm', 'from _rlm.channel import send'])('of our modules cannot be imported: %s', async (code) => {
		const { error } = await run(code);
		expect(error?.message).toMatch(/^No module named '_rlm.*its functions are already here as ordinary names$/);
	});

	it('of variables are listed, ours are not', async () => {
		await run('listed = [1, 2]');
		const { stdout } = await run('print(SHOW_VARS())');
		expect(stdout).toContain('listed: list, length 2');
		expect(stdout).not.toMatch(/llm_query|answer|statistics/);
		expect(await sandbox.variables(neverAborted)).toContainEqual({
			name: 'listed',
			type: 'list',
			size: 2,
			isPlain: true,
		});
	});

	it('give their text to the host', async () => {
		await run("long_text = 'abc' * 100\npair = (1, 2)");
		expect(await sandbox.variableText('long_text', 5, neverAborted)).toBe('abcab');
		expect(await sandbox.variableText('pair', 100, neverAborted)).toBe('(1, 2)');
		expect(await sandbox.variableText('nowhere', 100, neverAborted)).toBeUndefined();
	});

	it('survive code that patches builtins, json and sys.modules', async () => {
		const own = await factory.create(sandboxOptions(), neverAborted);
		await runCell(
			own,
			'import builtins, json, sys\nbuiltins.len = None\njson.loads = json.dumps = None\nbuiltins.isinstance = None',
		);
		await runCell(own, 'sys.modules.clear()\nglobals().clear()');
		expect((await runCell(own, "print(llm_query('still'))")).stdout).toBe('reply to still\n');
		await own.dispose();
	});

	it('of one sandbox are unknown to another', async () => {
		await run('secret = 1');
		const other = await factory.create(sandboxOptions(), neverAborted);
		expect((await runCell(other, 'secret')).error?.type).toBe('NameError');
		await other.dispose();
	});
});
