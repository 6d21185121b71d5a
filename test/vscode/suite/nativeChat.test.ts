import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ModelError } from '../../../src/core/errors.ts';
import type { RlmApi } from '../../../src/vscode/api.ts';
import { LanguageModels } from '../../../src/vscode/nativeChat/languageModels.ts';
import { type ScriptedRequest, type ScriptedServer, startScriptedServer } from '../../support/scriptedServer.ts';
import { closeEditors, EXTENSION_ID, openEditor, setSetting, until } from './support.ts';

const block = (code: string) => `\`\`\`repl\n${code}\n\`\`\``;
const FIND = block('hits = grep("reactor lid")\ncite(hits[0].path, hits[0].line)\nFINAL(f"open, see {hits[0].path}")');

const minor = Number(vscode.version.split('.')[1]);
const passesCancellationOn = minor > 110;

let models: ScriptedServer;
let script: (request: ScriptedRequest) => { text: string; fault?: 'hang-in-body' };

async function serve(): Promise<void> {
	models = await startScriptedServer({
		kind: 'openai',
		models: [{ name: 'scripted' }],
		script: (request) => script(request),
	});
	await setSetting('servers', [{ id: 'gpu-1', kind: 'openai', url: models.url, models: ['scripted'] }]);
}

async function stop(): Promise<void> {
	await setSetting('servers', undefined);
	await models.stop();
	await closeEditors();
}

async function ourModel(): Promise<vscode.LanguageModelChat> {
	const [model] = await vscode.lm.selectChatModels({ vendor: 'rlm' });
	assert.ok(model, 'VS Code lists our model');
	return model;
}

async function textOf(response: vscode.LanguageModelChatResponse): Promise<string> {
	let text = '';
	for await (const piece of response.text) text += piece;
	return text;
}

