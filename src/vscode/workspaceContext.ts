import { posix } from 'node:path';
import { l10n, type Uri, type WorkspaceFolder, workspace } from 'vscode';
import { ContextBuilder } from '../context/contextBuilder.ts';
import { readFound } from '../context/readFound.ts';
import { type FoundFile, walk } from '../context/walk.ts';
import { InputError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { leftOutText } from './consent/estimateTexts.ts';
import type { CollectOptions, ContextSource } from './contextSource.ts';
import { workspaceFileTree } from './workspaceFileTree.ts';

/**
 * Makes a source of all text of the open folders. Uses `workspace.fs`, so that remote and virtual folders work.
 * Walks folders, because `findFiles` knows no ignore files and would list everything below an ignored folder.
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
			const found: FoundFile<Uri>[] = [];
			for (const folder of folders) {
				const prefix = folders.length === 1 ? pathAbove(folder) : `${uniqueName(folder, folders)}/`;
				await findFiles(folder, prefix, found, builder, options);
			}
			await readFiles(found, builder, options);
			if (builder.bytes === 0) throw nothingRead(label, builder);
			const context = await builder.finish('files', label);
			const uris = new Map(found.map(({ path, place }) => [path, place]));
			return { contexts: [context], uriOf: (path) => uris.get(path) };
		},
	});
}

function isWholeWorkspace(folders: readonly WorkspaceFolder[]): boolean {
	const all = (workspace.workspaceFolders ?? []).map(({ uri }) => uri.toString());
	return folders.length === all.length && folders.every(({ uri }, index) => uri.toString() === all[index]);
}

/** Gives the prefix of paths in a folder; empty for the only folder of a workspace and for one elsewhere. */
function pathAbove({ uri }: WorkspaceFolder): string {
	const root = workspace.getWorkspaceFolder(uri);
	if (!root) return '';
	const below = posix.relative(root.uri.path, uri.path);
	const isOneOfSeveral = (workspace.workspaceFolders?.length ?? 0) > 1;
	return [isOneOfSeveral ? root.name : '', below].map((part) => (part === '' ? '' : `${part}/`)).join('');
}

/** Names the folders of a workspace. Of two with the same name, the later one gets a number. */
function uniqueName(folder: WorkspaceFolder, folders: readonly WorkspaceFolder[]): string {
	const isTaken = folders.some(({ name, index }) => name === folder.name && index < folder.index);
	return isTaken ? `${folder.name}-${folder.index + 1}` : folder.name;
}

/** Adds the files of a folder, with their names in the context, to those found before. */
async function findFiles(
	{ uri }: WorkspaceFolder,
	prefix: string,
	found: FoundFile<Uri>[],
	builder: ContextBuilder,
	{ exclude, allowSecrets, onProgress, signal }: CollectOptions,
): Promise<void> {
	const top = workspace.getWorkspaceFolder(uri)?.uri ?? uri;
	const before = found.length;
	const here = await walk(workspaceFileTree(workspace.fs, top), uri, {
		exclude,
		allowSecrets,
		outermost: top,
		leaveOut: (reason, path) => builder.leaveOut(reason, prefix + path),
		onFolder: (files) => onProgress(l10n.t('looking for files: {0}', before + files)),
		signal,
	});
	// One by one: spreading hundreds of thousands of arguments overflows the stack.
	for (const { place, path } of here) found.push({ place, path: prefix + path });
}

/** Reads the found files. Unsaved text in an editor wins over the disk. */
async function readFiles(found: readonly FoundFile<Uri>[], builder: ContextBuilder, options: CollectOptions) {
	const unsaved = new Map(
		workspace.textDocuments.filter(({ isDirty }) => isDirty).map((document) => [document.uri.toString(), document]),
	);
	await readFound(workspaceFileTree(workspace.fs, undefined), found, builder, {
		maxBytes: options.maxBytes,
		unsaved: (uri) => unsaved.get(uri.toString())?.getText(),
		onOver: (path) => builder.leaveOut('over-limit', path),
		onFile: (count) => {
			if (count % 100 === 0) options.onProgress(l10n.t('reading files: {0} of {1}', count, found.length));
		},
		signal: options.signal,
	});
}

function nothingRead(label: string, builder: ContextBuilder): InputError {
	const leftOut = builder.leftOut().map(leftOutText);
	const why = leftOut.length > 0 ? l10n.t('Left out: {0}.', leftOut.join(', ')) : l10n.t('It has no files.');
	return new InputError(l10n.t('There is no text in the {0}. {1}', label, why));
}
