import assert from 'node:assert/strict';
import type { FrameLocator } from 'playwright-core';
import { writeWorkspace } from '../host/fixtures.ts';
import { THEMES, violations } from './axe.ts';
import { ask, untilState } from './panel.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

/** The line that the tree calls active. */
async function activeRow(panel: FrameLocator): Promise<string> {
	const id = await panel.getByRole('tree').getAttribute('aria-activedescendant');
	return (await panel.locator(`[id="${id}"] .title`).textContent()) ?? '';
}

/** How the focused element is called, in shadow trees too. */
async function focusedName(panel: FrameLocator): Promise<string> {
	return panel.locator('body').evaluate((body) => {
		let element = body.ownerDocument.activeElement;
		while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
		return element?.ariaLabel || element?.getAttribute('placeholder') || element?.textContent?.trim() || '';
	});
}

let workspace = '';

/** The run panel for those who do not use a mouse or do not see it. */
export const panelAccessTests: WindowTests = {
	name: 'panel access',
	prepare(folder, models) {
		workspace = folder;
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'everything can be reached and done by the keyboard': async (stage) => {
			const { workbench } = stage;
			const { panel, page } = workbench;
			await ask(stage, 'Was the lid open?');
			await untilState(workbench, 'answered');
			await workbench.runCommand('RLM: Focus on Run View');
			const reached = new Set<string>();
			for (let step = 0; step < 30; step++) {
				await page.keyboard.press('Tab');
				const name = await focusedName(panel);
				reached.add(name.split(':')[0] ?? '');
				if (name === 'Details') break;
			}
			const wanted = ['Run', 'Run Again', 'Copy Answer', 'Export…', 'Search in all texts', 'Status', 'Kind', 'Details'];
			assert.deepEqual(
				wanted.filter((name) => !reached.has(name)),
				[],
				[...reached].join(' | '),
			);
			await page.keyboard.press('Shift+Tab');
			await panel.locator('[role=tree]:focus').waitFor();
			const leads = async (title: string, ...keys: string[]) => {
				for (const key of keys) await page.keyboard.press(key);
				await panel.locator('.row.selected .title', { hasText: title }).waitFor();
				assert.equal(await activeRow(panel), title);
			};
			await leads('Was the lid open?', 'Home');
			await leads('Iteration 1', 'ArrowDown');
			await leads('Cell', 'ArrowRight');
			await leads('Iteration 1', 'ArrowLeft');
			await leads('Iteration 1', 'ArrowLeft');
			await panel.getByRole('treeitem', { name: /^Iteration 1/, expanded: false }).waitFor();
			await leads('Iteration 2', 'ArrowDown');
			await leads('Sub-call', 'End');
			await page.waitForTimeout(900);
			await leads('Iteration 1', 'i', 't', 'e', 'r');
			await page.keyboard.press('Enter');
			await panel.locator('.details:focus').waitFor();
			await stage.shot('keyboard');
		},

		'axe finds nothing serious in dark, light and high contrast themes': async (stage) => {
			const { workbench, models } = stage;
			const { panel } = workbench;
			await ask(stage, 'Was the lid open?');
			await untilState(workbench, 'answered');
			const problems: string[] = [];
			for (const [theme, name] of Object.entries(THEMES)) {
				writeSettings(workspace, { 'rlm.servers': [scripted(models)], 'workbench.colorTheme': theme });
				await panel.locator(`body.${name}`).waitFor();
				for (const row of [/^Was the lid/, /^Cell/, /^Sub-call/, /^Iteration 1/]) {
					await panel.getByRole('treeitem', { name: row }).first().click();
					await stage.shot(`${name}-${String(row).replace(/\W/g, '')}`);
					for (const found of await violations(panel.locator('body'))) problems.push(`${theme} ${row}: ${found}`);
				}
				await panel.getByRole('tab', { name: 'Timeline' }).click();
				await stage.shot(`${name}-timeline`);
				for (const found of await violations(panel.locator('body'))) problems.push(`${theme}, timeline: ${found}`);
				await panel.getByRole('tab', { name: 'Tree' }).click();
			}
			assert.equal(problems.join('\n\n'), '');
		},
	},
};
