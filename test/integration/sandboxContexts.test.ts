import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../src/core/ports/sandbox.ts';
import { createSandboxes, filesOf, runCell, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const factory = createSandboxes();
afterAll(() => factory.dispose());

const create = (options: Partial<SandboxOptions>) => factory.create(sandboxOptions(options), neverAborted);
const json = (text: string) => ({ kind: 'json', label: 'data', json: text }) as const;

describe('contexts', () => {
	it('are named by number, the first also context', async () => {
		const sandbox = await create({
			contexts: [filesOf({ a: 'First' }, 'text'), json('[1]'), filesOf({ c: 'Third' }, 'text')],
		});
		expect((await runCell(sandbox, 'print(context, context is context_0, context_1, context_2)')).stdout).toBe(
			'First True [1] Third\n',
		);
	});

	it('of many files, or of one large JSON text, come in as large as they are', async () => {
		const files = Array.from({ length: 15_000 }, (_, n) => [`src/a folder of many/file-${n}.ts`, `text ${n}\n`]);
		const large = JSON.stringify(['x'.repeat(65 << 20)]);
		const sandbox = await create({ contexts: [filesOf(Object.fromEntries(files)), json(large)] });
		expect((await runCell(sandbox, 'print(len(files), len(context_1[0]) >> 20)')).stdout).toBe('15000 65\n');
	});

	it('of JSON keep numbers and constants of Python, and what code changes in them', async () => {
		const sandbox = await create({ contexts: [json('{"a": Infinity, "b": null, "c": 12345678901234567890}')] });
		await runCell(sandbox, "context['new'] = 1\ncontext_0 = 'lost'");
		expect((await runCell(sandbox, 'context_0')).stdout).toBe(
			"{'a': inf, 'b': None, 'c': 12345678901234567890, 'new': 1}\n",
		);
	});

	it('of JSON may be null', async () => {
		const sandbox = await create({ contexts: [json('null')] });
		expect((await runCell(sandbox, 'print(context, context_0)')).stdout).toBe('None None\n');
	});

	it('are text that comes back when it was rebound, and the code is told', async () => {
		const sandbox = await create({ contexts: [filesOf({ a: 'original' }, 'text')] });
		const { notices } = await runCell(sandbox, "context = 'hijacked'");
		expect(notices.join()).toContain('`context`');
		expect((await runCell(sandbox, 'context')).stdout).toBe("'original'\n");
	});

	it('are read when code names them, directly or not', async () => {
		const codes = ["eval('context')", "globals()['context']", "__import__('__main__').context", "f'{context}'"];
		for (const code of codes) {
			const sandbox = await create({ contexts: [filesOf({ a: 'text' }, 'text')] });
			expect((await runCell(sandbox, `print(${code})`)).stdout).toContain('text');
			await sandbox.dispose();
		}
		const sandbox = await create({ contexts: [filesOf({ a: 'text' }, 'text')] });
		expect(await sandbox.variableText('context', 10, neverAborted)).toBe('text');
	});

	it('of several files are one text with header lines', async () => {
		const sandbox = await create({ contexts: [filesOf({ 'a.txt': 'no line end', 'b/c.txt': 'x\r\ny\n' })] });
		const expected = '===== a.txt =====\nno line end\n===== b/c.txt =====\nx\r\ny\n';
		expect((await runCell(sandbox, `context == ${JSON.stringify(expected)}`)).stdout).toBe('True\n');
	});

	it.each([
		['ASCII', 'plain text\n'],
		['Latin-1', 'é à ü and text\n'],
		['the first plane', '日本語 and text\n'],
		['all planes', '😀 日本 é and text\n'],
	])('of %s are what Python itself makes of them, long or short', async (_name, line) => {
		const long = line.repeat(20_000);
		const sandbox = await create({ contexts: [filesOf({ long, short: line })] });
		const code = `
import sys
def is_right(text, line, count):
    expected = "".join([line] * count)
    return text == expected and sys.getsizeof(text) == sys.getsizeof(expected) and hash(text) == hash(expected)
line = ${JSON.stringify(line)}
long, short = context.split("===== short =====\\n")
print(is_right(files["long"], line, 20000), is_right(files["short"], line, 1), short == line)
print(long == "===== long =====\\n" + line * 20000, context.isascii() == line.isascii())
print(files["long"].upper()[-6:].encode(), len(context.encode()))`;
		const { stdout, error } = await runCell(sandbox, code);
		expect(error).toBeUndefined();
		const bytes = Buffer.byteLength(`===== long =====\n${long}===== short =====\n${line}`);
		expect(stdout).toBe(`True True True\nTrue True\nb' TEXT\\n' ${bytes}\n`);
	});

	it('that are not UTF-8 have replacement characters', async () => {
		const bytes = new SharedArrayBuffer(100_000);
		new Uint8Array(bytes).fill(65).set([0xff, 0xc3], 99_000);
		const file = { path: 'damaged.txt', offset: 0, length: bytes.byteLength, lineCount: 1, firstLine: 1 };
		const sandbox = await create({ contexts: [{ kind: 'text', label: 'damaged', bytes, files: [file], leftOut: [] }] });
		expect((await runCell(sandbox, 'print(len(context), ascii(context[98_999:99_003]))')).stdout).toBe(
			"100000 'A\\ufffd\\ufffdA'\n",
		);
	});

	it('that do not fit as one str say what to do instead, and stay usable in pieces', async () => {
		const text = '😀'.repeat(10_000_000);
		const sandbox = await create({ contexts: [filesOf({ a: text, b: 'small' })], memoryBytes: 64 << 20 });
		const { error } = await runCell(sandbox, 'print(len(context))');
		expect(error?.type).toBe('MemoryError');
		expect(error?.traceback).toMatch(/context has 100000\d\d characters, .* chunks\(\), files\[path\], grep\(\)/);
		expect((await runCell(sandbox, 'print(files["b"], len(grep("small")))')).stdout).toBe('small 1\n');
	});

	it('are written nowhere but into linear memory, once each', async () => {
		const sandbox = await create({ contexts: [filesOf({ a: 'x'.repeat(100_000) }, 'text')] });
		const code = `
import json, os, struct
def ask(**fields):
    header = json.dumps(fields).encode()
    os.write(1000, struct.pack("<II", len(header), 0) + header)
    header_length, _ = struct.unpack("<II", os.read(1000, 8))
    return json.loads(os.read(1000, header_length))
print(ask(op="fill", address=0))
for address in (2**32 - 4096, 2**60, -1):
    print(ask(op="text", context=0), ask(op="fill", address=address))
print(len(context))`;
		const { stdout } = await runCell(sandbox, code);
		const announced = "{'characters': 100000, 'maximum': 127}";
		expect(stdout).toBe(
			`{'error': 'no text was announced'}\n${`${announced} {'error': 'a text outside linear memory'}\n`.repeat(3)}100000\n`,
		);
	});

	it('may be 110 MB of text', async () => {
		const bytes = new SharedArrayBuffer(110_000_000);
		new Uint8Array(bytes).fill(65).set([66, 10], 0);
		const file = { path: 'large.txt', offset: 0, length: bytes.byteLength, lineCount: 2, firstLine: 1 };
		const sandbox = await create({ contexts: [{ kind: 'text', label: 'large', bytes, files: [file], leftOut: [] }] });
		expect((await runCell(sandbox, 'print(len(context), context[:3])')).stdout).toBe('110000000 B\nA\n');
		await sandbox.dispose();
	});
});

describe('histories and memory', () => {
	it('are lists of messages, and the first can be replaced', async () => {
		const message = (text: string) => JSON.stringify([{ role: 'user', content: text }]);
		const sandbox = await create({ histories: [message('one'), message('two')] });
		const code = "print(history[0]['content'], history_0[0]['content'], history_1[0]['content'])";
		expect((await runCell(sandbox, code)).stdout).toBe('one one two\n');
		await sandbox.setHistory(message('three'), neverAborted);
		expect((await runCell(sandbox, code)).stdout).toBe('three three two\n');
	});

	it('travel back to the host, without what has no JSON form', async () => {
		const sandbox = await create({ memory: '{"a": 1}' });
		await runCell(sandbox, "memory['b'] = [None]\nmemory['c'] = print");
		expect(JSON.parse(await sandbox.memory(neverAborted))).toEqual({ a: 1, b: [null] });
		await runCell(sandbox, "memory = {'new': True}");
		expect(JSON.parse(await sandbox.memory(neverAborted))).toEqual({ new: true });
	});
});

describe('the corpus', () => {
	let sandbox: Sandbox;
	const stdoutOf = async (code: string) => (await runCell(sandbox, code)).stdout;

	beforeAll(async () => {
		const poem = 'The fox\njumps över\nthe dog\nFOX again\n';
		const code = 'import os\n\nclass Parser:\n    def parse(self):\n        return 1\n';
		sandbox = await create({
			contexts: [filesOf({ 'poem.txt': poem, 'src/parser.py': code }), filesOf({ 'more.md': '# Fox\n' })],
		});
	});

	it('is a mapping from paths to texts', async () => {
		expect(await stdoutOf("print(len(files), files.paths, 'poem.txt' in files, files.size('poem.txt'))")).toBe(
			"3 ['poem.txt', 'src/parser.py', 'more.md'] True 38\n",
		);
		expect(
			await stdoutOf("print(files['poem.txt'].split()[3], files.get('x'), [len(t) for t in files.values()])"),
		).toBe('över None [37, 63, 6]\n');
	});

	it('names files that are meant when a path is wrong', async () => {
		const { error } = await runCell(sandbox, "files['lib/parser.py']");
		expect(error).toMatchObject({ type: 'KeyError', message: expect.stringContaining('src/parser.py') });
	});

	it('is searched by regular expressions', async () => {
		expect(await stdoutOf("grep('fox', ignore_case=True)")).toBe(
			'poem.txt:1: The fox\npoem.txt:4: FOX again\nmore.md:1: # Fox\n',
		);
		expect(
			await stdoutOf("m = grep(r'j\\w+', 'poem.txt', context_lines=1)[0]\nm.path, m.line, m.text, m.before, m.after"),
		).toBe("('poem.txt', 2, 'jumps över', ['The fox'], ['the dog'])\n");
		expect(await stdoutOf("grep('.', max_results=2)")).toMatch(/jumps över\n... 7 more/);
		expect(await stdoutOf("grep('nothing like it')")).toBe('(nothing found)\n');
		expect(await stdoutOf("import re\ngrep(re.compile('DOG', re.I))")).toBe('poem.txt:3: the dog\n');
	});

	it('is searched by Python where the pattern needs it, and by its rules', async () => {
		expect(await stdoutOf("grep(r'(the)?(?(1) dog|fox)', 'poem.txt')")).toContain('poem.txt:3: the dog');
		expect((await runCell(sandbox, "grep('(')")).error?.type).toBe('PatternError');
		expect((await runCell(sandbox, "grep('x', 'no/such/*.txt')")).error?.message).toContain('no/such');
	});

	it('is searched by words, outlined and cut into chunks', async () => {
		expect(await stdoutOf("search('parse')[0].path")).toBe("'src/parser.py'\n");
		expect(await stdoutOf("[item['name'] for item in outline('src/parser.py')]")).toBe("['Parser', 'parse']\n");
		const code =
			"c = chunks('poem.txt', size=20)\nprint(''.join(c) == files['poem.txt'], c[1].path, c[1].start_line, c[1].end_line)";
		expect(await stdoutOf(code)).toBe('True poem.txt 3 4\n');
		expect(await stdoutOf("chunks('my own text, cut', 8, overlap=2)")).toBe("['my own t', ' text, c', ' cut']\n");
		expect(await stdoutOf("[(c.text, type(c.text)) for c in chunks('abcd', 2)] == [('ab', str), ('cd', str)]")).toBe(
			'True\n',
		);
		expect((await runCell(sandbox, 'chunks(size=5, overlap=5)')).error?.type).toBe('ValueError');
	});

	it('is cited by numbers, and not so often that no result could be read any more', async () => {
		expect((await runCell(sandbox, "cite('poem.txt', True)")).error?.type).toBe('TypeError');
		const long = await create({ contexts: [filesOf({ 'long.txt': 'a line\n'.repeat(11_000) })] });
		const { citations, notices, error } = await runCell(long, "for n in range(1, 11_001): cite('long.txt', n)");
		expect(error).toBeUndefined();
		expect(citations).toHaveLength(10_000);
		expect(notices).toContainEqual(expect.stringContaining('cite'));
		expect((await runCell(long, '1 + 1')).echo).toBe('2');
	});

	it('is cited by lines that exist', async () => {
		const { citations } = await runCell(sandbox, "cite('poem.txt', 2, 3)\ncite('more.md', 1)\ncite('more.md', 1)");
		expect(citations).toEqual([
			{ path: 'poem.txt', startLine: 2, endLine: 3 },
			{ path: 'more.md', startLine: 1, endLine: 1 },
		]);
		expect((await runCell(sandbox, "cite('poem.txt', 5)")).error?.message).toContain('lines 1 to 4');
		expect((await runCell(sandbox, "cite('parser.py', 1)")).error?.message).toContain('src/parser.py');
	});

	it('hangs only its own sandbox when a pattern explodes', async () => {
		const texts = { 'evil.txt': `${'a'.repeat(40)}b` };
		const own = await create({ contexts: [filesOf(texts)] });
		await runCell(own, 'kept = 1');
		const { error } = await runCell(own, "grep('(a+)+$')", { timeoutMs: 300 });
		expect(error?.type).toBe('Timeout');
		expect((await runCell(own, 'kept')).stdout).toBe('1\n');
	});
});
