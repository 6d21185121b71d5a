import type { Workbench } from '../host/workbench.ts';

/** What is on the screen when a picture is taken. */
export interface Scene {
	/** Name of the file. */
	readonly name: string;
	/** What it shows may be gone in a moment, so no animation is waited for. */
	readonly isFleeting?: boolean;
	/** Brings the window into the state that the picture shows. */
	play(workbench: Workbench): Promise<void>;
}

const QUESTION = 'How does the budget keep calls in flight from overshooting?';

async function ask(workbench: Workbench): Promise<void> {
	await workbench.runCommand('RLM: Query Workspace', true);
	await workbench.answerInput(QUESTION);
}

async function openBudget(workbench: Workbench): Promise<void> {
	await workbench.runCommand('Go to File...', true);
	const { quickInput, page } = workbench;
	await quickInput.locator('input').first().fill('src/core/budget.ts');
	await quickInput.locator('.monaco-list-row', { hasText: 'budget.ts' }).first().waitFor();
	await page.keyboard.press('Enter');
	await workbench.tab('budget.ts').waitFor();
	// This editor comes without TypeScript's server, and says so.
	await workbench.notification(/tsserver/).waitFor();
	await workbench.runCommand('Notifications: Clear All Notifications');
}

/** One for each picture of the README. */
export const SCENES: readonly Scene[] = [
	{
		name: 'run-panel',
		async play(workbench) {
			await openBudget(workbench);
			await ask(workbench);
			const { panel } = workbench;
			await panel.getByRole('treeitem', { name: /Iteration 2/ }).waitFor();
			await panel
				.getByRole('treeitem', { name: /Sub-call/ })
				.nth(3)
				.waitFor();
			await panel.getByRole('treeitem', { name: /^Cell/ }).nth(1).click();
			await workbench.runCommand('Notifications: Clear All Notifications');
		},
	},
	{
		name: 'native-chat',
		async play(workbench) {
			await openBudget(workbench);
			const { page } = workbench;
			await workbench.runCommand('Chat: Open Chat', true);
			const input = page.locator('.interactive-session .chat-editor-container .monaco-editor').last();
			await input.click();
			await page.keyboard.type('@rlm /workspace How does the budget keep calls in flight from overshooting?', {
				delay: 5,
			});
			await page.keyboard.press('Escape');
			await page.keyboard.press('Enter');
			await page.locator('.interactive-response').getByText('Every call reserves').first().waitFor({ timeout: 60_000 });
			await page.waitForTimeout(1_000);
		},
	},
	{
		name: 'chat',
		async play(workbench) {
			await openBudget(workbench);
			await workbench.runCommand('RLM: Focus on Chat View');
			const { chat } = workbench;
			for (const [index, question] of [QUESTION, 'And what happens when a call ends?'].entries()) {
				const input = chat.getByRole('textbox', { name: 'Question' });
				await input.fill(question);
				await input.press('Enter');
				await chat.getByText('Every call reserves').nth(index).waitFor({ timeout: 60_000 });
			}
			await workbench.page.waitForTimeout(1_000);
		},
	},
	{
		name: 'servers',
		isFleeting: true,
		async play(workbench) {
			await openBudget(workbench);
			const { page, panel } = workbench;
			await workbench.runCommand('RLM: Show Servers');
			await ask(workbench);
			await panel
				.getByRole('treeitem', { name: /Sub-call/ })
				.nth(1)
				.waitFor();
			await page
				.locator('.statusbar-item', { has: page.locator('.codicon-server') })
				.first()
				.hover();
			await page.locator('.monaco-hover').getByText('rtx-4090').first().waitFor();
		},
	},
	{
		name: 'code-lens',
		async play(workbench) {
			await openBudget(workbench);
			const lenses = workbench.page.locator('.codelens-decoration a', { hasText: /Summarize/ });
			await lenses.nth(2).waitFor();
			await lenses.nth(2).click();
			const summary = workbench.page.locator('.codelens-decoration a', { hasText: 'Reserves tokens' });
			await summary.first().waitFor();
			await workbench.runCommand('Notifications: Clear All Notifications');
			await summary.first().click();
			await workbench.page.locator('.monaco-hover').getByText('Returns the reservation').waitFor();
		},
	},
	{
		name: 'walkthrough',
		async play(workbench) {
			await workbench.runCommand('RLM: Get Started');
			await workbench.page.getByText('Find a server').first().waitFor();
			await workbench.page.waitForTimeout(500);
		},
	},
];

/** A run from the question to the answer. */
export const ANIMATION: Scene = {
	name: 'run',
	async play(workbench) {
		await openBudget(workbench);
		await ask(workbench);
		await workbench.panel.getByText('Every call reserves').first().waitFor({ timeout: 60_000 });
		await workbench.page.waitForTimeout(1_500);
	},
};
