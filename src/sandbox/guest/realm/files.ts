import type { EmscriptenFileSystem, EmscriptenNode, Gate, RealmSettings } from './types.ts';

const INTERRUPTED = 27;
const INPUT_OUTPUT_ERROR = 29;
const NO_SPACE = 51;
const READ_WRITE = 2;

/** Bounds the bytes and the number of entries of the in-memory file system: past them Python gets ENOSPC. */
export function limitFiles(files: EmscriptenFileSystem, settings: RealmSettings): void {
	const memory = files.filesystems.MEMFS;
	let bytes = 0;
	let count = 0;
	// Counting up alone would never free deleted space, so the tree is measured when a limit seems reached.
	const recount = () => {
		({ bytes, count } = measure(files));
	};
	const reserveBytes = (more: number) => {
		if (bytes + more > settings.fileBytes) recount();
		if (bytes + more > settings.fileBytes) throw new files.ErrnoError(NO_SPACE);
	};
	const sizeOf = (node: EmscriptenNode) => (files.isFile(node.mode) ? storage(node) : 0);

	const { createNode, expandFileStorage, resizeFileStorage } = memory;
	memory.createNode = (parent, name, mode, device) => {
		if (count >= settings.fileCount) recount();
		if (count >= settings.fileCount) throw new files.ErrnoError(NO_SPACE);
		count++;
		return createNode(parent, name, mode, device);
	};
	const accountFor = (change: (node: EmscriptenNode, size: number) => void) => (node: EmscriptenNode, size: number) => {
		const before = sizeOf(node);
		reserveBytes(Math.max(0, size - before));
		change(node, size);
		bytes += sizeOf(node) - before;
	};
	memory.expandFileStorage = accountFor(expandFileStorage);
	memory.resizeFileStorage = accountFor(resizeFileStorage);

	const { write } = memory.stream_ops;
	const boundedWrite: typeof write = (stream, buffer, offset, length, position) => {
		const before = sizeOf(stream.node);
		// The first write to a file takes its storage without calling expandFileStorage.
		const isFirst = stream.node.usedBytes === 0 && position === 0;
		if (isFirst) reserveBytes(length);
		const written = write(stream, buffer, offset, length, position, false);
		if (isFirst) bytes += sizeOf(stream.node) - before;
		return written;
	};
	memory.stream_ops.write = boundedWrite;
	if (memory.ops_table) memory.ops_table.file.stream.write = boundedWrite;
}

function storage(node: EmscriptenNode): number {
	return (node.contents as Uint8Array).length;
}

/** Bytes of files that were deleted while open; they still take space. */
function measure(files: EmscriptenFileSystem): { bytes: number; count: number } {
	const seen = new Set<EmscriptenNode>();
	let bytes = 0;
	const pending: EmscriptenNode[] = [files.root];
	for (const stream of files.streams) if (stream?.node) pending.push(stream.node);
	for (let node = pending.pop(); node; node = pending.pop()) {
		if (seen.has(node)) continue;
		seen.add(node);
		if (files.isFile(node.mode)) bytes += storage(node);
		else if (files.isDir(node.mode)) pending.push(...Object.values(node.contents as Record<string, EmscriptenNode>));
	}
	return { bytes, count: seen.size };
}

/** Makes `/dev/rlm`, the only way out, and opens it under a number that Python code is unlikely to hit by accident. */
export function openChannel(files: EmscriptenFileSystem, gate: Gate, fd: number): void {
	const device = files.makedev(64, 0);
	files.registerDevice(device, {
		open(stream: { seekable: boolean }) {
			stream.seekable = false;
		},
		write(_stream: unknown, heap: Int8Array, offset: number, length: number) {
			const frame = new Uint8Array(heap.buffer, heap.byteOffset + offset, length);
			if (gate.write(frame) < 0) throw new files.ErrnoError(INPUT_OUTPUT_ERROR);
			return length;
		},
		read(_stream: unknown, heap: Int8Array, offset: number, length: number) {
			if (length === 0) return 0;
			const count = gate.read(new Uint8Array(heap.buffer, heap.byteOffset + offset, length));
			if (count < 0) throw new files.ErrnoError(INTERRUPTED);
			return count;
		},
	});
	files.mkdev('/dev/rlm', device);
	const stream = files.open('/dev/rlm', READ_WRITE);
	files.dupStream(stream, fd);
	files.close(stream);
}
