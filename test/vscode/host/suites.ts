import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeWorkspace } from './fixtures.ts';
import type { Setup } from './report.ts';
import { HostTrouble, Server } from './server.ts';
import { openWindow } from './workbench.ts';

const TIME_LIMIT_MS = 300_000;

/** A line that the suites inside the extension host send: see test/vscode/suite/index.ts. */
type Message =
	| { readonly type: 'pass'; readonly title: string; readonly ms: number }
	| { readonly type: 'fail'; readonly title: string; readonly stack: string }
	| { readonly type: 'pending'; readonly title: string }
	| { readonly type: 'end' };

/** Runs the mocha suites inside the extension host of a window with a small workspace. */
export async function runSuites(setup: Setup): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'rlm-suites-'));
	const socket = join(folder, 'socket');
	let hasEnded = false;
	const listener = createServer((connection) => {
		createInterface(connection).on('line', (line) => {
			hasEnded ||= take(JSON.parse(line), setup);
		});
	}).listen(socket);
	let server: Server | undefined;
	try {
		const env = { RLM_TEST_SOCKET: socket, RLM_TEST_GREP: setup.grep };
		server = await Server.start(setup.host, { vsix: setup.vsix, env });
		await untilExit(setup, server, writeWorkspace(join(folder, 'workspace')));
		if (!hasEnded) throw new HostTrouble(`the extension host ended before the tests did\n${server.logTail}`);
	} finally {
		await server?.stop();
		listener.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** @returns true for the last message */
function take(message: Message, { report }: Setup): boolean {
	if (message.type === 'pass') report.passed(message.title, message.ms);
	if (message.type === 'fail') report.failed(message.title, message.stack);
	if (message.type === 'pending') report.skipped(message.title);
	return message.type === 'end';
}

async function untilExit(setup: Setup, server: Server, workspace: string): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	let exit = () => {};
	const exited = new Promise<void>((resolve, reject) => {
		exit = resolve;
		const late = `the suites took more than ${TIME_LIMIT_MS / 1000} s`;
		timer = setTimeout(() => reject(new HostTrouble(`${late}\n${server.logTail}`)), TIME_LIMIT_MS);
	});
	try {
		const workbench = await openWindow(setup.browser, server, {
			open: workspace,
			// A test run needs some extension under development; beside a packaged one that is an empty stub.
			extension: setup.vsix ? emptyExtension(server) : setup.root,
			tests: join(setup.root, 'dist-test', 'index.mjs'),
			onExit: () => exit(),
		});
		await exited;
		await workbench.close();
	} finally {
		clearTimeout(timer);
	}
}

function emptyExtension(server: Server): string {
	const folder = join(server.folder, 'stub');
	mkdirSync(folder);
	const manifest = { name: 'stub', publisher: 'rlm-test', version: '0.0.1', engines: { vscode: '*' } };
	writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
	return folder;
}
