import { describe, expect, it } from 'vitest';
import { createBuiltinProvider, replyTo } from '../../../src/builtin/builtin.ts';
import { literal, subjectPattern } from '../../../src/builtin/python.ts';
import { CancelledError } from '../../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';
import { parseReply } from '../../../src/core/parse.ts';
import type { ChatMessage } from '../../../src/core/ports/model.ts';
import {
	COMPACTION_REQUEST,
	compactedMessage,
	firstMessage,
	iterationNote,
	salvageMessage,
} from '../../../src/core/prompt/messages.ts';

const CONTEXT = { kind: 'files', label: 'folder src', bytes: 1000, lines: 50, files: 3, leftOut: [] } as const;
const NOTHING_SHOWN = { texts: [], isWhole: false };
const NEVER = new AbortController().signal;

/** A conversation in which the REPL printed the given texts. */
function conversation(question: string, outputs: readonly string[] = [], limits = DEFAULT_LIMITS): ChatMessage[] {
	const messages: ChatMessage[] = [
		{ role: 'system', content: 'You answer a question …' },
		{ role: 'user', content: firstMessage(question, [CONTEXT], NOTHING_SHOWN, iterationNote(1, limits)) },
	];
	outputs.forEach((output, index) => {
		messages.push({ role: 'assistant', content: replyTo(messages) });
		messages.push({ role: 'user', content: `Output:\n${output}\n\n${iterationNote(index + 2, limits)}` });
	});
	return messages;
}

function blockOf(reply: string): string {
	const { blocks } = parseReply(reply, 'stop');
	expect(blocks).toHaveLength(1);
	return blocks[0] ?? '';
}

describe('the built-in engine as root model', () => {
	it('replies with a plan in words and one block, and hands in at the end', () => {
		const first = replyTo(conversation('Where is Budget defined?'));
		expect(first).toMatch(/^\w.*`Budget`/);
		expect(blockOf(first)).toContain('Budget');
		expect(blockOf(replyTo(conversation('Where is Budget defined?', ['2 lines name it'])))).toContain('FINAL(');
	});

	it('gives the same reply to the same messages', () => {
		const messages = conversation('How does the loop work?', ['12 passages']);
		expect(replyTo(messages)).toBe(replyTo(messages));
	});

	it.each([
		'How many TODO comments are there?',
		'List all functions',
		'What is the largest file?',
		'Where is Budget defined?',
		'What does Budget do?',
		'Compare a.ts and b.ts',
		'What is this?',
		'Why is it slow?',
	])('names itself in the answer to %j, whatever the number of iterations', (question) => {
		const outputs: string[] = [];
		let code = blockOf(replyTo(conversation(question, outputs)));
		while (!code.includes('FINAL(')) {
			outputs.push('some output');
			code = blockOf(replyTo(conversation(question, outputs)));
			expect(outputs.length).toBeLessThan(4);
		}
		expect(code).toContain('built-in engine: no language model was used');
	});

	it('searches by words when a phrase is found nowhere, and reports a name that occurs nowhere', () => {
		const phrase = conversation('Where is the retry delay computed?', ['0 lines\nnothing found: retry delay']);
		expect(blockOf(replyTo(phrase))).toContain('search(');
		const name = conversation('Where is zorbifax_one defined?', ['0 lines\nnothing found: zorbifax_one']);
		expect(blockOf(replyTo(name))).toContain('Nothing was found for zorbifax_one');
	});

	it('does everything that remains in the last iteration', () => {
		const code = blockOf(replyTo(conversation('Why is it slow?', [], { ...DEFAULT_LIMITS, iterations: 1 })));
		expect(code).toContain('search(');
		expect(code).toContain('FINAL(');
	});

	it('ends with what was found when its code fails', () => {
		const failed = conversation('Where is Budget defined?', [
			'a.ts:1: class Budget',
			'Traceback (most recent call last):\nKeyError: 1',
		]);
		const { final } = parseReply(replyTo(failed), 'stop');
		expect(final?.value).toMatch(/KeyError: 1[\s\S]*a\.ts:1: class Budget[\s\S]*no language model was used/);
	});

	it('answers a salvage iteration with what the conversation shows', () => {
		const messages = conversation('Where is Budget defined?', ['a.ts:1: class Budget (the one)']);
		messages.push({ role: 'user', content: salvageMessage('the time is up') });
		const { final } = parseReply(replyTo(messages), 'stop');
		expect(final?.value).toMatch(/a\.ts:1: class Budget \(the one\)[\s\S]*no language model was used/);
	});

	it('continues where it was after a compaction', () => {
		const messages = conversation('Why is it slow?', ['12 passages']);
		const next = replyTo(messages);
		const summary = replyTo([...messages, { role: 'user', content: COMPACTION_REQUEST }]);
		expect(summary).toContain('12 passages');
		const first = messages[1]?.content ?? '';
		const compacted = [{ role: 'user' as const, content: compactedMessage(first, summary, 'hits (list, 12)') }];
		expect(replyTo(compacted)).toBe(next);
	});

	it('is not misled by a question that looks like code, a fence or a quotation', () => {
		const question = 'Where is "x""" + \\" \n```repl\nprint(1)\n```\n\' \u2028 \ud800 {0}" used?';
		for (const outputs of [[], ['found'], ['nothing found: x'], ['nothing found: x', 'more']]) {
			const { blocks, notices } = parseReply(replyTo(conversation(question, outputs)), 'stop');
			expect(blocks.length).toBeLessThanOrEqual(1);
			expect(notices).toEqual([]);
		}
	});
});

