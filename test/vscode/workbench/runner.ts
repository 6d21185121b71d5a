import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { present } from '../../../src/core/present.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scriptedServer.ts';
import type { Setup } from '../host/report.ts';
import { Server } from '../host/server.ts';
import { openWindow, type Workbench } from '../host/workbench.ts';
import { builtinTests } from './builtin.ts';
import { builtinChatTests, chatTests, failingChatTests } from './chat.ts';
import { commandTests, detectionTests } from './commands.ts';
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
import { walkthroughTests } from './walkthrough.ts';

/** What a test gets: a window, a model server, and a place for its screenshots. */
export interface Stage {
	readonly workbench: Workbench;
	readonly models: ScriptedServer;
	/** What the window was made in: the folder that `prepare` wrote into. */
	readonly folder: string;
	/** The user's settings, with those that VS Code has written. */
	settings(): Readonly<Record<string, unknown>>;
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
	walkthroughTests,
	commandTests,
	detectionTests,
];

/** Uses the extension like a person: keys, clicks and looking at the screen, all from outside VS Code. */
export async function runWorkbenchTests(setup: Setup): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'rlm-workbench-'));
	const models = await startScriptedServer({ kind: 'openai', script: playModel, models: [{ name: 'scripted' }] });
	let server: Server | undefined;
	try {
		server = await Server.start(setup.host, { vsix: setup.vsix });
		for (const window of WINDOWS) await playWindow({ setup, server, models, folder }, window);
	} finally {
		await server?.stop();
		await models.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

function titlesOf({ name, since = 0, tests }: WindowTests, { host, grep }: Setup): readonly string[] {
	if (Number(host.version.split('.')[1]) < since) return [];
	return Object.keys(tests).filter((title) => `${name} ${title}`.includes(grep));
}

/** Where the tests of a window are played. */
interface Scene {
	readonly setup: Setup;
	readonly server: Server;
	readonly models: ScriptedServer;
	/** Where the windows' folders are. */
	readonly folder: string;
}

async function playWindow({ setup, server, models, folder }: Scene, window: WindowTests): Promise<void> {
	const { name, language, userSettings, prepare, tests } = window;
	const left = [...titlesOf(window, setup)];
	if (left.length === 0) return;
	const place = join(folder, name);
	const picture = (workbench: Workbench, file: string) =>
		workbench.screenshot(join(setup.root, 'test', 'vscode', 'shots', setup.host.name), `${name}-${file}`);
	let start = performance.now();
	let workbench: Workbench | undefined;
	try {
		mkdirSync(place, { recursive: true });
		if (userSettings) server.writeSettings(userSettings);
		const open = prepare(place, models);
		const extension = setup.vsix ? undefined : setup.root;
		workbench = await openWindow(
			setup.browser,
			server,
			present({ extension, language, open, reducedMotion: 'reduce' as const }),
		);
		const shown = workbench;
		const shot = async (file: string) => {
			if (setup.shots) await picture(shown, file);
		};
		const stage = { workbench, models, folder: place, settings: () => server.settings(), shot };
		for (const title of titlesOf(window, setup)) {
			start = performance.now();
			const error = await failureOf(async () => tests[title]?.(stage));
			tell(setup, `${name}: ${title}`, start, error);
			left.shift();
			if (error) await picture(workbench, `failed-${title.slice(0, 40).replaceAll(' ', '-')}`);
			await workbench.reset();
		}
	} catch (error) {
		// The window itself failed: so have the tests that it was for.
		for (const title of left) tell(setup, `${name}: ${title}`, start, error);
	} finally {
		await workbench?.close();
		// Also what the tests set.
		server.writeSettings({});
	}
}

function tell({ report }: Setup, name: string, start: number, error: unknown): void {
	if (error === undefined) report.passed(name, performance.now() - start);
	else report.failed(name, error);
}

async function failureOf(test: () => Promise<void>): Promise<unknown> {
	try {
		await test();
		return undefined;
	} catch (error) {
		return error ?? new Error('the test threw nothing');
	}
}
