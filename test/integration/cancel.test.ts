// Stop means stop: the server sees its socket close, Python ends, no thread is left, and the best answer is shown.
import { afterEach, expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { block, engineOver, isRootCall, observe, ofType, turnOf } from '../support/runs.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';

let model: ScriptedServer;
let engine: Engine;

async function setUp(script: Script): Promise<void> {
	model = await startScriptedServer({ kind: 'openai', script });
	engine = engineOver([model.settings('gpu', { maxConcurrent: 8 })]);
}

afterEach(async () => {
	await engine.dispose();
	await model.stop();
	expect(workerThreads()).toBe(0);
});

/** Worker threads of this process that belong to sandboxes. */
function workerThreads(): number {
	return (
		process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort' || kind === 'Worker').length - idlePorts
	);
}
const idlePorts = process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort' || kind === 'Worker').length;

it('while the root model streams', async () => {
	await setUp(() => ({ text: 'a long reply '.repeat(50), chunks: 50, chunkDelayMs: 100 }));
	const controller = new AbortController();
	const run = await observe(engine, {}, controller.signal);
	await run.until((event) => event.type === 'message-delta');
	controller.abort();
	expect(await run.ended).toMatchObject({ outcome: 'cancelled', answer: '' });
	await model.clientClosed(1);
	expect(model.requests).toHaveLength(1);
});

it('while sub-calls are in flight, with the answer so far', async () => {
	await setUp((request) => {
		if (!isRootCall(request)) return { text: 'late', delayMs: 60_000 };
		const code = turnOf(request) === 0 ? 'answer["content"] = "half"' : 'llm_query_batched(["a", "b", "c"])';
		return { text: block(code) };
	});
	const run = await observe(engine);
	await model.requested(5);
	run.handle.cancel();
	expect(await run.ended).toMatchObject({ outcome: 'cancelled', answer: 'half' });
	await model.clientClosed(3);
	expect(ofType(run.events, 'call-end').map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
});

it('while Python is busy', async () => {
	await setUp(() => ({ text: block('while True: pass') }));
	const controller = new AbortController();
	const run = await observe(engine, {}, controller.signal);
	await run.until((event) => event.type === 'code-start');
	controller.abort();
	expect((await run.ended).outcome).toBe('cancelled');
});

it('while Python is busy where it cannot be interrupted', async () => {
	await setUp(() => ({ text: block('sum(range(10**13))') }));
	const run = await observe(engine);
	await run.until((event) => event.type === 'code-start');
	run.handle.cancel();
	expect((await run.ended).outcome).toBe('cancelled');
});

it('with "answer now" asks for the answer instead of throwing the work away', async () => {
	await setUp((request) => {
		if (request.text.includes('The run ends now')) return { text: 'FINAL(this is what I have)' };
		return { text: block('seen = 1\nwhile True: pass') };
	});
	const run = await observe(engine);
	await run.until((event) => event.type === 'code-start');
	run.handle.answerNow();
	expect(await run.ended).toMatchObject({
		outcome: 'partial',
		reason: 'answer-now',
		answer: 'this is what I have',
	});
});

it('even while the forced answer is awaited', async () => {
	await setUp((request) => {
		if (request.text.includes('The run ends now')) return { text: 'too late', delayMs: 60_000 };
		return { text: block('while True: pass') };
	});
	const run = await observe(engine);
	await run.until((event) => event.type === 'code-start');
	run.handle.answerNow();
	await model.requested(2);
	run.handle.cancel();
	expect((await run.ended).outcome).toBe('cancelled');
	expect(run.events.at(-1)?.type).toBe('run-end');
	await model.clientClosed(1);
});

it('before the run has started anything', async () => {
	await setUp([]);
	const run = await observe(engine, {}, AbortSignal.abort());
	expect((await run.ended).outcome).toBe('cancelled');
	expect(model.requests).toHaveLength(0);
});
