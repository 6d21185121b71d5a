// Servers that refuse a form of a request and say which: the call is made again in the form that they take.
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { ChatMessage, ChatRequest, Provider } from '../../src/core/ports/model.ts';
import { createAnthropicProvider } from '../../src/models/anthropic.ts';
import { createOllamaProvider } from '../../src/models/ollama.ts';
import { createOpenAiProvider } from '../../src/models/openai.ts';
import type { ProviderOptions } from '../../src/models/options.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { chunk, events, NEVER, oddServers, QUESTION, STREAM } from '../support/oddServers.ts';

const { listen, provider } = oddServers(cleanUpAfterEach());

type Body = Record<string, unknown> & { messages: { role: string; content: unknown }[] };

/** Says why a request is refused; undefined takes it. */
type Judge = (body: Body) => { status?: number; said: string | object } | undefined;

const LINES = ['{"message":{"content":"Two."},"done":false}', '{"message":{"content":""},"done":true}'].join('\n');
const MESSAGE = [
	{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Two.' } },
	{ type: 'message_delta', delta: { stop_reason: 'end_turn' } },
	{ type: 'message_stop' },
];
const REPLIES: Readonly<Record<string, string>> = {
	'/v1/chat/completions': events(chunk({ content: 'Two.' }, { finish_reason: 'stop' })),
	'/v1/messages': MESSAGE.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''),
	'/api/chat': LINES,
};

/** A provider of a server that judges each request, and the bodies that the server took or refused. */
async function strictServer(judge: Judge, create: (options: ProviderOptions) => Provider = createOpenAiProvider) {
	const bodies: Body[] = [];
	const url = await listen(async (request: IncomingMessage, response) => {
		const path = request.url ?? '';
		const given = await text(request);
		if (REPLIES[path] === undefined) {
			response.writeHead(200, { 'content-type': 'application/json' }).end('{"capabilities":["thinking"]}');
			return;
		}
		const body = JSON.parse(given) as Body;
		bodies.push(body);
		const refusal = judge(body);
		const said = typeof refusal?.said === 'string' ? { error: { message: refusal.said } } : refusal?.said;
		if (refusal) response.writeHead(refusal.status ?? 400).end(JSON.stringify(said));
		else response.writeHead(200, STREAM).end(REPLIES[path]);
	});
	return { asked: provider(url, create), bodies };
}

/** Asks twice; the second time the server must have nothing to refuse. @returns the body that was taken */
async function askTwice(
	judge: Judge,
	request: Partial<ChatRequest> = {},
	create = createOpenAiProvider,
): Promise<Body> {
	const { asked, bodies } = await strictServer(judge, create);
	for (let count = 0; count < 2; count++) {
		expect(await asked.chat({ ...QUESTION, ...request }, () => {}, NEVER)).toMatchObject({ text: 'Two.' });
	}
	const taken = bodies.filter((body) => judge(body) === undefined);
	expect(taken).toHaveLength(2);
	expect(bodies.at(-1)).toEqual(taken[0]);
	expect(bodies.at(-2)).toEqual(taken[0]);
	return taken[0] as Body;
}

describe('a parameter that is refused by its name', () => {
	test.each([
		["Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."],
		['max_tokens: Extra inputs are not permitted'],
	])('is sent under the name that is wanted: %s', async (said) => {
		const body = await askTwice((sent) => ('max_tokens' in sent ? { said } : undefined), { maxTokens: 500 });
		expect(body).toMatchObject({ max_completion_tokens: 500 });
	});

	test('is left out when no name of it is taken', async () => {
		const judge: Judge = (sent) => {
			const name = Object.keys(sent).find((key) => key.startsWith('max_'));
			return name === undefined ? undefined : { said: `Unrecognized request argument supplied: ${name}` };
		};
		expect(Object.keys(await askTwice(judge, { maxTokens: 500 }))).not.toContain('max_tokens');
	});

	test.each([
		[
			'temperature',
			"Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
		],
		['temperature', '`temperature` is deprecated for this model.'],
		['stream_options', 'Unrecognized request argument supplied: stream_options'],
		[
			'chat_template_kwargs',
			{ detail: [{ type: 'extra_forbidden', loc: ['body', 'chat_template_kwargs'], msg: 'No' }] },
		],
		['chat_template_kwargs', { error: "property 'chat_template_kwargs' is unsupported" }],
	])('is left out: %s, %j', async (name, said) => {
		const judge: Judge = (sent) => (name in sent ? { said, status: 422 } : undefined);
		const body = await askTwice(judge, { temperature: 0.2, thinking: false, maxTokens: 500 });
		expect(Object.keys(body)).not.toContain(name);
		expect(body).toMatchObject({ max_tokens: 500 });
	});

	test('one after the other costs one request each', async () => {
		const names = ['temperature', 'stream_options', 'chat_template_kwargs'];
		const judge: Judge = (sent) => {
			const name = names.find((one) => one in sent);
			return name === undefined ? undefined : { said: `Unknown parameter: '${name}'` };
		};
		await askTwice(judge, { temperature: 0.2, thinking: false });
	});

	test.each([
		['This model supports at most 300 completion tokens, whereas you provided 500: max_tokens is too large: 500.', 300],
		["Invalid 'max_tokens': integer above maximum value. Expected a value <= 256, but got 500 instead.", 256],
	])('for its value is sent with one that is allowed: %s', async (said, most) => {
		const judge: Judge = (sent) => (Number(sent.max_tokens) > most ? { said } : undefined);
		expect(await askTwice(judge, { maxTokens: 500 })).toMatchObject({ max_tokens: most });
	});

	test('is one of another protocol as well', async () => {
		const think: Judge = (sent) => ('think' in sent ? { said: { error: '"m" does not support thinking' } } : undefined);
		await askTwice(think, { thinking: true }, createOllamaProvider);
		const cached: Judge = (sent) =>
			JSON.stringify(sent).includes('cache_control')
				? { said: 'system.0.cache_control: Extra inputs are not permitted' }
				: undefined;
		const messages = [{ role: 'system' as const, content: 'Be brief.' }, ...QUESTION.messages];
		expect(await askTwice(cached, { messages }, createAnthropicProvider)).toMatchObject({
			system: [{ type: 'text', text: 'Be brief.' }],
		});
	});

	test('is known for its model only', async () => {
		const judge: Judge = (sent) =>
			sent.model === 'm' && 'temperature' in sent ? { said: "Unsupported parameter: 'temperature'" } : undefined;
		const { asked, bodies } = await strictServer(judge);
		for (const model of ['m', 'other']) await asked.chat({ ...QUESTION, model, temperature: 0.2 }, () => {}, NEVER);
		expect(bodies.map((body) => 'temperature' in body)).toEqual([true, false, true]);
	});
});

