import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ScriptedReply, ScriptedServer } from '../../support/scriptedServer.ts';
import {
	answerText,
	ask,
	BUILTIN,
	closeEditors,
	openEditor,
	setSetting,
	startModels,
	typeAtStart,
	until,
} from './support.ts';

describe('the commands with the built-in engine', () => {
	before(() => setSetting('servers', BUILTIN));
	after(() => setSetting('servers', undefined));
	afterEach(closeEditors);

	it('answer about the buffer, with a citation that is a link to the line', async () => {
		await openEditor('notes.txt');
		const result = await ask('rlm.queryBuffer', 'Where is ERROR 7411 reported?');
		assert.equal(result?.outcome, 'answered');
		assert.match(await answerText(), /\[notes\.txt:311\]\(<\/notes\.txt#L311>\)/);
	});

	it('answer about the selection alone', async () => {
		const editor = await openEditor('notes.txt');
		editor.selection = new vscode.Selection(0, 0, 20, 0);
		const result = await ask('rlm.querySelection', 'How many lines are there?');
		assert.equal(result?.outcome, 'answered');
		assert.match(await answerText(), /selection of notes\.txt, lines 1 to 21/);
	});

	it('answer about the workspace, and say what was left out', async () => {
		const result = await ask('rlm.queryWorkspace', 'Where is MAX_RETRIES defined?');
		assert.equal(result?.outcome, 'answered');
		const text = await answerText();
		assert.match(text, /\(<\/src\/retry\.ts#L2/);
		assert.match(text, /Left out of the context:/);
		assert.match(text, /logo\.bin/);
	});

	it('keep a journal of every run in the storage of the extension', async () => {
		await openEditor('README.md');
		const result = await ask('rlm.queryBuffer', 'Who is the captain?');
		const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
		assert.ok(input instanceof vscode.TabInputCustom);
		const runs = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(input.uri, '../../../runs'));
		assert.ok(
			runs.some(([name]) => name.includes(result?.runId ?? '?')),
			JSON.stringify(runs),
		);
	});
});

describe('a sandbox server that cannot be reached', () => {
	before(async () => {
		await setSetting('servers', BUILTIN);
		await setSetting('sandbox.isolation', 'remote');
		await setSetting('sandbox.url', 'http://127.0.0.1:9');
	});
	after(async () => {
		for (const name of ['servers', 'sandbox.isolation', 'sandbox.url']) await setSetting(name, undefined);
	});
	afterEach(closeEditors);

	it('fails the run with a sentence that names the setting, and a button that opens it', async () => {
		await openEditor('README.md');
		const result = await ask('rlm.queryBuffer', 'Who is the captain?');
		assert.equal(result?.outcome, 'failed');
		assert.match(result?.error?.message ?? '', /sandbox server at http:\/\/127\.0\.0\.1:9 .* correct sandbox\.url/);
		assert.deepEqual(result?.error?.actions, ['edit-settings', 'retry']);
	});
});

describe('the commands with a model server', () => {
	let models: ScriptedServer;
	let script: (iteration: number) => ScriptedReply = () => ({ text: '' });

	before(async () => {
		models = await startModels((iteration) => script(iteration));
	});
	after(async () => {
		await setSetting('servers', undefined);
		await models.stop();
	});
	afterEach(closeEditors);

	it('send the unsaved text of the buffer, not the one on disk', async () => {
		script = (iteration) => ({
			text: iteration === 0 ? '```repl\nprint(context[:40])\n```' : '```repl\nFINAL(context[:10])\n```',
		});
		const editor = await openEditor('README.md');
		await typeAtStart(editor, 'JUST TYPED\n');
		const result = await ask('rlm.queryBuffer', 'What does it begin with?');
		assert.equal(result?.answer, 'JUST TYPED');
	});

	it('close the connection to the server when the run is cancelled', async () => {
		script = () => ({ text: 'Hm, let me think about that.', fault: 'hang-in-body' });
		await openEditor('README.md');
		const [requests, closed] = [models.requests.length, models.closedEarly];
		const asked = ask('rlm.queryBuffer', 'What is this?');
		await until(() => models.requests.length > requests, 'the request to reach the server');
		await vscode.commands.executeCommand('rlm.cancelRun');
		assert.equal((await asked)?.outcome, 'cancelled');
		await until(() => models.closedEarly === closed + 1, 'the server to see its connection closed');
	});

	it('show a partial answer when a limit is reached', async () => {
		script = () => ({ text: '```repl\nanswer["content"] = "so far: deck"\nprint(context[:40])\n```' });
		await setSetting('limits', { iterations: 2 });
		try {
			await openEditor('README.md');
			const result = await ask('rlm.queryBuffer', 'What is this?');
			assert.equal(result?.outcome, 'partial');
			const text = await answerText();
			assert.match(text, /Partial answer: the iteration limit was reached/);
			assert.match(text, /so far: deck/);
		} finally {
			await setSetting('limits', undefined);
		}
	});
});
