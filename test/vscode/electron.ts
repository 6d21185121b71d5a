/**
 * Runs the mocha suites in a desktop VS Code, which @vscode/test-electron brings: the oldest release that is supported
 * and the current one, or the one whose executable RLM_VSCODE_PATH names.
 *
 * `npm run test:electron [-- current|floor] [--built] [--cache FOLDER]`
 *
 * `--built`: what is tested was built already. `--cache`: where downloads are kept.
 *
 * Ends with `N passed, N failed, N skipped`. Exit code 0: all passed; 1: a test failed, or VS Code could not be run; 2: nothing was tested.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { downloadAndUnzipVSCode, runTests, SilentReporter } from '@vscode/test-electron';
import { reasonOf } from '../../src/core/errors.ts';
import { writeWorkspace } from './host/fixtures.ts';
import { Report } from './host/report.ts';
import { ResultSocket } from './host/results.ts';
import { HostTrouble, QUIET } from './host/server.ts';

const root = path.join(import.meta.dirname, '..', '..');

const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** What is asked for under each name. */
const RELEASES: Readonly<Record<string, string>> = { floor: engines.vscode.replace(/^\D+/, ''), current: 'stable' };

/** Bundles the suites. The extension itself was built by the script that started us. */
function build(): void {
	const { status } = spawnSync(process.execPath, ['scripts/build-suites.ts'], { cwd: root, stdio: 'inherit' });
	if (status !== 0) throw new HostTrouble('the suites could not be bundled');
}

/** @throws HostTrouble in one sentence that says what to do */
async function download(version: string, cachePath: string): Promise<string> {
	try {
		return await downloadAndUnzipVSCode({ version, cachePath, reporter: new SilentReporter() });
	} catch (error) {
		const reason = reasonOf(error).replace(/\s+/g, ' ').replace(/\.$/, '');
		throw new HostTrouble(
			`VS Code ${version} could not be downloaded from update.code.visualstudio.com (${reason}): run this where that ` +
				'address can be reached, or name the executable of an installed VS Code in RLM_VSCODE_PATH.',
		);
	}
}

async function runSuites(executable: string, report: Report): Promise<void> {
	if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.RLM_VSCODE_PATH) {
		throw new HostTrouble('A desktop VS Code needs a display: run this under `xvfb-run -a`.');
	}
	const folder = mkdtempSync(path.join(tmpdir(), 'rlm-electron-'));
	const results = await ResultSocket.open(folder, report);
	try {
		const user = path.join(folder, 'user');
		mkdirSync(path.join(user, 'User'), { recursive: true });
		writeFileSync(path.join(user, 'User', 'settings.json'), JSON.stringify(QUIET));
		await runTests({
			vscodeExecutablePath: executable,
			extensionDevelopmentPath: root,
			extensionTestsPath: path.join(root, 'dist-test', 'index.mjs'),
			extensionTestsEnv: { RLM_TEST_SOCKET: results.address, NODE_OPTIONS: undefined },
			launchArgs: [
				writeWorkspace(path.join(folder, 'workspace')),
				...['--user-data-dir', user, '--extensions-dir', path.join(folder, 'extensions')],
			],
		}).catch((error: unknown) => {
			// A failed test ends VS Code with 1; the report has it already.
			if (!results.hasEnded) throw new HostTrouble(`VS Code ended before the tests did: ${error}`);
		});
		if (!results.hasEnded) throw new HostTrouble('VS Code ended before the tests did.');
	} finally {
		results.close();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
	}
}

const OPTIONS = {
	built: { type: 'boolean', default: false },
	cache: { type: 'string', default: path.join(root, '.vscode-test') },
} as const;

async function main(): Promise<number> {
	const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
	const asked = Object.keys(RELEASES).filter((name) => positionals.length === 0 || positionals.includes(name));
	if (asked.length === 0) {
		console.error(`usage: npm run test:electron [-- ${Object.keys(RELEASES).join('|')}]`);
		return 2;
	}
	if (!values.built) build();
	const report = new Report();
	const given = process.env.RLM_VSCODE_PATH;
	const choices = given ? [async () => given] : asked.map((name) => () => download(RELEASES[name] ?? '', values.cache));
	for (const choose of choices) {
		try {
			const executable = await choose();
			console.log(`VS Code at ${executable}`);
			await runSuites(executable, report);
		} catch (error) {
			report.trouble(error instanceof HostTrouble ? error.message : error);
		}
	}
	return report.finish();
}

process.exit(await main());
