import assert from 'node:assert/strict';
import { writeWorkspace } from '../host/fixtures.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

/** A folder that the user does not trust: it must not choose where text is sent. */
export const untrustedTests: WindowTests = {
	name: 'untrusted',
	// A model server that another test runs on a usual port must not answer here.
	userSettings: {
		'rlm.servers': [{ id: 'builtin', kind: 'builtin' }],
		'security.workspace.trust.enabled': true,
		'security.workspace.trust.startupPrompt': 'never',
	},
	prepare(folder, models) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'its settings are ignored, and questions are still answered': async ({ workbench, models, shot }) => {
			await workbench.page.getByText('Restricted Mode').first().waitFor();
			const before = models.requests.length;
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Where is ERROR 7411 reported?');
			await workbench.preview.getByText('built-in engine').first().waitFor();
			await workbench.preview.getByRole('link', { name: 'notes.txt:311' }).first().waitFor();
			await shot('answer');
			assert.equal(models.requests.length, before);
		},
	},
};
