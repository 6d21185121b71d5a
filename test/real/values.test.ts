// Code asks a real, very small model for values: what it says may be wrong, but it is always of the form asked for.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealServer, startServer } from '../../scripts/models/server.ts';
import { block, engineOver, isRootCall, observe, ofType, turnOf } from '../support/runs.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';

const MODEL = 'smollm2';
const START_MS = 300_000;

let real: RealServer;
let root: ScriptedServer;
let code = '';

beforeAll(async () => {
	real = await startServer({ models: [MODEL], slots: 2, window: 2_048, threads: 1 });
	await real.ready(AbortSignal.timeout(START_MS));
	root = await startScriptedServer({
		kind: 'openai',
		script: (request) => {
			if (!isRootCall(request)) return { status: 400, body: 'this server is for the root model' };
			return { text: turnOf(request) === 0 ? block(code) : block('FINAL("done")') };
		},
	});
}, START_MS);
afterAll(async () => {
	await root?.stop();
	await real?.[Symbol.asyncDispose]();
});

/** Runs code whose sub-calls go to the real model. @returns the last line that it printed, and how its calls ended */
async function play(source: string) {
	code = source;
	const sub = { id: 'real', kind: 'openai', url: real.url, roles: ['sub'], maxConcurrent: 2 };
	const engine = engineOver([root.settings('scripted', { roles: ['root'] }), sub]);
	try {
		const run = await observe(engine, { limits: { cellMs: 250_000 } });
		await run.ended;
		const [cell] = ofType(run.events, 'code-end');
		expect(cell?.error).toBeUndefined();
		return { printed: JSON.parse(cell?.stdout ?? ''), ends: ofType(run.events, 'call-end') };
	} finally {
		await engine.dispose();
	}
}

test('choices give exactly one of them, decoded as one, in a few tokens', async () => {
	const { printed, ends } = await play(`
texts = ['The cat sat on the mat.', 'Buy now and save 90 percent!', 'Der Hund schläft.', '2 + 2 = 4', '']
options = ['animal story', 'advertisement', 'something else']
replies = llm_query_batched(['What is this text? ' + text for text in texts], choices=options)
print(json.dumps([any(reply is option for option in options) for reply in replies]))`);
	expect(printed).toEqual([true, true, true, true, true]);
	expect(ends).toHaveLength(5);
	for (const { server, usage } of ends) {
		expect(server).toBe('real');
		expect(usage?.completionTokens).toBeLessThan(20);
	}
});

test('a schema is decoded: the value has its fields and types at the first try', async () => {
	const { printed, ends } = await play(`
from typing import Literal
text = 'Anna (42) and Bert (17) live in Oslo.'
person = {'name': str, 'age': int, 'tags': list[Literal['adult', 'child']]}
value = llm_query('Who is the first person in this text? ' + text, schema=person)
print(json.dumps([value, type(value).__name__]))`);
	expect(printed).toEqual([{ name: expect.any(String), age: expect.any(Number), tags: expect.any(Array) }, 'dict']);
	expect(Number.isInteger(printed[0].age)).toBe(true);
	expect(printed[0].tags.every((tag: string) => ['adult', 'child'].includes(tag))).toBe(true);
	expect(ends.map(({ status }) => status)).toEqual(['done']);
});
