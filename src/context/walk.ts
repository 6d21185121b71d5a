import { throwIfCancelled } from '../core/errors.ts';
import type { LeftOutReason } from '../core/ports/context.ts';
import { Breather } from '../node/breather.ts';
import { type FileTree, joinPath, type TreeEntry } from './fileTree.ts';
import { type FolderRules, isKept, rulesAbove, rulesInside } from './folderRules.ts';
import { secretsBelow } from './secretFiles.ts';
import { sortByName } from './sortNames.ts';

/** A file that was found: its location, and its path below the walked folder. */
export interface FoundFile<Place> {
	readonly place: Place;
	readonly path: string;
}

/** Bounds of a walk. What lies beyond is left out and shown. */
export interface WalkBounds {
	/** Files, folders and all other entries visited. */
	readonly entries: number;
	/** Nesting depth of folders. */
	readonly depth: number;
	readonly durationMs: number;
}

/** Default bounds. */
const WALK_BOUNDS: WalkBounds = { entries: 1_000_000, depth: 100, durationMs: 600_000 };

/** What a walk leaves out, and its observers. */
export interface WalkOptions<Place> {
	/** Globs to exclude on top of the defaults; `false` switches a default off. */
	readonly exclude: Readonly<Record<string, boolean>>;
	/** Globs of secret files that may be read nevertheless. */
	readonly allowSecrets: readonly string[];
	/** Ignore files count from this folder downwards, even if it is not a repository. */
	readonly outermost?: Place;
	readonly bounds?: WalkBounds;
	/** Called for each file, or each whole folder, that is left out; a folder's path ends with `/`. */
	leaveOut(reason: LeftOutReason, path: string): void;
	/** Called after each folder with the number of files found so far. */
	readonly onFolder?: (files: number) => void;
	readonly signal: AbortSignal;
}

/**
 * Finds all kept files below a folder, folder by folder, in name order. Ignore files count from the root of the
 * repository downwards. Files tracked by git are kept even if its patterns ignore them. Links are not followed, secret
 * files are left out. Never blocks its thread for long.
 * @throws CancelledError
 */
export async function walk<Place>(
	tree: FileTree<Place>,
	root: Place,
	options: WalkOptions<Place>,
): Promise<FoundFile<Place>[]> {
	const { start, ...rules } = await rulesAbove(tree, root, options.exclude, options.outermost);
	const walker = new Walker(tree, start, secretsBelow(tree.pathOf(root), options.allowSecrets), options);
	await walker.visit({ place: root, path: '', depth: 0, ...rules });
	return walker.found;
}

/** A folder with its inherited rules; its own ignore files are not read yet. */
interface Folder<Place> extends FolderRules {
	readonly place: Place;
	/** Path from the walked folder; empty for that folder itself. */
	readonly path: string;
	readonly depth: number;
}

class Walker<Place> {
	readonly found: FoundFile<Place>[] = [];
	readonly #tree: FileTree<Place>;
	/** Path of the walked folder from the outermost one. */
	readonly #start: string;
	readonly #isSecret: (path: string) => boolean;
	readonly #options: WalkOptions<Place>;
	readonly #bounds: WalkBounds;
	readonly #breather = new Breather();
	readonly #endsAt: number;
	#entries = 0;

	constructor(tree: FileTree<Place>, start: string, isSecret: (path: string) => boolean, options: WalkOptions<Place>) {
		this.#tree = tree;
		this.#start = start;
		this.#isSecret = isSecret;
		this.#options = options;
		this.#bounds = options.bounds ?? WALK_BOUNDS;
		this.#endsAt = performance.now() + this.#bounds.durationMs;
	}

	async visit(folder: Folder<Place>): Promise<void> {
		throwIfCancelled(this.#options.signal);
		const shown = folder.path === '' ? '' : `${folder.path}/`;
		if (folder.depth > this.#bounds.depth || this.#isOver()) return this.#options.leaveOut('over-limit', shown);
		const entries = await this.#tree.list(folder.place);
		if (!entries) return this.#options.leaveOut('unreadable', shown);
		const names = entries.map(({ name }) => name);
		const rules = await rulesInside(this.#tree, folder.place, joinPath(this.#start, folder.path), folder, names);
		const inside = { ...folder, ...rules };
		for (const entry of await sortByName(entries, this.#breather)) {
			throwIfCancelled(this.#options.signal);
			await this.#take(entry, inside);
			await this.#breather.breathe();
		}
		this.#options.onFolder?.(this.found.length);
	}

	async #take(entry: TreeEntry, folder: Folder<Place>): Promise<void> {
		this.#entries++;
		const isFolder = entry.kind === 'folder';
		const path = joinPath(folder.path, entry.name);
		const shown = isFolder ? `${path}/` : path;
		const place = this.#tree.child(folder.place, entry.name);
		if (entry.kind === 'link' || !(await isKept(folder, joinPath(this.#start, path), isFolder))) {
			this.#options.leaveOut('ignored', shown);
		} else if (isFolder) await this.visit({ ...folder, place, path, depth: folder.depth + 1 });
		else if (entry.kind === 'other') this.#options.leaveOut('unreadable', shown);
		else if (this.#isSecret(path)) this.#options.leaveOut('secret', shown);
		else if (this.#isOver()) this.#options.leaveOut('over-limit', shown);
		else this.found.push({ place, path });
	}

	#isOver(): boolean {
		return this.#entries > this.#bounds.entries || performance.now() > this.#endsAt;
	}
}
