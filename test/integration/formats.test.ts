// How each wire is told the form of a reply, and what becomes of servers that do not take it.
import { afterEach, describe, expect, test } from 'vitest';
import type { ChatRequest, JsonSchema } from '../../src/core/ports/model.ts';
import { Bench, MODEL, SOFTWARE, type Software } from '../support/providers.ts';
import type { ScriptedServerOptions } from '../support/scriptedServer.ts';

const bench = new Bench();
afterEach(() => bench.dispose());

const NEVER = new AbortController().signal;
const ITEM: JsonSchema = {
	type: 'object',
	properties: { count: { type: 'integer' } },
	required: ['count'],
	additionalProperties: false,
};
const WORD: JsonSchema = { type: 'string', enum: ['yes', 'no'] };
/** Where each wire has the form. */
const FIELD: Readonly<Record<Software, string>> = {
	Ollama: 'format',
	'llama.cpp': 'response_format',
	vLLM: 'response_format',
	Anthropic: 'tools',
};

async function provider(software: Software, script: ScriptedServerOptions['script']) {
	const server = await bench.start(software, { script });
	const created = bench.provider(software, server.url);
	const ask = (options: Partial<ChatRequest>) =>
		created.chat({ model: MODEL, messages: [{ role: 'user', content: 'Go on.' }], ...options }, () => {}, NEVER);
	const hadForm = () => server.requests.map(({ body }) => FIELD[software] in (body ?? {}));
	return { server, ask, hadForm };
}

test.each<readonly [Software, object]>([
	['Ollama', { format: ITEM }],
	[
		'llama.cpp',
		{ response_format: { type: 'json_schema', json_schema: { name: 'reply', strict: true, schema: ITEM } } },
	],
	['vLLM', { response_format: { type: 'json_schema', json_schema: { name: 'reply', strict: true, schema: ITEM } } }],
	[
		'Anthropic',
		{
			tools: [{ name: 'reply', input_schema: ITEM }],
			tool_choice: { type: 'tool', name: 'reply', disable_parallel_tool_use: true },
		},
	],
])('%s decodes by a schema', async (software, fields) => {
	const { server, ask } = await provider(software, [{ text: '{"count":3}' }]);
	expect(await ask({ format: ITEM })).toMatchObject({ text: '{"count":3}', finishReason: 'stop' });
	expect(server.requests[0]?.body).toMatchObject(fields);
});

test.each(SOFTWARE)('%s gives a value that is no object, wrapped only where it has to be', async (software) => {
	const isWrapped = software === 'Anthropic';
	const { server, ask } = await provider(software, [{ text: isWrapped ? '{"value": "yes"}' : '"yes"' }]);
	const reply = await ask({ format: WORD });
	expect(reply.text).toBe('"yes"');
	expect(reply).not.toHaveProperty('toolCalls');
	const sent = JSON.stringify(server.requests[0]?.body);
	expect(sent).toContain(JSON.stringify(WORD));
	expect(sent.includes('"value"')).toBe(isWrapped);
});

test('an open schema is not called strict', async () => {
	const open = { ...ITEM, additionalProperties: { type: 'integer' } };
	const { server, ask } = await provider('vLLM', [{ text: '{}' }]);
	await ask({ format: open });
	expect(server.requests[0]?.body).toMatchObject({ response_format: { json_schema: { strict: false, schema: open } } });
});

describe.each(SOFTWARE)('%s that does not take', (software) => {
	const refusals: Readonly<Record<Software, string>> = {
		Ollama: 'json: cannot unmarshal object into Go struct field ChatRequest.format of type string',
		'llama.cpp': 'Failed to initialize samplers: failed to parse grammar',
		vLLM: 'The provided schema contains features that are not supported by xgrammar.',
		Anthropic: 'tools.0.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12.',
	};
	const refusal = { status: 400, body: refusals[software] };

	test('a schema is asked again without it, and never again with that one', async () => {
		const { ask, hadForm } = await provider(software, [refusal, { text: 'a' }, { text: 'b' }, { text: 'c' }]);
		expect((await ask({ format: ITEM })).text).toBe('a');
		expect((await ask({ format: ITEM })).text).toBe('b');
		// Another schema may be one that it knows.
		await ask({ format: WORD });
		expect(hadForm()).toEqual([true, false, false, true]);
	});

	test('any is not asked with one for ever', async () => {
		const script = Array.from({ length: 3 }, () => [refusal, { text: 'a' }]).flat();
		const { ask, hadForm } = await provider(software, [...script, { text: 'b' }]);
		for (let count = 0; count < 4; count++) await ask({ format: { ...ITEM, title: `${count}` } });
		expect(hadForm()).toEqual([...[true, false, true, false, true, false], false]);
	});

	test('something else keeps the form', async () => {
		const other = { status: 400, body: "Unsupported parameter: 'temperature' is not supported here." };
		const { ask, hadForm } = await provider(software, [other, { text: '{}' }]);
		await ask({ format: ITEM, temperature: 0.5 });
		expect(hadForm()).toEqual([true, true]);
	});

	test('the request for a reason that it does not name is tried without, and told if that does not help', async () => {
		const unclear = { status: 400, body: 'the seed must be a number' };
		const { ask, hadForm } = await provider(software, [unclear, unclear, { text: '{}' }]);
		await expect(ask({ format: ITEM })).rejects.toThrow('the seed must be a number');
		await ask({ format: ITEM });
		expect(hadForm()).toEqual([true, false, true]);
	});
});

test('a list of many equal items is no repetition while the prompt has so many lines', async () => {
	const labels = JSON.stringify(Array.from({ length: 120 }, () => 'other'));
	const lines = Array.from({ length: 120 }, (_, index) => `item ${index}`).join('\n');
	const { ask } = await provider('llama.cpp', [
		{ text: labels, chunks: 60 },
		{ text: labels.repeat(9), chunks: 60 },
	]);
	const messages = [{ role: 'user' as const, content: lines }];
	const format = { type: 'array', items: WORD };
	expect(await ask({ messages, format })).toMatchObject({ text: labels, finishReason: 'stop' });
	expect(await ask({ messages, format })).toMatchObject({ isRepeating: true });
});
