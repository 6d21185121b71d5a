import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { reasonOf, SandboxError } from '../../core/errors.ts';
import { type WasmModule, wasm } from './wasm.ts';

const manifestSchema = v.object({
	/** Address of the Python function that serves one command, in the memory of the snapshot. */
	entry: v.pipe(v.number(), v.integer(), v.minValue(1)),
	/** Names that the REPL provides, which no tool may use. */
	reservedNames: v.array(v.string()),
});

export type VaultManifest = v.InferOutput<typeof manifestSchema>;

/** The files that `scripts/build-vault.ts` made, in memory that all workers share. */
export interface VaultFiles {
	readonly manifest: VaultManifest;
	readonly module: WasmModule;
	readonly glue: string;
	readonly realm: string;
	readonly stdlib: SharedArrayBuffer;
	/** A memory image. */
	readonly snapshot: SharedArrayBuffer;
}

/** Reads and compiles the files. @throws SandboxError when the folder is incomplete or damaged */
export async function loadVaultFolder(folder: string): Promise<VaultFiles> {
	try {
		const bytes = (name: string) => readFile(join(folder, name));
		const text = (name: string) => readFile(join(folder, name), 'utf8');
		const [manifest, module, glue, realm, stdlib, snapshot] = await Promise.all([
			readManifest(folder),
			bytes('pyodide.asm.wasm').then((binary) => wasm.compile(binary)),
			text('glue.js'),
			text('realm.js'),
			readShared(join(folder, 'python_stdlib.zip')),
			readShared(join(folder, 'snapshot.bin')),
		]);
		return { manifest, module, glue, realm, stdlib, snapshot };
	} catch (error) {
		throw unusable(folder, error);
	}
}

/** Reads the manifest of the folder. @throws SandboxError when it cannot be read */
export async function loadManifest(folder: string): Promise<VaultManifest> {
	try {
		return await readManifest(folder);
	} catch (error) {
		throw unusable(folder, error);
	}
}

async function readManifest(folder: string): Promise<VaultManifest> {
	return v.parse(manifestSchema, JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
}

function unusable(folder: string, error: unknown): SandboxError {
	const message = `the Python files in ${folder} cannot be used: ${reasonOf(error)}`;
	return new SandboxError('start', message, { cause: error });
}

/** Reads a file into shared memory, without a copy in between. */
async function readShared(path: string): Promise<SharedArrayBuffer> {
	await using file = await open(path);
	const { size } = await file.stat();
	const buffer = new SharedArrayBuffer(size);
	const bytes = new Uint8Array(buffer);
	for (let position = 0; position < size; ) {
		const { bytesRead } = await file.read(bytes, position, size - position, position);
		if (bytesRead === 0) throw new Error(`${path} was truncated while it was read`);
		position += bytesRead;
	}
	return buffer;
}
