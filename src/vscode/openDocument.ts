import { l10n, Selection, type TextDocument, type Uri, window, workspace } from 'vscode';
import { InputError } from '../core/errors.ts';

/** Finds an open document, saved or not. */
export function heldDocument(uri: Uri): TextDocument | undefined {
	return workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
}

/** Opens the document at an address. @throws InputError when it no longer exists or holds no text */
export async function openDocument(uri: Uri): Promise<TextDocument> {
	const held = heldDocument(uri);
	if (held) return held;
	// A closed document that was never saved would come back empty.
	if (uri.scheme === 'untitled') throw unreadable(uri, undefined);
	try {
		return await workspace.openTextDocument(uri);
	} catch (cause) {
		throw unreadable(uri, cause);
	}
}

/** Shows lines of a document, counted from 1; beyond its end the last one. @throws InputError when it cannot be read */
export async function openLines(
	uri: Uri,
	{ startLine, endLine }: { readonly startLine: number; readonly endLine: number },
): Promise<void> {
	const document = await openDocument(uri);
	const last = document.lineAt(Math.min(Math.max(startLine, endLine), document.lineCount) - 1);
	const selection = new Selection(Math.min(startLine, document.lineCount) - 1, 0, last.lineNumber, last.text.length);
	await window.showTextDocument(document, { selection, preview: true });
}

/** Describes a file that cannot be read. */
export function unreadable(uri: Uri, cause: unknown): InputError {
	const path = workspace.asRelativePath(uri).replaceAll('\\', '/');
	return new InputError(l10n.t('{0} cannot be read: it no longer exists, or it is not text.', path), undefined, {
		cause,
	});
}
