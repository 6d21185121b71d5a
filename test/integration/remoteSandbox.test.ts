// The behaviour of every deployment, through a real server on loopback.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError, InputError, SandboxError } from '../../src/core/errors.ts';
import type {
	HostTool,
	QueryReply,
	Sandbox,
	SandboxFactory,
	SandboxOptions,
	SubQuery,
} from '../../src/core/ports/sandbox.ts';
import { cancelWhileItAsks } from '../support/cancelledCell.ts';
import { startTestServer, type TestServer } from '../support/remoteSandboxes.ts';
import { filesOf, runCell, ScriptedHost, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

/** A loop in C that looks at no signal. */
const UNINTERRUPTIBLE = 'sum(range(10**13))';

let server: TestServer;
let factory: SandboxFactory;
const opened: Sandbox[] = [];

beforeAll(async () => {
	server = await startTestServer();
	factory = server.client();
});
afterEach(async () => {
	for (const sandbox of opened.splice(0)) await sandbox.dispose();
});
afterAll(() => server.stop());

async function create(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
	const sandbox = await factory.create(sandboxOptions(options), neverAborted);
	opened.push(sandbox);
	return sandbox;
}

const untilAborted = (_query: SubQuery, signal: AbortSignal) =>
	new Promise<QueryReply>((resolve) => {
		signal.addEventListener('abort', () => resolve({ text: 'stopped', failure: 'cancelled' }));
	});

it('calls on a sandbox server ask for values, with all that belongs to it', async () => {
	const host = new ScriptedHost(({ schema, repair }) => {
		if (schema) return repair ? { text: '8' } : { text: '3', repairs: 1 };
		return { text: '"yes"' };
	});
	const sandbox = await create({ host });
	const code = `
print(llm_query_batched(['a', 'b'], choices=['yes', 'no'], system='Be brief.'))
print(llm_query('c', schema=int, validate=lambda value: value > 5))`;
	expect(await runCell(sandbox, code)).toMatchObject({ stdout: "['yes', 'yes']\n8\n" });
	const common = { kind: 'llm', spans: [] };
	const repair = { reply: '3', problem: 'it did not pass the check', count: 2 };
	expect(host.queries).toEqual([
		{ ...common, prompt: 'a', system: 'Be brief.', choices: ['yes', 'no'] },
		{ ...common, prompt: 'b', system: 'Be brief.', choices: ['yes', 'no'] },
		{ ...common, prompt: 'c', schema: { type: 'integer' } },
		{ ...common, prompt: 'c', schema: { type: 'integer' }, repair },
	]);
});

describe('cells on a sandbox server', () => {
	it('print, echo, keep variables and report what changed', async () => {
		const sandbox = await create();
		const printed: string[] = [];
		const first = await runCell(sandbox, "print('日本 😀')\nkept = [1]\n'b'", {
			onOutput: (stream, text) => printed.push(`${stream}:${text}`),
		});
		expect(first).toMatchObject({ stdout: "日本 😀\n'b'\n", stderr: '', echo: "'b'", notices: [], citations: [] });
		expect(first.changed).toEqual([{ name: 'kept', type: 'list', size: 1 }]);
		expect(first.error).toBeUndefined();
		expect(printed.join('')).toContain('stdout:日本 😀');
		expect((await runCell(sandbox, 'kept')).stdout).toBe('[1]\n');
	});

	it('that fail show the error with line and traceback, and no restart', async () => {
		const sandbox = await create();
		const { error, restart } = await runCell(sandbox, 'def f(a):\n    return a[0]\nf([])');
		expect(error).toMatchObject({ type: 'IndexError', line: 2 });
		expect(error?.traceback).toContain('File "<cell>", line 3');
		expect(restart).toBeUndefined();
	});

	it('hand in answers, typed ones too', async () => {
		const sandbox = await create({ outputFields: [{ name: 'n', type: 'int' }] });
		expect((await runCell(sandbox, 'SUBMIT(n="x")')).final).toBeUndefined();
		expect((await runCell(sandbox, 'SUBMIT(n=3)')).final?.json).toBe('{"n": 3}');
		expect((await runCell(await create(), "FINAL('done')")).final).toMatchObject({ text: 'done' });
	});

	it('have contexts, histories and memory, and the other commands work', async () => {
		const sandbox = await create({
			contexts: [
				filesOf({ 'a.md': 'one\ntwo ü\n', 'b.md': '' }),
				{ kind: 'json', label: 'data', json: '{"x": Infinity}' },
			],
			histories: ['[{"role": "user"}]', '[]'],
			memory: '{"seen": 2}',
		});
		const code = "print(files['a.md'], context_1, history[0]['role'], history_1, memory)\nmemory['new'] = 1";
		expect((await runCell(sandbox, code)).stdout).toBe("one\ntwo ü\n {'x': inf} user [] {'seen': 2}\n");
		expect(JSON.parse(await sandbox.memory(neverAborted))).toEqual({ seen: 2, new: 1 });
		await sandbox.setHistory('[1, 2]', neverAborted);
		await runCell(sandbox, 'text = "a" * 50; n = len(history)');
		expect(await sandbox.variables(neverAborted)).toContainEqual({
			name: 'text',
			type: 'str',
			size: 50,
			isPlain: true,
		});
		expect(await sandbox.variableText('n', 10, neverAborted)).toBe('2');
		expect((await sandbox.variableText('text', 10, neverAborted))?.length).toBeLessThanOrEqual(10);
		expect(await sandbox.variableText('nothing', 10, neverAborted)).toBeUndefined();
	});

	it('search 10 MB of context', async () => {
		const lines = Array.from(
			{ length: 200_000 },
			(_, index) => `line ${index} of a text that goes on and on and on and on`,
		);
		const text = `${lines.join('\n')}\nthe needle is in this very line\n`;
		expect(text.length).toBeGreaterThan(10_000_000);
		const sandbox = await create({ contexts: [filesOf({ 'large.txt': text }, 'text')] });
		const result = await runCell(
			sandbox,
			"print(len(context), context == files['large.txt'])\nprint(grep('needle')[0])",
		);
		expect(result.stdout).toContain(`${text.length} True`);
		expect(result.stdout).toContain('200001');
	});
});

describe('calls on their way from a server to this host', () => {
	it('keep their order, 200 in flight', async () => {
		const host = new ScriptedHost(async ({ prompt }) => {
			await new Promise((resolve) => setTimeout(resolve, (Number(prompt.slice(1)) * 7) % 11));
			return prompt === 'p7' ? { text: 'no', failure: 'server' } : { text: `E:${prompt}` };
		});
		const sandbox = await create({ host });
		const code =
			"a = llm_query_batched([f'p{i}' for i in range(200)])\nprint([i for i in range(200) if a[i] != f'E:p{i}'], a[7].category)";
		expect((await runCell(sandbox, code)).stdout).toBe('[7] server\n');
		expect(host.queries.map(({ prompt }) => prompt)).toEqual(Array.from({ length: 200 }, (_, index) => `p${index}`));
	});

	it('carry model, context and the place of their text', async () => {
		const host = new ScriptedHost(({ prompt, context }) => ({ text: `${prompt.length}:${context ?? 'parent'}` }));
		const contexts = [filesOf({ 'a.md': 'nothing\nthe quick brown fox jumps over the dog\nend\n' })];
		const sandbox = await create({ host, contexts });
		await runCell(sandbox, "llm_query(files['a.md'].splitlines()[1], model='m2')");
		expect(host.queries[0]).toMatchObject({ kind: 'llm', model: 'm2', spans: [{ path: 'a.md', startLine: 2 }] });
		const code = "print(rlm_query('q'), rlm_query_batched(['a', 'b'], ['ü', None]), await arlm_query('c', 'z'))";
		expect((await runCell(sandbox, code)).stdout).toBe("1:parent ['1:ü', '1:parent'] 1:z\n");
	});

	it('carry their options there, and what was cut back', async () => {
		const host = new ScriptedHost(() => ({ text: 'r', cut: 'repetition' }));
		const sandbox = await create({ host });
		const code = "r = llm_query('q', system='s ü', temperature=0.5, max_tokens=7, stop='END')\nprint(r.cut)";
		expect((await runCell(sandbox, code)).stdout).toBe('repetition\n');
		const options = { system: 's ü', temperature: 0.5, maxTokens: 7, stop: ['END'] };
		expect(host.queries).toEqual([{ kind: 'llm', prompt: 'q', ...options, spans: [] }]);
	});

	it('that nobody waits for any more are given up here', async () => {
		const host = new ScriptedHost(untilAborted);
		const sandbox = await create({ host });
		await runCell(sandbox, "task = asyncio.create_task(allm_query('q'))\nawait asyncio.sleep(0.05)");
		await expect.poll(() => host.signals[0]?.aborted).toBe(true);
		expect((await runCell(sandbox, 'print((await task).category)')).stdout).toBe('cancelled\n');
	});

	it('survive a host that breaks its promise never to reject', async () => {
		const sandbox = await create({ host: new ScriptedHost(() => Promise.reject(new Error('defect'))) });
		expect((await runCell(sandbox, "print(llm_query('q'))")).stdout).toBe('Error: defect\n');
	});

	it('reach tools and the budget, and their errors come back', async () => {
		const echo: HostTool = { description: 'Returns.', call: async (json) => json };
		const failing: HostTool = { description: 'Fails.', call: () => Promise.reject(new Error('Tool failed!')) };
		const sandbox = await create({ tools: { echo, failing } });
		expect((await runCell(sandbox, "print(echo('ü', k=1), budget())")).stdout).toBe(
			"{'args': ['ü'], 'kwargs': {'k': 1}} {'calls': 50, 'costUsd': None}\n",
		);
		const { error } = await runCell(sandbox, 'failing()');
		expect(error).toMatchObject({ type: 'RuntimeError', message: 'Tool failed!' });
	});

	it('cannot be made from code that runs outside of a cell, and the session lives on', async () => {
		const host = new ScriptedHost();
		const sandbox = await create({ host });
		await runCell(
			sandbox,
			"class Sly:\n    def __str__(self): return llm_query('sly')\n    __repr__ = __str__\nx = Sly()",
		);
		const before = host.queries.length;
		await sandbox.variableText('x', 100, neverAborted);
		expect(host.queries).toHaveLength(before);
		expect((await runCell(sandbox, "print(llm_query('q'))")).stdout).toBe('reply to q\n');
	});
});

describe('limits on a sandbox server', () => {
	const SEND = `import json, os, struct
def send(header, payload):
    header = json.dumps(header).encode()
    os.write(1000, struct.pack('<II', len(header), len(payload)) + header + payload)
`;

	it.each([
		[
			'what is no text',
			"send({'op': 'submit', 'calls': [{'id': 1, 'kind': 'llm', 'promptBytes': 30_000_000}]}, b'\\xff' * 30_000_000)",
		],
		[
			'more than anybody could have read',
			"for n in range(16): send({'op': 'submit', 'calls': [{'id': n, 'kind': 'llm', 'promptBytes': 15_000_000}]}, b'x' * 15_000_000)",
		],
	])('end the interpreter and not the session when code sends %s', async (_name, code) => {
		const sandbox = await create();
		await runCell(sandbox, 'kept = 1');
		const { restart } = await runCell(sandbox, SEND + code);
		expect(restart).toMatchObject({ reason: 'violation', isRestored: true });
		expect((await runCell(sandbox, 'kept')).stdout).toBe('1\n');
	});

	it('interrupt code and keep its variables', async () => {
		const sandbox = await create();
		const { error, restart } = await runCell(sandbox, 'kept = [1]\nwhile True: pass', { timeoutMs: 300 });
		expect(error).toMatchObject({ type: 'Timeout', message: expect.stringContaining('time limit of 0.3 s') });
		expect(restart).toBeUndefined();
		expect((await runCell(sandbox, 'kept')).stdout).toBe('[1]\n');
	});

	it('may be as short or as long as they like', async () => {
		const sandbox = await create();
		expect((await runCell(sandbox, '1', { timeoutMs: Number.POSITIVE_INFINITY })).stdout).toBe('1\n');
		expect((await runCell(sandbox, 'while True: pass', { timeoutMs: 0.4 })).error?.type).toBe('Timeout');
		expect((await runCell(sandbox, '2')).stdout).toBe('2\n');
	});

	it('kill code that cannot be interrupted, and bring back what was there before', async () => {
		const sandbox = await create({ contexts: [filesOf({ a: 'the text' }, 'text')] });
		await runCell(sandbox, 'kept = 1');
		const result = await runCell(sandbox, `print('started')\n${UNINTERRUPTIBLE}`, { timeoutMs: 300 });
		expect(result).toMatchObject({ stdout: 'started\n', restart: { reason: 'timeout', isRestored: true } });
		expect((await runCell(sandbox, 'print(kept, context)')).stdout).toBe('1 the text\n');
	});

	it('survive a crash of the interpreter', async () => {
		const sandbox = await create();
		await runCell(sandbox, 'kept = 1');
		expect((await runCell(sandbox, 'import os\nos._exit(3)')).restart).toMatchObject({ reason: 'crashed' });
		expect((await runCell(sandbox, 'kept')).stdout).toBe('1\n');
	});

	it('bound a flood of output', async () => {
		let streamed = 0;
		const { stdout, printedCharacters } = await runCell(await create(), "for i in range(2000): print('x' * 1000)", {
			outputCharacters: 5000,
			onOutput: (_stream, text) => {
				streamed += text.length;
			},
		});
		expect(printedCharacters).toBeGreaterThan(100_000);
		expect(stdout.length).toBeLessThan(6000);
		expect(streamed).toBeLessThanOrEqual(5000);
	});

	it('make a memory blow-up a MemoryError', async () => {
		const sandbox = await create({ memoryBytes: 256 << 20 });
		const { error } = await runCell(sandbox, 'pieces = [bytearray(10**7) for _ in range(1000)]');
		expect(error?.type).toBe('MemoryError');
		expect((await runCell(sandbox, "print('alive')")).stdout).toBe('alive\n');
	});
});

describe('cancelling on a sandbox server', () => {
	it.each(['while True: pass', UNINTERRUPTIBLE])('ends a busy cell and keeps earlier variables: %s', async (code) => {
		const sandbox = await create();
		await runCell(sandbox, 'kept = 1');
		const controller = new AbortController();
		const onOutput = () => controller.abort();
		const cell = runCell(sandbox, `print('started')\n${code}`, { signal: controller.signal, onOutput });
		await expect(cell).rejects.toBeInstanceOf(CancelledError);
		expect((await runCell(sandbox, 'kept')).stdout).toBe('1\n');
	});

	it('ends calls in flight', async () => {
		const host = new ScriptedHost(untilAborted);
		const sandbox = await create({ host });
		await cancelWhileItAsks(sandbox, host);
		expect((await runCell(sandbox, 'kept')).stdout).toBe('1\n');
	});

	it('before the start runs nothing', async () => {
		const sandbox = await create();
		const cell = runCell(sandbox, 'made = 1', { signal: AbortSignal.abort() });
		await expect(cell).rejects.toBeInstanceOf(CancelledError);
		expect((await runCell(sandbox, 'made')).error?.type).toBe('NameError');
		await expect(factory.create(sandboxOptions(), AbortSignal.abort())).rejects.toBeInstanceOf(CancelledError);
	});

	it('an upload leaves no session behind', async () => {
		const bytes = new SharedArrayBuffer(60_000_000);
		const file = { path: 'a', offset: 0, length: bytes.byteLength, lineCount: 1, firstLine: 1 };
		const controller = new AbortController();
		const contexts = [{ kind: 'text', label: 'a', bytes, files: [file], leftOut: [] } as const];
		const creation = factory.create(sandboxOptions({ contexts }), controller.signal);
		setTimeout(() => controller.abort(), 20);
		await expect(creation).rejects.toBeInstanceOf(CancelledError);
		await expect.poll(async () => (await fetch(`${server.url}/ready`)).json()).toMatchObject({ sessions: 0 });
	});
});

describe('the end of a remote sandbox', () => {
	it('rejects its running cell and all later ones', async () => {
		const sandbox = await create();
		let hasStarted = false;
		const cell = runCell(sandbox, "print('started')\nwhile True: pass", {
			onOutput: () => {
				hasStarted = true;
			},
		});
		const outcome = cell.catch((error: unknown) => error);
		await expect.poll(() => hasStarted).toBe(true);
		await sandbox.dispose();
		await sandbox.dispose();
		expect(await outcome).toBeInstanceOf(SandboxError);
		await expect(runCell(sandbox, '1')).rejects.toBeInstanceOf(SandboxError);
		await expect.poll(async () => (await fetch(`${server.url}/ready`)).json()).toMatchObject({ sessions: 0 });
	});

	it('comes with the end of its factory', async () => {
		const other = server.client();
		const sandbox = await other.create(sandboxOptions(), neverAborted);
		await other.dispose();
		await expect(runCell(sandbox, '1')).rejects.toMatchObject({ reason: 'disposed' });
		await expect(other.create(sandboxOptions(), neverAborted)).rejects.toBeInstanceOf(SandboxError);
	});

	it('before the start is told when a tool has a reserved name', async () => {
		const tools = { llm_query: { description: '', call: async () => '1' } };
		const creation = factory.create(sandboxOptions({ tools }), neverAborted);
		await expect(creation).rejects.toBeInstanceOf(InputError);
		await expect(creation).rejects.toThrow(/llm_query.*reserved/);
	});
});

describe('a session that the next run takes over', () => {
	it('keeps variables, and asks the new host from then on', async () => {
		const before = new ScriptedHost(() => ({ text: 'the first host' }));
		const options = sandboxOptions({ contexts: [await filesOf({ 'a.txt': 'alpha' })], host: before });
		const sandbox = await create(options);
		await runCell(sandbox, 'kept = 1\nmemory["n"] = 7\ncite("a.txt", 1)');
		const host = new ScriptedHost(() => ({ text: 'the second host' }));
		const tools = { now: { description: 'the time', call: async () => '"noon"' } };
		const renewal = { ...options, histories: ['[{"role": "user", "content": "one?"}]'], tools, host };
		expect(await sandbox.renew(renewal, neverAborted)).toBe(true);
		const result = await runCell(sandbox, 'print(kept, memory, history[0]["content"], now(), llm_query("who?"))');
		expect(result.stdout).toBe("1 {'n': 7} one? noon the second host\n");
		expect(result.citations).toEqual([]);
		expect(before.queries).toEqual([]);
	});

	it('cannot take other contexts along', async () => {
		const options = sandboxOptions({ contexts: [await filesOf({ 'a.txt': 'alpha' })] });
		const sandbox = await create(options);
		const contexts = [await filesOf({ 'b.txt': 'beta' })];
		expect(await sandbox.renew({ ...options, contexts }, neverAborted)).toBe(false);
	});
});
