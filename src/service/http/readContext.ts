import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { collectPaths, collectStream } from '../../context/collect.ts';
import { filesContext, textContext } from '../../context/corpus.ts';
import type { Context } from '../../core/ports/context.ts';
import { present } from '../../core/present.ts';
import type { Bodies, Piece } from '../../node/bodies.ts';
import type { Contexts } from './contexts.ts';
import { HttpError } from './httpErrors.ts';
import type { ContextInput } from './schemas.ts';

/** Where contexts come from, and how large they may be. */
export interface ContextSource {
	readonly contexts: Contexts;
	/** The folder whose files clients may name; none when absent. */
	readonly filesFolder: string | undefined;
	/** Globs to leave out. */
	readonly exclude: Readonly<Record<string, boolean>> | undefined;
	/** Globs of secret files that may be read. Naming a file in a request does not open it. */
	readonly allowSecrets: readonly string[] | undefined;
	/** Largest context. Bytes. */
	readonly maxBytes: number;
}

/** Builds contexts from what a client sent. @throws HttpError, InputError, CancelledError */
export async function readContexts(
	inputs: readonly ContextInput[],
	source: ContextSource,
	signal: AbortSignal,
): Promise<Context[]> {
	const contexts: Context[] = [];
	for (const input of inputs) {
		const context = await readContext(input, source, signal);
		if ('paths' in input || 'id' in input || bytesOf(context) <= source.maxBytes) contexts.push(context);
		else throw new HttpError(413, 'too-large', `a context may have at most ${source.maxBytes} bytes`);
	}
	return contexts;
}

async function readContext(input: ContextInput, source: ContextSource, signal: AbortSignal): Promise<Context> {
	if ('id' in input) return source.contexts.get(input.id);
	if ('text' in input) {
		const { text, path: name = 'text', label = name } = input;
		return textContext({ label, path: name, text });
	}
	if ('files' in input) return readFiles(input);
	if ('json' in input) return { kind: 'json', label: input.label ?? 'json', json: String(input.json) };
	return readPaths(input.paths, source, signal);
}

async function readFiles({ files, label }: Extract<ContextInput, { files: unknown }>): Promise<Context> {
	const paths = new Set(files.map((file) => file.path));
	if (paths.size < files.length) throw new HttpError(400, 'input', 'contexts.files: the same path occurs twice');
	const encoded = files.map((file) => ({ path: file.path, bytes: Buffer.from(file.text) }));
	return filesContext({ label: label ?? `${files.length} files`, files: encoded, leftOut: [] });
}

/** Reads files and folders below the allowed folder; refuses links that lead out of it like any other way out. */
async function readPaths(
	paths: readonly string[],
	{ filesFolder, exclude, allowSecrets, maxBytes }: ContextSource,
	signal: AbortSignal,
): Promise<Context> {
	if (filesFolder === undefined) {
		const hint = 'Send the text itself, or start the service with --allow-files <folder>.';
		throw new HttpError(403, 'files', 'this service reads no files', hint);
	}
	const root = await realpath(filesFolder);
	const inside = await Promise.all(paths.map((name) => resolveInside(root, name)));
	return collectPaths(inside, present({ base: root, maxBytes, exclude, allowSecrets, signal }));
}

/** Resolves a name below the root. Everything outside gets the same answer, whether it exists or not. */
async function resolveInside(root: string, name: string): Promise<string> {
	const refusal = new HttpError(403, 'files', `${name} is not below the folder whose files may be read`);
	const asked = path.resolve(root, name);
	if (name.includes('\0') || !isInside(root, asked)) throw refusal;
	const real = await realpath(asked).catch(() => undefined);
	if (real === undefined) throw new HttpError(400, 'input', `there is no file or folder ${name}`);
	if (!isInside(root, real)) throw refusal;
	return path.relative(root, real) || '.';
}

function isInside(root: string, file: string): boolean {
	const relative = path.relative(root, file);
	return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/**
 * Reads a body that is the text itself.
 * @throws InputError when it is empty or not text, HttpError 413, BodyError, CancelledError
 */
export async function readBodyText(
	request: Request,
	{ label, path: name }: { readonly label: string; readonly path: string },
	maxBytes: number,
	bodies: Bodies,
	signal: AbortSignal,
): Promise<Context> {
	const tooLarge = () => new HttpError(413, 'too-large', `a context may have at most ${maxBytes} bytes`);
	const collect = (pieces: AsyncIterable<Piece>) => collectStream(pieces, { label, path: name }, { maxBytes, signal });
	return bodies.receive(request, { bytes: maxBytes, tooLarge }, collect, signal);
}

function bytesOf(context: Context): number {
	return context.kind === 'json' ? Buffer.byteLength(context.json) : context.bytes.byteLength;
}
