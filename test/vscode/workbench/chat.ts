import assert from 'node:assert/strict';
import type { FrameLocator } from 'playwright-core';
import type { ScriptedReply } from '../../support/scriptedServer.ts';
import { writeWorkspace } from '../host/fixtures.ts';
import type { Workbench } from '../host/workbench.ts';
import { THEMES, violations } from './axe.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

const FOCUS = 'RLM: Focus on Chat View';

/** What the model says in the chat; undefined for questions of other tests. */
export function playChat(question: string): ScriptedReply | undefined {
	if (question.includes('Remember the lid')) {
		const answer = 'The **lid** was open: [notes.txt:311](notes.txt) says so.\\n\\n- first point\\n- second point';
		const code = `kept = grep("reactor lid")\nmemory["lid"] = "open"\ncite("notes.txt", 311)\nFINAL("""${answer}""")`;
		return { text: `\`\`\`repl\n${code}\n\`\`\`\n`, chunks: 12, chunkDelayMs: 150 };
	}
	if (question.includes('Is it still known')) {
		const code = `print(context[:80])\nFINAL(f"variable {'kept' in globals()}, memory {memory.get('lid')}, second {'context_1' in globals()}")`;
		return { text: `\`\`\`repl\n${code}\n\`\`\`\n` };
	}
	return undefined;
}

/** Types a question into the chat and sends it. */
async function ask(workbench: Workbench, question: string): Promise<void> {
	const input = workbench.chat.getByRole('textbox', { name: 'Question' });
	await input.fill(question);
	await input.press('Enter');
}

/** The last answer, once it holds a text. */
function lastExchange(chat: FrameLocator) {
	return chat.locator('article').last();
}

/** The folder that the window has open. */
let chatFolder = '';

