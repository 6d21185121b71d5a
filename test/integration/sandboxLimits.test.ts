import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError, SandboxError } from '../../src/core/errors.ts';
import type { Sandbox, SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { RUNTIME } from '../support/runtimeModules.ts';
import { createSandboxes, filesOf, livingInterpreters, runCell, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

/** A loop in C that looks at no signal. */
const UNINTERRUPTIBLE = 'sum(range(10**13))';

let factory: SandboxFactory;
let sandbox: Sandbox;

beforeEach(async () => {
	factory = createSandboxes();
	const contexts = [filesOf({ 'a.txt': 'the text' }, 'text')];
	sandbox = await factory.create(sandboxOptions({ contexts, memoryBytes: 256 << 20 }), neverAborted);
});
afterEach(() => factory.dispose());

const run = (code: string, options = {}) => runCell(sandbox, code, options);

describe('the time limit', () => {
	it.each(['while True: pass', 'import time\ntime.sleep(60)', "import re\nre.match('(a+)+$', 'a' * 40 + 'b')"])(
		'interrupts code and keeps its variables: %s',
		async (code) => {
			const { error, restart } = await run(`kept = [1]\n${code}`, { timeoutMs: 300 });
			expect(error).toMatchObject({ type: 'Timeout', message: expect.stringContaining('time limit of 0.3 s') });
			expect(restart).toBeUndefined();
			expect((await run('kept')).stdout).toBe('[1]\n');
		},
	);

	it('kills code that cannot be interrupted, and brings back what was there before', async () => {
		await run(
			"import json\nkept = {'a': [1]}\ndef f(): return len(context)\nwith open('file.txt', 'w') as f_: f_.write('x')",
		);
		const result = await run(`print('started')\nkept['b'] = 2\n${UNINTERRUPTIBLE}`, { timeoutMs: 300 });
		expect(result.error?.type).toBe('Timeout');
		expect(result.restart).toMatchObject({ reason: 'timeout', isRestored: true });
		expect(result.stdout).toBe('started\n');
		expect((await run("import os\nprint(kept, f(), os.path.exists('file.txt'))")).stdout).toBe("{'a': [1]} 8 False\n");
	});

	it('ends a sleep that would have no end, and a length that is none is an error as in Python', async () => {
		expect((await run("import time\ntime.sleep(float('inf'))", { timeoutMs: 300 })).error?.type).toBe('Timeout');
		expect(await run("import time\ntime.sleep(float('nan'))")).toMatchObject({ error: { type: 'ValueError' } });
	});

	it('kills code that swallows the interrupt', async () => {
		await run('kept = 1');
		const code = 'while True:\n    try:\n        while True: pass\n    except BaseException: pass';
		expect((await run(code, { timeoutMs: 300 })).restart?.isRestored).toBe(true);
		expect((await run('kept')).stdout).toBe('1\n');
	});

	it('says that everything is gone when the session was too large to be copied', async () => {
		await run('import random\nlarge = random.randbytes(120_000_000)');
		const { restart } = await run(UNINTERRUPTIBLE, { timeoutMs: 300 });
		expect(restart).toMatchObject({ isRestored: false, explanation: expect.stringContaining('gone') });
		expect((await run("print('large' in globals(), context)")).stdout).toBe('False the text\n');
	});

	it('may be hit again after a restart', async () => {
		await run('kept = 1');
		await run(UNINTERRUPTIBLE, { timeoutMs: 200 });
		expect((await run(UNINTERRUPTIBLE, { timeoutMs: 200 })).restart?.isRestored).toBe(true);
		expect((await run('kept')).stdout).toBe('1\n');
	});
});

describe('cancelling', () => {
	it.each(['while True: pass', UNINTERRUPTIBLE])('ends a busy cell and keeps earlier variables: %s', async (code) => {
		await run('kept = 1');
		const controller = new AbortController();
		const cell = run(`print('started')\n${code}`, { signal: controller.signal, onOutput: () => controller.abort() });
		await expect(cell).rejects.toBeInstanceOf(CancelledError);
		expect((await run('kept')).stdout).toBe('1\n');
	});

	it('before the start runs nothing', async () => {
		await expect(run('made = 1', { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
		expect((await run('made')).error?.type).toBe('NameError');
	});
});

describe('the memory cap', () => {
	it('is a MemoryError, and the next cell works', async () => {
		expect((await run('pieces = [bytearray(10**7) for _ in range(1000)]')).error?.type).toBe('MemoryError');
		expect((await run("print('alive')")).stdout).toBe('alive\n');
	});

	it('can be reached to the last byte, and there is room to report it and to free some', async () => {
		const fill = `
pieces, size = [], 1 << 26
while size >= 64:
    try: pieces.append(bytearray(size - 40))
    except MemoryError: size >>= 1
len(pieces) > 0`;
		expect((await run(fill)).echo).toBe('True');
		expect((await run('6 * 7')).echo).toBe('42');
		expect((await run('del pieces\nlen(bytearray(10**8))')).echo).toBe('100000000');
	});

	it('of the number of files is an OSError', async () => {
		const { error } = await run("for i in range(30_000): open(f'f{i}', 'w').close()");
		expect(error).toMatchObject({ type: 'OSError', message: expect.stringContaining('space') });
	});

	it('of files is an OSError, and deleting gives the room back', async () => {
		const fill = "import os\nfor i in range(100):\n    with open(f'f{i}', 'wb') as f: f.write(bytes(2**20))";
		expect((await run(fill)).error).toMatchObject({ type: 'OSError', message: expect.stringContaining('space') });
		await run("for name in os.listdir(): os.remove(name)\nwith open('again', 'wb') as f: f.write(bytes(2**20))");
		expect((await run("os.path.getsize('again')")).stdout).toBe('1048576\n');
	});
});

describe('the death of an interpreter', () => {
	it.each([
		['import os\nos._exit(3)', 'crashed'],
		['import os\nos.abort()', 'crashed'],
		['import faulthandler\nfaulthandler._sigsegv()', 'crashed'],
		["import os\nos.write(1000, b'no frame')", 'violation'],
		[`${RUNTIME}\nwhile True: runtime['send']('output', bytes(50_000_000), stream='stdout')`, 'violation'],
		['import os, struct\nh = b\'{"op": "ready"}\'\nos.write(1000, struct.pack(\'<II\', len(h), 0) + h)', 'violation'],
	])('stays in its thread and brings back what was there before: %s', async (code, reason) => {
		await run('kept = 1');
		const { restart, error } = await run(code);
		expect(restart).toMatchObject({ reason, isRestored: true });
		expect(error?.message).toMatch(/^\w/);
		expect((await run('kept')).stdout).toBe('1\n');
	});
});

it('reports a cell whose result cannot be read as an error, without a restart', async () => {
	// What asks after a cell whether the runtime is sound gets what it wants.
	await run(`${RUNTIME}
g = runtime
cell = g['_COMMANDS']['cell']
g['_COMMANDS']['cell'] = lambda header, payload: cell(header, payload) if payload == b'6 * 7' or b'g =' in payload else {'stdout': 1}`);
	const { error, restart } = await run("print('never')");
	expect(error?.type).toBe('ResultError');
	expect(restart).toBeUndefined();
});

it('starts anew when what a cell broke shows only later, and the memory that is brought back has it, too', async () => {
	await run(`
import sys
seen = []
def hook(event, args):
    if event == 'compile':
        seen.append(event)
        if len(seen) > 2: raise ZeroDivisionError
sys.addaudithook(hook)`);
	const { restart } = await run('kept = 1');
	expect(restart).toMatchObject({ reason: 'crashed', isRestored: false });
	expect((await run("print('seen' in globals(), context)")).stdout).toBe('False the text\n');
});

it('loses one cell at most to a last value that cannot be freed', async () => {
	await run('kept = 1');
	const deep = "import xml.etree.ElementTree as trees\ntrees.fromstring('<a>' * 100_000 + '</a>' * 100_000)";
	expect((await run(deep)).echo).toMatch(/^<Element/);
	expect((await run('1 + 1')).restart).toMatchObject({ reason: 'crashed', isRestored: true });
	expect((await run('kept + 1')).echo).toBe('2');
});

it('undoes a cell after which no other would run', async () => {
	await run('kept = 1');
	const { restart } = await run(`${RUNTIME}\nlost = 1\nruntime['_COMMANDS']['cell'] = lambda header, payload: {}`);
	expect(restart).toMatchObject({ reason: 'crashed', isRestored: true });
	expect((await run("print(kept, 'lost' in globals())")).stdout).toBe('1 False\n');
});

describe('the end', () => {
	it('of a sandbox rejects its running cell and all later ones', async () => {
		const cell = run('while True: pass');
		await new Promise((resolve) => setTimeout(resolve, 100));
		await sandbox.dispose();
		await sandbox.dispose();
		await expect(cell).rejects.toBeInstanceOf(SandboxError);
		await expect(run('1')).rejects.toBeInstanceOf(SandboxError);
	});

	it('of the factory leaves no interpreter behind', async () => {
		await factory.create(sandboxOptions(), neverAborted);
		await run(UNINTERRUPTIBLE, { timeoutMs: 100 });
		// Two sandboxes, and perhaps a spare.
		expect(livingInterpreters()).toBeGreaterThanOrEqual(2);
		await factory.dispose();
		expect(livingInterpreters()).toBe(0);
		await expect(factory.create(sandboxOptions(), neverAborted)).rejects.toBeInstanceOf(SandboxError);
	});
});

it('says where Python should be when its files are missing', async () => {
	const { createWorkerSandboxes } = await import('../../src/sandbox/host/workerSandbox.ts');
	const empty = createWorkerSandboxes({ vaultFolder: '/nowhere', workerScript: 'worker.js' });
	await expect(empty.create(sandboxOptions(), neverAborted)).rejects.toThrow(/\/nowhere/);
});

it('leaves no interpreter behind when the factory ends while a sandbox starts', async () => {
	const creation = factory.create(sandboxOptions(), neverAborted);
	const failure = creation.catch((error: unknown) => error);
	await new Promise((resolve) => setTimeout(resolve, 50));
	await factory.dispose();
	expect(await failure).toBeInstanceOf(SandboxError);
	expect(livingInterpreters()).toBe(0);
});
