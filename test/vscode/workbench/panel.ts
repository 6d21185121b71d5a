import assert from 'node:assert/strict';
import { writeWorkspace } from '../host/fixtures.ts';
import type { Workbench } from '../host/workbench.ts';
import type { Stage, WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

/** Asks about notes.txt. The panel opens by itself and shows the new run. */
export async function ask({ workbench }: Pick<Stage, 'workbench'>, question: string): Promise<void> {
	const shown = workbench.panel.locator('.run-name');
	const before = (await shown.count()) === 0 ? '' : await shown.getAttribute('data-run');
	await workbench.openFile('notes.txt');
	await workbench.runCommand('RLM: Query Buffer', true);
	await workbench.answerInput(question);
	await workbench.panel.locator(`.run-name:not([data-run="${before}"])`, { hasText: question }).waitFor();
}

/** Waits until the bar of the panel says how the run stands, and an answer is also open: it takes the focus. */
export async function untilState({ panel, preview }: Workbench, state: string): Promise<void> {
	await panel.locator('.summary', { hasText: state }).waitFor();
	if (state === 'answered') await preview.getByText('Answered', { exact: true }).waitFor();
}

/** Cancels a run that has found something, and waits for its answer too: opened later, it would take the focus. */
export async function cancelWithAnswer(workbench: Workbench): Promise<void> {
	await workbench.panel.getByRole('button', { name: 'Cancel' }).click();
	await untilState(workbench, 'cancelled');
	await workbench.preview.getByText('Cancelled', { exact: true }).waitFor();
}

/** The run panel during and after runs. */
export const panelTests: WindowTests = {
	name: 'panel',
	prepare(folder, models) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'without a run the panel offers to ask a question': async ({ workbench, shot }) => {
			const { panel } = workbench;
			await workbench.openFile('notes.txt');
			await workbench.runCommand('RLM: Focus on Run View');
			await panel.getByText('No question has been asked').waitFor();
			await shot('empty');
			await panel.getByRole('button', { name: 'the active file' }).click();
			await workbench.quickInput.getByText('Ask about notes.txt').waitFor();
		},

		'a run appears as a tree while it goes on, and ends with its answer': async (stage) => {
			const { panel } = stage.workbench;
			await ask(stage, 'Was the lid open?');
			await panel.getByRole('treeitem', { name: /^Iteration 2/ }).waitFor();
			await untilState(stage.workbench, 'answered');
			await panel.locator('.answer').getByText('The lid was open.').waitFor();
			await stage.shot('answered');
			const tree = await panel
				.getByRole('treeitem')
				.evaluateAll((rows) =>
					rows.map((row) => [
						row.ariaLevel,
						row.ariaPosInSet,
						row.ariaSetSize,
						row.ariaExpanded,
						row.querySelector('.title')?.textContent,
					]),
				);
			assert.deepEqual(tree, [
				['1', '1', '1', 'true', 'Was the lid open?'],
				['2', '1', '2', 'true', 'Iteration 1'],
				['3', '1', '1', null, 'Cell'],
				['2', '2', '2', 'true', 'Iteration 2'],
				['3', '1', '1', 'true', 'Cell'],
				['4', '1', '1', null, 'Sub-call'],
			]);
			assert.equal(await stage.workbench.notification('RLM').count(), 0);
		},

		'the details of a node show its code, its full prompt, its server and its figures': async (stage) => {
			const { panel } = stage.workbench;
			await ask(stage, 'Was the lid open?');
			await untilState(stage.workbench, 'answered');
			await panel.getByRole('treeitem', { name: /^Cell/ }).first().click();
			await panel.locator('.details .hljs-built_in', { hasText: 'print' }).waitFor();
			await panel.locator('.details').getByText('ERROR 7411').first().waitFor();
			await stage.shot('code');
			await panel.getByRole('treeitem', { name: /^Sub-call/ }).click();
			const details = panel.locator('.details');
			await details.locator('pre', { hasText: 'SUMMARISE THIS LINE: ERROR 7411: the reactor lid is open' }).waitFor();
			await details.getByText('gpu-1').waitFor();
			await details.getByText('scripted').waitFor();
			await details.locator('div', { hasText: 'Prompt tokens' }).getByText('40').first().waitFor();
			await stage.shot('call');
			await panel.getByRole('treeitem', { name: /^Iteration 1/ }).click();
			await details.getByText('First I search.').waitFor({ state: 'attached' });
			await details.getByText('New message (system)').waitFor();
			await stage.shot('iteration');
		},

		'code opens in an editor as Python': async (stage) => {
			const { workbench } = stage;
			await ask(stage, 'Was the lid open?');
			await untilState(workbench, 'answered');
			await workbench.panel.getByRole('treeitem', { name: /^Cell/ }).first().click();
			await workbench.panel.getByRole('button', { name: 'Open Code in an editor' }).click();
			await workbench.page.locator('[id="status.editor.mode"]', { hasText: 'Python' }).waitFor();
			assert.match(await workbench.editorText(), /grep\("reactor lid"\)/);
		},

		'a click on a place in the answer opens the file at its line': async (stage) => {
			const { workbench } = stage;
			await ask(stage, 'Was the lid open?');
			await untilState(workbench, 'answered');
			await workbench.page.keyboard.press('Escape');
			await workbench.panel.locator('.answer .markdown').getByRole('link', { name: 'notes.txt:311' }).click();
			await workbench.cursorPosition.getByText('Ln 311').waitFor();
		},

		'Cancel closes the connection to the server': async (stage) => {
			const { workbench, models } = stage;
			const closedBefore = models.closedEarly;
			await ask(stage, 'Never answer, please.');
			await workbench.panel.locator('.row .note', { hasText: /^Thinking/ }).waitFor();
			await stage.shot('running');
			await workbench.panel.getByRole('button', { name: 'Cancel' }).click();
			await untilState(workbench, 'cancelled');
			assert.equal(models.closedEarly, closedBefore + 1);
			await stage.shot('cancelled');
		},

		'Answer Now ends the run with what it has': async (stage) => {
			const { workbench } = stage;
			await ask(stage, 'Half an answer, please.');
			await workbench.panel.getByRole('treeitem', { name: /^Iteration 2/ }).waitFor();
			await workbench.panel.getByRole('button', { name: 'Answer Now' }).click();
			await untilState(workbench, 'partial answer');
			await workbench.panel.locator('.answer').getByText('Half of it: the lid was open').waitFor();
			await workbench.panel.getByText('you asked for an answer now').waitFor();
			await stage.shot('partial');
		},

		'Run Again asks the same as a new run, and the old one can be chosen again': async (stage) => {
			const { workbench } = stage;
			await ask(stage, 'Ask many, please.');
			await untilState(workbench, 'answered');
			await stage.shot('many');
			await workbench.panel.getByRole('button', { name: 'Run Again' }).click();
			await untilState(workbench, 'running');
			await untilState(workbench, 'answered');
			await workbench.panel.getByRole('button', { name: /^Run: Ask many/ }).click();
			await workbench.quickInput.getByText('Half an answer, please.').first().click();
			await untilState(workbench, 'partial answer');
		},

		'the search finds what only the full texts have, and filters narrow the tree': async (stage) => {
			const { workbench } = stage;
			const { panel } = workbench;
			await ask(stage, 'Ask many, please.');
			await untilState(workbench, 'answered');
			await panel.getByRole('searchbox', { name: 'Search in all texts' }).fill('line 17: all quiet');
			await panel.getByRole('treeitem', { name: /line 17/ }).waitFor();
			await panel.getByRole('treeitem', { name: /line 18/ }).waitFor({ state: 'detached' });
			await stage.shot('search');
			await panel.getByRole('searchbox').fill('');
			await panel.getByRole('combobox', { name: 'Kind' }).selectOption('iteration');
			await panel
				.getByRole('treeitem', { name: /^Sub-call/ })
				.first()
				.waitFor({ state: 'detached' });
			assert.equal(await panel.getByRole('treeitem').count(), 3);
			await panel.getByRole('combobox', { name: 'Kind' }).selectOption('all');
		},

		'the timeline shows who worked when, and its table leads to the call': async (stage) => {
			const { panel } = stage.workbench;
			await ask(stage, 'Ask many, please.');
			await untilState(stage.workbench, 'answered');
			await panel.getByRole('tab', { name: 'Timeline' }).click();
			await panel.locator('canvas').waitFor();
			await stage.shot('timeline');
			await panel.getByRole('button', { name: 'Show as Table' }).click();
			assert.equal(await panel.locator('.timeline-table tbody tr').count(), 42);
			await stage.shot('timeline-table');
			await panel
				.getByRole('link', { name: /sub-call/ })
				.first()
				.click();
			await panel.locator('.details').getByText('SUMMARISE THIS LINE: line 1: all quiet').first().waitFor();
			await panel.getByRole('tab', { name: 'Tree' }).click();
			await panel.locator('.row.selected', { hasText: 'line 1: all quiet' }).waitFor();
		},

		'Copy Answer copies all of an answer that the panel shows in part': async (stage) => {
			const { page, panel } = stage.workbench;
			await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
			await ask(stage, 'Answer at length, please.');
			await panel.locator('.summary', { hasText: 'answered' }).waitFor(); // such an answer opens as text, not as a preview
			await panel.getByRole('button', { name: 'Copy Answer' }).click();
			await page.locator('.statusbar-item', { hasText: 'Copied' }).waitFor();
			const copied = String(await page.evaluate('navigator.clipboard.readText()'));
			assert.equal(copied.split('word').length - 1, 60_000);
		},

		'a filter holds for one run and says when nothing fits': async (stage) => {
			const { workbench } = stage;
			const { panel } = workbench;
			await ask(stage, 'Was the lid open?');
			await untilState(workbench, 'answered');
			const status = panel.getByRole('combobox', { name: 'Status' });
			await status.selectOption('failed');
			await panel.getByText('Nothing found').waitFor();
			await workbench.reset();
			await ask(stage, 'Was the lid open then?');
			await panel.getByRole('treeitem', { name: /^Iteration 1/ }).waitFor();
			assert.equal(await status.inputValue(), 'all');
			await untilState(workbench, 'answered');
		},

		'an answer cannot make the panel load anything from elsewhere': async (stage) => {
			const { workbench } = stage;
			const outside: string[] = [];
			const note = (request: { url(): string }) => {
				if (request.url().includes('leak.example')) outside.push(request.url());
			};
			workbench.page.on('request', note);
			await ask(stage, 'Leak it.');
			await workbench.panel.locator('.answer').getByText('done').waitFor();
			assert.equal(await workbench.panel.locator('.answer img').count(), 0);
			await workbench.panel.locator('.answer').getByText('<img src=').waitFor();
			workbench.page.off('request', note);
			assert.deepEqual(outside, []);
		},
	},
};
