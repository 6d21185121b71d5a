import { posix } from 'node:path';
import { commands, FileSystemError, TabInputCustom, Uri, ViewColumn, window, workspace } from 'vscode';
import type { Citation } from '../core/events.ts';
import { headline } from './answerDocument.ts';

const PREVIEW = 'vscode.markdown.preview.editor';
/** The preview parses the whole of a text in the extension host; longer ones are shown as text. Characters. */
const PREVIEW_CHARACTERS = 200_000;

/**
 * Answers are files in the extension's own storage. A virtual document would do for the text, but not for its links:
 * the Markdown preview resolves them against the document's scheme, and it cannot restore one after a window reload.
 */
export class AnswerFiles {
	readonly #folder: Uri;

	/** @param storage the extension's storage folder */
	constructor(storage: Uri) {
		this.#folder = Uri.joinPath(storage, 'answers');
	}

	/** Where the answer of a run goes; the name of the file becomes the title of its tab. */
	uriOf(runId: string, question: string): Uri {
		return Uri.joinPath(this.#folder, runId, `${fileName(question)}.md`);
	}

	/** Writes an answer and opens it rendered: where earlier answers are, else beside the text that was asked about. */
	async show(uri: Uri, markdown: string): Promise<void> {
		await workspace.fs.writeFile(uri, new TextEncoder().encode(markdown));
		const beside = window.activeTextEditor ? ViewColumn.Beside : ViewColumn.Active;
		const viewColumn = this.#columnOfAnswers() ?? beside;
		const editor = markdown.length <= PREVIEW_CHARACTERS ? PREVIEW : 'default';
		await commands.executeCommand('vscode.openWith', uri, editor, { viewColumn, preview: false });
	}

	/** Deletes the answer of a run; nothing when there is none. */
	async remove(runId: string): Promise<void> {
		try {
			await workspace.fs.delete(Uri.joinPath(this.#folder, runId), { recursive: true });
		} catch (error) {
			if (!(error instanceof FileSystemError) || error.code !== 'FileNotFound') throw error;
		}
	}

	#columnOfAnswers(): ViewColumn | undefined {
		const group = window.tabGroups.all.find(({ tabs }) =>
			tabs.some(({ input }) => input instanceof TabInputCustom && input.uri.path.startsWith(this.#folder.path)),
		);
		return group?.viewColumn;
	}
}

/**
 * A link to a line as the Markdown preview opens it: absolute links start at the first folder of the workspace and may
 * lead out of it by `..`, relative ones start at the document; both stay on one file system. Links with a scheme do not
 * work there: it drops `file:` and passes the others by.
 */
export function lineLink(target: Uri, { startLine, endLine }: Citation, document: Uri): string | undefined {
	const root = workspace.workspaceFolders?.[0]?.uri;
	const lines = endLine > startLine ? `#L${startLine}-L${endLine}` : `#L${startLine}`;
	if (root && isSameFileSystem(root, target)) return `/${encodedPath(posix.relative(root.path, target.path))}${lines}`;
	if (root || !isSameFileSystem(document, target)) return undefined;
	return `${encodedPath(posix.relative(posix.dirname(document.path), target.path))}${lines}`;
}

function isSameFileSystem(one: Uri, other: Uri): boolean {
	return one.scheme === other.scheme && one.authority === other.authority;
}

function encodedPath(path: string): string {
	return path.split('/').map(encodeURIComponent).join('/');
}

function fileName(question: string): string {
	const words = headline(question).replace(/[^\p{L}\p{N} ,()'’-]+/gu, ' ');
	return words.replace(/\s+/g, ' ').trim().slice(0, 60).trim() || 'answer';
}
