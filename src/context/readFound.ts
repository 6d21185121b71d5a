import { throwIfCancelled } from '../core/errors.ts';
import type { LeftOutReason } from '../core/ports/context.ts';
import type { ContextBuilder } from './contextBuilder.ts';
import { looksBinary, SNIFF_BYTES } from './encoding.ts';
import type { FileTree } from './fileTree.ts';
import { readAhead } from './readAhead.ts';
import type { FoundFile } from './walk.ts';

/** How to read the files found. */
export interface ReadOptions<Place> {
	/** Maximum bytes of all texts. */
	readonly maxBytes: number;
	/** Text of a file that is newer than the tree's. */
	readonly unsaved?: (place: Place) => string | undefined;
	/** Called for a file that does not fit. */
	onOver(path: string): void | Promise<void>;
	/** Called after each file with the number read so far. */
	readonly onFile?: (count: number) => void;
	readonly signal: AbortSignal;
}

type Read = { readonly bytes: Uint8Array } | { readonly text: string } | { readonly reason: LeftOutReason };

/** Reads files, several at a time, and adds them in order. @throws CancelledError, and what `onOver` throws */
export async function readFound<Place>(
	tree: FileTree<Place>,
	found: readonly FoundFile<Place>[],
	builder: ContextBuilder,
	options: ReadOptions<Place>,
): Promise<void> {
	const read = async ({ place }: FoundFile<Place>): Promise<Read> => {
		const text = options.unsaved?.(place);
		return text === undefined ? readText(tree, place, options.maxBytes - builder.bytes) : { text };
	};
	for await (const { item, result, index } of readAhead(found, read)) {
		throwIfCancelled(options.signal);
		if ('reason' in result && result.reason !== 'over-limit') builder.leaveOut(result.reason, item.path);
		else if (lengthOf(result) > options.maxBytes - builder.bytes) await options.onOver(item.path);
		else if ('text' in result) await builder.addText(item.path, result.text);
		else if ('bytes' in result) await builder.add(item.path, result.bytes);
		options.onFile?.(index + 1);
	}
}

/** Upper bound of UTF-8 bytes. */
function lengthOf(read: Read): number {
	if ('text' in read) return Buffer.byteLength(read.text);
	return 'bytes' in read ? read.bytes.length : Number.POSITIVE_INFINITY;
}

/**
 * Reads one file. If the tree can read parts, binary files are recognised by their beginning. @param room bytes left
 */
async function readText<Place>(tree: FileTree<Place>, file: Place, room: number): Promise<Read> {
	const stat = await tree.stat(file);
	if (!stat) return { reason: 'unreadable' };
	if (stat.size > room && !tree.readsParts) return { reason: 'over-limit' };
	const head = await tree.read(file, Math.min(stat.size, SNIFF_BYTES));
	if (!head) return { reason: 'unreadable' };
	if (looksBinary(head)) return { reason: 'binary' };
	if (stat.size > room) return { reason: 'over-limit' };
	const bytes = head.length < stat.size ? await tree.read(file, stat.size) : head;
	return bytes ? { bytes } : { reason: 'unreadable' };
}
