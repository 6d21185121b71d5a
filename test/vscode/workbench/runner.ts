import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ScriptedServer, startScriptedServer } from '../../support/scriptedServer.ts';
import type { Setup } from '../host/report.ts';
import { Server } from '../host/server.ts';
import { openWindow, type Workbench } from '../host/workbench.ts';
import { builtinTests } from './builtin.ts';
import { builtinChatTests, chatTests, failingChatTests } from './chat.ts';
import { emptyWindowTests } from './emptyWindow.ts';
import { badSettingsTests, failureTests } from './failures.ts';
import { germanTests } from './german.ts';
import { historyTests } from './history.ts';
import { modelTests, playModel } from './model.ts';
import { multiRootTests } from './multiRoot.ts';
import { nativeChatTests } from './nativeChat.ts';
import { panelTests } from './panel.ts';

import { panelAccessTests } from './panelAccess.ts';
import { panelLifeTests } from './panelLife.ts';
import { serverTests } from './servers.ts';
import { untrustedTests } from './untrusted.ts';

/** What a test gets: a window, a model server, and a place for its screenshots. */
export interface Stage {
	readonly workbench: Workbench;
	readonly models: ScriptedServer;
	shot(name: string): Promise<void>;
}

/** Tests that share a window. */
export interface WindowTests {
	readonly name: string;
	/** Language of the extension's texts, English without it. */
	readonly language?: string;
	/** Minor version of VS Code that can do what is tested; absent: every one. */
	readonly since?: number;
	/** Settings of the user while the window is open. */
	readonly userSettings?: Readonly<Record<string, unknown>>;
	/** Writes what the window opens into a new folder. @returns its path; undefined for an empty window */
	prepare(folder: string, models: ScriptedServer): string | undefined;
	/** Names are sentences. They run in this order. */
	readonly tests: Readonly<Record<string, (stage: Stage) => Promise<void>>>;
}

const WINDOWS: readonly WindowTests[] = [
	builtinTests,
	modelTests,
	failureTests,
	badSettingsTests,
	multiRootTests,
	historyTests,
	emptyWindowTests,
	panelTests,
	panelLifeTests,
	panelAccessTests,
	chatTests,
	builtinChatTests,
	failingChatTests,
	nativeChatTests,
	untrustedTests,
	serverTests,
	germanTests,
];

/** Uses the extension like a person: keys, clicks and looking at the screen, all from outside VS Code. */
export async function runWorkbenchTests(setup: Setup): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'rlm-workbench-'));
	const models = await startScriptedServer({ kind: 'openai', script: playModel, models: [{ name: 'scripted' }] });
	let server: Server | undefined;
	try {
		server = await Server.start(setup.host, { vsix: setup.vsix });
		for (const window of WINDOWS) await runWindow(setup, server, models, window, join(folder, window.name));
	} finally {
		await server?.stop();
		await models.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function runWindow(
	setup: Setup,
	server: Server,
	models: ScriptedServer,
	{ name, language, since = 0, userSettings, prepare, tests }: WindowTests,
	folder: string,
): Promise<void> {
	const chosen = Object.entries(tests).filter(([title]) => `${name} ${title}`.includes(setup.grep));
	if (chosen.length === 0 || Number(setup.host.version.split('.')[1]) < since) return;
	mkdirSync(folder);
	if (userSettings) server.writeSettings(userSettings);
	const open = prepare(folder, models);
	const extension = setup.vsix ? undefined : setup.root;
	const workbench = await openWindow(setup.browser, server, { extension, language, ...(open && { open }) });
	const shots = join(setup.root, 'test', 'vscode', 'shots', setup.host.name);
	const shot = (file: string) => workbench.screenshot(shots, `${name}-${file}`);
	try {
		for (const [title, test] of chosen) {
			const start = performance.now();
			try {
				await test({ workbench, models, shot });
				setup.report.passed(`${name}: ${title}`, performance.now() - start);
			} catch (error) {
				setup.report.failed(`${name}: ${title}`, error);
				await shot(`failed-${title.slice(0, 40).replaceAll(' ', '-')}`);
			}
			await workbench.reset();
		}
	} finally {
		await workbench.close();
		if (userSettings) server.writeSettings({});
	}
}
