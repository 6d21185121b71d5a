import { type FileTree, readPlainFile, readSmallFile } from './fileTree.ts';
import { readGitIndex, TrackedPaths } from './gitIndex.ts';

/** Maximum bytes read of a file of patterns. */
export const PATTERN_BYTES = 1 << 20;
/** Maximum bytes read of an index: some 300,000 files. */
const INDEX_BYTES = 32 << 20;
const POINTER_BYTES = 4096;

/** A git repository, as far as it decides which files belong to it. */
export interface Repository {
	/** Patterns that apply to all of it but are not part of it: the user's own, then those of `.git/info/exclude`. */
	readonly patterns: readonly string[];
	/** Its tracked files, read on first use. */
	tracked(): Promise<TrackedPaths>;
}

/** The repository whose working tree is this folder. Its `.git` is a folder, or a file that points to one. */
export async function openRepository<Place>(tree: FileTree<Place>, folder: Place): Promise<Repository | undefined> {
	const dotGit = tree.child(folder, '.git');
	const stat = await tree.stat(dotGit);
	if (!stat) return undefined;
	const gitFolder = stat.kind === 'file' ? await target(tree, dotGit, folder, /^gitdir:\s*(.+)$/m) : dotGit;
	const common = await target(tree, tree.child(gitFolder, 'commondir'), gitFolder, /^(.+)$/m);
	const exclude = tree.child(tree.child(common, 'info'), 'exclude');
	let tracked: Promise<TrackedPaths> | undefined;
	return {
		patterns: [await tree.userPatterns(), await readSmallFile(tree, exclude, PATTERN_BYTES)],
		tracked: () => {
			tracked ??= readIndex(tree, tree.child(gitFolder, 'index'));
			return tracked;
		},
	};
}

/**
 * The folder that one of git's files names, relative to another folder; that folder itself when the file names none.
 */
async function target<Place>(tree: FileTree<Place>, file: Place, from: Place, names: RegExp): Promise<Place> {
	const named = names.exec(await readSmallFile(tree, file, POINTER_BYTES))?.[1];
	return named === undefined ? from : tree.resolve(from, named.trim());
}

async function readIndex<Place>(tree: FileTree<Place>, file: Place): Promise<TrackedPaths> {
	const bytes = await readPlainFile(tree, file, INDEX_BYTES);
	return bytes ? readGitIndex(bytes) : new TrackedPaths();
}
