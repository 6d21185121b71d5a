/**
 * Takes the pictures of the README from the real thing: VS Code in a browser, the extension, a scripted model.
 *
 * `node test/vscode/screenshots.ts [--only NAME] [--out FOLDER]`, or `npm run screenshots`.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { type Host, Server } from './host/server.ts';
import { launchBrowser, openWindow, type Workbench } from './host/workbench.ts';
import { playPictures } from './pictures/model.ts';
import { record } from './pictures/record.ts';
import { ANIMATION, SCENES, type Scene } from './pictures/scenes.ts';

const root = path.join(import.meta.dirname, '..', '..');
const { values } = parseArgs({
	options: {
		only: { type: 'string', default: '' },
		out: { type: 'string', default: path.join(root, 'media', 'readme') },
	},
});

const SETTINGS = {
	'workbench.colorTheme': 'Default Dark Modern',
	'editor.minimap.enabled': false,
	'rlm.codeLens.enabled': true,
	'window.commandCenter': false,
	'files.exclude': { '.vscode': true },
};

async function main(): Promise<void> {
	script('scripts/build.ts');
	const host: Host = JSON.parse(script('scripts/vscode-host.mjs', 'current'));
	const browser = await launchBrowser(script('scripts/chromium.mjs').trim());
	const folder = mkdtempSync(path.join(tmpdir(), 'rlm-pictures-'));
	const models = await startScriptedServer({
		kind: 'openai',
		script: playPictures,
		models: [{ name: 'qwen3-coder:30b' }],
	});
	mkdirSync(values.out, { recursive: true });
	let server: Server | undefined;
	try {
		server = await Server.start(host, { settings: SETTINGS });
		const workspace = path.join(folder, 'engine');
		cpSync(path.join(root, 'src', 'core'), path.join(workspace, 'src', 'core'), { recursive: true });
		// A window may open before it knows the user's settings; those of the folder it always knows.
		mkdirSync(path.join(workspace, '.vscode'));
		const settings = JSON.stringify({ ...SETTINGS, 'rlm.servers': servers(models) });
		writeFileSync(path.join(workspace, '.vscode', 'settings.json'), settings);
		for (const scene of [...SCENES, ANIMATION].filter(({ name }) => name.includes(values.only))) {
			const workbench = await openWindow(browser, server, { open: workspace, extension: root });
			await play(scene, workbench);
			await workbench.close();
			console.log(`${scene.name}: taken`);
		}
	} finally {
		await browser.close();
		await server?.stop();
		await models.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function play(scene: Scene, workbench: Workbench): Promise<void> {
	if (scene === ANIMATION) {
		writeFileSync(path.join(values.out, 'run.gif'), await record(workbench, () => scene.play(workbench)));
		return;
	}
	await scene.play(workbench);
	if (scene.isFleeting) await workbench.page.screenshot({ path: path.join(values.out, `${scene.name}.png`) });
	else await workbench.screenshot(values.out, scene.name);
}

/** Two servers by name, so that the pictures show a fleet; both are the scripted one. */
function servers(models: ScriptedServer): readonly object[] {
	const server = { kind: 'openai', url: models.url, models: ['qwen3-coder:30b'], contextLength: 32_768 };
	return [
		{ ...server, id: 'rtx-4090', roles: ['root', 'sub'], maxConcurrent: 2 },
		{ ...server, id: 'p100-a', roles: ['sub'], maxConcurrent: 4, priority: 2 },
	];
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

await main();
