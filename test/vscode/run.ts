/**
 * Runs the extension in a real VS Code: mocha suites inside the extension host, then the workbench driven from outside.
 *
 * `node test/vscode/run.ts [--host current|floor] [--vsix FILE] [--grep TEXT] [--only suites|workbench] [--built] [--shots]`
 *
 * `--built`: what is tested was built already.
 * `--shots`: pictures of the windows, for people, into `test/vscode/shots`.
 *
 * Ends with `N passed, N failed, N skipped`. Exit code 0: all passed; 1: a test or the host itself failed; 2: nothing was tested.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Report } from './host/report.ts';
import type { Host } from './host/server.ts';
import { HostTrouble } from './host/server.ts';
import { runSuites } from './host/suites.ts';
import { launchBrowser } from './host/workbench.ts';
import { runWorkbenchTests } from './workbench/runner.ts';

const root = path.join(import.meta.dirname, '..', '..');

const { values } = parseArgs({
	options: {
		host: { type: 'string', default: 'current' },
		vsix: { type: 'string' },
		grep: { type: 'string', default: '' },
		only: { type: 'string' },
		built: { type: 'boolean', default: false },
		shots: { type: 'boolean', default: false },
	},
});

async function main(): Promise<number> {
	const report = new Report();
	try {
		if (!values.built) build();
		const host: Host = JSON.parse(script('scripts/vscode-host.mjs', values.host));
		const chromium = script('scripts/chromium.mjs').trim();
		const vsix = values.vsix && path.resolve(values.vsix);
		const browser = await launchBrowser(chromium);
		console.log(`VS Code ${host.version}, ${vsix ?? 'extension in development'}`);
		try {
			const setup = { root, host, browser, vsix, shots: values.shots, grep: values.grep, report };
			if (values.only !== 'workbench') await runSuites(setup);
			if (values.only !== 'suites') await runWorkbenchTests(setup);
		} finally {
			await browser.close();
		}
	} catch (error) {
		report.trouble(error instanceof HostTrouble ? error.message : error);
	}
	return report.finish();
}

/** The suites are bundled too; a packaged extension is tested with the suites of the sources. */
function build(): void {
	script('scripts/build.ts', '--tests');
}

/** Runs one of the project's scripts. @returns what it prints; @throws HostTrouble when it fails */
function script(...command: string[]): string {
	const { status, stdout } = spawnSync(process.execPath, command, {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	if (status !== 0) throw new HostTrouble(`${command.join(' ')} ended with ${status}`);
	return stdout;
}

// Ended by a signal, the run still takes its server along: see Server.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(2));
process.exit(await main());
