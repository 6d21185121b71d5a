import { l10n, workspace } from 'vscode';
import { InputError } from '../core/errors.ts';
import type { ApiRequest } from './api.ts';
import type { ContextSource } from './contextSource.ts';
import { bufferSource, textSource } from './editorContext.ts';
import { workspaceSource } from './workspaceContext.ts';

/** Makes the source that another extension asks about. @throws InputError without anything to read */
export async function sourceOf(context: ApiRequest['context']): Promise<ContextSource> {
	if (context !== 'workspace') {
		return 'text' in context
			? textSource(context.label, context.text)
			: bufferSource(await workspace.openTextDocument(context));
	}
	const folders = workspace.workspaceFolders ?? [];
	if (folders.length === 0) throw new InputError(l10n.t('No folder is open, so there is no workspace.'));
	return workspaceSource(folders);
}
