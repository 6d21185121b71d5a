import { FileType, Location, l10n, type TextEditor, Uri, window, workspace } from 'vscode';
import { textContext } from '../../context/corpus.ts';
import { InputError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import type { CollectedContext, ContextSource } from '../contextSource.ts';
import { bufferSource, secretWarnings, selectionSource, textSource } from '../editorContext.ts';
import { heldDocument, openDocument, unreadable } from '../openDocument.ts';
import { workspaceSource } from '../workspaceContext.ts';

/** A reference in a request of the chat or of an agent. */
export interface Pointed {
	/** The target: a file, a folder, a place in a file, or text. */
	readonly value: unknown;
	/** Name of a target that has none of its own. */
	readonly label: string;
}

/** Scopes that a request can name. */
export type Scope = 'selection' | 'file' | 'workspace';

/** Makes the source of a scope. @throws InputError when the editor has nothing of the kind */
export function scopeSource(scope: Scope): ContextSource {
	if (scope === 'workspace') return openWorkspace();
	const editor = window.activeTextEditor;
	if (!editor) throw new InputError(l10n.t('No text editor is active: open the text that you want to ask about.'));
	if (scope === 'file') return bufferSource(editor.document);
	if (!hasSelection(editor)) throw new InputError(l10n.t('Nothing is selected.'));
	return selectionSource(editor);
}

/** The default context: the selection, else the file in the editor, else the workspace. */
export function likelySource(): ContextSource {
	const editor = window.activeTextEditor;
	if (!editor) return openWorkspace();
	return hasSelection(editor) ? selectionSource(editor) : bufferSource(editor.document);
}

/** Makes the source of a preview: the named folder, else the workspace. @throws InputError without either */
export async function likelyPreview(folder: Uri | undefined): Promise<ContextSource> {
	return folder ? sourceOf({ value: folder, label: workspace.asRelativePath(folder) }) : openWorkspace();
}

/** Makes the source of all references of a request, in order. @throws InputError when one cannot be read */
export async function pointedSource(pointed: readonly Pointed[]): Promise<ContextSource> {
	return joined(await Promise.all(pointed.map(sourceOf)));
}

async function sourceOf({ value, label }: Pointed): Promise<ContextSource> {
	if (typeof value === 'string') return textSource(label, value);
	if (value instanceof Location) return placeSource(value);
	if (!(value instanceof Uri)) throw new InputError(l10n.t('RLM cannot read "{0}".', label));
	const held = heldDocument(value);
	if (held) return bufferSource(held);
	if (!(await isFolder(value))) return bufferSource(await openDocument(value));
	return workspaceSource([{ uri: value, name: workspace.asRelativePath(value), index: 0 }]);
}

/** @throws InputError when nothing exists at the address */
async function isFolder(uri: Uri): Promise<boolean> {
	try {
		const { type } = await workspace.fs.stat(uri);
		return (type & FileType.Directory) !== 0;
	} catch (cause) {
		throw unreadable(uri, cause);
	}
}

/** Makes the source of a range; line numbers are those of the document. */
async function placeSource({ uri, range }: Location): Promise<ContextSource> {
	const document = await openDocument(uri);
	const path = workspace.asRelativePath(uri).replaceAll('\\', '/');
	const label = l10n.t('{0}, lines {1} to {2}', path, range.start.line + 1, range.end.line + 1);
	return {
		title: l10n.t('Ask about {0}', label),
		label,
		async collect() {
			const text = document.getText(range);
			const context = await textContext({ label, path, text, firstLine: range.start.line + 1 });
			const warnings = secretWarnings(uri);
			return { contexts: [context], warnings, uriOf: (asked) => (asked === path ? uri : undefined) };
		},
	};
}

/** Joins several sources into one, in order. */
export function joined(sources: readonly ContextSource[]): ContextSource {
	const [only] = sources;
	if (only && sources.length === 1) return only;
	const label = sources.map((source) => source.label).join(', ');
	return present<ContextSource>({
		title: l10n.t('Ask about {0}', label),
		label,
		needsConsent: sources.some(({ needsConsent }) => needsConsent) ? true : undefined,
		async collect(options) {
			const parts: CollectedContext[] = [];
			for (const source of sources) parts.push(await source.collect(options));
			return {
				contexts: parts.flatMap(({ contexts }) => contexts),
				warnings: parts.flatMap(({ warnings }) => warnings ?? []),
				uriOf: (path) => parts.map((part) => part.uriOf(path)).find((uri) => uri !== undefined),
			};
		},
	});
}

function openWorkspace(): ContextSource {
	const folders = workspace.workspaceFolders ?? [];
	if (folders.length === 0) throw new InputError(l10n.t('No folder is open, so there is no workspace.'));
	return workspaceSource(folders);
}

function hasSelection({ selections }: TextEditor): boolean {
	return selections.some((selection) => !selection.isEmpty);
}