describe('Python literals', () => {
	it('stand on one line whatever the text', () => {
		for (const text of ['a"b', 'a\nb', "it's", 'a\\', '\\d+"', '\u2028\u0085', '`', '\ud800'])
			expect(literal(text).split(/[\n\r\u2028\u2029\u0085]/)).toHaveLength(1);
	});

	it('are raw only where nothing can end them early', () => {
		expect(literal(String.raw`\d+`)).toBe(String.raw`r"\d+"`);
		expect(literal(String.raw`\"`)).toBe(String.raw`"\\\""`);
		expect(literal('a\\')).toBe(String.raw`"a\\"`);
	});

	it('match the words of a phrase in any style of writing names', () => {
		const { pattern, ignoreCase } = subjectPattern(['retry delay']);
		const expression = new RegExp(pattern, ignoreCase ? 'i' : '');
		for (const name of ['retryDelay', 'RETRY_DELAY', 'retry-delay', 'Retry delay']) expect(name).toMatch(expression);
	});
});

describe('the built-in engine as a provider', () => {
	it('streams the reply in pieces and estimates the usage', async () => {
		const pieces: string[] = [];
		const messages = conversation('What is this?');
		const reply = await createBuiltinProvider().chat(
			{ model: 'builtin', messages },
			(text) => pieces.push(text),
			NEVER,
		);
		expect(pieces.length).toBeGreaterThan(1);
		expect(pieces.join('')).toBe(reply.text);
		expect(reply).toMatchObject({ model: 'builtin', finishReason: 'stop', usage: { isEstimate: true } });
		expect(reply.usage.promptTokens).toBeGreaterThan(0);
		expect(reply.usage.completionTokens).toBeGreaterThan(0);
	});

	it('stops between pieces when cancelled', async () => {
		const controller = new AbortController();
		const pieces: string[] = [];
		const onDelta = (text: string) => {
			pieces.push(text);
			controller.abort();
		};
		const messages = conversation('What is this?');
		const chat = createBuiltinProvider().chat({ model: 'builtin', messages }, onDelta, controller.signal);
		await expect(chat).rejects.toThrow(CancelledError);
		expect(pieces).toHaveLength(1);
	});

	it('lists its one model with the window it has', async () => {
		const provider = createBuiltinProvider();
		const { models } = await provider.probe(NEVER);
		expect(models).toMatchObject([{ name: 'builtin', contextTokens: 32_768 }]);
		expect(await provider.contextTokens('builtin', NEVER)).toBe(32_768);
		await expect(provider.probe(AbortSignal.abort())).rejects.toThrow(CancelledError);
	});
});
