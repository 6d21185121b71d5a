import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve, sep } from 'node:path';
import { itemsUntilAborted } from '../core/abort.ts';
import { codeOf, InputError, reasonOf, throwIfCancelled } from '../core/errors.ts';
import { nearNames } from '../core/nearNames.ts';
import type { TextContext } from '../core/ports/context.ts';
import { ContextBuilder } from './contextBuilder.ts';
import { nodeFileTree } from './nodeFileTree.ts';
import { readFound } from './readFound.ts';
import { isSecretFile, secretsBelow } from './secretFiles.ts';
import { type FoundFile, walk } from './walk.ts';

/** What to collect, and how much. */
export interface CollectOptions {
	/** Globs to exclude on top of the defaults; `false` switches a default off. */
	readonly exclude?: Readonly<Record<string, boolean>>;
	/** Maximum bytes of all texts. */
	readonly maxBytes: number;
	/** Globs of secret files that may be read nevertheless. */
	readonly allowSecrets?: readonly string[];
	/** Called when a secret file is read because an input names it; without this callback the file is left out. */
	readonly onNamedSecret?: (path: string) => void;
	/** Folder of relative paths; the working directory when absent. */
	readonly base?: string;
	readonly signal: AbortSignal;
}

/**
 * Reads files and folders into a context. Inputs below the working directory, or below `base`, keep their paths
 * relative to it, so that a citation can be opened as it stands. Paths of a single folder elsewhere are relative to
 * that folder; several such inputs appear below their names. A file named by several inputs is read once.
 * @throws InputError when a path does not exist, nothing readable is found, or there is more than `maxBytes`
 * @throws CancelledError
 */
export async function collectPaths(paths: readonly string[], options: CollectOptions): Promise<TextContext> {
	const builder = new ContextBuilder();
	const inputs = await Promise.all([...new Set(paths)].map((path) => describeInput(path, options.base ?? '.')));
	const names = await namesOf(inputs, options.base ?? '.');
	// One input may contain another.
	const found = new Map<string, FoundFile<string>>();
	for (const [index, input] of inputs.entries()) {
		const isAlone = inputs.length === 1;
		const name = names[index] ?? input.given;
		const prefix = input.given === '.' || (isAlone && !isBelowHere(input)) ? '' : `${name}/`;
		const here = input.isFolder
			? await walkInput(input, prefix, builder, options)
			: namedFile(input, isAlone ? input.given : name, builder, options);
		for (const one of here) if (!found.has(one.place)) found.set(one.place, one);
	}
	const files = [...found.values()];
	const onOver = async () => {
		throw await overLimit(files, options);
	};
	await readFound(nodeFileTree, files, builder, { maxBytes: options.maxBytes, onOver, signal: options.signal });
	const label = inputs.map((input) => `${input.isFolder ? 'folder' : 'file'} ${input.given}`).join(', ');
	if (builder.bytes === 0) throw nothingRead(label, builder);
	return builder.finish(inputs.length === 1 && !inputs[0]?.isFolder ? 'text' : 'files', label);
}

/**
 * Reads a stream to its end as one text.
 * @throws InputError when it is empty, not text, or longer than `maxBytes`; CancelledError
 */
export async function collectStream(
	stream: AsyncIterable<Uint8Array>,
	source: { readonly label: string; readonly path: string },
	options: Pick<CollectOptions, 'maxBytes' | 'signal'>,
): Promise<TextContext> {
	const pieces: Uint8Array[] = [];
	let bytes = 0;
	for await (const piece of itemsUntilAborted(stream, options.signal)) {
		bytes += piece.length;
		if (bytes > options.maxBytes) {
			const hint = 'Send less of it, or raise limits.contextBytes.';
			throw tooLarge(source.label, `more than ${inMegabytes(options.maxBytes)}`, options, hint);
		}
		pieces.push(piece);
	}
	const builder = new ContextBuilder();
	await builder.add(source.path, Buffer.concat(pieces));
	if (builder.bytes === 0) throw nothingRead(source.label, builder);
	return builder.finish('text', source.label);
}

interface Input {
	/** As the user wrote it, with `/` between folders. */
	readonly given: string;
	readonly absolute: string;
	/** The path without links, because the ignore files of its real location apply. */
	readonly real: string;
	readonly isFolder: boolean;
}

/** True when the given path leads down from the working directory. */
function isBelowHere({ given }: Input): boolean {
	return given !== '.' && given !== '..' && !given.startsWith('../') && !isAbsolute(given);
}

