import assert from 'node:assert/strict';
import { writeWorkspace } from '../host/fixtures.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

/** Past runs, and what a run may read. The server's address is one that is not of this machine by name. */
export const historyTests: WindowTests = {
	name: 'history',
	prepare(folder, models) {
		writeWorkspace(folder);
		const server = { ...scripted(models), url: models.url.replace('127.0.0.1', '0.0.0.0') };
		writeSettings(folder, { 'rlm.servers': [server] });
		return folder;
	},
	tests: {
		'the user is asked once before the workspace goes to another machine': async ({ workbench, models, shot }) => {
			const { page } = workbench;
			const dialog = page.getByRole('dialog', { name: /Ask about workspace/ });
			await workbench.runCommand('RLM: Query Workspace', true);
			await workbench.answerInput('Was the lid open?');
			await dialog.waitFor();
			await shot('consent');
			assert.match((await dialog.textContent()) ?? '', /files, .* tokens.*sent to gpu-1 \(http:\/\/0\.0\.0\.0/s);
			const before = models.requests.length;
			await dialog.getByRole('button', { name: 'Cancel' }).click();
			assert.equal(models.requests.length, before);

			await workbench.runCommand('RLM: Query Workspace', true);
			await workbench.answerInput('Was the lid open?');
			await dialog.getByRole('button', { name: /Don't Ask Me Again/ }).click();
			await workbench.preview.getByText('The lid was open.').waitFor();

			await workbench.runCommand('RLM: Query Workspace', true);
			await workbench.answerInput('Was the lid open again?');
			await workbench.preview.getByRole('heading', { name: 'Was the lid open again?' }).waitFor();
			assert.equal(await dialog.count(), 0);

			await workbench.runCommand('RLM: Forget Consent for This Workspace');
			await workbench.notification('You will be asked again').waitFor();
			await workbench.runCommand('RLM: Query Workspace', true);
			await workbench.answerInput('Was the lid open?');
			await dialog.getByRole('button', { name: /Don't Ask Me Again/ }).click();
			await workbench.preview.getByRole('heading', { name: 'Was the lid open?' }).waitFor();
		},

		'a preview shows what would be read and what would be left out': async ({ workbench, models, shot }) => {
			const before = models.requests.length;
			await workbench.runCommand('RLM: Preview Context');
			const { preview } = workbench;
			await preview.getByRole('heading', { name: 'Left out' }).waitFor();
			await preview.getByRole('cell', { name: 'notes.txt' }).first().waitFor();
			await preview.getByText('logo.bin').waitFor();
			await preview.getByText('keys.secret').waitFor();
			await shot('preview');
			assert.equal(models.requests.length, before);
		},

		'past runs are listed, found, pinned, opened, repeated and deleted': async ({ workbench, shot }) => {
			const { page } = workbench;
			await workbench.runCommand('View: Show RLM');
			const runs = page.getByRole('treeitem', { name: /Was the lid open/ });
			await runs.first().waitFor();
			await shot('list');
			const again = page.getByRole('treeitem', { name: /^Was the lid open again\?/ });
			await again.hover();
			await again.getByRole('button', { name: /Pin Run/ }).click();
			await page.getByRole('treeitem', { name: /^Pinned/ }).waitFor();
			await again.hover();
			await again.getByRole('button', { name: /Unpin Run/ }).click();
			await page.getByRole('treeitem', { name: /^Pinned/ }).waitFor({ state: 'hidden' });

			await workbench.runCommand('RLM: Search Past Runs', true);
			await workbench.answerInput('again');
			await page.getByText('Runs with "again"').waitFor();
			await page
				.getByRole('treeitem', { name: /^Was the lid open\?/ })
				.first()
				.waitFor({ state: 'hidden' });
			await again.waitFor();
			await shot('search');
			await page.getByRole('button', { name: 'Show All Runs' }).click();
			await page.getByText('Runs with "again"').waitFor({ state: 'hidden' });

			await again.click();
			await workbench.panel.getByText('Was the lid open again?').first().waitFor();

			await again.hover();
			await again.getByRole('button', { name: /Ask Again/ }).click();
			await workbench.preview.getByText('The lid was open.').waitFor();
			await again.nth(1).waitFor();

			const shown = await workbench.panel.locator('.run-name').getAttribute('data-run');
			await again.first().click({ button: 'right' });
			await page.getByRole('menuitem', { name: /Delete Run/ }).hover();
			await page.keyboard.press('Enter');
			await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
			await again.nth(1).waitFor({ state: 'hidden' });
			await workbench.panel.locator(`.run-name:not([data-run="${shown}"])`).waitFor();
		},
	},
};
