import { writeWorkspace } from '../host/fixtures.ts';
import type { WindowTests } from './runner.ts';
import { writeSettings } from './settings.ts';

/** Nobody listens on this port: it is reserved and a client may not even try to bind it. */
const CLOSED_URL = 'http://127.0.0.1:1/v1';

/** A server that is down, and what the user can do about it. */
export const failureTests: WindowTests = {
	name: 'failure',
	prepare(folder) {
		writeWorkspace(folder);
		writeSettings(folder, {
			'rlm.servers': [{ id: 'gpu-9', kind: 'openai', url: CLOSED_URL, models: ['absent'] }],
		});
		return folder;
	},
	tests: {
		'a server that is down is named with its address and a button to the settings': async ({ workbench, shot }) => {
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Is anybody there?');
			const error = workbench.notification(CLOSED_URL);
			await error.waitFor({ timeout: 60_000 });
			await error.getByRole('button', { name: 'Retry' }).waitFor();
			await shot('server-down');
			await error.getByRole('button', { name: 'Open Settings' }).click();
			await workbench.page.locator('.settings-editor').getByText('Servers').first().waitFor();
			await shot('settings');
		},

		'models of a server that is down cannot be picked, and the message says why': async ({ workbench }) => {
			await workbench.runCommand('RLM: Pick Models');
			await workbench.notification(CLOSED_URL).getByRole('button', { name: 'Open Settings' }).waitFor();
		},

		'the log opens from the palette': async ({ workbench }) => {
			await workbench.runCommand('RLM: Show Log');
			await workbench.page.getByText('gpu-9').first().waitFor();
		},

		'a key is entered without being shown': async ({ workbench, shot }) => {
			await workbench.runCommand('RLM: Set API Key…', true);
			await workbench.quickInput.getByText('API key of gpu-9').waitFor();
			await workbench.quickInput.locator('input[type=password]').fill('secret-key');
			await shot('key');
			await workbench.page.keyboard.press('Enter');
			await workbench.notification('The key of gpu-9 was stored.').waitFor();
		},
	},
};

/** Settings that cannot be used. */
export const badSettingsTests: WindowTests = {
	name: 'bad settings',
	prepare(folder) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [{ id: 'gpu-1', kind: 'ollama', url: 'gpu-1:11434' }] });
		return folder;
	},
	tests: {
		'the message names the field and offers the settings, before a question is typed': async ({ workbench, shot }) => {
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer');
			const error = workbench.notification('servers[0].url');
			await error.getByRole('button', { name: 'Open Settings' }).waitFor();
			await shot('message');
		},
	},
};
