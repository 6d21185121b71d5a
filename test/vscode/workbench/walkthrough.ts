import { writeWorkspace } from '../host/fixtures.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

const STEPS = ['Find a server', 'Pick models', 'Ask about a selection', 'Read the tree'];

/**
 * The first steps. In a window of their own: VS Code counts an event once a session, and not at all when it comes before
 * the walkthrough is known, so what other tests do could not be told from what this one does.
 */
export const walkthroughTests: WindowTests = {
	name: 'walkthrough',
	prepare(folder, models) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'the first steps are explained, and ticked off': async ({ workbench, shot }) => {
			const { page } = workbench;
			const title = page.getByText('Ask about text of any size').first();
			// A window that has just been opened does not know the walkthroughs of extensions yet, and shows its own.
			for (let attempt = 1; attempt < 6 && !(await title.isVisible()); attempt++) {
				await workbench.runCommand('RLM: Get Started');
				await page.waitForTimeout(2000);
			}
			await title.waitFor();
			for (const step of STEPS) await page.getByText(step, { exact: true }).first().waitFor();
			const tree = page.locator('.getting-started-step', { hasText: 'Read the tree' });
			await tree.getByRole('checkbox', { checked: false }).waitFor();
			await workbench.runCommand('RLM: Show Run');
			await tree.getByRole('checkbox', { checked: true }).waitFor();
			await shot('ticked');
		},
	},
};
