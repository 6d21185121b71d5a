// Questions one after the other in one REPL: the real loop, the real sandbox, real sockets.
import { describe, expect, it } from 'vitest';
import { textContext } from '../../src/context/corpus.ts';
import type { RunResult } from '../../src/core/request.ts';
import type { Engine, EngineConversation, EngineRun } from '../../src/engine.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { block, engineOver, startModelThatSays } from '../support/runs.ts';
import { deployment } from '../support/sandboxes.ts';
import type { ScriptedRequest, ScriptedServer } from '../support/scriptedServer.ts';
import { neverAborted } from '../support/signals.ts';

const opened = cleanUpAfterEach();

async function modelThatSays(...replies: string[]): Promise<ScriptedServer> {
	const server = await startModelThatSays(replies);
	opened.push(() => server.stop());
	return server;
}

function engine(server: ScriptedServer): Engine {
	const created = engineOver([server.settings('gpu')], { sandbox: { isolation: deployment } });
	opened.push(() => created.dispose());
	return created;
}

async function context(text: string, path = 'notes.txt') {
	return textContext({ label: path, path, text });
}

async function ended(run: EngineRun): Promise<RunResult> {
	for await (const _ of run.events); // a run that nobody reads is over all the same
	return run.result;
}

async function ask(conversation: EngineConversation, query: string, ...texts: string[]): Promise<RunResult> {
	const contexts = await Promise.all((texts.length > 0 ? texts : ['alpha\nbeta\n']).map((text) => context(text)));
	return ended(conversation.ask({ query, contexts }, neverAborted));
}

function firstMessageOf(request: ScriptedRequest | undefined): string {
	return request?.messages.find(({ role }) => role === 'user')?.content ?? '';
}

describe('a conversation', () => {
	it('keeps variables, memory and history from question to question', async () => {
		const server = await modelThatSays(
			block('kept = [len(context)]\nmemory["seen"] = True\ncite("notes.txt", 1)\nFINAL("first answer")'),
			block('FINAL(f"{kept} {memory} {history[0]["content"]} {history[-1]["content"]} {answer}")'),
		);
		const conversation = engine(server).converse();
		const contexts = [await context('alpha\nbeta\n')];
		const first = await ended(conversation.ask({ query: 'one?', contexts }, neverAborted));
		expect(first.citations).toHaveLength(1);
		const second = await ended(conversation.ask({ query: 'two?', contexts }, neverAborted));
		expect(second.answer).toBe("[11] {'seen': True} one? first answer {'content': '', 'ready': False}");
		expect(second.citations).toEqual([]);
		expect(firstMessageOf(server.requests[1])).toContain('user: one?\nassistant: first answer');
		expect(firstMessageOf(server.requests[1])).toContain('it still holds: kept (list, 1)');
		expect(firstMessageOf(server.requests[0])).not.toContain('<earlier>');
		expect(conversation.exchanges).toEqual([
			{ question: 'one?', answer: 'first answer' },
			{ question: 'two?', answer: second.answer },
		]);
		expect(JSON.parse(conversation.memory)).toEqual({ seen: true });
	});

	it('keeps variables when contexts are added', async () => {
		const server = await modelThatSays(
			block('kept = context.split()\nFINAL("ok")'),
			block('FINAL(f"{kept} {context_1.strip()} {sorted(files)}")'),
		);
		const conversation = engine(server).converse();
		const notes = await context('alpha beta');
		await ended(conversation.ask({ query: 'one?', contexts: [notes] }, neverAborted));
		const more = await context('gamma', 'more.txt');
		const second = await ended(conversation.ask({ query: 'two?', contexts: [notes, more] }, neverAborted));
		expect(second.answer).toBe("['alpha', 'beta'] gamma ['more.txt', 'notes.txt']");
	});

	it('reads another text under the same name when the context was replaced', async () => {
		const server = await modelThatSays(block('FINAL(context)'), block('FINAL(context)'));
		const conversation = engine(server).converse();
		expect((await ask(conversation, 'one?', 'the first text')).answer).toBe('the first text');
		expect((await ask(conversation, 'two?', 'the second text')).answer).toBe('the second text');
	});

	it('keeps the state of a question that was cancelled', async () => {
		const server = await modelThatSays(
			block('kept = 41\nprint(kept)'),
			block('while True: pass'),
			block('FINAL(kept + 1)'),
		);
		const conversation = engine(server).converse();
		const contexts = [await context('alpha')];
		const cancel = new AbortController();
		const run = conversation.ask({ query: 'one?', contexts }, cancel.signal);
		for await (const event of run.events)
			if (event.type === 'code-start' && event.code.includes('while')) cancel.abort();
		expect((await run.result).outcome).toBe('cancelled');
		expect(conversation.exchanges).toEqual([]);
		expect((await ended(conversation.ask({ query: 'two?', contexts }, neverAborted))).answer).toBe('42');
	});

	it('tells the model when the REPL could not be kept, and gives memory back', async () => {
		const server = await modelThatSays(
			block('kept = 1\nmemory["n"] = 7\nFINAL("ok")'),
			block('print("kept" in globals(), memory)'),
			block('FINAL(str(memory["n"]))'),
		);
		const conversation = engine(server).converse({ idleMs: 1 });
		const contexts = [await context('alpha')];
		await ended(conversation.ask({ query: 'one?', contexts }, neverAborted));
		await new Promise((resolve) => setTimeout(resolve, 50));
		const second = await ended(conversation.ask({ query: 'two?', contexts }, neverAborted));
		expect(second.answer).toBe('7');
		expect(firstMessageOf(server.requests[1])).toContain('variables of earlier questions are gone');
		expect(server.requests[2]?.text).toContain("False {'n': 7}");
	});

	it('goes on where an earlier life of it ended', async () => {
		const server = await modelThatSays(block('FINAL(f"{memory} {len(history)}")'));
		const exchanges = [{ question: 'one?', answer: 'first answer' }];
		const conversation = engine(server).converse({ exchanges, memory: '{"n": 7}' });
		expect((await ask(conversation, 'two?')).answer).toBe("{'n': 7} 2");
	});

	it('answers one question at a time', async () => {
		const server = await modelThatSays(block('FINAL("ok")'));
		const conversation = engine(server).converse();
		const contexts = [await context('alpha')];
		const first = conversation.ask({ query: 'one?', contexts }, neverAborted);
		expect(() => conversation.ask({ query: 'two?', contexts }, neverAborted)).toThrow('still answering');
		expect((await ended(first)).answer).toBe('ok');
		expect((await ask(conversation, 'two?')).answer).toBe('nothing more to say');
	});
});