async function describeInput(path: string, base: string): Promise<Input> {
	if (path === '') throw new InputError('The path of a context is empty.', 'Use . for the folder that you are in.');
	const absolute = resolve(base, path);
	const given = path
		.split(sep)
		.join('/')
		.replace(/^\.\/(?=.)/, '')
		.replace(/(?<=.)\/+$/, '');
	try {
		const stats = await stat(absolute);
		if (!stats.isFile() && !stats.isDirectory()) throw new InputError(`${path} is neither a file nor a folder.`);
		return { given, absolute, real: await realpath(absolute), isFolder: stats.isDirectory() };
	} catch (error) {
		if (error instanceof InputError) throw error;
		throw await cannotFind(path, absolute, error);
	}
}

async function cannotFind(path: string, absolute: string, cause: unknown): Promise<InputError> {
	const code = codeOf(cause);
	if (code !== 'ENOENT' && code !== 'ENOTDIR') {
		return new InputError(`${path} cannot be read: ${reasonOf(cause)}`, undefined, { cause });
	}
	const folder = dirname(absolute);
	const siblings = await readdir(folder).catch(() => undefined);
	if (!siblings)
		return new InputError(`There is no ${path}: its folder ${folder} does not exist.`, undefined, { cause });
	const near = nearNames(basename(absolute), siblings);
	const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It was looked for in ${folder}.`;
	return new InputError(`There is no file or folder ${path}.`, hint, { cause });
}

/**
 * The name of each input in the context. Inputs from elsewhere get a name that matches no path below the working
 * directory.
 */
async function namesOf(inputs: readonly Input[], base: string): Promise<string[]> {
	const taken = new Set(inputs.filter(isBelowHere).map(({ given }) => given.split('/')[0] ?? given));
	if (inputs.some(({ given }) => given === '.')) for (const name of await readdir(base)) taken.add(name);
	return inputs.map((input) => {
		if (isBelowHere(input) || input.given === '.') return input.given;
		const name = basename(input.absolute) || input.given;
		let unique = name;
		for (let number = 2; taken.has(unique); number++) unique = `${name}-${number}`;
		taken.add(unique);
		return unique;
	});
}

/** The files of a folder, with their names in the context. */
async function walkInput(
	{ given, real }: Input,
	prefix: string,
	builder: ContextBuilder,
	options: CollectOptions,
): Promise<FoundFile<string>[]> {
	const found = await walk(nodeFileTree, real, {
		exclude: options.exclude ?? {},
		allowSecrets: options.allowSecrets ?? [],
		outermost: await realpath(options.base ?? '.'),
		leaveOut: (reason, path) => builder.leaveOut(reason, prefix + path || given),
		signal: options.signal,
	});
	return found.map(({ place, path }) => ({ place, path: prefix + path }));
}

/** Reads a file that an input names. A secret file also needs permission, or a user who is told. */
function namedFile(
	{ real }: Input,
	path: string,
	builder: ContextBuilder,
	{ allowSecrets = [], onNamedSecret }: CollectOptions,
): FoundFile<string>[] {
	const file = nodeFileTree.pathOf(real);
	if (isSecretFile(file) && secretsBelow(dirname(file), allowSecrets)(basename(file))) {
		if (!onNamedSecret) {
			builder.leaveOut('secret', path);
			return [];
		}
		onNamedSecret(path);
	}
	return [{ place: real, path }];
}

/** Says how much there is and which files are the largest. */
async function overLimit(found: readonly FoundFile<string>[], options: CollectOptions): Promise<InputError> {
	const sizes: { path: string; bytes: number }[] = [];
	for (const { place, path } of found) {
		throwIfCancelled(options.signal);
		sizes.push({ path, bytes: (await nodeFileTree.stat(place))?.size ?? 0 });
	}
	const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
	const largest = sizes.sort((left, right) => right.bytes - left.bytes).slice(0, 3);
	const names = largest.map(({ path, bytes }) => `${path} (${inMegabytes(bytes)})`).join(', ');
	return tooLarge('The context', `${inMegabytes(total)} in ${found.length} files; the largest are ${names}`, options);
}

function tooLarge(
	what: string,
	facts: string,
	{ maxBytes }: Pick<CollectOptions, 'maxBytes'>,
	hint = 'Exclude files with .rlmignore or the exclude map, or raise limits.contextBytes.',
): InputError {
	return new InputError(`${what} is too large: ${facts}. The limit is ${inMegabytes(maxBytes)}.`, hint);
}

function nothingRead(label: string, builder: ContextBuilder): InputError {
	const leftOut = builder.leftOut().map(({ reason, count, examples }) => `${count} ${reason} (${examples[0] ?? ''})`);
	if (leftOut.length > 0) return new InputError(`There is no text in ${label}. Left out: ${leftOut.join(', ')}.`);
	return new InputError(`There is no text in ${label}: it is empty.`);
}

function inMegabytes(bytes: number): string {
	const megabytes = bytes / (1024 * 1024);
	return bytes < 100_000 ? `${bytes} bytes` : `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`;
}
