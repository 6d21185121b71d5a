import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { InputError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import { rootRun } from '../../../src/core/tree.ts';
import type { ApiRun, RlmApi } from '../../../src/vscode/api.ts';
import { asJson, asMarkdown } from '../../../src/vscode/runPanel/exportRun.ts';
import { openRun } from '../../../src/vscode/runs/openRun.ts';
import { RememberedRuns } from '../../../src/vscode/runs/rememberedRuns.ts';
import { startCollector } from '../../support/collector.ts';
import type { ScriptedReply, ScriptedServer } from '../../support/scriptedServer.ts';
import { EXTENSION_ID, setSetting, startModels, until } from './support.ts';

const LOOK = '```repl\nprint(context[:40])\n```';
const PASSAGE = { label: 'passage', text: 'The blue key opens the north door.\n' };

async function api(): Promise<RlmApi> {
	const extension = vscode.extensions.getExtension<RlmApi>(EXTENSION_ID);
	assert.ok(extension);
	return extension.activate();
}

/** Journal of a run, where the extension keeps it. */
function journalOf({ journal }: ApiRun): string {
	assert.ok(journal);
	return journal;
}

describe('runs', () => {
	let models: ScriptedServer;
	let script: (iteration: number) => ScriptedReply = () => ({ text: '' });
	const signal = new AbortController().signal;

	before(async () => {
		models = await startModels((iteration) => script(iteration));
	});
	after(async () => {
		await setSetting('servers', undefined);
		await models.stop();
	});

	function answering(): void {
		script = (iteration) => ({ text: iteration === 0 ? LOOK : '```repl\nFINAL("the north door")\n```' });
	}

	it('are traced to the collector in the settings, without their texts', async () => {
		answering();
		const collector = await startCollector();
		await setSetting('telemetry.otlpEndpoint', collector.url);
		try {
			const { run: start } = await api();
			const { result } = start({ question: 'Which door?', context: PASSAGE }, signal);
			assert.equal((await result).answer, 'the north door');
		} finally {
			// The engine of these settings ends, and with it what is still to be sent.
			await setSetting('telemetry.otlpEndpoint', undefined);
		}
		const { run: start } = await api();
		await start({ question: 'Which door?', context: PASSAGE }, signal).result;
		await until(() => collector.spans.length > 0, 'spans');
		assert.ok(collector.spans.some(({ name }) => name.startsWith('chat ')));
		assert.ok(!collector.bodies.join('').includes('the north door'));
		await collector.stop();
	});

	it('are started by other extensions, which see every event in order and the end last', async () => {
		answering();
		const { run: start, apiVersion, onDidStartRun, onDidEndRun } = await api();
		assert.equal(apiVersion, 1);
		const seen: string[] = [];
		const events: RunEvent[] = [];
		const subscriptions = [
			onDidStartRun((run) => seen.push(`start ${run.id}`)),
			onDidEndRun((run) => seen.push(`end ${run.id} ${run.state} after ${events.length > 0}`)),
		];
		const run = start({ question: 'What does the blue key open?', context: PASSAGE }, signal);
		subscriptions.push(run.onEvents((batch) => events.push(...batch)));
		const result = await run.result;
		await until(() => seen.length === 2, 'the end of the run to be told');
		for (const subscription of subscriptions) subscription.dispose();
		assert.equal(result.answer, 'the north door');
		assert.equal(result.runId, run.id);
		assert.deepEqual(seen, [`start ${run.id}`, `end ${run.id} answered after true`]);
		assert.deepEqual(
			events.map(({ seq }) => seq),
			events.map((_, index) => index),
		);
		assert.equal(events.at(-1)?.type, 'run-end');
	});

	it("are cancelled by the caller's signal", async () => {
		script = () => ({ text: 'Hm.', fault: 'hang-in-body' });
		const requests = models.requests.length;
		const cancel = new AbortController();
		const run = (await api()).run({ question: 'Never answer', context: PASSAGE }, cancel.signal);
		await until(() => models.requests.length > requests, 'the request to reach the server');
		cancel.abort();
		assert.equal((await run.result).outcome, 'cancelled');
		await until(() => run.state === 'cancelled', 'the run to be over');
	});

	it('answer at once on request with what they have', async () => {
		script = (iteration) =>
			iteration === 0
				? { text: '```repl\nanswer["content"] = "a door"\nprint(context[:40])\n```' }
				: { text: 'Hm.', fault: 'hang-in-body' };
		const requests = models.requests.length;
		const run = (await api()).run({ question: 'Half an answer', context: PASSAGE }, signal);
		await until(() => models.requests.length > requests + 1, 'the second iteration');
		run.answerNow();
		const result = await run.result;
		assert.deepEqual([result.outcome, result.answer], ['partial', 'a door']);
	});

	it('that cannot begin say why', async () => {
		const run = (await api()).run({ question: 'What?', context: vscode.Uri.file('/no/such/file.txt') }, signal);
		await assert.rejects(run.result);
		assert.equal(run.state, 'failed');
	});

	it('that are cancelled before they begin reject as cancelled', async () => {
		const run = (await api()).run({ question: 'What?', context: 'workspace' }, AbortSignal.abort());
		await assert.rejects(run.result, { code: 'cancelled' });
		assert.equal(run.state, 'cancelled');
	});

	it('are read back from their journals', async () => {
		answering();
		const run = (await api()).run({ question: 'What does the blue key open?', context: PASSAGE }, signal);
		await run.result;
		const opened = await openRun(journalOf(run));
		assert.deepEqual(
			[opened.id, opened.state, opened.question, opened.contextLabel],
			[run.id, 'answered', 'What does the blue key open?', 'passage'],
		);
		assert.equal(rootRun(opened.tree)?.answer, 'the north door');
		assert.equal((await opened.result).answer, 'the north door');
	});

	it('are exported as Markdown with every iteration, and as JSON with every event', async () => {
		answering();
		const run = (await api()).run({ question: 'What does the blue key open?', context: PASSAGE }, signal);
		await run.result;
		const opened = await openRun(journalOf(run));
		const markdown = await asMarkdown(opened);
		const parts = [
			'# What does the blue key open?',
			'the north door',
			'**Iteration 1**',
			'print(context[:40])',
			'**Iteration 2**',
		];
		assert.deepEqual(
			parts.filter((part) => !markdown.includes(part)),
			[],
			markdown,
		);
		const { id, state, events } = JSON.parse(await asJson(opened, signal));
		assert.deepEqual([id, state, events.at(-1).type], [run.id, 'answered', 'run-end']);
		assert.ok(events.some((event: RunEvent) => event.type === 'iteration-start' && event.messages.length > 0));
	});

	it('whose journal breaks off are interrupted, and nothing in them is still running', async () => {
		answering();
		const run = (await api()).run({ question: 'What does the blue key open?', context: PASSAGE }, signal);
		await run.result;
		const lines = readFileSync(journalOf(run), 'utf8').split('\n');
		const cut = join(tmpdir(), `cut-${run.id}.jsonl`);
		writeFileSync(cut, lines.slice(0, Math.ceil(lines.length / 2)).join('\n'));
		const opened = await openRun(cut);
		assert.equal(opened.state, 'interrupted');
		assert.ok([...opened.tree.nodes.values()].every(({ status }) => status !== 'running'));
		await assert.rejects(opened.result, InputError);
	});

	it('are remembered, newest first, and those of a closed window as interrupted', () => {
		const file = join(mkdtempSync(join(tmpdir(), 'rlm-runs-')), 'runs.jsonl');
		const info = { question: 'Q', contextLabel: 'c', endedAt: undefined, journal: '/j' } as const;
		const before = new RememberedRuns(file);
		before.save({ ...info, id: 'a', state: 'running', startedAt: 1 });
		before.save({ ...info, id: 'b', state: 'running', startedAt: 2 });
		before.save({ ...info, id: 'b', state: 'answered', startedAt: 2 });
		appendFileSync(file, '{"id":"cut of');
		const listed = new RememberedRuns(file).list().map(({ id, state }) => `${id} ${state}`);
		assert.deepEqual(listed, ['b answered', 'a interrupted']);
	});
});
