// Whole runs: the real loop, the real sandbox, real sockets; only the words of the model are scripted.
import { afterEach, describe, expect, it } from 'vitest';
import { emptyTree, foldEvent, rootRun } from '../../src/core/tree.ts';
import type { Engine } from '../../src/engine.ts';
import { block, engineOver, isRootCall, observe, ofType, turnOf } from '../support/runs.ts';
import { type Script, type ScriptedServer, startScriptedServer, type Wire } from '../support/scriptedServer.ts';

const opened: { stop?: () => Promise<void>; dispose?: () => Promise<void> }[] = [];

afterEach(async () => {
	for (const one of opened.splice(0).reverse()) await (one.dispose?.() ?? one.stop?.());
});

async function server(script: Script, kind: Wire = 'openai'): Promise<ScriptedServer> {
	const started = await startScriptedServer({ kind, script });
	opened.push(started);
	return started;
}

function engine(servers: readonly object[], extra: object = {}): Engine {
	const created = engineOver(servers, extra);
	opened.push(created);
	return created;
}

describe.each(['ollama', 'openai', 'anthropic'] as const)('a whole run over the %s protocol', (kind) => {
	it('looks, asks a sub-model, answers, and tells all of it in events', async () => {
		const model = await server((request) => {
			if (!isRootCall(request)) return { text: 'it is Greek' };
			return turnOf(request) === 0
				? { text: `I look first.\n${block('print(context)\nreply = llm_query("Which alphabet? " + context)')}` }
				: { text: block('cite("notes.txt", 2)\nFINAL(f"{reply}; see notes.txt:1")') };
		}, kind);
		const run = await observe(engine([model.settings('gpu', { models: ['scripted-model'] })]));
		const result = await run.ended;
		expect(result).toMatchObject({ outcome: 'answered', answer: 'it is Greek; see notes.txt:1', iterations: 2 });
		expect(result.citations.map(({ path, startLine, quote }) => [path, startLine, quote])).toEqual([
			['notes.txt', 2, 'beta'],
			['notes.txt', 1, 'alpha'],
		]);
		expect(run.events.map(({ seq }) => seq)).toEqual(run.events.map((_, index) => index));
		expect(run.events.at(0)?.type).toBe('run-start');
		expect(run.events.at(-1)?.type).toBe('run-end');
		expect(ofType(run.events, 'call-end')).toMatchObject([{ status: 'done', reply: 'it is Greek', server: 'gpu' }]);
		expect(ofType(run.events, 'code-end')[0]).toMatchObject({ stdout: 'alpha\nbeta\ngamma\n\n' });
		expect(result.totals.calls).toBe(3);
		const tree = run.events.reduce(foldEvent, emptyTree());
		expect(rootRun(tree)).toMatchObject({ status: 'done', subtree: result.totals });
	});

	it('sends messages that only ever grow at the end', async () => {
		const model = await server((request) => {
			const turn = turnOf(request);
			return { text: turn < 3 ? block(`x${turn} = ${turn}\nprint(x${turn})`) : block('FINAL(x0 + x1 + x2)') };
		}, kind);
		const run = await observe(engine([model.settings('gpu')]));
		expect((await run.ended).answer).toBe('3');
		const conversations = model.requests.map(({ messages }) => messages);
		expect(conversations).toHaveLength(4);
		for (const [index, messages] of conversations.entries()) {
			const earlier = conversations[index - 1] ?? [];
			expect(messages.slice(0, earlier.length)).toEqual(earlier);
		}
	});
});

