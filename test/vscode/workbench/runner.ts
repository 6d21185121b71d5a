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

/** A test that fails is tried once more, in a new window: a busy machine can be slower than any deadline. */
const ATTEMPTS = 2;

/** Uses the extension like a person: keys, clicks and looking at the screen, all from outside VS Code. */
export async function runWorkbenchTests(setup: Setup): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'rlm-workbench-'));
	const models = await startScriptedServer({ kind: 'openai', script: playModel, models: [{ name: 'scripted' }] });
	const start = () => Server.start(setup.host, { vsix: setup.vsix });
	let server: Server | undefined;
	try {
		server = await start();
		for (const window of WINDOWS) {
			const missed = await playWindow({ setup, server, models, folder, attempt: 1 }, window, titlesOf(window, setup));
			if (missed.length === 0) continue;
			// What the first attempt left behind goes with its server.
			await server.stop();
			server = undefined;
			server = await start();
			await playWindow({ setup, server, models, folder, attempt: ATTEMPTS }, window, missed);
		}
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

/** One attempt at the tests of a window. */
interface Attempt {
	readonly setup: Setup;
	readonly server: Server;
	readonly models: ScriptedServer;
	/** Where the windows' folders are. */
	readonly folder: string;
	readonly attempt: number;
}

/** Plays a window up to the last of these tests: each builds on those before it. @returns those to be tried again */
async function playWindow(stage: Attempt, window: WindowTests, titles: readonly string[]): Promise<readonly string[]> {
	const { report } = stage.setup;
	const missed: string[] = [];
	if (titles.length === 0) return missed;
	const all = titlesOf(window, stage.setup);
	const played = all.slice(0, all.indexOf(titles.at(-1) ?? '') + 1);
	await playTests(stage, window, played, (title, ms, error) => {
		if (!titles.includes(title)) return;
		const name = `${window.name}: ${title}`;
		if (error === undefined) return report.passed(name, ms);
		if (stage.attempt === ATTEMPTS) return report.failed(name, error);
		report.again(name, error);
		missed.push(title);
	});
	return missed;
}

async function playTests(
	{ setup, server, models, folder, attempt }: Attempt,
	{ name, language, userSettings, prepare, tests }: WindowTests,
	titles: readonly string[],
	tell: (title: string, ms: number, error: unknown) => void,
): Promise<void> {
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
		workbench = await openWindow(setup.browser, server, present({ extension, language, open }));
		const shown = workbench;
		const shot = (file: string) => shown.screenshot(shots, `${name}-${file}`);
		const stage = { workbench, models, folder: place, settings: () => server.settings(), shot };
		for (const title of titles) {
			start = performance.now();
			const error = await failureOf(async () => tests[title]?.(stage));
			tell(title, performance.now() - start, error);
			left.shift();
			if (error) await shot(`failed-${attempt}-${title.slice(0, 40).replaceAll(' ', '-')}`);
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
