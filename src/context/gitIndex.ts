import { Breather } from '../node/breather.ts';

/** Bytes before the hash of an entry (mode, size, times), and bytes of its hash and flags. */
const STAT_BYTES = 40;
const MODE_OFFSET = 24;
const HASH_BYTES = 20;
const HEADER_BYTES = 12;
const EXTENDED = 0x4000;
const MAX_NAME = 0xfff;

/** Which paths of a repository git tracks. */
export class TrackedPaths {
	readonly #files = new Set<string>();
	readonly #folders = new Set<string>();

	/** Whether git tracks a file, or anything below a folder. A submodule counts as a folder. */
	has(path: string, isFolder: boolean): boolean {
		return isFolder ? this.#folders.has(path) : this.#files.has(path);
	}

	/** Adds a path of the index. */
	add(path: string, isSubmodule: boolean): void {
		(isSubmodule ? this.#folders : this.#files).add(path);
		for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
			const folder = path.slice(0, end);
			if (this.#folders.has(folder)) return;
			this.#folders.add(folder);
		}
	}
}

/**
 * Reads the paths of a git index, versions 2 to 4 with SHA-1.
 * Format: https://git-scm.com/docs/index-format
 * @returns no paths when the bytes do not follow the format
 */
export async function readGitIndex(bytes: Uint8Array): Promise<TrackedPaths> {
	const tracked = new TrackedPaths();
	const breather = new Breather();
	for (const entry of entriesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))) {
		if (!entry) return new TrackedPaths();
		tracked.add(entry.path, entry.isSubmodule);
		await breather.breathe();
	}
	return tracked;
}

interface IndexEntry {
	readonly path: string;
	readonly isSubmodule: boolean;
}

/** The entries in order; undefined when the bytes are invalid. */
function* entriesOf(bytes: Buffer): Generator<IndexEntry | undefined> {
	if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 4) !== 'DIRC') return;
	const version = bytes.readUInt32BE(4);
	if (version < 2 || version > 4) return;
	const count = bytes.readUInt32BE(8);
	let offset = HEADER_BYTES;
	let previous: Buffer = Buffer.alloc(0);
	for (let index = 0; index < count; index++) {
		const flagsAt = offset + STAT_BYTES + HASH_BYTES;
		if (flagsAt + 4 > bytes.length) return yield undefined;
		const flags = bytes.readUInt16BE(flagsAt);
		const nameAt = flagsAt + ((flags & EXTENDED) !== 0 && version > 2 ? 4 : 2);
		const name = version === 4 ? packedName(bytes, nameAt, previous) : plainName(bytes, offset, nameAt);
		if (!name || Math.min(name.path.length, MAX_NAME) !== (flags & MAX_NAME)) return yield undefined;
		const isSubmodule = bytes.readUInt32BE(offset + MODE_OFFSET) >>> 12 === 0o16;
		yield { path: name.path.toString('utf8'), isSubmodule };
		previous = name.path;
		offset = name.end;
	}
}

interface EntryName {
	readonly path: Buffer;
	/** Offset of the next entry. */
	readonly end: number;
}

/** A path up to its NUL; entries are padded to a multiple of eight bytes. */
function plainName(bytes: Buffer, entryAt: number, nameAt: number): EntryName | undefined {
	const nul = bytes.indexOf(0, nameAt);
	if (nul < 0) return undefined;
	return { path: bytes.subarray(nameAt, nul), end: entryAt + ((nul - entryAt + 8) & ~7) };
}

/** Version 4: how many characters of the previous path to drop, then the new ending. */
function packedName(bytes: Buffer, nameAt: number, previous: Buffer): EntryName | undefined {
	let position = nameAt;
	let byte = bytes[position++] ?? 0;
	let dropped = byte & 0x7f;
	while (byte >= 0x80 && position < nameAt + 5) {
		byte = bytes[position++] ?? 0;
		dropped = ((dropped + 1) << 7) | (byte & 0x7f);
	}
	const nul = bytes.indexOf(0, position);
	if (nul < 0 || dropped > previous.length) return undefined;
	const path = Buffer.concat([previous.subarray(0, previous.length - dropped), bytes.subarray(position, nul)]);
	return { path, end: nul + 1 };
}
