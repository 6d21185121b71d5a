import type { FileSystem } from 'vscode';
import type { EntryKind, FileTree } from '../context/fileTree.ts';
import { userGitPatterns, userHome } from '../context/userGitPatterns.ts';

/** Bits of VS Code's `FileType`, written out because this file needs nothing else of the editor at run time. */
const FILE = 1;
const FOLDER = 2;
const LINK = 64;

/** The parts of an address that the tree needs. */
interface Address<Place> {
	readonly scheme: string;
	readonly path: string;
	with(change: { readonly path: string }): Place;
}

/** The part of `workspace.fs` that reads. */
type Reader<Place> = {
	[Name in 'readDirectory' | 'readFile' | 'stat']: (place: Place) => ReturnType<FileSystem[Name]>;
};

/**
 * Makes the file tree of a workspace, local, remote or virtual.
 * @param top the workspace folder, where climbing ends in a tree that is not on a disk
 */
export function workspaceFileTree<Place extends Address<Place>>(
	fs: Reader<Place>,
	top: Place | undefined,
): FileTree<Place> {
	const isDisk = (place: Place) => place.scheme === 'file' || place.scheme === 'vscode-remote';
	// The user's settings are those of the machine that this code runs on.
	const isHere = top === undefined || top.scheme === 'file';
	return {
		readsParts: false,
		list: (folder) =>
			settled(async () => (await fs.readDirectory(folder)).map(([name, type]) => ({ name, kind: kindOf(type) }))),
		stat: (place) =>
			settled(async () => {
				const { type, size } = await fs.stat(place);
				return { kind: kindOf(type), size };
			}),
		read: (file) => settled(async () => fs.readFile(file)),
		parent: (folder) => {
			const isTop = folder.path === '/' || (!isDisk(folder) && folder.path === top?.path);
			return isTop ? undefined : folder.with({ path: folder.path.replace(/\/[^/]*\/?$/, '') || '/' });
		},
		child: (folder, name) => folder.with({ path: `${folder.path.replace(/\/$/, '')}/${name}` }),
		resolve: (folder, path) => folder.with({ path: resolvePath(folder.path, path.replaceAll('\\', '/')) }),
		pathOf: ({ path }) => path,
		userPatterns: async () => (isHere ? userGitPatterns(process.env) : ''),
		userHome: () => (isHere ? userHome(process.env) : undefined),
	};
}

async function settled<T>(work: () => Promise<T>): Promise<T | undefined> {
	try {
		return await work();
	} catch {
		return undefined;
	}
}

function kindOf(type: number): EntryKind {
	if ((type & LINK) !== 0) return 'link';
	if ((type & FOLDER) !== 0) return 'folder';
	return (type & FILE) !== 0 ? 'file' : 'other';
}

function resolvePath(folder: string, path: string): string {
	const parts: string[] = [];
	const isAbsolute = path.startsWith('/') || /^[A-Za-z]:\//.test(path);
	for (const part of `${isAbsolute ? '' : folder}/${path}`.split('/')) {
		if (part === '..') parts.pop();
		else if (part !== '' && part !== '.') parts.push(part);
	}
	return `/${parts.join('/')}`;
}
