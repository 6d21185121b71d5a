import type { Limits } from '../../core/events.ts';
import type { LeftOut, TextContext } from '../../core/ports/context.ts';
import { charactersFor } from '../../core/tokens.ts';

/** Files and bytes of a folder. */
export interface FolderSize {
	readonly path: string;
	readonly files: number;
	readonly bytes: number;
}

/** Size of a context, and the limits of a run over it. */
export interface ContextEstimate {
	readonly files: number;
	readonly bytes: number;
	/** Tokens of all texts. A model sees only the parts that its code reads. */
	readonly tokens: number;
	/** Top-level folders, largest first. */
	readonly folders: readonly FolderSize[];
	readonly largest: readonly { readonly path: string; readonly bytes: number }[];
	readonly leftOut: readonly LeftOut[];
	readonly limits: Limits;
}

const LARGEST_FILES = 20;

/** Sums up collected contexts. */
export function estimateContext(contexts: readonly TextContext[], limits: Limits): ContextEstimate {
	const files = contexts.flatMap((context) => context.files);
	const bytes = files.reduce((sum, { length }) => sum + length, 0);
	const folders = new Map<string, FolderSize>();
	for (const { path, length } of files) {
		const folder = path.includes('/') ? `${path.slice(0, path.indexOf('/'))}/` : '.';
		const known = folders.get(folder) ?? { path: folder, files: 0, bytes: 0 };
		folders.set(folder, { path: folder, files: known.files + 1, bytes: known.bytes + length });
	}
	return {
		files: files.length,
		bytes,
		tokens: Math.ceil(bytes / charactersFor(1)),
		folders: [...folders.values()].sort((one, other) => other.bytes - one.bytes),
		largest: files
			.map(({ path, length }) => ({ path, bytes: length }))
			.sort((one, other) => other.bytes - one.bytes)
			.slice(0, LARGEST_FILES),
		leftOut: contexts.flatMap((context) => context.leftOut),
		limits,
	};
}
