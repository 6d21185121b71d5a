// Every way in has the memo: as a setting, and where a single question can say it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { textContext } from '../../src/context/corpus.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { rlm } from '../support/rlm.ts';
import { block, engineOver, isRootCall, observe, turnOf } from '../support/runs.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';

const cleanUps = cleanUpAfterEach();
/** The context is looked at, and the same is asked three times. */
const CODE = 'replies = [llm_query("What is this? " + context) for _ in range(3)]\nprint(replies)';

async function start(isMemoised: boolean) {
	const server = await startScriptedServer({
		kind: 'openai',
		script: (request) => {
			if (!isRootCall(request)) return { text: 'a list of letters' };
			return { text: turnOf(request) % 2 === 0 ? block(CODE) : block('FINAL(replies[0])') };
		},
	});
	cleanUps.push(() => server.stop());
	const engine = engineOver([server.settings('gpu')], { memo: isMemoised });
	cleanUps.push(() => engine.dispose());
	return { server, engine, subCalls: () => server.requests.filter((request) => !isRootCall(request)).length };
}

test.each([
	[true, undefined, 1],
	[false, undefined, 3],
	[false, true, 1],
	[true, false, 3],
])('a run: the setting says %s, the question %s', async (setting, asked, calls) => {
	const { engine, subCalls } = await start(setting);
	const run = await observe(engine, asked === undefined ? {} : { memo: asked });
	expect(await run.ended).toMatchObject({ outcome: 'answered', answer: 'a list of letters' });
	expect(subCalls()).toBe(calls);
});

test('a question of a conversation, as in the chat', async () => {
	const { engine, subCalls } = await start(true);
	const context = await textContext({ label: 'text', path: 'notes.txt', text: 'alpha\nbeta\n' });
	const conversation = engine.converse();
	const { events, result } = conversation.ask(
		{ query: 'What is there?', contexts: [context] },
		new AbortController().signal,
	);
	for await (const _ of events);
	expect(await result).toMatchObject({ outcome: 'answered' });
	expect(subCalls()).toBe(1);
	await conversation.dispose();
});

test.each([
	['--memo', 1],
	['--no-memo', 3],
])('the command line with %s', async (option, calls) => {
	const { server, subCalls } = await start(false);
	const cwd = await mkdtemp(path.join(tmpdir(), 'rlm-memo-'));
	cleanUps.push(() => rm(cwd, { recursive: true }));
	const where = ['--server', server.url, '--model', 'scripted-model', '--mode', 'explore'];
	const { exitCode, stdout } = await rlm(['query', 'What is there?', ...where, option], {
		cwd,
		stdin: 'alpha\nbeta\n',
	});
	expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'a list of letters\n' });
	expect(subCalls()).toBe(calls);
});
