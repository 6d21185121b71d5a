import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWorkspace } from './fixtures.ts';
import type { Setup } from './report.ts';
import { ResultSocket } from './results.ts';
import { HostTrouble, Server } from './server.ts';
import { openWindow } from './workbench.ts';

/** A machine that runs every suite at once needs most of it. */
const TIME_LIMIT_MS = 900_000;

/** Runs the mocha suites inside the extension host of a window with a small workspace. */
export async function runSuites(setup: Setup): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'rlm-suites-'));
	const results = await ResultSocket.open(folder, setup.report);
	let server: Server | undefined;
	try {
		const env = { RLM_TEST_SOCKET: results.address, RLM_TEST_GREP: setup.grep };
		server = await Server.start(setup.host, { vsix: setup.vsix, env });
		await untilExit(setup, server, writeWorkspace(join(folder, 'workspace')));
		if (!results.hasEnded) throw new HostTrouble(`the extension host ended before the tests did\n${server.logTail}`);
	} finally {
		await server?.stop();
		results.close();
		rmSync(folder, { recursive: true, force: true });
	}
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
			reducedMotion: 'reduce',
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
