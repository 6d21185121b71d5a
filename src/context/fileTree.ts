/** Type of an entry. Links are reported as links, wherever they lead. */
export type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** An entry of a folder. */
export interface TreeEntry {
	readonly name: string;
	readonly kind: EntryKind;
}

/** Facts about the entry at a location. */
export interface TreeStat {
	readonly kind: EntryKind;
	/** Bytes. */
	readonly size: number;
}

/**
 * Files and folders as the walker sees them, on a disk or in a workspace without real paths. A location is a path or an
 * address. Missing or unreadable entries are undefined; nothing rejects.
 */
export interface FileTree<Place> {
	/** Whether `read` can stop early. If not, an oversized file must not be read at all. */
	readonly readsParts: boolean;
	/** The entries of a folder, in any order. */
	list(folder: Place): Promise<readonly TreeEntry[] | undefined>;
	stat(place: Place): Promise<TreeStat | undefined>;
	/** The first `maxBytes` bytes of a file, or more if the tree reads whole files only. */
	read(file: Place, maxBytes: number): Promise<Uint8Array | undefined>;
	/** The parent folder; undefined at the top of the tree. */
	parent(folder: Place): Place | undefined;
	/** Location of an entry of a folder. */
	child(folder: Place, name: string): Place;
	/** Location of a path relative to a folder. The path may be absolute or contain `..`. */
	resolve(folder: Place, path: string): Place;
	/** Absolute path of a location, with `/` between folders. */
	pathOf(place: Place): string;
	/** The user's ignore patterns for all repositories, git's `core.excludesFile`; empty when there are none. */
	userPatterns(): Promise<string>;
	/** Path of the user's folder, `~` in git's settings; undefined when the tree lies on another machine. */
	userHome(): string | undefined;
}

/** Joins two parts of a path; either may be empty. */
export function joinPath(folder: string, name: string): string {
	return folder === '' || name === '' ? folder + name : `${folder}/${name}`;
}

/** Reads a small text file completely. @returns an empty text for anything but a plain file of at most `maxBytes` */
export async function readSmallFile<Place>(tree: FileTree<Place>, file: Place, maxBytes: number): Promise<string> {
	const bytes = await readPlainFile(tree, file, maxBytes);
	return bytes ? new TextDecoder().decode(bytes) : '';
}

/** Reads a plain file completely; undefined for links, pipes and anything else, and beyond `maxBytes`. */
export async function readPlainFile<Place>(
	tree: FileTree<Place>,
	file: Place,
	maxBytes: number,
): Promise<Uint8Array | undefined> {
	const stat = await tree.stat(file);
	if (stat?.kind !== 'file' || stat.size > maxBytes) return undefined;
	return tree.read(file, stat.size);
}
