import { l10n, type QuickPickItem, type Uri, window, workspace } from 'vscode';
import { present } from '../../core/present.ts';
import { type Chip, chipLabel, selectionChips } from './chips.ts';

interface Choice extends QuickPickItem {
	/** @returns no chips when the user cancels */
	readonly choose: () => Promise<readonly Chip[]>;
}

/** Lets the user choose contexts for the conversation. @returns no chips when none was chosen */
export async function addContext(): Promise<readonly Chip[]> {
	const choices = [...editorChoices(), ...workspaceChoices(), ...otherChoices()];
	const chosen = await window.showQuickPick(choices, {
		title: l10n.t('Add Context'),
		placeHolder: l10n.t('What should the questions be about?'),
		matchOnDescription: true,
	});
	return (await chosen?.choose()) ?? [];
}

function editorChoices(): readonly Choice[] {
	const editor = window.activeTextEditor;
	if (!editor) return [];
	const selected = selectionChips(editor);
	const file: Chip = { kind: 'file', uri: editor.document.uri.toString() };
	return [
		...(selected.length > 0 ? [fixed('selection', l10n.t('Selection'), selected)] : []),
		fixed('file', l10n.t('Active File'), [file]),
		fixed('files', l10n.t('Open Editors'), [{ kind: 'editors' }], ''),
	];
}

function workspaceChoices(): readonly Choice[] {
	const folders = workspace.workspaceFolders ?? [];
	if (folders.length === 0) return [];
	return [
		fixed('root-folder', l10n.t('Workspace'), [{ kind: 'workspace' }], workspace.name),
		{ label: `$(folder) ${l10n.t('Folder…')}`, choose: () => pickUris('folder') },
		fixed('git-compare', l10n.t('Git Diff'), [{ kind: 'diff' }], l10n.t('uncommitted changes')),
	];
}

function otherChoices(): readonly Choice[] {
	return [
		{ label: `$(file) ${l10n.t('Files…')}`, choose: () => pickUris('file') },
		fixed('warning', l10n.t('Problems'), [{ kind: 'problems' }], l10n.t('errors and warnings of the editor')),
	];
}

function fixed(
	icon: string,
	label: string,
	chips: readonly Chip[],
	description = chips.map(chipLabel).join(', '),
): Choice {
	return { label: `$(${icon}) ${label}`, description, choose: async () => chips };
}

async function pickUris(kind: 'file' | 'folder'): Promise<readonly Chip[]> {
	const defaultUri: Uri | undefined = workspace.workspaceFolders?.[0]?.uri;
	const uris = await window.showOpenDialog(
		present({
			canSelectFiles: kind === 'file',
			canSelectFolders: kind === 'folder',
			canSelectMany: true,
			openLabel: l10n.t('Add'),
			defaultUri,
		}),
	);
	return (uris ?? []).map((uri) => ({ kind, uri: uri.toString() }));
}
