import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A VS Code release on disk, as scripts/vscode-host.mjs installs it. */
export interface Host {
	readonly name: string;
	readonly node: string;
	readonly vscode: string;
	/** Version of VS Code. */
	readonly version: string;
}

/** The host itself failed: no verdict about the extension. */
export class HostTrouble extends Error {}

export interface ServerOptions {
	/** User settings, on top of those that keep a test window quiet. */
	readonly settings?: Readonly<Record<string, unknown>>;
	/** Environment of the server and thereby of the extension host. */
	readonly env?: Readonly<Record<string, string>>;
	/** A packaged extension to install instead of loading the one in development. */
	readonly vsix?: string | undefined;
}

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 4_000;

/** Settings that keep a test window quiet. */
export const QUIET: Readonly<Record<string, unknown>> = {
	'workbench.startupEditor': 'none',
	'workbench.tips.enabled': false,
	'workbench.reduceMotion': 'on',
	'editor.cursorBlinking': 'solid',
	'workbench.enableExperiments': false,
	'workbench.secondarySideBar.defaultVisibility': 'hidden',
	'security.workspace.trust.enabled': false,
	'telemetry.telemetryLevel': 'off',
	'extensions.autoCheckUpdates': false,
	'extensions.autoUpdate': false,
	'extensions.ignoreRecommendations': true,
	'update.mode': 'none',
	'git.enabled': false,
	// The contexts are small and would be read directly.
	'rlm.mode': 'explore',
};

/** Clears what a test has left on the screen: much faster than two commands from the palette. */
export const RESET_KEY = 'Control+Alt+Shift+F9';

const KEYBINDINGS = [
	{
		key: RESET_KEY.toLowerCase().replace('control', 'ctrl'),
		command: 'runCommands',
		args: { commands: ['notifications.clearAll', 'workbench.action.closeAllEditors'] },
	},
];

/** VS Code's own web server with its extension host. Owns a temporary folder and a process group. */
export class Server {
	readonly port: number;
	/** Temporary folder that lives as long as the server. */
	readonly folder: string;
	readonly #child: ChildProcess;
	readonly #log: string[];

	/** When the test run itself is ended, its server goes with it. */
	readonly #onExit = () => this.#remove();

	private constructor(port: number, folder: string, child: ChildProcess, log: string[]) {
		this.port = port;
		this.folder = folder;
		this.#child = child;
		this.#log = log;
		process.once('exit', this.#onExit);
	}

	/** @throws HostTrouble when it does not listen within three minutes */
	static async start(host: Host, options: ServerOptions): Promise<Server> {
		const folder = mkdtempSync(join(tmpdir(), 'rlm-host-'));
		mkdirSync(join(folder, 'user', 'User'), { recursive: true });
		writeFileSync(userSettings(folder), JSON.stringify({ ...QUIET, ...options.settings }));
		writeFileSync(join(folder, 'user', 'User', 'keybindings.json'), JSON.stringify(KEYBINDINGS));
		if (options.vsix) install(host, folder, options.vsix);
		const log: string[] = [];
		// The server leaves sockets in TMPDIR and XDG_RUNTIME_DIR, and usage in XDG_DATA_HOME; in its own folder they go
		// when it goes.
		const own = { TMPDIR: folder, XDG_RUNTIME_DIR: folder, XDG_DATA_HOME: folder, NODE_OPTIONS: '' };
		const env = { ...process.env, ...own, ...options.env };
		const args = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--telemetry-level', 'off'];
		const child = spawn(host.node, [...serverArguments(host, folder), ...args], {
			env,
			detached: true,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		try {
			return new Server(await listeningPort(child, log), folder, child, log);
		} catch (error) {
			killGroup(child, 'SIGKILL');
			rmSync(folder, { recursive: true, force: true });
			throw error;
		}
	}

	get authority(): string {
		return `127.0.0.1:${this.port}`;
	}

	/** The end of what the server printed. */
	get logTail(): string {
		return this.#log.join('').slice(-3000);
	}

	/** Replaces the user settings, those of this machine included; VS Code notices within a second. */
	writeSettings(settings: Readonly<Record<string, unknown>>): void {
		writeFileSync(userSettings(this.folder), JSON.stringify({ ...QUIET, ...settings }));
		rmSync(machineSettings(this.folder), { force: true });
		if (Object.keys(settings).length === 0) return;
		// Settings whose scope is the machine are read from here alone.
		mkdirSync(dirname(machineSettings(this.folder)), { recursive: true });
		writeFileSync(machineSettings(this.folder), JSON.stringify(settings));
	}

	/** The user settings, those of this machine included. */
	settings(): Readonly<Record<string, unknown>> {
		const files = [userSettings(this.folder), machineSettings(this.folder)].filter((file) => existsSync(file));
		return Object.assign({}, ...files.map((file) => JSON.parse(readFileSync(file, 'utf8') || '{}')));
	}

	async stop(): Promise<void> {
		const gone = new Promise((resolve) => this.#child.once('exit', resolve));
		if (this.#child.exitCode === null && killGroup(this.#child, 'SIGTERM')) {
			await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS))]);
		}
		process.off('exit', this.#onExit);
		this.#remove();
	}

	#remove(): void {
		killGroup(this.#child, 'SIGKILL');
		rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
	}
}

function userSettings(folder: string): string {
	return join(folder, 'user', 'User', 'settings.json');
}

/** Where VS Code writes settings whose scope is the machine. */
function machineSettings(folder: string): string {
	return join(folder, 'user', 'Machine', 'settings.json');
}

function serverArguments(host: Host, folder: string): string[] {
	return [
		join(host.vscode, 'out', 'server-main.js'),
		'--accept-server-license-terms',
		'--server-data-dir',
		join(folder, 'server'),
		'--user-data-dir',
		join(folder, 'user'),
		'--extensions-dir',
		join(folder, 'extensions'),
	];
}

function install(host: Host, folder: string, vsix: string): void {
	const args = [...serverArguments(host, folder), '--install-extension', vsix];
	const result = spawnSync(host.node, args, { encoding: 'utf8', env: { ...process.env, TMPDIR: folder } });
	if (result.status !== 0) throw new HostTrouble(`installing ${vsix} failed\n${result.stdout}${result.stderr}`);
}

function listeningPort(child: ChildProcess, log: string[]): Promise<number> {
	return new Promise((resolve, reject) => {
		const fail = (why: string) => reject(new HostTrouble(`the VS Code server ${why}\n${log.join('')}`));
		const timer = setTimeout(() => fail(`did not listen within ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
		child.once('error', (error) => fail(`could not be started: ${error.message}`));
		child.once('exit', (code) => {
			clearTimeout(timer);
			fail(`ended with ${code}`);
		});
		const read = (data: Buffer) => {
			log.push(data.toString());
			const port = /agent listening on (\d+)/.exec(log.join(''))?.[1];
			if (!port) return;
			clearTimeout(timer);
			resolve(Number(port));
		};
		child.stdout?.on('data', read);
		child.stderr?.on('data', read);
	});
}

/** Signals the server and everything it started. Returns false when nothing of it is left. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
	if (child.pid === undefined) return false;
	try {
		return process.kill(-child.pid, signal);
	} catch {
		return false;
	}
}