test.each(['Streaming is not supported for this model', 'Your organization must be verified to stream this model.'])(
	'a stream that is refused is asked for as a document: %s',
	async (said) => {
		const body = await askTwice((sent) => (sent.stream === true ? { said } : undefined));
		expect(body).toMatchObject({ stream: false });
		expect(Object.keys(body)).not.toContain('stream_options');
	},
);

describe('messages that the template of a model does not take', () => {
	const say = (role: ChatMessage['role'], content: string): ChatMessage => ({ role, content });
	const CONVERSATION = [
		say('system', 'Rules.'),
		say('user', 'First.'),
		say('assistant', 'Yes.'),
		say('user', 'Output.'),
		say('user', 'Now.'),
	];

	test.each([
		[400, 'System role not supported'],
		[500, 'Error rendering prompt with jinja template: "Only user and assistant roles are supported!"'],
		[400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."],
		[400, 'Developer instruction is not enabled for models/m'],
	])('go to the user when they are of the system: %i %s', async (status, said) => {
		const judge: Judge = (sent) => (sent.messages.some(({ role }) => role === 'system') ? { status, said } : undefined);
		const { messages } = await askTwice(judge, { messages: CONVERSATION });
		expect(messages[0]).toEqual({ role: 'user', content: 'Rules.\n\nFirst.' });
		expect(messages.slice(1)).toEqual(CONVERSATION.slice(2));
	});

	const strict: Judge = ({ messages }) => {
		const said = 'Conversation roles must alternate user/assistant/user/assistant/...';
		const roles = messages.map(({ role }) => role).filter((role) => role !== 'system');
		return roles.every((role, index) => role === (index % 2 === 0 ? 'user' : 'assistant'))
			? undefined
			: { status: 500, said };
	};

	test('are joined where one speaks twice in a row', async () => {
		const { messages } = await askTwice(strict, { messages: CONVERSATION });
		expect(messages.at(-1)).toEqual({ role: 'user', content: 'Output.\n\nNow.' });
		const twice = [say('user', 'First.'), say('assistant', 'One.'), say('assistant', 'Two.')];
		const said = 'Cannot have 2 or more assistant messages at the end of the list.';
		const judge: Judge = ({ messages: sent }) =>
			sent.slice(-2).every(({ role }) => role === 'assistant') ? { said } : undefined;
		expect((await askTwice(judge, { messages: twice })).messages).toEqual([
			say('user', 'First.'),
			say('assistant', 'One.\n\nTwo.'),
			say('user', 'Go on.'),
		]);
	});

	test('go to the user, too, where the system counts as one who speaks', async () => {
		const judge: Judge = (sent) =>
			sent.messages[0]?.role === 'system'
				? { said: 'roles must alternate, and the first message must be from the user' }
				: strict(sent);
		const { messages } = await askTwice(judge, { messages: CONVERSATION });
		expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
	});

	test('are joined in other protocols as well', async () => {
		const { messages } = await askTwice(strict, { messages: CONVERSATION }, createOllamaProvider);
		expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
		const parts = (await askTwice(strict, { messages: CONVERSATION }, createAnthropicProvider)).messages.at(-1);
		expect(parts?.content).toHaveLength(2);
	});
});

test.each([
	[400, 'The prompt is not nice.'],
	[429, "Rate limit for parameter 'temperature' reached, unsupported"],
	[404, "The model 'temperature' does not exist, unsupported"],
	[400, 'Unsupported parameter: model'],
])('a refusal for another reason is made once and told: %i %s', async (status, said) => {
	const { asked, bodies } = await strictServer(() => ({ status, said }));
	await expect(asked.chat({ ...QUESTION, temperature: 0.2 }, () => {}, NEVER)).rejects.toMatchObject({
		message: expect.stringContaining(said.slice(0, 10)),
	});
	expect(bodies).toHaveLength(1);
});

test('a server that refuses whatever is sent is not asked for ever', async () => {
	const judge: Judge = (sent) => {
		const name = Object.keys(sent).find((key) => key !== 'model' && key !== 'messages') ?? 'messages';
		return { said: `Unsupported parameter: '${name}'` };
	};
	const { asked, bodies } = await strictServer(judge);
	await expect(asked.chat({ ...QUESTION, temperature: 0.2, maxTokens: 9 }, () => {}, NEVER)).rejects.toMatchObject({
		facts: { category: 'bad-request' },
	});
	expect(bodies.length).toBeLessThan(10);
});
