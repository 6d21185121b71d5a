import { afterEach, describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../src/core/ports/model.ts';
import { Bench, MODEL, SOFTWARE, type Software } from '../support/providers.ts';
import type { ScriptedReply, ScriptedServerOptions } from '../support/scriptedServer.ts';

const bench = new Bench();
afterEach(() => bench.dispose());

const NEVER = new AbortController().signal;
const PREFILL = { text: '```repl', stop: ['\n```'] };

type Script = ScriptedServerOptions['script'];

async function provider(software: Software, script: Script, extra: Partial<ScriptedServerOptions> = {}) {
	const server = await bench.start(software, { script, ...extra });
	const created = bench.provider(software, server.url);
	const ask = (options: Partial<ChatRequest>) =>
		created.chat({ model: MODEL, messages: [{ role: 'user', content: 'Go on.' }], ...options }, () => {}, NEVER);
	return { server, provider: created, ask };
}

/** The options of the newest request, by the names of the protocol. */
function sent(server: { readonly requests: readonly { readonly body: unknown }[] }): Record<string, unknown> {
	const body = server.requests.at(-1)?.body as Record<string, unknown>;
	return { ...body, ...(body.options as Record<string, unknown> | undefined) };
}

describe.each(SOFTWARE)('%s', (software) => {
	test('is sent the options under the names of its protocol', async () => {
		const { server, ask } = await provider(software, [{ text: 'Two.' }]);
		await ask({ temperature: 0.2, maxTokens: 50, stop: ['END'] });
		expect(sent(server)).toMatchObject({
			temperature: 0.2,
			[software === 'Ollama' ? 'num_predict' : 'max_tokens']: 50,
			[software === 'Anthropic' ? 'stop_sequences' : 'stop']: ['END'],
		});
	});

	test('is sent no option that was not asked for', async () => {
		const { server, ask } = await provider(software, [{ text: 'Two.' }]);
		await ask({});
		for (const name of ['temperature', 'top_p', 'stop', 'stop_sequences', 'chat_template_kwargs', 'think']) {
			expect(sent(server)).not.toHaveProperty(name);
		}
	});

	test('that ignores a stop text is read only up to it', async () => {
		const { server, ask } = await provider(software, [
			{ text: 'one END two '.repeat(200), chunks: 40, chunkDelayMs: 5 },
		]);
		expect(await ask({ stop: ['END'] })).toMatchObject({ text: 'one ', finishReason: 'stop' });
		await expect.poll(() => server.requests[0]?.closedEarly).toBe(true);
	});

	test.each(['temperature', 'top_p'])(
		'that refuses %s is asked again without it, and never again with it',
		async (name) => {
			const refusal: ScriptedReply = { status: 400, body: `Unsupported parameter: '${name}' is not supported here.` };
			const { server, ask } = await provider(software, [refusal, { text: 'Two.' }, { text: 'Three.' }]);
			const options = name === 'temperature' ? { temperature: 0.2 } : { topP: 0.9 };
			expect((await ask(options)).text).toBe('Two.');
			expect((await ask(options)).text).toBe('Three.');
			expect(server.requests.map((request) => name in sent({ requests: [request] }))).toEqual([true, false, false]);
		},
	);
});

describe('messages of one role in a row', () => {
	const messages = ['one', 'two'].map((content) => ({ role: 'user', content }) as const);

	test('are sent as they are', async () => {
		const { server, ask } = await provider('llama.cpp', [{ text: 'Two.' }]);
		await ask({ messages });
		expect(server.requests[0]?.messages).toEqual(messages);
	});

	test.each([400, 500])('are joined from then on for a template that refuses them with %i', async (status) => {
		const refusal = 'Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/...';
		const { server, ask } = await provider('llama.cpp', [
			{ status, body: refusal },
			{ text: 'Two.' },
			{ text: 'Two.' },
		]);
		for (let call = 0; call < 2; call++) expect((await ask({ messages })).text).toBe('Two.');
		expect(server.requests.map(({ messages: sent }) => sent.length)).toEqual([2, 1, 1]);
		expect(server.requests[1]?.text).toBe('one\n\ntwo');
	});
});

describe('a prefill', () => {
	test.each<readonly [Software, object]>([
		['llama.cpp', {}],
		['vLLM', { continue_final_message: true, add_generation_prompt: false }],
		['Anthropic', {}],
	])('is continued by %s', async (software, fields) => {
		const { server, provider: created, ask } = await provider(software, [{ text: '\nx = 1\n```\nOutput: 1' }]);
		expect(await created.canPrefill?.(MODEL, NEVER)).toBe(true);
		const reply = await ask({ prefill: PREFILL });
		expect(reply).toMatchObject({ text: '```repl\nx = 1', isPrefilled: true, finishReason: 'stop' });
		expect(server.requests[0]?.messages.at(-1)).toEqual({ role: 'assistant', content: '```repl' });
		expect(server.requests[0]?.body).toMatchObject(fields);
	});

	test('goes to Anthropic without the white space at its end, which that refuses', async () => {
		const { server, ask } = await provider('Anthropic', [{ text: '\nx = 1' }]);
		const reply = await ask({ prefill: { text: '```repl\n' } });
		expect(reply.text).toBe('```repl\nx = 1');
		expect(server.requests[0]?.messages.at(-1)?.content).toBe('```repl');
	});

	test('is left out with its stop texts where the software is not known to continue it', async () => {
		const list = { body: { object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'somebody' }] } };
		const pages = (path: string) => (path === '/v1/models' ? list : undefined);
		const script = [{ text: 'So:\n```repl\nx = 1\n```' }];
		const { server, provider: created, ask } = await provider('vLLM', script, { pages });
		expect(await created.canPrefill?.(MODEL, NEVER)).toBe(false);
		const reply = await ask({ prefill: PREFILL });
		expect(reply.text).toBe('So:\n```repl\nx = 1\n```');
		expect(reply).not.toHaveProperty('isPrefilled');
		expect(sent(server)).not.toHaveProperty('stop');
		expect(server.requests[0]?.messages).toHaveLength(1);
	});

	test.each<Software>(['llama.cpp', 'Anthropic'])(
		'that a model at %s refuses is left out from then on',
		async (software) => {
			const refusal = 'This model does not support assistant message prefill. End with a user message.';
			const script: Script = [{ status: 400, body: refusal }, { text: 'plain' }, { text: 'plain' }];
			const { server, provider: created, ask } = await provider(software, script);
			for (let call = 0; call < 2; call++) {
				const reply = await ask({ prefill: PREFILL });
				expect(reply.text).toBe('plain');
				expect(reply).not.toHaveProperty('isPrefilled');
			}
			expect(server.requests.map(({ messages }) => messages.at(-1)?.role)).toEqual(['assistant', 'user', 'user']);
			expect(await created.canPrefill?.(MODEL, NEVER)).toBe(false);
		},
	);

	test('does not hide why a request is refused for another reason', async () => {
		const refusal: ScriptedReply = { status: 400, body: 'the seed must be a number' };
		const { server, provider: created, ask } = await provider('llama.cpp', [refusal, refusal]);
		await expect(ask({ prefill: PREFILL })).rejects.toThrow('the seed must be a number');
		expect(server.requests).toHaveLength(2);
		expect(await created.canPrefill?.(MODEL, NEVER)).toBe(true);
	});

	test.each([
		['{{ .Prompt }}', false],
		['{{ range $i, $_ := .Messages }}{{ .Content }}{{ if not $last }}<|im_end|>{{ end }}{{ end }}', true],
		['[INST] {{ .Prompt }} [/INST] {{ .Response }}</s>', true],
	])('is continued by Ollama when the template of the model is open: %s', async (template, isOpen) => {
		const models = [{ name: MODEL, template }];
		const { server, provider: created, ask } = await provider('Ollama', [{ text: '\nx = 1' }], { models });
		expect(await created.canPrefill?.(MODEL, NEVER)).toBe(isOpen);
		const reply = await ask({ prefill: PREFILL });
		expect(reply.text).toBe(isOpen ? '```repl\nx = 1' : '\nx = 1');
		expect(server.requests[0]?.messages.at(-1)?.role).toBe(isOpen ? 'assistant' : 'user');
	});
});
