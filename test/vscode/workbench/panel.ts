import assert from 'node:assert/strict';
import { writeWorkspace } from '../host/fixtures.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

/** The run panel during and after runs. */
export const panelTests: WindowTests = {
	name: 'panel',
	prepare(folder, models) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'a run appears as a tree while it goes on, and ends with its answer': async ({ workbench, shot }) => {
			const { panel } = workbench;
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Was the lid open?');
			await panel.getByRole('treeitem', { name: /Was the lid open/ }).waitFor();
			await shot('a');
			await panel.getByRole('treeitem', { name: /Turn 2/ }).waitFor();
			await panel.getByText('answered', { exact: false }).first().waitFor();
			await panel.getByText('The lid was open.').first().waitFor();
			await shot('b');
			assert.ok(true);
		},
	},
};
