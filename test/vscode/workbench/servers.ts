import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { type ScriptedServer, startScriptedServer } from '../../support/scriptedServer.ts';
import { writeWorkspace } from '../host/fixtures.ts';
import type { Workbench } from '../host/workbench.ts';
import type { WindowTests } from './runner.ts';

const KEY = 'open-sesame';
const COUNT = Array.from({ length: 30 }, (_, index) => index + 1).join(' ');

/** The server that the user adds, with a key; it dies and comes back on the same port. */
let gpu: ScriptedServer | undefined;

async function startGpu(port = 0): Promise<ScriptedServer> {
	gpu = await startScriptedServer({
		kind: 'openai',
		apiKey: KEY,
		port,
		models: [{ name: 'qwen3:8b' }, { name: 'qwen3:32b' }],
		script: ({ text, messages }) => {
			if (messages.some(({ content }) => content.includes('Never answer')))
				return { text: 'Hm', fault: 'hang-in-body' };
			return { text: text.includes('code word') ? 'heron' : COUNT, chunks: 10, chunkDelayMs: 2 };
		},
	});
	return gpu;
}

function statusItem({ page }: Workbench): Locator {
	return page.locator('[id="rlm-team.rlm-vscode.rlm.servers"]');
}

async function showServers(workbench: Workbench): Promise<Locator> {
	await workbench.runCommand('RLM: Show Servers');
	return workbench.page.getByRole('treeitem', { name: /^gpu-a, / });
}

/** Goes down in the tree until a row is in sight: the view may be too low for all of them. */
async function walkTo({ page }: Workbench, name: RegExp): Promise<void> {
	const row = page.getByRole('treeitem', { name });
	if ((await row.count()) === 0) await page.keyboard.press('Home');
	for (let step = 0; step < 30 && (await row.count()) === 0; step++) {
		await page.keyboard.press('ArrowDown');
		await page.waitForTimeout(50);
	}
	await row.waitFor();
}

