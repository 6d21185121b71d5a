import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';
import type { RlmApi } from '../../../src/vscode/api.ts';
import { block, isRootCall, turnOf } from '../../support/blocks.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scriptedServer.ts';
import { EXTENSION_ID, setSetting } from './support.ts';

const ITERATIONS = 4;
const CALLS = 250;
const RESOLUTION_MS = 1;

/** Delays of this process' event loop while the work goes on, ms; the clock's own resolution is taken off. */
async function loopDelays(work: () => Promise<void>): Promise<{ p50: number; p99: number; max: number }> {
	const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	delay.enable();
	await work();
	delay.disable();
	const toMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
	return { p50: toMs(delay.percentile(50)), p99: toMs(delay.percentile(99)), max: toMs(delay.max) };
}

describe('under load', () => {
	let models: ScriptedServer;

	before(async () => {
		const ask = (round: number) =>
			`r = llm_query_batched([f"item {i} of ${round}" for i in range(${CALLS})])\nprint(len(r), context[:40])`;
		models = await startScriptedServer({
			kind: 'openai',
			models: [{ name: 'scripted' }],
			script: (request) => {
				if (!isRootCall(request)) return { text: 'ok', chunks: 1 };
				return { text: block(turnOf(request) < ITERATIONS ? ask(turnOf(request)) : 'FINAL("done")'), chunks: 20 };
			},
		});
		const server = { id: 'gpu-1', kind: 'openai', url: models.url, models: ['scripted'], maxConcurrent: 16 };
		await setSetting('servers', [server]);
		await setSetting('limits', { callsPerCell: CALLS, calls: ITERATIONS * CALLS, concurrency: 16 });
	});
	after(async () => {
		await setSetting('limits', undefined);
		await setSetting('servers', undefined);
		await models.stop();
	});

	it('a run of 1,000 sub-calls is shown in the panel to its end, and none is lost', async () => {
		const extension = vscode.extensions.getExtension<RlmApi>(EXTENSION_ID);
		assert.ok(extension);
		const { run: start } = await extension.activate();
		await vscode.commands.executeCommand('rlm.run.focus');
		let ended = 0;
		const figures = await loopDelays(async () => {
			const context = { label: 'passage', text: 'The blue key opens the north door.\n' };
			const run = start({ question: 'How many?', context }, new AbortController().signal);
			const counting = run.onEvents((events) => {
				ended += events.filter(({ type }) => type === 'call-end').length;
			});
			assert.equal((await run.result).answer, 'done');
			counting.dispose();
		});
		assert.equal(ended, ITERATIONS * CALLS);
		const memory = process.memoryUsage();
		const report = process.env.RLM_LOOP_REPORT;
		if (report) writeFileSync(report, JSON.stringify({ ...figures, residentMb: memory.rss / 2 ** 20 }));
	});
});
