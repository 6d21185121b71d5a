import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
	/** Where VS Code keeps the user's settings and what extensions store. */
	readonly user: string;
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

/** A test that fails is tried once more, in a new window: a busy machine can be slower than any deadline. */
const ATTEMPTS = 2;

/** Uses the extension like a person: keys, clicks and looking at the screen, all from outside VS Code. */
export async function runWorkbenchTests(setup: Setup): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'rlm-workbench-'));
	const models = await startScriptedServer({ kind: 'openai', script: playModel, models: [{ name: 'scripted' }] });
	let server: Server | undefined;
	try {
		server = await Server.start(setup.host, { vsix: setup.vsix });
		for (const window of WINDOWS) await runWindow({ setup, server, models, folder }, window);
	} finally {
		await server?.stop();
		await models.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** What the windows of a test run share. */
interface Theatre {
	readonly setup: Setup;
	readonly server: Server;
	readonly models: ScriptedServer;
	/** Where the windows' folders are. */
	readonly folder: string;
}

async function runWindow(theatre: Theatre, window: WindowTests): Promise<void> {
	const { report, host, grep } = theatre.setup;
	if (Number(host.version.split('.')[1]) < (window.since ?? 0)) return;
	const chosen = Object.keys(window.tests).filter((title) => `${window.name} ${title}`.includes(grep));
	let open = chosen;
	for (let attempt = 1; open.length > 0; attempt++) {
		const missed: string[] = [];
		// Tests of a window build on those before them: a second window has them all, and tells of those that failed.
		await playWindow(theatre, window, chosen, attempt, (title, ms, error) => {
			if (!open.includes(title)) return;
			const name = `${window.name}: ${title}`;
			if (error === undefined) report.passed(name, ms);
			else if (attempt === ATTEMPTS) report.failed(name, error);
			else report.again(name, error);
			if (error !== undefined && attempt < ATTEMPTS) missed.push(title);
		});
		open = missed;
	}
}

async function playWindow(
	theatre: Theatre,
	window: WindowTests,
	titles: readonly string[],
	attempt: number,
	tell: (title: string, ms: number, error: unknown) => void,
): Promise<void> {
	const { setup, server, models, folder } = theatre;
	const { name, language, userSettings, prepare, tests } = window;
	const place = join(folder, String(attempt), name);
	const shots = join(setup.root, 'test', 'vscode', 'shots', setup.host.name);
	const left = [...titles];
	let start = performance.now();
	let workbench: Workbench | undefined;
	try {
		mkdirSync(place, { recursive: true });
		if (userSettings) server.writeSettings(userSettings);
		const open = prepare(place, models);
		const extension = setup.vsix ? undefined : setup.root;
		workbench = await openWindow(setup.browser, server, { extension, language, ...(open && { open }) });
		const shown = workbench;
		const shot = (file: string) => shown.screenshot(shots, `${name}-${file}`);
		const stage = { workbench, models, folder: place, user: server.user, shot };
		for (const title of titles) {
			start = performance.now();
			const error = await failureOf(async () => tests[title]?.(stage));
			tell(title, performance.now() - start, error);
			left.shift();
			if (error) await stage.shot(`failed-${attempt}-${title.slice(0, 40).replaceAll(' ', '-')}`);
			await workbench.reset();
		}
	} catch (error) {
		// The window itself failed: so have the tests that it was for.
		for (const title of left) tell(title, performance.now() - start, error);
	} finally {
		await workbench?.close();
		// Also what the tests set.
		server.writeSettings({});
	}
}

async function failureOf(test: () => Promise<void>): Promise<unknown> {
	try {
		await test();
		return undefined;
	} catch (error) {
		return error ?? new Error('the test threw nothing');
	}
}
