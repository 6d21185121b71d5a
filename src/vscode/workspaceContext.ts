import { posix } from 'node:path';
import { FileType, l10n, type TextDocument, Uri, type WorkspaceFolder, workspace } from 'vscode';
import { ContextBuilder } from '../context/contextBuilder.ts';
import { IgnoreRules } from '../context/ignoreRules.ts';
import { readAhead } from '../context/readAhead.ts';
import { InputError, throwIfCancelled } from '../core/errors.ts';
import type { LeftOutReason } from '../core/ports/context.ts';
import { present } from '../core/present.ts';
import { leftOutText } from './consent/estimateTexts.ts';
import type { CollectOptions, ContextSource } from './contextSource.ts';

const IGNORE_FILES = ['.gitignore', '.rlmignore'] as const;

/** A file that was found: where it is, and its name in the context. */
interface Found {
	readonly uri: Uri;
	readonly path: string;
}

/**
 * All text of the open folders, read through `workspace.fs` alone, so that remote and virtual folders work. Folders are
 * walked rather than searched: `findFiles` knows no ignore files and would list everything below an ignored folder.
 * With several folders every path begins with the name of its folder. Paths in a folder of the workspace are the same
 * as when all of it is read, so that they lead to their files later, too.
 */
export function workspaceSource(folders: readonly WorkspaceFolder[]): ContextSource {
	const isWhole = isWholeWorkspace(folders);
	const names = folders.map((folder) => folder.name).join(', ');
	const name = isWhole ? (workspace.name ?? names) : names;
	const label = isWhole ? l10n.t('workspace {0}', name) : l10n.t('folder {0}', name);
	return present<ContextSource>({
		title: isWhole ? l10n.t('Ask about the workspace {0}', name) : l10n.t('Ask about {0}', label),
		label,
		needsConsent: true,
		origin: isWhole ? { kind: 'workspace' } : undefined,
		async collect(options) {
			const builder = new ContextBuilder();
			const found: Found[] = [];
			for (const folder of folders) {
				const prefix = folders.length === 1 ? pathAbove(folder) : `${uniqueName(folder, folders)}/`;
				await walk(folder.uri, prefix, found, builder, options);
			}
			await readAll(found, builder, options);
			if (builder.bytes === 0) throw nothingRead(label, builder);
			const context = await builder.finish('files', label);
			const uris = new Map(found.map(({ path, uri }) => [path, uri]));
			return { contexts: [context], uriOf: (path) => uris.get(path) };
		},
	});
}

function isWholeWorkspace(folders: readonly WorkspaceFolder[]): boolean {
	const all = (workspace.workspaceFolders ?? []).map(({ uri }) => uri.toString());
	return folders.length === all.length && folders.every(({ uri }, index) => uri.toString() === all[index]);
}

/** What stands before the paths in a single folder: nothing for the only folder of a workspace and for one elsewhere. */
function pathAbove({ uri }: WorkspaceFolder): string {
	const root = workspace.getWorkspaceFolder(uri);
	if (!root) return '';
	const below = posix.relative(root.uri.path, uri.path);
	const isOneOfSeveral = (workspace.workspaceFolders?.length ?? 0) > 1;
	return [isOneOfSeveral ? root.name : '', below].map((part) => (part === '' ? '' : `${part}/`)).join('');
}

/** Two folders of a workspace may have the same name; then the later one gets its number. */
function uniqueName(folder: WorkspaceFolder, folders: readonly WorkspaceFolder[]): string {
	const isTaken = folders.some(({ name, index }) => name === folder.name && index < folder.index);
	return isTaken ? `${folder.name}-${folder.index + 1}` : folder.name;
}

/** Notes all files below a folder that are kept, folder by folder, in the order of their names. */
async function walk(
	root: Uri,
	prefix: string,
	found: Found[],
	builder: ContextBuilder,
	options: CollectOptions,
): Promise<void> {
	const rules = new IgnoreRules(options.exclude);
	const visit = async (folder: Uri, below: string): Promise<void> => {
		throwIfCancelled(options.signal);
		const entries = await listFolder(folder);
		if (!entries) return builder.leaveOut('unreadable', prefix + below);
		for (const name of IGNORE_FILES) {
			if (entries.some(([entry]) => entry === name)) rules.add(below, name, await readText(Uri.joinPath(folder, name)));
		}
		for (const [name, type] of entries) {
			const path = below === '' ? name : `${below}/${name}`;
			const isFolder = (type & FileType.Directory) !== 0;
			const isLink = (type & FileType.SymbolicLink) !== 0;
			if (isLink || rules.decide(path, isFolder) === 'ignored') {
				builder.leaveOut('ignored', prefix + path + (isFolder ? '/' : ''));
			} else if (isFolder) await visit(Uri.joinPath(folder, name), path);
			else found.push({ uri: Uri.joinPath(folder, name), path: prefix + path });
		}
		options.onProgress(l10n.t('looking for files: {0}', found.length));
	};
	await visit(root, '');
}

async function listFolder(folder: Uri): Promise<[string, FileType][] | undefined> {
	try {
		const entries = await workspace.fs.readDirectory(folder);
		return entries.sort(([left], [right]) => (left < right ? -1 : 1));
	} catch {
		return undefined;
	}
}

async function readText(uri: Uri): Promise<string> {
	try {
		return new TextDecoder().decode(await workspace.fs.readFile(uri));
	} catch {
		return '';
	}
}

type Read = { readonly bytes: Uint8Array } | { readonly text: string } | { readonly reason: LeftOutReason };

/** Reads files, a few at a time, and adds them in order. What is unsaved in an editor wins over the disk. */
async function readAll(found: readonly Found[], builder: ContextBuilder, options: CollectOptions): Promise<void> {
	const unsaved = new Map(
		workspace.textDocuments.filter(({ isDirty }) => isDirty).map((document) => [document.uri.toString(), document]),
	);
	const read = ({ uri }: Found) => readOne(uri, unsaved.get(uri.toString()), options.maxBytes - builder.bytes);
	for await (const { item, result, index } of readAhead(found, read)) {
		throwIfCancelled(options.signal);
		await take(item.path, result, builder, options.maxBytes);
		if (index % 100 === 99) options.onProgress(l10n.t('reading files: {0} of {1}', index + 1, found.length));
	}
}

async function take(path: string, read: Read, builder: ContextBuilder, maxBytes: number): Promise<void> {
	if ('reason' in read) return builder.leaveOut(read.reason, path);
	const length = 'text' in read ? Buffer.byteLength(read.text) : read.bytes.length;
	if (builder.bytes + length > maxBytes) return builder.leaveOut('over-limit', path);
	if ('text' in read) await builder.addText(path, read.text);
	else await builder.add(path, read.bytes);
}

/** Reads one file; never rejects. @param room bytes that may still be taken */
async function readOne(uri: Uri, unsaved: TextDocument | undefined, room: number): Promise<Read> {
	if (unsaved) return { text: unsaved.getText() };
	try {
		const { size } = await workspace.fs.stat(uri);
		return size > room ? { reason: 'over-limit' } : { bytes: await workspace.fs.readFile(uri) };
	} catch {
		return { reason: 'unreadable' };
	}
}

function nothingRead(label: string, builder: ContextBuilder): InputError {
	const leftOut = builder.leftOut().map(leftOutText);
	const why = leftOut.length > 0 ? l10n.t('Left out: {0}.', leftOut.join(', ')) : l10n.t('It has no files.');
	return new InputError(l10n.t('There is no text in the {0}. {1}', label, why));
}
