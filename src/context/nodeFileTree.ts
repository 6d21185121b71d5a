import { constants } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { EntryKind, FileTree, TreeEntry, TreeStat } from './fileTree.ts';
import { userGitPatterns, userHome } from './userGitPatterns.ts';

/** Entries of a folder read at a time: enough to be fast, few enough that nothing else has to wait. */
const ENTRIES = 512;
/** Protects against a pipe in place of a file, which would block, and a link that leads elsewhere. */
const READ_PLAIN = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

interface Kinds {
	isFile(): boolean;
	isDirectory(): boolean;
	isSymbolicLink(): boolean;
}

/** The files of this machine, by absolute paths. */
export const nodeFileTree: FileTree<string> = {
	readsParts: true,
	list,
	stat,
	read,
	parent: (folder) => (dirname(folder) === folder ? undefined : dirname(folder)),
	child: join,
	resolve,
	pathOf: (place) => place.split(sep).join('/'),
	userPatterns: () => userGitPatterns(process.env),
	userHome: () => userHome(process.env),
};

async function list(folder: string): Promise<readonly TreeEntry[] | undefined> {
	const entries: TreeEntry[] = [];
	try {
		for await (const entry of await opendir(folder, { bufferSize: ENTRIES })) {
			entries.push({ name: entry.name, kind: kindOf(entry) });
		}
	} catch {
		return undefined;
	}
	return entries;
}

async function stat(place: string): Promise<TreeStat | undefined> {
	const stats = await lstat(place).catch(() => undefined);
	return stats && { kind: kindOf(stats), size: stats.size };
}

async function read(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
	try {
		await using handle = await open(file, READ_PLAIN);
		const buffer = Buffer.allocUnsafe(maxBytes);
		let filled = 0;
		while (filled < maxBytes) {
			const { bytesRead } = await handle.read(buffer, filled, maxBytes - filled, filled);
			if (bytesRead === 0) break;
			filled += bytesRead;
		}
		return buffer.subarray(0, filled);
	} catch {
		return undefined;
	}
}

function kindOf(entry: Kinds): EntryKind {
	if (entry.isSymbolicLink()) return 'link';
	if (entry.isDirectory()) return 'folder';
	return entry.isFile() ? 'file' : 'other';
}
