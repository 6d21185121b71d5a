import assert from 'node:assert/strict';
import { writeWorkspace } from '../host/fixtures.ts';
import { ask, cancelWithAnswer, untilState } from './panel.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

/** The run panel over hiding, reloading, and several runs. */
export const panelLifeTests: WindowTests = {
	name: 'panel life',
	prepare(folder, models) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'a panel that is hidden during a run has everything when it comes back': async (stage) => {
			const { workbench } = stage;
			const { panel } = workbench;
			await ask(stage, 'Half an answer, please.');
			await panel.getByRole('treeitem', { name: /^Iteration 2/ }).waitFor();
			await panel.getByRole('treeitem', { name: /^Iteration 1/ }).click();
			await workbench.runCommand('View: Hide Panel');
			await panel.getByRole('tree').waitFor({ state: 'detached' });
			await workbench.runCommand('RLM: Focus on Run View');
			await panel.locator('.row .note', { hasText: /^One/ }).waitFor();
			await panel.locator('.row.selected', { hasText: 'Iteration 1' }).waitFor();
			await cancelWithAnswer(workbench);
		},

		'while the panel is hidden a notification shows the progress': async (stage) => {
			const { workbench } = stage;
			await workbench.runCommand('View: Hide Panel');
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Never answer, please.');
			await workbench.panel.locator('.row .note', { hasText: /^Thinking/ }).waitFor();
			await workbench.notification('iteration 1').waitFor({ state: 'hidden' });
			await workbench.runCommand('View: Hide Panel');
			await workbench.notification('iteration 1').waitFor();
			await workbench.runCommand('RLM: Cancel Run');
		},

		'two runs go on at once, and one can be chosen and cancelled without the other': async (stage) => {
			const { workbench } = stage;
			const { panel } = workbench;
			await ask(stage, 'Never answer the first.');
			await workbench.runCommand('RLM: Query Buffer', true);
			await workbench.answerInput('Never answer the second.');
			await panel.getByRole('treeitem', { name: /Never answer the second/ }).waitFor();
			await panel.getByRole('button', { name: /^Run: Never answer the second/ }).click();
			await workbench.quickInput.getByText('Never answer the first.').first().click();
			await panel.getByRole('treeitem', { name: /Never answer the first/ }).waitFor();
			await panel.getByRole('button', { name: 'Cancel' }).click();
			await untilState(workbench, 'cancelled');
			await panel.getByRole('button', { name: /^Run: Never answer the first/ }).click();
			await stage.shot('picker');
			await workbench.quickInput.getByText('Never answer the second.').first().click();
			await untilState(workbench, 'running');
			await panel.getByRole('button', { name: 'Cancel' }).click();
			await untilState(workbench, 'cancelled');
		},

		'an editor tab shows the run too, and comes back after a reload': async (stage) => {
			const { workbench } = stage;
			await ask(stage, 'Was the lid open?');
			await untilState(workbench, 'answered');
			await workbench.runCommand('RLM: Open Run in Editor');
			await workbench.tab(/RLM: Was the lid open/).waitFor();
			await workbench.runCommand('View: Hide Panel');
			await workbench.panel.locator('.answer').getByText('The lid was open.').waitFor();
			await workbench.panel.getByRole('treeitem', { name: /^Iteration 2/ }).waitFor();
			await stage.shot('editor-tab');
			await workbench.page.waitForTimeout(1500); // the page keeps its state once a second
			await workbench.reload();
			await workbench.panel.locator('.answer').getByText('The lid was open.').waitFor({ timeout: 60_000 });
			await workbench.runCommand('View: Close All Editors');
		},

		'a run whose window was reloaded is shown as interrupted, with what it had': async (stage) => {
			const { workbench } = stage;
			const { panel } = workbench;
			await ask(stage, 'Half an answer, please.');
			await panel.locator('.row .note', { hasText: /^One/ }).waitFor();
			await workbench.reload();
			await workbench.runCommand('RLM: Focus on Run View');
			await untilState(workbench, 'interrupted');
			await panel.getByRole('treeitem', { name: /^Iteration 1/ }).waitFor();
			assert.equal(await panel.getByRole('treeitem', { name: /running/ }).count(), 0);
			await stage.shot('interrupted');
			await panel.getByRole('treeitem', { name: /^Cell/ }).click();
			await panel.locator('.details .hljs-string', { hasText: 'reactor lid' }).waitFor();
		},

		'a run from before a reload is repeated from the panel, about the same file': async (stage) => {
			const { workbench, models } = stage;
			const { panel } = workbench;
			const before = models.requests.length;
			await panel.getByRole('button', { name: 'Run Again' }).click();
			await untilState(workbench, 'running');
			await panel.getByRole('treeitem', { name: /^Iteration 2/ }).waitFor();
			assert.ok(models.requests.length > before);
			await cancelWithAnswer(workbench);
		},

		'a view that is moved keeps its run instead of showing the newest one': async (stage) => {
			const { workbench } = stage;
			const { panel } = workbench;
			for (const question of ['Was the lid open?', 'Was the lid open then?']) {
				await ask(stage, question);
				await untilState(workbench, 'answered');
				await workbench.reset();
			}
			await panel.getByRole('button', { name: /^Run: Was the lid open then/ }).click();
			await workbench.quickInput.getByText('Was the lid open?').first().click();
			await panel.locator('.run-name', { hasText: 'Was the lid open?' }).waitFor();
			const shown = await panel.locator('.run-name').getAttribute('data-run');
			await workbench.reset();
			await workbench.runCommand('View: Move Panel Views To Secondary Side Bar');
			await workbench.runCommand('RLM: Focus on Run View');
			await panel.getByRole('treeitem', { name: /^Iteration 2/ }).waitFor();
			await stage.shot('moved');
			assert.equal(await panel.locator('.run-name').getAttribute('data-run'), shown);
		},
	},
};
