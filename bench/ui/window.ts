import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { block, isRootCall, turnOf } from '../../test/support/runs.ts';
import { type ScriptedServer, startScriptedServer } from '../../test/support/scriptedServer.ts';
import { writeWorkspace } from '../../test/vscode/host/fixtures.ts';
import { type Host, Server } from '../../test/vscode/host/server.ts';
import { launchBrowser, openWindow, type Workbench } from '../../test/vscode/host/workbench.ts';
import { scripted, writeSettings } from '../../test/vscode/workbench/settings.ts';

const root = path.join(import.meta.dirname, '../..');

/** A VS Code window with the extension, and a model server that makes it ask very many sub-calls. */
export interface BenchWindow {
	readonly workbench: Workbench;
	readonly models: ScriptedServer;
	/** Path where the extension host writes how late its event loop was. */
	readonly loopReport: string;
}

/**
 * Runs a piece of work in a window whose root model asks `calls` sub-calls a turn, for `turns` turns.
 * @param calls sub-calls of one block of code
 */
export async function inWindow(
	{ turns, calls }: { readonly turns: number; readonly calls: number },
	work: (window: BenchWindow) => Promise<void>,
): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), 'rlm-bench-ui-'));
	const loopReport = path.join(folder, 'loop.json');
	const ask = `r = llm_query_batched([f"item {i}" for i in range(${calls})])\nprint(len(r), context[:40])`;
	const models = await startScriptedServer({
		kind: 'openai',
		models: [{ name: 'scripted' }],
		script: (request) => {
			if (!isRootCall(request)) return { text: 'ok', chunks: 1 };
			return { text: block(turnOf(request) < turns ? ask : 'FINAL("done")'), chunks: 20 };
		},
	});
	const host: Host = JSON.parse(script('scripts/vscode-host.mjs'));
	const browser = await launchBrowser(script('scripts/chromium.mjs').trim());
	const env = {
		NODE_OPTIONS: `--import=${path.join(import.meta.dirname, 'loopProbe.mjs')}`,
		RLM_LOOP_REPORT: loopReport,
	};
	const server = await Server.start(host, { env });
	try {
		const workspace = writeWorkspace(path.join(folder, 'workspace'));
		const limits = { callsPerCell: calls, calls: turns * calls + 1, concurrency: 16, iterations: turns + 1 };
		writeSettings(workspace, { 'rlm.servers': [{ ...scripted(models), maxConcurrent: 16 }], 'rlm.limits': limits });
		const workbench = await openWindow(browser, server, { open: workspace, extension: root });
		await work({ workbench, models, loopReport });
	} finally {
		await browser.close();
		await server.stop();
		await models.stop();
		rmSync(folder, { recursive: true, force: true });
	}
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

/** What the extension host's probe wrote last. Times in ms, memory in MB. */
export interface LoopReport {
	readonly p50: number;
	readonly p99: number;
	readonly max: number;
	readonly rssMb: number;
	readonly heapMb: number;
}

/** @throws when the probe has written nothing */
export function readLoopReport(file: string): LoopReport {
	return JSON.parse(readFileSync(file, 'utf8'));
}
