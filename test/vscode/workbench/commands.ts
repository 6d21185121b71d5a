import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startScriptedServer } from '../../support/scriptedServer.ts';
import { writeWorkspace } from '../host/fixtures.ts';
import type { Workbench } from '../host/workbench.ts';
import { playModel } from './model.ts';
import { ask, untilState } from './panel.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

/** Where Ollama listens unless told otherwise. */
const OLLAMA_PORT = 11_434;

/** Waits until something is so; what a command writes is there a moment after its last click. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = performance.now() + 20_000;
	while (!(await isSo()) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
	assert.ok(await isSo());
}

/** Answers the dialog that asks for a file, which is a line in a browser. */
async function saveAs({ quickInput, page }: Workbench, path: string): Promise<void> {
	// The dialog fills in its own suggestion once it has looked at the folder.
	const input = quickInput.locator('input').first();
	await until(async () => /\.md$/.test(await input.inputValue()));
	await input.fill(path);
	await until(async () => (await input.inputValue()) === path);
	await page.keyboard.press('Enter');
}

/** Commands that no other group of tests comes by. */
export const commandTests: WindowTests = {
	name: 'commands',
	// A token is kept for an address; nothing is sent there while Python runs on this machine.
	userSettings: { 'rlm.sandbox.url': 'http://127.0.0.1:9' },
	prepare(folder, models) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'models are picked from what the servers offer': async (stage) => {
			const { quickInput, page } = stage.workbench;
			await stage.workbench.runCommand('RLM: Pick Models', true);
			await quickInput.getByText('Which model should write the code of a run?').waitFor();
			await quickInput.locator('.monaco-list-row', { hasText: 'gpu-1' }).waitFor();
			await stage.shot('models');
			await stage.workbench.answerInput('scripted');
			await quickInput.getByText('Which model should answer its sub-calls?').waitFor();
			await page.keyboard.press('Enter');
			await until(() => stage.settings()['rlm.subModel'] !== undefined);
			assert.equal(stage.settings()['rlm.rootModel'], 'gpu-1/scripted');
			assert.equal(stage.settings()['rlm.subModel'], 'auto');
		},

		'a run is exported as Markdown and as JSON': async (stage) => {
			const { workbench, folder, shot } = stage;
			await ask(stage, 'Was the lid open?');
			await untilState(workbench, 'answered');
			const markdown = join(folder, 'run.md');
			await workbench.runCommand('RLM: Export Run', true);
			await saveAs(workbench, markdown);
			await workbench.notification('The run was exported.').getByRole('button', { name: 'Open' }).click();
			await workbench.tab('run.md').waitFor();
			await shot('exported');
			const text = readFileSync(markdown, 'utf8');
			assert.match(text, /^# Was the lid open\?/);
			assert.match(text, /\*\*The lid was open\.\*\*/);
			assert.match(text, /```python\n +hits = grep\("reactor lid"\)/);

			const json = join(folder, 'run.json');
			await workbench.runCommand('RLM: Export Run', true);
			await saveAs(workbench, json);
			await until(() => existsSync(json));
			const { question, events } = JSON.parse(readFileSync(json, 'utf8'));
			assert.equal(question, 'Was the lid open?');
			assert.equal(events.at(0).type, 'run-start');
			assert.equal(events.at(-1).type, 'run-end');
		},

		'a conversation is exported': async ({ workbench, folder }) => {
			const { chat } = workbench;
			await workbench.runCommand('RLM: Focus on Chat View');
			const input = chat.getByRole('textbox', { name: 'Question' });
			await input.fill('Remember the lid');
			await input.press('Enter');
			await chat.locator('article[data-state=answered]').waitFor();
			const target = join(folder, 'chat.md');
			await workbench.runCommand('RLM: Export Conversation', true);
			await saveAs(workbench, target);
			await workbench.notification('The conversation was exported.').waitFor();
			assert.match(readFileSync(target, 'utf8'), /^# Remember the lid[\s\S]*- `notes\.txt:311`/);
		},

		'the token of a sandbox server is stored, and removed by an empty one': async ({ workbench }) => {
			const { quickInput, page } = workbench;
			await workbench.runCommand('RLM: Set Token of the Sandbox Server', true);
			await quickInput.locator('input[type=password]').fill('a-token');
			await page.keyboard.press('Enter');
			await workbench.notification('The token of the sandbox server was stored.').waitFor();
			await workbench.runCommand('RLM: Set Token of the Sandbox Server', true);
			await quickInput.locator('input[placeholder^="One is set"]').waitFor();
			await page.keyboard.press('Enter');
			await workbench.notification('The token of the sandbox server was removed.').waitFor();
		},
	},
};

/** Nothing is configured, and a server is there on its usual port. */
export const detectionTests: WindowTests = {
	name: 'detection',
	prepare: (folder) => writeWorkspace(folder),
	tests: {
		'a question is answered by a server found on this machine, and it can be added': async (stage) => {
			const { workbench, shot } = stage;
			const ollama = await startScriptedServer({
				kind: 'ollama',
				port: OLLAMA_PORT,
				script: playModel,
				models: [{ name: 'qwen3:8b' }],
			});
			try {
				await workbench.openFile('notes.txt');
				await workbench.runCommand('RLM: Query Buffer', true);
				await workbench.answerInput('Was the lid open?');
				await workbench.preview.getByText('The lid was open.').waitFor();
				await shot('found');
				assert.ok(ollama.requests.length > 0);

				await workbench.runCommand('RLM: Detect Servers', true);
				const { quickInput } = workbench;
				await quickInput.getByText('Add which servers?').waitFor();
				await quickInput.getByText(`http://127.0.0.1:${OLLAMA_PORT}`).waitFor();
				await shot('detected');
				await workbench.page.keyboard.press('Enter');
				await until(() => stage.settings()['rlm.servers'] !== undefined);
				await workbench.runCommand('RLM: Show Servers');
				await workbench.page.getByRole('treeitem', { name: /^ollama, up/ }).waitFor();
			} finally {
				await ollama.stop();
			}
		},
	},
};
