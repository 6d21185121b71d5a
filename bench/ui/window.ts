import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startScriptedServer } from '../../test/support/scriptedServer.ts';
import { writeWorkspace } from '../../test/vscode/host/fixtures.ts';
import { type Host, Server } from '../../test/vscode/host/server.ts';
import { launchBrowser, openWindow, type Workbench } from '../../test/vscode/host/workbench.ts';
import { scripted, writeSettings } from '../../test/vscode/workbench/settings.ts';

const root = path.join(import.meta.dirname, '../..');

/** Runs a piece of work in a VS Code window with the extension and a model that answers at once. */
export async function inWindow(work: (workbench: Workbench) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), 'rlm-bench-ui-'));
	const models = await startScriptedServer({
		kind: 'openai',
		models: [{ name: 'scripted' }],
		script: () => ({ text: '```repl\nprint(context[:40])\nFINAL("done")\n```' }),
	});
	const host: Host = JSON.parse(script('scripts/vscode-host.mjs'));
	const browser = await launchBrowser(script('scripts/chromium.mjs').trim());
	const server = await Server.start(host, {});
	try {
		const workspace = writeWorkspace(path.join(folder, 'workspace'));
		writeSettings(workspace, { 'rlm.servers': [scripted(models)] });
		const workbench = await openWindow(browser, server, { open: workspace, extension: root });
		await work(workbench);
	} finally {
		await browser.close();
		await server.stop();
		await models.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

function script(...command: string[]): string {
	const { status, stdout } = spawnSync(process.execPath, command, {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}`);
	return stdout;
}
