import { posix } from 'node:path';
import { commands, FileSystemError, TabInputCustom, Uri, ViewColumn, window, workspace } from 'vscode';
import type { Citation } from '../core/events.ts';
import { headline } from './answerDocument.ts';

const PREVIEW = 'vscode.markdown.preview.editor';
/** Longer answers open as text, because the preview parses all of it in the extension host. Characters. */
const PREVIEW_CHARACTERS = 200_000;

/**
 * Answers as files in the extension's storage. A virtual document would do for the text, but not for its links:
 * the Markdown preview resolves them against the document's scheme, and it cannot restore one after a window reload.
 */
export class AnswerFiles {
	readonly #folder: Uri;

	/** @param storage the extension's storage folder */
	constructor(storage: Uri) {
		this.#folder = Uri.joinPath(storage, 'answers');
	}

	/** Path of a run's answer; the file name becomes the title of its tab. */
	uriOf(runId: string, question: string): Uri {
		return Uri.joinPath(this.#folder, runId, `${fileName(question)}.md`);
	}

	/** Writes an answer and opens it rendered, beside the text or where earlier answers are. */
	async show(uri: Uri, markdown: string): Promise<void> {
		await workspace.fs.writeFile(uri, new TextEncoder().encode(markdown));
		const beside = window.activeTextEditor ? ViewColumn.Beside : ViewColumn.Active;
		const viewColumn = this.#columnOfAnswers() ?? beside;
		const editor = markdown.length <= PREVIEW_CHARACTERS ? PREVIEW : 'default';
		await commands.executeCommand('vscode.openWith', uri, editor, { viewColumn, preview: false });
	}

	/** Deletes the answer of a run, if any. */
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
 * Makes a link to a line that the Markdown preview opens: absolute links start at the first workspace folder and may
 * lead out of it by `..`, relative ones start at the document; both stay on one file system. Links with a scheme do not
 * work there: it drops `file:` and ignores the others.
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
