import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RunResult } from '../../../src/core/request.ts';
import type { ServerSettings } from '../../../src/settings/servers.ts';
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from '../../support/scriptedServer.ts';

export const EXTENSION_ID = 'rlm-team.rlm-vscode';

/** The engine that needs no model. */
export const BUILTIN: readonly ServerSettings[] = [{ id: 'builtin', kind: 'builtin' }];

/** Uri of a file of the test workspace's first folder. */
export function workspaceFile(path: string): vscode.Uri {
	const folder = vscode.workspace.workspaceFolders?.[0];
	assert.ok(folder, 'the test window has a folder');
	return vscode.Uri.joinPath(folder.uri, path);
}

/** Sets a setting for the user; `undefined` takes it back. */
export async function setSetting(name: string, value: unknown): Promise<void> {
	await vscode.workspace.getConfiguration('rlm').update(name, value, vscode.ConfigurationTarget.Global);
}

export async function openEditor(path: string): Promise<vscode.TextEditor> {
	return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(workspaceFile(path)));
}

/** Types at the beginning of an editor. The extension host learns that the document is unsaved a little later: waits for it. */
export async function typeAtStart(editor: vscode.TextEditor, text: string): Promise<void> {
	await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text));
	await until(() => editor.document.isDirty, 'the change to be known as unsaved');
}

/** Starts a model server whose script is told how often it has answered already, and sets it as the only one. */
export async function startModels(script: (iteration: number) => ScriptedReply): Promise<ScriptedServer> {
	const models = await startScriptedServer({
		kind: 'openai',
		models: [{ name: 'scripted' }],
		script: ({ messages }) => script(messages.filter(({ role }) => role === 'assistant').length),
	});
	await setSetting('servers', [{ id: 'gpu-1', kind: 'openai', url: models.url, models: ['scripted'] }]);
	return models;
}

/** Runs a query command with a question, as a key binding can. */
export async function ask(command: string, question: string): Promise<RunResult | undefined> {
	return vscode.commands.executeCommand<RunResult | undefined>(command, { question });
}

/** The answer document that is open and active, as the user sees its source. */
export async function answerText(): Promise<string> {
	const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
	assert.ok(input instanceof vscode.TabInputCustom, 'a rendered answer is the active tab');
	return new TextDecoder().decode(await vscode.workspace.fs.readFile(input.uri));
}

/** Closes editors and forgets unsaved changes. */
export async function closeEditors(): Promise<void> {
	for (const document of vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty)) {
		await vscode.window.showTextDocument(document);
		await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
		// What the extension host knows of a document follows the window.
		await until(() => document.isClosed || !document.isDirty, `the changes of ${document.fileName} to be forgotten`);
	}
	await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Waits until something is true; for things that VS Code does in its own time. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
	for (const start = Date.now(); !isTrue(); ) {
		if (Date.now() - start > 20_000) assert.fail(`waited 20 s for ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
}

/** What VS Code keeps for an extension, in memory. */
export function memento(): vscode.Memento {
	const stored = new Map<string, unknown>();
	return {
		keys: () => [...stored.keys()],
		get: <T>(key: string, otherwise?: T) => (stored.get(key) as T) ?? otherwise,
		async update(key: string, value: unknown) {
			if (value === undefined) stored.delete(key);
			else stored.set(key, JSON.parse(JSON.stringify(value)));
		},
	} as vscode.Memento;
}
