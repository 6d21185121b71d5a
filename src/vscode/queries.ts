import { commands, l10n, window, workspace } from 'vscode';
import type { RunResult } from '../core/request.ts';
import { bufferSource, selectionSource } from './editorContext.ts';
import { type QueryHost, runQuery } from './runQuery.ts';
import { workspaceSource } from './workspaceContext.ts';

/** Asks about the selection in the active editor. @param question absent to ask the user */
export async function querySelection(host: QueryHost, question: string | undefined): Promise<RunResult | undefined> {
	const editor = window.activeTextEditor;
	if (!editor) return noEditor();
	if (editor.selections.some((selection) => !selection.isEmpty)) {
		return runQuery(host, selectionSource(editor), question);
	}
	const wholeBuffer = l10n.t('Query Buffer instead');
	const chosen = await window.showInformationMessage(l10n.t('Nothing is selected.'), wholeBuffer);
	return chosen === wholeBuffer ? queryBuffer(host, question) : undefined;
}

/** Asks about the whole text of the active editor. */
export async function queryBuffer(host: QueryHost, question: string | undefined): Promise<RunResult | undefined> {
	const document = window.activeTextEditor?.document;
	if (!document) return noEditor();
	if (document.getText().trim() !== '') return runQuery(host, bufferSource(document), question);
	void window.showInformationMessage(l10n.t('The buffer is empty: there is nothing to ask about.'));
	return undefined;
}

/** Asks about all folders of the workspace. */
export async function queryWorkspace(host: QueryHost, question: string | undefined): Promise<RunResult | undefined> {
	const folders = workspace.workspaceFolders;
	if (folders?.length) return runQuery(host, workspaceSource(folders), question);
	const openFolder = l10n.t('Open Folder');
	const chosen = await window.showInformationMessage(
		l10n.t('No folder is open, so there is no workspace.'),
		openFolder,
	);
	if (chosen === openFolder) await commands.executeCommand('workbench.action.files.openFolder');
	return undefined;
}

function noEditor(): undefined {
	void window.showInformationMessage(l10n.t('No text editor is active: open the text that you want to ask about.'));
	return undefined;
}