describe('the tool for other agents', () => {
	before(serve);
	after(stop);

	async function invoke(input: object): Promise<string> {
		const { content } = await vscode.lm.invokeTool('rlm_query_context', { input, toolInvocationToken: undefined });
		return content.map((part) => (part as vscode.LanguageModelTextPart).value).join('');
	}

	it('answers about the workspace, with evidence', async () => {
		script = () => ({ text: FIND });
		const text = await invoke({ question: 'Is the lid open?' });
		assert.match(text, /^open, see notes\.txt\n\nEvidence: \[\{"path":"notes\.txt","startLine":311,/);
	});

	it('answers about files, folders and texts', async () => {
		script = () => ({ text: block('FINAL(f"{sorted(files)} {len(context)}")') });
		assert.match(await invoke({ question: 'What?', paths: ['notes.txt'] }), /^\['notes\.txt'\]/);
		assert.match(await invoke({ question: 'What?', paths: ['src'] }), /'src\/retry\.ts'/);
		assert.match(await invoke({ question: 'What?', text: 'x'.repeat(5000) }), / 5000/);
	});

	it('says what is wrong in a sentence for the model that called', async () => {
		await assert.rejects(invoke({ question: ' ' }), /rlm_query_context: question: must not be empty/);
		await assert.rejects(invoke({ question: 'What?', paths: ['../../etc/passwd'] }), /is not in the workspace/);
		await assert.rejects(invoke({ question: 'What?', paths: ['src/.env'] }), /\.env may hold secrets/);
		await assert.rejects(
			invoke({ question: 'What?', scope: 'selection' }),
			/No text editor is active|Nothing is selected/,
		);
	});
});

describe('the model for other extensions', () => {
	before(serve);
	after(stop);

	it('answers a request by a run over its long messages', async () => {
		script = () => ({ text: block('FINAL(f"{len(context)} {context[:5]}")') });
		const model = await ourModel();
		const messages = [
			vscode.LanguageModelChatMessage.User('start '.repeat(20_000)),
			vscode.LanguageModelChatMessage.User('How long is it?'),
		];
		assert.equal(await textOf(await model.sendRequest(messages)), '120000 start');
		assert.match(
			models.requests
				.at(-1)
				?.messages.map(({ content }) => content)
				.join('\n') ?? '',
			/How long is it\?/,
		);
	});

	it('answers a short message at once', async () => {
		script = () => ({ text: 'Hello to you.' });
		const model = await ourModel();
		const response = await model.sendRequest([vscode.LanguageModelChatMessage.User('Hello')]);
		assert.equal(await textOf(response), 'Hello to you.');
	});

	it('counts tokens, and closes the connection of a request that is cancelled', async () => {
		script = () => ({ text: 'One moment', fault: 'hang-in-body' });
		const model = await ourModel();
		assert.ok((await model.countTokens('eight words are in this sentence, more or less')) > 4);
		const source = new vscode.CancellationTokenSource();
		const closedBefore = models.closedEarly;
		const asked = models.requests.length;
		// Version 1.110 passes no cancellation on to the extension that provides the model, and never ends the stream.
		void model.sendRequest([vscode.LanguageModelChatMessage.User('Wait')], {}, source.token);
		await until(() => models.requests.length > asked, 'the request');
		source.cancel();
		if (passesCancellationOn) await until(() => models.closedEarly > closedBefore, 'the connection to close');
	});
});

describe("VS Code's own models as a server", () => {
	before(serve);
	after(stop);

	const request = {
		model: 'rlm/rlm',
		messages: [
			{ role: 'system', content: 'Be brief.' },
			{ role: 'user', content: 'Hello' },
		],
	} as const;

	it('answer calls, piece by piece, and tell their window', async () => {
		script = ({ text }) => ({ text: text.includes('Be brief.') && text.includes('Hello') ? 'Hi.' : text });
		// The test hosts offer no model but ours, which a real server of this kind leaves out.
		const provider = new LanguageModels({ id: 'editor' }, () => true);
		const { signal } = new AbortController();
		const report = await provider.probe(signal);
		assert.deepEqual(report.models, [{ name: 'rlm/rlm', contextTokens: 10_000_000 }]);
		assert.equal(await provider.contextTokens('rlm/rlm', signal), 10_000_000);
		const pieces: string[] = [];
		const reply = await provider.chat(request, (piece) => pieces.push(piece), signal);
		assert.equal(reply.text, 'Hi.');
		assert.equal(pieces.join(''), 'Hi.');
		assert.equal(reply.usage.isEstimate, true);
	});

	it('are never our own model, and say what there is instead', async () => {
		const provider = new LanguageModels({ id: 'editor' });
		const { signal } = new AbortController();
		await assert.rejects(
			provider.chat(request, () => {}, signal),
			(error) => {
				assert.ok(error instanceof ModelError);
				assert.equal(error.category, 'model-not-found');
				assert.match(error.message, /VS Code does not offer it; it offers: none/);
				return true;
			},
		);
	});

	it('can be configured, and a run says clearly that there are none here', async () => {
		await setSetting('servers', [{ id: 'editor', kind: 'vscode' }]);
		await openEditor('notes.txt');
		const result = await vscode.commands.executeCommand('rlm.queryBuffer', { question: 'What?' });
		assert.equal((result as { outcome: string } | undefined)?.outcome, 'failed');
	});
});

describe('@rlm in the chat of VS Code', () => {
	// Before that, VS Code's chat asks nobody without a model of GitHub Copilot.
	const canChat = minor >= 122;

	before(serve);
	after(stop);

	/** Sends a message from the chat view. @returns the run that it started */
	async function send(query: string) {
		const api = vscode.extensions.getExtension<RlmApi>(EXTENSION_ID)?.exports;
		assert.ok(api);
		let started: { readonly question: string; readonly result: Promise<{ answer: string }> } | undefined;
		const subscription = api.onDidStartRun((run) => {
			started = run;
		});
		await vscode.commands.executeCommand('workbench.action.chat.open', { query });
		await until(() => started !== undefined, 'a run to start');
		subscription.dispose();
		assert.ok(started);
		return started;
	}

	if (canChat) {
		it('answers about the file in the editor', async () => {
			script = () => ({ text: FIND });
			await openEditor('notes.txt');
			const run = await send('@rlm /file Is the lid open?');
			assert.equal(run.question, 'Is the lid open?');
			assert.equal((await run.result).answer, 'open, see notes.txt');
		});
	} else {
		it('is offered, although this version asks it only with a model of GitHub Copilot', () => {
			const { packageJSON } = vscode.extensions.getExtension(EXTENSION_ID) ?? {};
			assert.deepEqual(
				packageJSON.contributes.chatParticipants[0].commands.map(({ name }: { name: string }) => name),
				['selection', 'file', 'workspace', 'explain'],
			);
		});
	}
});
