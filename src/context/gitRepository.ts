import { type FileTree, readPlainFile, readSmallFile } from './fileTree.ts';
import { readGitIndex, TrackedPaths } from './gitIndex.ts';
import { excludesFile } from './userGitPatterns.ts';

/** Maximum bytes read of a file of patterns. */
export const PATTERN_BYTES = 1 << 20;
/** Maximum bytes read of an index: some 300,000 files. */
const INDEX_BYTES = 32 << 20;
const POINTER_BYTES = 4096;
/** Maximum bytes read of a repository's settings. */
const CONFIG_BYTES = 1 << 20;

/** A git repository, as far as it decides which files belong to it. */
export interface Repository {
	/**
	 * Patterns that apply to all of it but are not part of it: those of `core.excludesFile`, then those of
	 * `.git/info/exclude`.
	 */
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
		patterns: [await excludedByConfig(tree, folder, common), await readSmallFile(tree, exclude, PATTERN_BYTES)],
		tracked: () => {
			tracked ??= readIndex(tree, tree.child(gitFolder, 'index'));
			return tracked;
		},
	};
}

/**
 * The patterns of `core.excludesFile`. As in git, the repository's own setting replaces the user's. A repository may
 * come from anybody and name any path, so what is there is read as patterns and nothing else, and only from a plain
 * file of bounded size: no link, no pipe, no device. All that its lines can do is say which files are left out, and
 * the repository's `.gitignore` may say that, too, also against the user's own patterns.
 * @param folder the working tree, which relative paths start at
 * @param common the folder with the repository's `config`
 */
async function excludedByConfig<Place>(tree: FileTree<Place>, folder: Place, common: Place): Promise<string> {
	const named = excludesFile(await readSmallFile(tree, tree.child(common, 'config'), CONFIG_BYTES));
	if (named === undefined) return tree.userPatterns();
	const home = tree.userHome();
	if (isOnNetwork(named) || (home === undefined && named.startsWith('~/'))) return '';
	const file = tree.resolve(
		folder,
		named.replace(/^~(?=\/)/, () => home ?? ''),
	);
	return readSmallFile(tree, file, PATTERN_BYTES);
}

/** Whether a path names another machine. Windows would connect to it with the user's name and a hash of the password. */
function isOnNetwork(path: string): boolean {
	return /^[\\/]{2}/.test(path);
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
