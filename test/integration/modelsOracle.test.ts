import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import Anthropic from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { createAnthropicProvider } from '../../src/models/anthropic.ts';
import { TokenEstimator } from '../../src/models/estimate.ts';
import { createOllamaProvider } from '../../src/models/ollama.ts';
import { createOpenAiProvider } from '../../src/models/openai.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { type ScriptedReply, startScriptedServer, type Wire } from '../support/scriptedServer.ts';

const cleanUps = cleanUpAfterEach();

const REPLY: ScriptedReply = {
	text: 'Mars has two moons: Phobos and Deimos – 火星.',
	reasoning: 'Let me think.',
	usage: { prompt: 29, completion: 12, cached: 28 },
};
const MODEL = 'scripted-model';
const MESSAGES = [{ role: 'user' as const, content: 'How many moons has Mars?' }];

async function start(kind: Wire, reply = REPLY) {
	const server = await startScriptedServer({ kind, script: [reply, reply] });
	cleanUps.push(() => server.stop());
	return server;
}

const NEVER = new AbortController().signal;
const options = (url: string) => ({ id: 's', url, estimator: new TokenEstimator() });

// The official clients, used plainly: the fake must satisfy them, and ours must read the same from the same bytes.
describe.each(['none', 'split-bytes'] as const)('the official clients against the fake, fault %s', (fault) => {
	const reply: ScriptedReply = fault === 'none' ? REPLY : { ...REPLY, fault };

	test('ollama', async () => {
		const server = await start('ollama', reply);
		let text = '';
		let thinking = '';
		let evaluated: number | undefined;
		for await (const part of await new Ollama({ host: server.url }).chat({
			model: MODEL,
			messages: MESSAGES,
			stream: true,
		})) {
			text += part.message.content;
			thinking += part.message.thinking ?? '';
			evaluated = part.prompt_eval_count;
		}
		const provider = createOllamaProvider(options(server.url));
		cleanUps.push(() => provider.dispose?.());
		expect([text, thinking, evaluated]).toEqual([REPLY.text, REPLY.reasoning, 29]);
		expect(await provider.chat({ model: MODEL, messages: MESSAGES }, () => {}, NEVER)).toMatchObject({
			text,
			reasoning: thinking,
			usage: { promptTokens: evaluated },
		});
		expect((await new Ollama({ host: server.url }).list()).models[0]?.name).toBe(MODEL);
		expect((await new Ollama({ host: server.url }).ps()).models[0]?.name).toBe(MODEL);
		expect((await new Ollama({ host: server.url }).show({ model: MODEL })).capabilities).toEqual(['completion']);
	});

	test('openai', async () => {
		const server = await start('openai', reply);
		const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' });
		const completion = await client.chat.completions
			.stream({ model: MODEL, messages: MESSAGES, stream_options: { include_usage: true } })
			.finalChatCompletion();
		const provider = createOpenAiProvider(options(server.url));
		cleanUps.push(() => provider.dispose?.());
		expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: REPLY.text } });
		expect(await provider.chat({ model: MODEL, messages: MESSAGES }, () => {}, NEVER)).toMatchObject({
			text: completion.choices[0]?.message.content,
			reasoning: REPLY.reasoning,
			usage: { promptTokens: completion.usage?.prompt_tokens, completionTokens: completion.usage?.completion_tokens },
		});
		expect((await client.models.list()).data[0]?.id).toBe(MODEL);
	});

	test('anthropic', async () => {
		const server = await start('anthropic', reply);
		const client = new Anthropic({ baseURL: server.url, apiKey: 'none' });
		const message = await client.messages.stream({ model: MODEL, max_tokens: 100, messages: MESSAGES }).finalMessage();
		const provider = createAnthropicProvider(options(server.url));
		cleanUps.push(() => provider.dispose?.());
		const text = message.content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('');
		const thinking = message.content.flatMap((block) => (block.type === 'thinking' ? block.thinking : [])).join('');
		expect([text, thinking, message.stop_reason]).toEqual([REPLY.text, REPLY.reasoning, 'end_turn']);
		expect(await provider.chat({ model: MODEL, messages: MESSAGES }, () => {}, NEVER)).toMatchObject({
			text,
			reasoning: thinking,
			usage: { promptTokens: 29, cachedPromptTokens: 28, completionTokens: message.usage.output_tokens },
		});
		expect((await client.models.list()).data[0]?.id).toBe(MODEL);
	});
});

test('the official clients see errors of the fake as errors of the service', async () => {
	const server = await start('openai', { status: 429, headers: { 'retry-after': '1' }, body: 'slow down' });
	const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
	await expect(client.chat.completions.create({ model: MODEL, messages: MESSAGES })).rejects.toBeInstanceOf(
		OpenAI.RateLimitError,
	);
});

test('the fake runs as a process and plays a script file', async () => {
	const folder = await mkdtemp(path.join(tmpdir(), 'rlm-scripted-'));
	cleanUps.push(() => rm(folder, { recursive: true }));
	const file = path.join(folder, 'script.json');
	await writeFile(file, JSON.stringify([{ text: 'first' }, { when: 'moons', text: 'two' }, { text: 'second' }]));
	const script = path.resolve('test/support/scriptedServer.ts');
	const child = spawn(process.execPath, [script, '--kind', 'ollama', '--script', file], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	cleanUps.push(async () => {
		child.kill();
		await once(child, 'exit');
	});
	const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
	const provider = createOllamaProvider(options(url));
	cleanUps.push(() => provider.dispose?.());
	const texts: string[] = [];
	for (const content of ['a', 'How many moons?', 'b', 'More moons?']) {
		const reply = await provider.chat({ model: MODEL, messages: [{ role: 'user', content }] }, () => {}, NEVER);
		texts.push(reply.text);
	}
	expect(texts).toEqual(['first', 'two', 'second', 'two']);
});