describe('sub-calls', () => {
	it('answers 200 batched calls in the order of asking, no more at a time than allowed', async () => {
		let running = 0;
		let most = 0;
		const model = await server(async (request) => {
			if (isRootCall(request)) {
				return { text: block('r = llm_query_batched([f"n{i}" for i in range(200)])\nFINAL(",".join(r))') };
			}
			most = Math.max(most, ++running);
			await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
			running--;
			return { text: `<${request.text}>` };
		});
		const run = await observe(engine([model.settings('gpu', { maxConcurrent: 50 })]), {
			limits: { callsPerCell: 200, concurrency: 16 },
		});
		expect((await run.ended).answer).toBe(Array.from({ length: 200 }, (_, index) => `<n${index}>`).join(','));
		expect(most).toBeLessThanOrEqual(16);
		expect(most).toBeGreaterThan(1);
	});

	it('tells the code in characters how much fits when a prompt is larger than the window', async () => {
		const model = await startScriptedServer({
			kind: 'openai',
			models: [{ name: 'scripted-model', contextTokens: 8_192 }],
			script: () => ({ text: block('r = llm_query("word " * 20000)\nFINAL(f"{r.category} | {r}")') }),
		});
		opened.push(model);
		const run = await observe(engine([model.settings('small')]));
		expect((await run.ended).answer).toMatch(/^context-overflow \| Error: .*8192; .*at most \d{5} characters$/);
		expect(model.requests).toHaveLength(1);
	});

	it.each([
		['ollama', 'request (3028 tokens) exceeds the available context size (1024 tokens), try increasing it'],
		['openai', "The input (3028 tokens) is longer than the model's context length (1024 tokens)."],
		['anthropic', 'prompt is too long: 3028 tokens > 1024 maximum'],
	] as const)(
		'tells the code what fits when only the %s server knows that a prompt is too long',
		async (kind, body) => {
			const model = await startScriptedServer({
				kind,
				script: (request) =>
					isRootCall(request)
						? { text: block('r = llm_query("word")\nFINAL(f"{r.category} | {r}")') }
						: { status: 400, body },
			});
			opened.push(model);
			const run = await observe(engine([model.settings('small')]));
			// Characters of 1024 tokens less the room for the reply; never those of the window that was assumed.
			expect((await run.ended).answer).toMatch(
				/^context-overflow \| Error: .*about 3028 tokens, .*window of 1024; .*at most [12]\d{3} characters$/,
			);
		},
	);

	it('starts eight child runs with REPLs of their own at depth 2, and plain calls below them', async () => {
		const model = await server((request) => {
			if (!isRootCall(request)) return { text: `plain:${request.text}` };
			const question = /<question>\n(.*)\n<\/question>/.exec(request.messages[1]?.content ?? '')?.[1] ?? '';
			if (question.startsWith('part')) {
				return { text: block(`private = "${question}"\nFINAL(private + ":" + context + ":" + rlm_query("leaf"))`) };
			}
			const code = [
				'parts = rlm_query_batched([f"part {i}" for i in range(8)], contexts=[str(i) * 3 for i in range(8)])',
				'FINAL(" ".join(parts) + " " + str("private" in globals()))',
			];
			return { text: block(code.join('\n')) };
		});
		const run = await observe(engine([model.settings('gpu', { maxConcurrent: 20 })]), { limits: { depth: 2 } });
		const result = await run.ended;
		const parts = Array.from({ length: 8 }, (_, i) => `part ${i}:${String(i).repeat(3)}:plain:leaf`);
		expect(result.answer).toBe(`${parts.join(' ')} False`);
		const starts = ofType(run.events, 'run-start');
		expect(starts.map(({ depth }) => depth)).toEqual([0, ...Array(8).fill(1)]);
		expect(ofType(run.events, 'call-start').filter(({ kind }) => kind === 'rlm')).toHaveLength(8);
		const tree = run.events.reduce(foldEvent, emptyTree());
		expect(rootRun(tree)?.subtree.calls).toBe(17);
		expect(result.totals.calls).toBe(17);
	});
});

describe('a reply that cannot be used as it is', () => {
	it('is not run when the token limit cut it in the middle of the code, and the model is told', async () => {
		const model = await server((request) =>
			turnOf(request) === 0 ? { text: '```repl\nFINAL("half', finish: 'length' } : { text: block('FINAL("whole")') },
		);
		const run = await observe(engine([model.settings('gpu')]));
		expect((await run.ended).answer).toBe('whole');
		expect(model.requests[1]?.text).toContain('cut');
	});

	it('is asked for again after a garbled stream, a 500 and a 429, without losing a turn', async () => {
		const faults = [
			{ text: 'x'.repeat(200), fault: 'garbage-line' as const },
			{ status: 500, body: 'boom' },
			{ status: 429, body: 'slow down', headers: { 'Retry-After': '0' } },
		];
		const model = await server(() => faults.shift() ?? { text: block('FINAL("at last")') });
		const run = await observe(engine([model.settings('gpu')]));
		expect(await run.ended).toMatchObject({ outcome: 'answered', answer: 'at last', iterations: 1 });
		expect(ofType(run.events, 'attempt-failed').map(({ category }) => category)).toEqual([
			'stream-cut',
			'server',
			'rate-limit',
		]);
	});

	it('comes from the other server when the first refuses the connection', async () => {
		const gone = await startScriptedServer({ kind: 'openai', script: [] });
		const settings = gone.settings('gone', { models: ['scripted-model'], contextLength: 32_768, priority: 1 });
		await gone.stop();
		const model = await server(() => ({ text: block('FINAL("from the second")') }));
		const run = await observe(engine([settings, model.settings('second', { priority: 2 })]));
		expect(await run.ended).toMatchObject({ outcome: 'answered', answer: 'from the second' });
		expect(ofType(run.events, 'attempt-failed')[0]).toMatchObject({ server: 'gone', category: 'connect' });
		expect(ofType(run.events, 'message-end')[0]?.server).toBe('second');
	});

	it.each(['hang-before-headers', 'hang-in-body'] as const)(
		'ends in a clear failure when the server %s',
		async (fault) => {
			const model = await server(() => ({ text: 'never comes whole', fault }));
			const timeouts = { firstByteMs: 150, idleMs: 150 };
			const run = await observe(engine([model.settings('gpu', { timeouts, models: ['scripted-model'] })]));
			const result = await run.ended;
			expect(result.outcome).toBe('failed');
			expect(result.error?.message).toContain(model.url);
			expect(model.closedEarly).toBeGreaterThan(0);
		},
	);
});

it('a question of more than 1,000,000 characters fails as the input that it is, before any model is asked', async () => {
	const model = await server([]);
	const run = await observe(engine([model.settings('gpu')]), { query: 'q'.repeat(1_000_001) });
	const message = 'the question has more than 1,000,000 characters';
	expect(await run.ended).toMatchObject({ outcome: 'failed', error: { code: 'input', message } });
	expect(model.requests).toEqual([]);
});
