import assert from 'node:assert/strict';
import { writeWorkspace } from '../host/fixtures.ts';
import type { WindowTests } from './runner.ts';
import { writeSettings } from './settings.ts';

/** The first minute: nothing but the extension. */
export const builtinTests: WindowTests = {
	name: 'built-in',
	prepare(folder) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [{ id: 'builtin', kind: 'builtin' }] });
		return folder;
	},
	tests: {
		'a question about the buffer is typed, run and answered beside it': async ({ workbench, shot }) => {
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.quickInput.getByText('Ask about notes.txt').waitFor();
			await workbench.quickInput.locator('input').first().fill('   ');
			await workbench.quickInput.getByText('Enter a question.').waitFor();
			await shot('question');
			await workbench.answerInput('Where is ERROR 7411 reported?');
			await workbench.preview.getByRole('heading', { name: 'Where is ERROR 7411 reported?' }).waitFor();
			await workbench.preview.getByText('built-in engine').first().waitFor();
			await workbench.preview.getByText('Answered').waitFor();
			await shot('answer');
		},

		'a click on a citation opens the file at its line': async ({ workbench, shot }) => {
			await workbench.runCommand('RLM: Query Workspace', true);
			await workbench.answerInput('Where is ERROR 7411 reported?');
			const link = workbench.preview.getByRole('link', { name: /notes\.txt:311/ }).first();
			await link.waitFor();
			await shot('evidence');
			await link.click();
			await workbench.tab('notes.txt').waitFor();
			await workbench.cursorPosition.getByText('Ln 311').waitFor();
			assert.match(await workbench.editorText(), /ERROR 7411/);
			await shot('cited-line');
		},

		'a citation of a file with spaces and umlauts opens it too': async ({ workbench }) => {
			await workbench.runCommand('RLM: Query Workspace', true);
			await workbench.answerInput('Where is WIDTH defined?');
			await workbench.preview
				.getByRole('link', { name: /größe und maß\.ts:2/ })
				.first()
				.click();
			await workbench.tab('größe und maß.ts').waitFor();
			await workbench.cursorPosition.getByText('Ln 2').waitFor();
		},

		'an empty selection offers the whole buffer': async ({ workbench, shot }) => {
			await workbench.openFile('README.md');
			await workbench.runCommand('RLM: Query Selection');
			await workbench.notification('Nothing is selected.').waitFor();
			await shot('empty-selection');
			await workbench
				.notification('Nothing is selected.')
				.getByRole('button', { name: 'Query Buffer instead' })
				.click();
			await workbench.quickInput.getByText('Ask about README.md').waitFor();
		},

		'an answer survives a reload of the window': async ({ workbench }) => {
			await workbench.openFile('README.md');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Where is Marlow named?');
			const heading = workbench.preview.getByRole('heading', { name: 'Where is Marlow named?' });
			await heading.waitFor();
			await workbench.runCommand('Developer: Reload Window', true);
			await heading.waitFor({ state: 'detached' });
			await heading.waitFor({ timeout: 60_000 });
		},
	},
};
