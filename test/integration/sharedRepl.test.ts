// The REPL of a chat: over contexts that are read again for every question, and over a change of the engine.
import { expect, it } from 'vitest';
import { textContext } from '../../src/context/corpus.ts';
import type { Engine } from '../../src/engine.ts';
import { SharedRepl } from '../../src/vscode/runs/sharedRepl.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { block, engineOver, startModelThatSays } from '../support/runs.ts';
import type { ScriptedServer } from '../support/scriptedServer.ts';
import { neverAborted } from '../support/signals.ts';

const opened = cleanUpAfterEach();

async function modelThatSays(...replies: string[]): Promise<ScriptedServer> {
	const server = await startModelThatSays(replies);
	opened.push(() => server.stop());
	return server;
}

function engine(server: ScriptedServer): Engine {
	const created = engineOver([server.settings('gpu')]);
	opened.push(() => created.dispose());
	return created;
}

async function ask(repl: SharedRepl, on: Engine, query: string, text = 'alpha\nbeta\n'): Promise<string> {
	const contexts = [await textContext({ label: 'notes.txt', path: 'notes.txt', text })];
	const run = repl.ask(on, { query, contexts, directBelowTokens: 0 }, neverAborted);
	for await (const _ of run.events); // a run that nobody reads is over all the same
	return (await run.result).answer;
}

it('keeps variables when a context is read again', async () => {
	const model = await modelThatSays(
		block('kept = len(context)\nmarker = object()\nFINAL("ok")'),
		block('FINAL(f"{kept} {type(marker).__name__} {history[0]["content"]}")'),
	);
	const on = engine(model);
	const repl = new SharedRepl();
	opened.push(() => repl.dispose());
	expect(repl.hasVariables).toBe(false);
	await ask(repl, on, 'one?');
	expect(repl.hasVariables).toBe(true);
	expect(await ask(repl, on, 'two?')).toBe('11 object one?');
});

it('sees a context that has changed', async () => {
	const model = await modelThatSays(block('kept = 1\nFINAL("ok")'), block('FINAL(f"{kept} {context.strip()}")'));
	const on = engine(model);
	const repl = new SharedRepl();
	opened.push(() => repl.dispose());
	await ask(repl, on, 'one?');
	expect(await ask(repl, on, 'two?', 'gamma\n')).toBe('1 gamma');
});

it('takes memory and history over to a new engine, and says that variables are gone', async () => {
	const model = await modelThatSays(
		block('kept = 1\nmemory["seen"] = True\nFINAL("ok")'),
		block('FINAL(f"{"kept" in globals()} {memory} {len(history)}")'),
	);
	const repl = new SharedRepl();
	opened.push(() => repl.dispose());
	const old = engine(model);
	await ask(repl, old, 'one?');
	await old.dispose();
	expect(repl.hasVariables).toBe(false);
	expect(await ask(repl, engine(model), 'two?')).toBe("False {'seen': True} 2");
});

it('takes back the last question so that it can be asked again', async () => {
	const model = await modelThatSays(
		block('FINAL("one")'),
		block('FINAL("two")'),
		block('FINAL(f"{[message["content"] for message in history]}")'),
	);
	const on = engine(model);
	const repl = new SharedRepl({ exchanges: [{ question: 'zero?', answer: 'zero' }], memory: undefined });
	opened.push(() => repl.dispose());
	await ask(repl, on, 'one?');
	await ask(repl, on, 'two?');
	repl.takeBack();
	expect(await ask(repl, on, 'two?')).toBe("['zero?', 'zero', 'one?', 'one']");
});
