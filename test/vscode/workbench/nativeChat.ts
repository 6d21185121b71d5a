import { writeWorkspace } from '../host/fixtures.ts';
import type { WindowTests } from './runner.ts';
import { scripted, writeSettings } from './settings.ts';

/** VS Code's own chat, as a person uses it, without any account. */
export const nativeChatTests: WindowTests = {
	name: 'native chat',
	// Before that, the chat asks nobody without a model of GitHub Copilot.
	since: 122,
	prepare(folder, models) {
		writeWorkspace(folder);
		writeSettings(folder, { 'rlm.servers': [scripted(models)] });
		return folder;
	},
	tests: {
		'@rlm answers with its evidence, offers what to ask next, and our model is the one that is picked': async ({
			workbench,
			shot,
		}) => {
			const { page } = workbench;
			await workbench.openFile('notes.txt');
			await workbench.runCommand('Chat: Open Chat', true);
			const session = page.locator('.interactive-session');
			// A question that comes before any model is known is refused.
			await session.locator('.chat-input-toolbars').getByText('RLM', { exact: true }).waitFor();
			await session.locator('.chat-editor-container .monaco-editor').last().click();
			await page.keyboard.type('@rlm /file Was the lid open?', { delay: 5 });
			await page.keyboard.press('Escape');
			await page.keyboard.press('Enter');
			const answer = page.locator('.interactive-response');
			await answer.getByText('The lid was open.').first().waitFor();
			await answer.getByRole('button', { name: 'Show Run' }).waitFor();
			await session.getByText('Explain notes.txt:311').waitFor();
			await shot('answer');
			await answer.getByRole('button', { name: 'Show Run' }).click();
			await workbench.panel.getByText('Was the lid open?').first().waitFor();
		},
	},
};