/** Questions one after the other, as a person asks them. */
export const chatTests: WindowTests = {
	name: 'chat',
	prepare(folder, models) {
		chatFolder = writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'a question is typed, its answer streams in, and its evidence opens': async ({ workbench, shot }) => {
			const { chat, page } = workbench;
			await workbench.openFile('notes.txt');
			await workbench.runCommand(FOCUS);
			await chat.getByText('notes.txt (what is open)').waitFor();
			await shot('empty');
			assert.deepEqual(await violations(chat.locator('body')), []);
			await chat.locator('textarea:focus').waitFor();
			await page.keyboard.type('Remember the lid');
			await page.keyboard.press('Shift+Enter');
			await page.keyboard.type('and where it stood.');
			await page.keyboard.press('Enter');
			await chat.getByRole('button', { name: 'Stop' }).waitFor();
			await chat.locator('strong', { hasText: 'lid' }).waitFor();
			await shot('streaming');
			await lastExchange(chat).getByText('second point').waitFor();
			await lastExchange(chat)
				.getByText(/price.unknown/)
				.waitFor();
			assert.equal(
				await lastExchange(chat).locator('.question').innerText(),
				'You asked\nRemember the lid\nand where it stood.',
			);
			await chat
				.getByText(/~4.2k tokens/)
				.first()
				.waitFor();
			await shot('answered');
			await lastExchange(chat).getByRole('link', { name: 'notes.txt:311' }).first().click();
			await workbench.cursorPosition.getByText('Ln 311').waitFor();
			await lastExchange(chat).getByRole('button', { name: 'Show Run' }).click();
			await workbench.panel.getByRole('treeitem', { name: /Iteration 1/ }).waitFor();
		},

		'the second question finds the variables of the first': async ({ workbench, models }) => {
			const { chat } = workbench;
			const before = models.requests.length;
			await ask(workbench, 'Is it still known?');
			await lastExchange(chat).getByText('variable True, memory open, second False').waitFor();
			const messages = models.requests[before]?.messages.map(({ content }) => content).join('\n') ?? '';
			assert.match(messages, /it still holds: kept/);
			await lastExchange(chat).getByRole('button', { name: 'Ask Again' }).click();
			await chat.locator('article[data-state=answered]').nth(1).waitFor();
			await lastExchange(chat).getByText('variable True, memory open').waitFor();
			assert.equal(await chat.locator('article').count(), 2);
		},

		'an answer is put into the text, and opens as a document': async ({ workbench }) => {
			const { chat } = workbench;
			await workbench.runCommand('View: Show Explorer');
			await workbench.openFile('README.md');
			await workbench.runCommand(FOCUS);
			await lastExchange(chat).getByRole('button', { name: 'Insert at Cursor' }).click();
			await workbench.page
				.locator('.view-lines')
				.getByText(/variable.True.*memory.open.*#.Deck/)
				.waitFor();
			await workbench.runCommand(FOCUS);
			await lastExchange(chat).getByRole('button', { name: 'Open as Document' }).click();
			await workbench.tab(/Untitled/).waitFor();
			assert.match(await workbench.editorText(), /variable True, memory open/);
		},

		'stopping closes the connection to the server': async ({ workbench, models }) => {
			const { chat } = workbench;
			const closedBefore = models.closedEarly;
			await workbench.runCommand(FOCUS);
			await ask(workbench, 'Never answer, please.');
			await lastExchange(chat)
				.getByText(/iteration 1/)
				.waitFor();
			await chat.getByRole('button', { name: 'Stop' }).click();
			await chat.locator('article[data-state=cancelled]').waitFor();
			assert.equal(models.closedEarly, closedBefore + 1);
		},

		'earlier questions come back with the arrow keys, and buttons are reached with Tab': async ({ workbench }) => {
			const { chat, page } = workbench;
			await workbench.runCommand(FOCUS);
			const input = chat.getByRole('textbox', { name: 'Question' });
			await input.focus();
			await page.keyboard.type('half a que');
			await page.keyboard.press('Home');
			await page.keyboard.press('ArrowUp');
			assert.equal(await input.inputValue(), 'Never answer, please.');
			await page.keyboard.press('ArrowUp');
			assert.equal(await input.inputValue(), 'Is it still known?');
			await page.keyboard.press('ArrowDown');
			await page.keyboard.press('ArrowDown');
			assert.equal(await input.inputValue(), 'half a que');
			await input.fill('');
			const reached: string[] = [];
			for (let step = 0; step < 3; step++) {
				await page.keyboard.press('Tab');
				reached.push(
					await chat
						.locator(':focus')
						.getAttribute('aria-label')
						.then((label) => label ?? ''),
				);
			}
			assert.deepEqual(reached, ['Add Context…', 'Preview Context', 'Send']);
		},

		'a draft of many lines keeps its height when the chat is shown again': async ({ workbench }) => {
			const { chat } = workbench;
			const input = chat.getByRole('textbox', { name: 'Question' });
			await input.fill('one\ntwo\nthree\nfour\nfive');
			const height = async () => (await input.boundingBox())?.height;
			const before = await height();
			await workbench.runCommand('View: Show Explorer');
			await workbench.runCommand(FOCUS);
			await input.waitFor();
			assert.equal(await input.inputValue(), 'one\ntwo\nthree\nfour\nfive');
			assert.equal(await height(), before);
			await input.fill('');
		},

		'contexts are added, measured, previewed and removed': async ({ workbench, shot }) => {
			const { chat } = workbench;
			await workbench.runCommand('RLM: Add Context to Chat', true);
			await workbench.quickInput.getByText('Workspace', { exact: true }).waitFor();
			await workbench.answerInput('Workspace');
			await chat.getByText(/6 files, .* tokens/).waitFor();
			await shot('chips');
			await chat.getByRole('button', { name: 'Preview Context' }).click();
			await workbench.preview.getByRole('heading', { name: 'Left out' }).waitFor();
			await ask(workbench, 'Is it still known?');
			await lastExchange(chat).getByText('variable True, memory open, second True').waitFor();
			await chat.getByRole('button', { name: /Remove workspace/ }).click();
			await chat.getByText(/6 files/).waitFor({ state: 'detached' });
			assert.equal(await chat.locator('.chip').count(), 1);
		},

		'a reload keeps messages and memory, and says that variables are gone': async ({ workbench, shot }) => {
			const { chat } = workbench;
			await workbench.runCommand(FOCUS);
			const exchanges = await chat.locator('article').count();
			await workbench.page.reload();
			await lastExchange(chat).getByText('memory open, second True').waitFor({ timeout: 60_000 });
			assert.equal(await chat.locator('article').count(), exchanges);
			await ask(workbench, 'Is it still known?');
			await lastExchange(chat).getByText('variable False, memory open, second False').waitFor();
			await lastExchange(chat).getByText('Variables of earlier questions are gone').waitFor();
			await shot('reloaded');
		},

		'conversations are listed, renamed, opened and deleted': async ({ workbench, shot }) => {
			const { chat, page, quickInput } = workbench;
			await workbench.runCommand('RLM: New Conversation');
			await chat.getByText('Ask about text of any size.', { exact: false }).waitFor();
			await ask(workbench, 'Remember the lid again.');
			await lastExchange(chat).getByText('second point').waitFor();
			await chat.locator('article[data-state=answered]').waitFor();
			await workbench.runCommand('RLM: Conversations', true);
			await quickInput.getByText('Remember the lid again.').waitFor();
			await shot('list');
			const first = quickInput.locator('.monaco-list-row', { hasText: /^(?!.*again)Remember the lid/ });
			await first.hover();
			await first.getByRole('button', { name: 'Rename…' }).click();
			await quickInput.getByText('Rename the conversation').waitFor();
			await workbench.answerInput('The lid');
			// The keyboard goes back to the page, a moment later, and would take a list along that is open by then.
			await chat.locator('textarea:focus').waitFor();
			await workbench.runCommand('RLM: Conversations', true);
			await quickInput.getByPlaceholder('Open a conversation').waitFor();
			await workbench.answerInput('The lid');
			await chat.locator('article').nth(2).waitFor();
			await workbench.runCommand('RLM: Conversations', true);
			const row = quickInput.locator('.monaco-list-row', { hasText: /^The lid/ });
			await row.hover();
			await row.getByRole('button', { name: 'Delete…' }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
			await chat.getByText('Ask about text of any size.', { exact: false }).waitFor();
			await workbench.runCommand('RLM: Conversations', true);
			await quickInput.getByText('Remember the lid again.').waitFor();
			assert.equal(await quickInput.locator('.monaco-list-row').count(), 1);
			await page.keyboard.press('Enter');
			await lastExchange(chat).getByText('second point').waitFor();
		},

		'axe finds nothing wrong in dark, light and high contrast': async ({ workbench, models, shot }) => {
			const { chat, page } = workbench;
			await workbench.runCommand(FOCUS);
			await lastExchange(chat).getByText('second point').waitFor();
			for (const [label, kind] of Object.entries(THEMES)) {
				writeSettings(chatFolder, { 'rlm.servers': [scripted(models)], 'workbench.colorTheme': label });
				await chat.locator(`body.${kind}`).waitFor();
				await page.waitForTimeout(300);
				await shot(`theme-${kind}`);
				assert.deepEqual(await violations(chat.locator('body')), [], label);
			}
		},
	},
};

/** The chat where only the built-in engine serves. */
export const builtinChatTests: WindowTests = {
	name: 'built-in chat',
	prepare(folder) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [{ id: 'builtin', kind: 'builtin' }] });
		return folder;
	},
	tests: {
		'two questions are answered, and the page says by which engine': async ({ workbench, shot }) => {
			const { chat } = workbench;
			await workbench.openFile('notes.txt');
			await workbench.runCommand(FOCUS);
			await chat.getByText('the built-in engine answers').waitFor();
			await ask(workbench, 'Where is ERROR 7411 reported?');
			await chat.locator('article[data-state=answered]').waitFor();
			await lastExchange(chat)
				.getByRole('link', { name: /notes\.txt:311/ })
				.first()
				.waitFor();
			await ask(workbench, 'How many lines are there?');
			await chat.locator('article[data-state=answered]').nth(1).waitFor();
			await lastExchange(chat).getByText('built-in engine').first().waitFor();
			await shot('answers');
			assert.deepEqual(await violations(chat.locator('body')), []);
			await chat.getByRole('button', { name: 'Add Server…' }).click();
			await workbench.quickInput.getByText('A server at an address').waitFor();
		},
	},
};

/** The chat when its server is down. Nobody listens on this port: a client may not even try to bind it. */
export const failingChatTests: WindowTests = {
	name: 'failing chat',
	prepare(folder) {
		writeWorkspace(folder);
		const server = { id: 'gpu-9', kind: 'openai', url: 'http://127.0.0.1:1/v1', models: ['absent'] };
		writeSettings(folder, { 'rlm.servers': [server] });
		return folder;
	},
	tests: {
		'a server that is down is named in the conversation, with a remedy': async ({ workbench, shot }) => {
			const { chat } = workbench;
			await workbench.openFile('notes.txt');
			await workbench.runCommand(FOCUS);
			await ask(workbench, 'Is anybody there?');
			await lastExchange(chat)
				.getByText('http://127.0.0.1:1/v1', { exact: false })
				.first()
				.waitFor({ timeout: 60_000 });
			await lastExchange(chat).getByRole('button', { name: 'Retry' }).waitFor();
			await shot('error');
			assert.deepEqual(await violations(chat.locator('body')), []);
			await lastExchange(chat).getByRole('button', { name: 'Open Settings' }).click();
			await workbench.page.locator('.settings-editor').getByText('Servers').first().waitFor();
		},
	},
};
