import { l10n, type QuickPickItem, Uri, window } from 'vscode';
import type { PastRun } from '../../journal/history.ts';
import type { ContextSource, SourceOrigin } from '../contextSource.ts';
import { bufferSource } from '../editorContext.ts';
import { type Scope, scopeSource } from '../nativeChat/requestSource.ts';
import { openDocument } from '../openDocument.ts';
import { type QueryHost, runQuery } from '../runQuery.ts';

/** Asks a past question again: about the same context if it can be read again, else about one that the user names. */
export async function rerun(host: QueryHost, { runId, question }: Pick<PastRun, 'runId' | 'question'>): Promise<void> {
	const live = host.runs.get(runId);
	const origin = host.runs.list().find(({ id }) => id === runId)?.origin;
	const source = origin ? await sourceAgain(origin) : await askSource(question);
	if (source) await runQuery(host, source, live?.question ?? question);
}

async function sourceAgain(origin: SourceOrigin): Promise<ContextSource> {
	if (origin.kind === 'workspace') return scopeSource('workspace');
	return bufferSource(await openDocument(Uri.parse(origin.uri)));
}

async function askSource(question: string): Promise<ContextSource | undefined> {
	const items: (QuickPickItem & { readonly scope: Scope })[] = [
		{ label: l10n.t('$(selection) Selection'), scope: 'selection' },
		{ label: l10n.t('$(file) File in the editor'), scope: 'file' },
		{ label: l10n.t('$(folder-library) Workspace'), scope: 'workspace' },
	];
	const title = l10n.t('Ask "{0}" about what?', question.slice(0, 60));
	const chosen = await window.showQuickPick(items, { title });
	return chosen && scopeSource(chosen.scope);
}