/** Servers from nothing configured to one that dies, returns and is removed. */
export const serverTests: WindowTests = {
	name: 'servers',
	prepare: (folder) => writeWorkspace(folder),
	tests: {
		'without servers the view offers to add one, and the status bar is quiet': async ({ workbench, shot }) => {
			const { page } = workbench;
			await workbench.runCommand('RLM: Show Servers');
			await page.getByText('No server is configured.').waitFor();
			await page.getByRole('button', { name: 'Add Server', exact: true }).last().waitFor();
			await shot('empty');
			assert.equal(await statusItem(workbench).count(), 0);
		},

		'a server with a key is added step by step, with a step back': async ({ workbench, shot }) => {
			const { url } = await startGpu();
			const { page, quickInput } = workbench;
			await workbench.runCommand('RLM: Add Server', true);
			await quickInput.getByText('A server at an address').waitFor();
			await shot('place');
			await quickInput.locator('input').first().fill('at an address');
			await page.keyboard.press('Enter');
			await quickInput.getByText('Address of the server').waitFor();
			await workbench.answerInput('http://127.0.0.1:9');
			await quickInput.getByText(/Nothing answers at/).waitFor();
			await shot('no-answer');
			await workbench.answerInput(`${url}/v1/chat/completions`);
			await quickInput.getByText(/API key for/).waitFor();
			await workbench.answerInput('wrong');
			await quickInput.getByText(/refused the key/).waitFor();
			await workbench.answerInput(KEY);
			await quickInput.getByText('qwen3:32b').waitFor();
			await shot('models');
			await page.keyboard.press('Enter');
			await quickInput.getByText('Sub-calls', { exact: true }).waitFor();
			await quickInput.getByRole('button', { name: 'Back' }).click();
			await quickInput.getByText('qwen3:32b').waitFor();
			await page.keyboard.press('Enter');
			await quickInput.getByText('Sub-calls', { exact: true }).waitFor();
			await shot('roles');
			await page.keyboard.press('Enter');
			await quickInput.getByText('A name for the server').waitFor();
			await workbench.answerInput('gpu-a');
			await workbench.notification(/gpu-a was added\. .*first token after.*arrived whole/).waitFor();
			await shot('added');
			assert.equal(gpu?.requests.length, 2);
		},

		'a server whose test call fails can be added anyway': async ({ workbench, shot }) => {
			const broken = await startScriptedServer({
				kind: 'openai',
				script: () => ({ status: 500, body: 'CUDA out of memory' }),
				models: [{ name: 'llama' }],
			});
			try {
				const { page, quickInput } = workbench;
				await workbench.runCommand('RLM: Add Server', true);
				await quickInput.getByText('A server at an address').waitFor();
				await quickInput.locator('input').first().fill('at an address');
				await page.keyboard.press('Enter');
				await quickInput.getByText('Address of the server').waitFor();
				await workbench.answerInput(broken.url);
				await quickInput.getByText('1 Selected').waitFor();
				await page.keyboard.press('Enter');
				await quickInput.getByText('Everything', { exact: true }).waitFor();
				await page.keyboard.press('Enter');
				await quickInput.getByText('A name for the server').waitFor();
				await workbench.answerInput('gpu-a');
				await quickInput.getByText(/A server of that name already exists/).waitFor();
				await workbench.answerInput('gpu-b');
				await quickInput.getByText('Add Anyway').waitFor();
				await shot('test-failed');
				await quickInput.getByText('Add Anyway').click();
				await workbench.notification('gpu-b was added.').waitFor();
				await workbench.runCommand('RLM: Remove Server', true);
				await workbench.answerInput('gpu-b');
				await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
				await page.getByRole('treeitem', { name: /^gpu-b/ }).waitFor({ state: 'hidden' });
			} finally {
				await broken.stop();
			}
		},

		'the status bar and the view follow a server that dies and returns': async ({ workbench, shot }) => {
			const { page } = workbench;
			const row = await showServers(workbench);
			const item = statusItem(workbench);
			await item.getByText('1/1').waitFor();
			await row.filter({ hasText: 'up' }).waitFor();
			// Folded, the other views leave room for all rows.
			for (const view of ['Chat', 'History']) await page.getByRole('button', { name: `${view} Section` }).click();
			await row.click();
			await page.keyboard.press('ArrowRight');
			await walkTo(workbench, /^Last hour/);
			await item.hover();
			await page.locator('.monaco-hover', { hasText: 'Tokens/s' }).first().waitFor();
			await shot('up');

			const port = Number(new URL(gpu?.url ?? '').port);
			await gpu?.stop();
			await workbench.runCommand('RLM: Retry All Servers Now');
			await workbench.runCommand('RLM: Retry All Servers Now');
			await item.getByText('0/1').waitFor();
			await row.filter({ hasText: 'down' }).waitFor();
			await walkTo(workbench, /^Why/);
			const label = await item.locator('a').getAttribute('aria-label');
			assert.match(label ?? '', /RLM: 0 of 1 servers take calls/);
			await page.mouse.move(700, 300);
			await shot('down');

			await startGpu(port);
			await row.hover();
			await row.getByRole('button', { name: /Retry Server Now/ }).click();
			await item.getByText('1/1').waitFor();
		},

		'a click on the status bar offers what can be done; a server is paused and resumed': async ({
			workbench,
			shot,
		}) => {
			const { page, quickInput } = workbench;
			const row = await showServers(workbench);
			await statusItem(workbench).click();
			await quickInput.getByText('Pause gpu-a').waitFor();
			await shot('actions');
			await quickInput.getByText('Pause gpu-a').click();
			await row.filter({ hasText: 'paused' }).waitFor();
			await row.hover();
			await row.getByRole('button', { name: /Resume Server/ }).click();
			await page.getByRole('treeitem', { name: /^gpu-a, up/ }).waitFor();
		},

		'the status bar counts what runs, also while the view is hidden': async ({ workbench, shot }) => {
			const { page } = workbench;
			await workbench.runCommand('View: Show Explorer');
			await workbench.runCommand('RLM: Query Workspace', true);
			await workbench.answerInput('Never answer, please.');
			await page.getByRole('button', { name: /1 of 1 servers take calls, 1 calls running/ }).waitFor();
			await shot('running');
			await workbench.runCommand('RLM: Cancel Run');
			await page.getByRole('button', { name: /1 of 1 servers take calls$/ }).waitFor();
		},

		'a test call and a diagnosis describe the server without its key': async ({ workbench, shot }) => {
			await workbench.runCommand('RLM: Test Server');
			await workbench.notification(/qwen3.*first token after/).waitFor();
			await workbench.runCommand('RLM: Diagnose Servers');
			const { preview } = workbench;
			await preview.getByRole('heading', { name: 'Loaded models' }).waitFor();
			await preview.getByText('Key: in the secret storage').waitFor();
			await preview.getByText(/^up/).waitFor();
			assert.ok(!(await preview.locator('body').textContent())?.includes(KEY));
			await shot('diagnosis');
		},

		'a refused key takes the server out of use, and the right one brings it back at once': async ({
			workbench,
			shot,
		}) => {
			const { quickInput, page } = workbench;
			const row = await showServers(workbench);
			for (const [key, state] of [
				['wrong', 'down'],
				[KEY, 'up'],
			] as const) {
				await workbench.runCommand('RLM: Set API Key of Server', true);
				await quickInput.locator('input[type=password]').fill(key);
				await page.keyboard.press('Enter');
				await row.filter({ hasText: state }).waitFor();
				await shot(`key-${state}`);
			}
		},

		'a server is edited in the settings file, and removed with its key': async ({ workbench, shot }) => {
			const { page } = workbench;
			const row = await showServers(workbench);
			await row.hover();
			await row.getByRole('button', { name: /Edit Server/ }).click();
			await page.locator('.monaco-editor .view-lines', { hasText: '"gpu-a"' }).waitFor();
			await shot('edit');
			await page.keyboard.press('Escape');
			await workbench.runCommand('RLM: Remove Server');
			await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
			await page.getByText('No server is configured.').waitFor();
			await gpu?.stop();
		},
	},
};
