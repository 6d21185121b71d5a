import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import type { FileTree } from '../../src/context/fileTree.ts';
import { workspaceFileTree } from '../../src/vscode/workspaceFileTree.ts';

/** An address as VS Code has them, as far as reading goes. */
export interface FileAddress {
	readonly scheme: string;
	readonly path: string;
	with(change: { readonly path: string }): FileAddress;
}

/** The address of a path on this disk. */
export function addressOf(path: string, scheme = 'file'): FileAddress {
	return { scheme, path, with: ({ path: other }) => addressOf(other, scheme) };
}

/** The tree of a workspace over this disk, through functions that behave as those of `workspace.fs`. */
export function workspaceTree(top: FileAddress): FileTree<FileAddress> {
	return workspaceFileTree(
		{
			readDirectory: async ({ path }) =>
				Promise.all((await readdir(path)).map(async (name) => [name, await typeOf(`${path}/${name}`)] as const)).then(
					(entries) => entries.map(([name, type]): [string, number] => [name, type]),
				),
			readFile: async ({ path }) => readFile(path),
			stat: async ({ path }) => {
				const { size, ctimeMs, mtimeMs } = await stat(path);
				return { type: await typeOf(path), size, ctime: ctimeMs, mtime: mtimeMs };
			},
		},
		top,
	);
}

/** VS Code's bits: a file is 1, a folder 2, a link 64 together with what it leads to. */
async function typeOf(path: string): Promise<number> {
	const link = (await lstat(path)).isSymbolicLink() ? 64 : 0;
	const target = await stat(path).catch(() => undefined);
	return link + (target?.isDirectory() ? 2 : target?.isFile() ? 1 : 0);
}
