import assert from 'node:assert/strict';
import type { WindowTests } from './runner.ts';

/** A window without a folder. */
export const emptyWindowTests: WindowTests = {
	name: 'empty window',
	// A model server that another test runs on a usual port must not answer here.
	userSettings: { 'rlm.servers': [{ id: 'builtin', kind: 'builtin' }] },
	prepare: () => undefined,
	tests: {
		'a question about the workspace offers to open a folder': async ({ workbench, shot }) => {
			await workbench.runCommand('RLM: Query Workspace');
			const message = workbench.notification('No folder is open');
			await message.getByRole('button', { name: 'Open Folder' }).waitFor();
			await shot('no-folder');
			await message.getByRole('button', { name: 'Open Folder' }).click();
			await workbench.quickInput.waitFor();
		},

		'a question without a context says what to open': async ({ workbench }) => {
			await workbench.runCommand('RLM: Query Buffer');
			await workbench.notification('No text editor is active').waitFor();
		},

		'a question in the chat is not lost without a context': async ({ workbench }) => {
			const { chat } = workbench;
			await workbench.runCommand('RLM: Focus on Chat View');
			const input = chat.getByRole('textbox', { name: 'Question' });
			await input.fill('What is this?');
			await input.press('Enter');
			await workbench.notification('There is nothing to ask about').waitFor();
			assert.equal(await input.inputValue(), 'What is this?');
			await input.fill('');
			await workbench.runCommand('RLM: Export Conversation');
			await workbench.notification('Nothing has been asked in this conversation yet.').waitFor();
			await workbench.runCommand('RLM: Conversations');
			await workbench.notification('There are no conversations yet.').waitFor();
		},

		'a question about an unsaved buffer is answered without a file': async ({ workbench, shot }) => {
			await workbench.newBuffer('The blue key opens the north door.');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Where is "north" used?');
			await workbench.preview.getByText('north door').first().waitFor();
			await shot('untitled');
		},
	},
};
