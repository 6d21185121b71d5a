import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.ts';
import type { HostTool, QueryReply, Sandbox, SandboxOptions, SubQuery } from '../../src/core/ports/sandbox.ts';
import { cancelWhileItAsks } from '../support/cancelledCell.ts';
import { createSandboxes, filesOf, runCell, ScriptedHost, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const factory = createSandboxes();
afterAll(() => factory.dispose());

async function withSandbox(options: Partial<SandboxOptions>, use: (sandbox: Sandbox) => Promise<void>): Promise<void> {
	const sandbox = await factory.create(sandboxOptions(options), neverAborted);
	try {
		await use(sandbox);
	} finally {
		await sandbox.dispose();
	}
}

/** Failures for prompts that begin with `bad`, replies in random order for the others. */
const unreliable = async ({ prompt }: SubQuery): Promise<QueryReply> => {
	await new Promise((resolve) => setTimeout(resolve, (prompt.length * 7) % 11));
	return prompt.startsWith('bad') ? { text: `no ${prompt}`, failure: 'server' } : { text: `E:${prompt}` };
};

/** A query that is answered only when its signal fires. */
const untilAborted = (_query: SubQuery, signal: AbortSignal) =>
	new Promise<QueryReply>((resolve) => {
		signal.addEventListener('abort', () => resolve({ text: 'stopped', failure: 'cancelled' }));
	});

describe('model calls', () => {
	it('give replies of any length, those of a large batch too', async () => {
		const host = new ScriptedHost(() => ({ text: 'r'.repeat(100_000) }));
		await withSandbox({ host }, async (sandbox) => {
			const code = "print(sum(map(len, llm_query_batched(['x'] * 700))))";
			expect((await runCell(sandbox, code)).stdout).toBe('70000000\n');
		});
	});

	it('give text, one by one or many at a time in order', async () => {
		const host = new ScriptedHost(unreliable);
		await withSandbox({ host }, async (sandbox) => {
			expect((await runCell(sandbox, "print(llm_query('k'), llm_query(prompt='p', model='m2'))")).stdout).toBe(
				'E:k E:p\n',
			);
			const many = "a = llm_query_batched([f'p{i}' for i in range(200)])\nprint(a == [f'E:p{i}' for i in range(200)])";
			expect((await runCell(sandbox, many)).stdout).toBe('True\n');
		});
		expect(host.queries).toHaveLength(202);
		expect(host.queries[1]).toMatchObject({ kind: 'llm', prompt: 'p', model: 'm2' });
		expect(host.signals).toHaveLength(3);
	});

	it('that fail are text with the facts, and can be checked', async () => {
		await withSandbox({ host: new ScriptedHost(unreliable) }, async (sandbox) => {
			const { stdout } = await runCell(
				sandbox,
				"r = llm_query_batched(['a', 'bad', 'c'])\nprint(r, [x.ok for x in r], r[1].error, r[1].category, r[0].error)",
			);
			expect(stdout).toBe("['E:a', 'Error: no bad', 'E:c'] [True, False, True] no bad server None\n");
			const { error } = await runCell(sandbox, "llm_query('bad').check()");
			expect(error).toMatchObject({ type: 'LLMError', message: 'no bad' });
		});
	});

	it('with unusable prompts are refused without a call', async () => {
		const host = new ScriptedHost();
		await withSandbox({ host }, async (sandbox) => {
			const code = "r = llm_query_batched([5, None, '  '])\nprint([x.category for x in r], llm_query_batched([]))";
			expect((await runCell(sandbox, code)).stdout).toBe("['input', 'input', 'input'] []\n");
			expect((await runCell(sandbox, "llm_query_batched('not a list')")).error?.message).toContain('list');
		});
		expect(host.queries).toHaveLength(0);
	});

	it('take options in every form, and say when a reply was cut', async () => {
		const host = new ScriptedHost(({ prompt }) => (prompt === 'long' ? { text: 'l', cut: 'length' } : { text: 's' }));
		await withSandbox({ host }, async (sandbox) => {
			const code = [
				"o = {'system': 'Be brief: ü', 'temperature': 0, 'max_tokens': 5, 'stop': 'END'}",
				"a = llm_query('long', **o)",
				"b = llm_query_batched(['x', 'y'], 'm', **{**o, 'stop': ['A', 'B']})",
				"c = await allm_query('z', temperature=1.5)",
				'print(a.cut, [r.cut for r in b], c.cut, c)',
			];
			expect((await runCell(sandbox, code.join('\n'))).stdout).toBe('length [None, None] None s\n');
		});
		const options = { system: 'Be brief: ü', temperature: 0, maxTokens: 5 };
		expect(host.queries).toEqual([
			{ kind: 'llm', prompt: 'long', ...options, stop: ['END'], spans: [] },
			{ kind: 'llm', prompt: 'x', model: 'm', ...options, stop: ['A', 'B'], spans: [] },
			{ kind: 'llm', prompt: 'y', model: 'm', ...options, stop: ['A', 'B'], spans: [] },
			{ kind: 'llm', prompt: 'z', temperature: 1.5, spans: [] },
		]);
	});

	it.each([
		['temperature=3', 'ValueError', 'from 0 to 2'],
		["temperature='hot'", 'TypeError', 'a number'],
		['max_tokens=0', 'ValueError', 'at least 1'],
		['max_tokens=True', 'TypeError', 'whole number'],
		["stop=['a', '']", 'TypeError', 'none of them empty'],
		["stop=['a'] * 9", 'ValueError', 'at most 8 texts'],
		['system=5', 'TypeError', 'a str'],
	])('with %s are an error that says what is allowed', async (argument, type, message) => {
		const host = new ScriptedHost();
		await withSandbox({ host }, async (sandbox) => {
			const { error } = await runCell(sandbox, `llm_query('q', ${argument})`);
			expect(error).toMatchObject({ type, message: expect.stringContaining(message) });
		});
		expect(host.queries).toHaveLength(0);
	});

	it('with long options leave in as many frames as they need', async () => {
		const host = new ScriptedHost(({ stop = [] }) => ({ text: String(stop.join('').length) }));
		await withSandbox({ host }, async (sandbox) => {
			const code = "r = llm_query_batched(['q'] * 1000, stop=['\u{1F600}' * 100] * 8)\nprint(len(r), set(r))";
			expect((await runCell(sandbox, code)).stdout).toBe("1000 {'1600'}\n");
		});
		expect(host.signals.length).toBeGreaterThan(1);
	});

	it('can be awaited, and leave together', async () => {
		const host = new ScriptedHost(unreliable);
		await withSandbox({ host }, async (sandbox) => {
			const code =
				"import asyncio\nr = await asyncio.gather(*[allm_query(f'p{i}') for i in range(100)])\nprint(r[99], len(r))";
			expect((await runCell(sandbox, code)).stdout).toBe('E:p99 100\n');
			expect(host.signals).toHaveLength(1);
		});
	});

	it('may be mixed: a plain call inside a coroutine, a time limit around an awaited one', async () => {
		const host = new ScriptedHost((query, signal) =>
			query.prompt === 'slow' ? untilAborted(query, signal) : unreliable(query),
		);
		await withSandbox({ host }, async (sandbox) => {
			const code =
				"async def both():\n    return llm_query('a') + await allm_query('b')\nprint(await both())\n" +
				"try:\n    await asyncio.wait_for(allm_query('slow'), 0.02)\nexcept TimeoutError:\n    print('late')";
			expect((await runCell(sandbox, code)).stdout).toBe('E:aE:b\nlate\n');
			expect(host.signals.at(-1)?.aborted).toBe(true);
		});
	});

	it('to child runs carry their context', async () => {
		const host = new ScriptedHost(({ prompt, context }) => ({ text: `${prompt}:${context ?? 'parent'}` }));
		await withSandbox({ host }, async (sandbox) => {
			const code = "print(rlm_query('q'), rlm_query_batched(['a', 'b'], ['x', None]), await arlm_query('c', 'z'))";
			expect((await runCell(sandbox, code)).stdout).toBe("q:parent ['a:x', 'b:parent'] c:z\n");
			expect((await runCell(sandbox, "rlm_query_batched(['a'], ['x', 'y'])")).error?.type).toBe('ValueError');
		});
		expect(host.queries.map(({ kind }) => kind)).toEqual(['rlm', 'rlm', 'rlm', 'rlm']);
	});

	it('know where the text of their prompts stands in the corpus', async () => {
		const host = new ScriptedHost();
		const contexts = [filesOf({ 'a.md': 'nothing\nthe quick brown fox jumps over\nthe lazy dog today\nend\n' })];
		await withSandbox({ host, contexts }, async (sandbox) => {
			const code =
				"lines = files['a.md'].splitlines()\nr = llm_query('Summarise:\\n' + '\\n'.join(lines[1:3]))\nprint(lines[1])";
			const { spans } = await runCell(sandbox, code);
			expect(spans).toEqual([{ path: 'a.md', startLine: 2, endLine: 2 }]);
		});
		expect(host.queries[0]?.spans).toEqual([{ path: 'a.md', startLine: 2, endLine: 3 }]);
	});

	it('that nobody waits for any more are given up at the end of the cell', async () => {
		const host = new ScriptedHost(untilAborted);
		await withSandbox({ host }, async (sandbox) => {
			const code = "task = asyncio.create_task(allm_query('q'))\nawait asyncio.sleep(0.01)";
			expect((await runCell(sandbox, code)).error).toBeUndefined();
			expect(host.signals[0]?.aborted).toBe(true);
			expect((await runCell(sandbox, 'print((await task).category)')).stdout).toBe('cancelled\n');
		});
	});

	it('that are waited for end with the cell when it is cancelled, and variables live on', async () => {
		const host = new ScriptedHost(untilAborted);
		await withSandbox({ host }, async (sandbox) => {
			await cancelWhileItAsks(sandbox, host);
			expect((await runCell(sandbox, 'kept')).stdout).toBe('1\n');
		});
	});

	it('survive a host that breaks its promise never to reject', async () => {
		const host = new ScriptedHost(() => Promise.reject(new Error('defect')));
		await withSandbox({ host }, async (sandbox) => {
			expect((await runCell(sandbox, "print(llm_query('q'))")).stdout).toBe('Error: defect\n');
		});
	});
});

describe('tools of the host', () => {
	const echo: HostTool = {
		description: 'Returns its argument.',
		call: async (argumentsJson) => /^\{"args": \[(.*)\], "kwargs": \{\}\}$/s.exec(argumentsJson)?.[1] ?? argumentsJson,
	};
	const failing: HostTool = { description: 'Fails.', call: () => Promise.reject(new Error('Tool failed!')) };

	it('are functions whose values survive both ways', async () => {
		await withSandbox({ tools: { echo } }, async (sandbox) => {
			const code = "for v in (2**60, None, True, 0.5, {'a': ['ü']}): print(echo(v) == v, type(echo(v)).__name__)";
			expect((await runCell(sandbox, code)).stdout).toBe('True int\nTrue NoneType\nTrue bool\nTrue float\nTrue dict\n');
			expect((await runCell(sandbox, 'echo(k=1)')).stdout).toBe("{'args': [], 'kwargs': {'k': 1}}\n");
			expect((await runCell(sandbox, 'print(echo.__doc__)')).stdout).toBe('Returns its argument.\n');
		});
	});

	it('that reject raise RuntimeError', async () => {
		await withSandbox({ tools: { failing } }, async (sandbox) => {
			expect((await runCell(sandbox, 'failing()')).error).toMatchObject({
				type: 'RuntimeError',
				message: 'Tool failed!',
			});
		});
	});

	it.each(['llm_query', 'context', 'files', 'context_7', 'answer'])('may not be called %s', async (name) => {
		const creation = factory.create(sandboxOptions({ tools: { [name]: echo } }), neverAborted);
		await expect(creation).rejects.toBeInstanceOf(InputError);
		await expect(creation).rejects.toThrow(new RegExp(`${name}.*reserved`));
	});

	it('see the budget of the run beside them', async () => {
		await withSandbox({}, async (sandbox) => {
			expect((await runCell(sandbox, 'budget()')).stdout).toBe("{'calls': 50, 'costUsd': None}\n");
		});
	});
});
