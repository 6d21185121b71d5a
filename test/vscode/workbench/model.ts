import assert from 'node:assert/strict';
import type { ScriptedReply, ScriptedRequest } from '../../support/scriptedServer.ts';
import { writeWorkspace } from '../host/fixtures.ts';
import { playChat } from './chat.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

const CODE = (code: string): string => `Let me look.\n\n\`\`\`repl\n${code}\n\`\`\`\n`;
const LOOK = 'hits = grep("reactor lid")\nprint(hits)';

/** Plays the models of all workbench tests: what it does follows from the question. */
export function playModel({ messages }: ScriptedRequest): ScriptedReply {
	const asked = messages.map(({ content }) => content).join('\n');
	const chat = playChat(/<question>([\s\S]*?)<\/question>/.exec(asked)?.[1] ?? '');
	if (chat) return chat;
	const iterations = messages.filter(({ role }) => role === 'assistant').length;
	if (asked.includes('SUMMARISE THIS LINE')) return { text: 'The lid was open.', usage: { prompt: 40, completion: 5 } };
	if (asked.includes('Refuse my key'))
		return { status: 401, body: '{"error":{"message":"Incorrect API key provided"}}' };
	if (asked.includes('Never answer')) return { text: 'Thinking about it', fault: 'hang-in-body' };
	if (asked.includes('Half an answer')) {
		if (iterations > 0) return { text: 'One moment', fault: 'hang-in-body' };
		return { text: CODE(`${LOOK}\nanswer["content"] = "Half of it: the lid was open, see notes.txt:311."`) };
	}
	if (asked.includes('Answer at length')) return { text: CODE('print(context[:80])\nFINAL("word " * 60000)') };
	if (asked.includes('Leak it')) {
		const text = '![secret](https://leak.example/a.png) <img src="https://leak.example/b.png"> done';
		return { text: CODE(`print(context[:80])\nFINAL('''${text}''')`) };
	}
	if (asked.includes('Ask many')) {
		const prompts = '[f"SUMMARISE THIS LINE: {line}" for line in context.splitlines()[:40]]';
		return {
			text: CODE(iterations === 0 ? LOOK : `replies = llm_query_batched(${prompts})\nFINAL(f"{len(replies)} replies")`),
		};
	}
	if (iterations === 0) return { text: CODE(LOOK), reasoning: 'First I search.' };
	const ask = 'summary = llm_query("SUMMARISE THIS LINE: ERROR 7411: the reactor lid is open")';
	return { text: CODE(`${ask}\ncite("notes.txt", 311)\nFINAL(f"**{summary}** It says so in notes.txt:311.")`) };
}

/** Runs against a model server over HTTP. */
export const modelTests: WindowTests = {
	name: 'model',
	prepare(folder, models) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)], 'rlm.panel.openOnRun': false });
		return folder;
	},
	tests: {
		'the answer names its servers, its evidence and its cost': async ({ workbench, shot }) => {
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Was the lid open?');
			const { preview } = workbench;
			await preview.getByText('The lid was open.').waitFor();
			await preview.getByText('price unknown').waitFor();
			await preview.getByText('gpu-1').waitFor();
			assert.equal(await preview.getByText('built-in engine').count(), 0);
			await shot('answer');
			await preview.getByRole('link', { name: 'notes.txt:311' }).click();
			await workbench.cursorPosition.getByText('Ln 311').waitFor();
		},

		'a refused key is reported with a button to set another': async ({ workbench, shot }) => {
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Refuse my key, please.');
			const error = workbench.notification('gpu-1');
			await error.getByRole('button', { name: 'Set API Key…' }).click();
			await workbench.quickInput.getByText('API key of gpu-1').waitFor();
			await shot('bad-key');
			await workbench.page.keyboard.press('Escape');
		},

		'cancelling in the notification closes the connection to the server': async ({ workbench, models, shot }) => {
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Never answer, please.');
			const progress = workbench.notification(/iteration 1/);
			await progress.waitFor();
			await shot('progress');
			const closedBefore = models.closedEarly;
			await progress.hover();
			await progress.getByRole('button', { name: 'Cancel' }).click();
			await workbench.notification('RLM was cancelled before it had an answer.').waitFor();
			assert.equal(models.closedEarly, closedBefore + 1);
		},

		'a cancelled run shows what it had found': async ({ workbench, models, shot }) => {
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			const closedBefore = models.closedEarly;
			await workbench.answerInput('Half an answer, please.');
			await workbench.notification(/iteration 2/).waitFor();
			await workbench.runCommand('RLM: Cancel Run');
			await workbench.preview.getByText('The run was cancelled.').waitFor();
			await workbench.preview.getByText('Half of it: the lid was open').waitFor();
			await shot('cancelled');
			assert.equal(models.closedEarly, closedBefore + 1);
		},

		'an answer cannot make the preview load an image from elsewhere': async ({ workbench, shot }) => {
			const outside: string[] = [];
			const note = (request: { url(): string }) => {
				if (request.url().includes('leak.example')) outside.push(request.url());
			};
			workbench.page.on('request', note);
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Leak it.');
			await workbench.preview.getByText('done').waitFor();
			await shot('harmless');
			workbench.page.off('request', note);
			assert.deepEqual(outside, []);
		},
	},
};
