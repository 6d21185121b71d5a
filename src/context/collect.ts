import { once } from 'node:events';
import { type FileHandle, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { CancelledError, InputError, throwIfCancelled } from '../core/errors.ts';
import type { TextContext } from '../core/ports/context.ts';
import { ContextBuilder } from './contextBuilder.ts';
import { looksBinary, SNIFF_BYTES } from './encoding.ts';
import { IgnoreRules } from './ignoreRules.ts';
import { nearNames } from './nearNames.ts';
import { readAhead } from './readAhead.ts';

/** What to take and how much. */
export interface CollectOptions {
	/** Globs to exclude on top of the defaults; `false` switches a default off. */
	readonly exclude?: Readonly<Record<string, boolean>>;
	/** Bytes of text in all, at most. */
	readonly maxBytes: number;
	/** Larger files are left out, bytes. */
	readonly maxFileBytes?: number;
	/** What happens beyond `maxBytes`: an InputError (the default), or the rest is left out. */
	readonly onOver?: 'fail' | 'leave-out';
	/** Folder that relative paths start from; the working directory when absent. */
	readonly base?: string;
	readonly signal: AbortSignal;
}

/** A file that was found: where it is, and its name in the context. */
interface Found {
	readonly file: string;
	readonly path: string;
}

/**
 * Reads files and folders into a context. Inputs below the working directory, or below `base`, keep their paths from
 * there, so that a citation can be opened as it stands. Others: one folder gives paths relative to it, several stand
 * below their names. A file that several inputs name is taken once. Ignore files are obeyed from the root of the git
 * repository downwards. Links are not followed inside folders.
 * @throws InputError when a path does not exist, nothing readable is found, or there is more than `maxBytes`
 * @throws CancelledError
 */
export async function collectPaths(paths: readonly string[], options: CollectOptions): Promise<TextContext> {
	const builder = new ContextBuilder();
	const inputs = await Promise.all([...new Set(paths)].map((path) => describeInput(path, options.base ?? '.')));
	const names = await namesOf(inputs, options.base ?? '.');
	// An input may lie below another one.
	const found = new Map<string, Found>();
	for (const [index, input] of inputs.entries()) {
		const isAlone = inputs.length === 1;
		const name = names[index] ?? input.given;
		const prefix = input.given === '.' || (isAlone && !isBelowHere(input)) ? '' : `${name}/`;
		const here = input.isFolder
			? await walk(input.absolute, prefix, builder, options)
			: [{ file: input.absolute, path: isAlone ? input.given : name }];
		for (const one of here) if (!found.has(one.file)) found.set(one.file, one);
	}
	await readAll([...found.values()], builder, options);
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
	for await (const piece of untilAborted(stream, options.signal)) {
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

/** The items of a stream; leaves it as soon as the signal fires, also while it is silent. */
async function* untilAborted<T>(stream: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
	const iterator = stream[Symbol.asyncIterator]();
	const listening = new AbortController();
	const aborted = once(signal, 'abort', { signal: listening.signal }).then(
		() => ({ isAborted: true }) as const,
		() => ({ isAborted: true }) as const,
	);
	try {
		for (;;) {
			throwIfCancelled(signal);
			const next = await Promise.race([iterator.next(), aborted]);
			if ('isAborted' in next) throw new CancelledError();
			if (next.done) return;
			yield next.value;
		}
	} finally {
		listening.abort();
		// Not awaited: a stream that is silent would answer only after its next piece.
		iterator.return?.().catch(() => undefined);
	}
}

interface Input {
	/** As the user wrote it, with `/` between folders. */
	readonly given: string;
	readonly absolute: string;
	readonly isFolder: boolean;
}

/** Given as a path that leads down from the working directory. */
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
		return { given, absolute, isFolder: stats.isDirectory() };
	} catch (error) {
		if (error instanceof InputError) throw error;
		throw await cannotFind(path, absolute, error);
	}
}

async function cannotFind(path: string, absolute: string, cause: unknown): Promise<InputError> {
	if (!isCode(cause, 'ENOENT') && !isCode(cause, 'ENOTDIR')) {
		return new InputError(`${path} cannot be read: ${messageOf(cause)}`, undefined, { cause });
	}
	const folder = dirname(absolute);
	const siblings = await readdir(folder).catch(() => undefined);
	if (!siblings)
		return new InputError(`There is no ${path}: its folder ${folder} does not exist.`, undefined, { cause });
	const near = nearNames(basename(absolute), siblings);
	const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It was looked for in ${folder}.`;
	return new InputError(`There is no file or folder ${path}.`, hint, { cause });
}

/** The name of each input in the context. Inputs from elsewhere get one that leads to nothing of what lies below here. */
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

/** All files below a folder that are kept, folder by folder, in the order of their names. */
async function walk(root: string, prefix: string, builder: ContextBuilder, options: CollectOptions): Promise<Found[]> {
	const { rules, start } = await rulesFor(root, options.exclude ?? {});
	const found: Found[] = [];
	const visit = async (folder: string, below: string): Promise<void> => {
		throwIfCancelled(options.signal);
		const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
		if (!entries) return builder.leaveOut('unreadable', prefix + below || root);
		await addRules(
			rules,
			folder,
			joinPath(start, below),
			entries.map((entry) => entry.name),
		);
		for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
			const path = joinPath(below, entry.name);
			const isFolder = entry.isDirectory();
			if (entry.isSymbolicLink() || rules.decide(joinPath(start, path), isFolder) === 'ignored') {
				builder.leaveOut('ignored', prefix + path + (isFolder ? '/' : ''));
			} else if (isFolder) await visit(join(folder, entry.name), path);
			else if (entry.isFile()) found.push({ file: join(folder, entry.name), path: prefix + path });
			else builder.leaveOut('unreadable', prefix + path);
		}
	};
	await visit(root, '');
	return found;
}

/** The rules of the repository that a folder belongs to, down to this folder. @returns `start` its path in there */
async function rulesFor(
	root: string,
	exclude: Readonly<Record<string, boolean>>,
): Promise<{ rules: IgnoreRules; start: string }> {
	const real = await realpath(root);
	const repository = await repositoryOf(real);
	const start = relative(repository, real).split(sep).join('/');
	const rules = new IgnoreRules(exclude, start);
	const names = start === '' ? [] : start.split('/');
	for (let depth = 0; depth < names.length; depth++) {
		const folder = names.slice(0, depth).join('/');
		await addRules(rules, join(repository, folder), folder, IGNORE_FILES);
		// A folder that git ignores but the user asks for is taken by its own rules.
		const isIgnored = rules.decide(names.slice(0, depth + 1).join('/'), true) === 'ignored';
		if (isIgnored) return { rules: new IgnoreRules(exclude), start: '' };
	}
	return { rules, start };
}

const IGNORE_FILES = ['.gitignore', '.rlmignore'] as const;

async function addRules(rules: IgnoreRules, folder: string, path: string, present: readonly string[]): Promise<void> {
	for (const name of IGNORE_FILES) {
		if (!present.includes(name)) continue;
		const text = await readFile(join(folder, name), 'utf8').catch(() => '');
		rules.add(path, name, text);
	}
}

/** The nearest folder upwards that holds `.git`, else the folder itself. */
async function repositoryOf(folder: string): Promise<string> {
	for (let candidate = folder; ; candidate = dirname(candidate)) {
		const hasGit = await stat(join(candidate, '.git')).then(
			() => true,
			() => false,
		);
		if (hasGit) return candidate;
		if (dirname(candidate) === candidate) return folder;
	}
}

function joinPath(folder: string, name: string): string {
	return folder === '' || name === '' ? folder + name : `${folder}/${name}`;
}

type Read = { readonly bytes: Uint8Array } | { readonly reason: 'binary' | 'too-large' | 'unreadable' | 'over-limit' };

/** Reads files, a few at a time, and adds them in order. */
async function readAll(found: readonly Found[], builder: ContextBuilder, options: CollectOptions): Promise<void> {
	for await (const { item, result: read } of readAhead(found, ({ file }) => readText(file, options))) {
		const { path } = item;
		throwIfCancelled(options.signal);
		if ('reason' in read && read.reason !== 'over-limit') builder.leaveOut(read.reason, path);
		else if ('bytes' in read && builder.bytes + read.bytes.length <= options.maxBytes)
			await builder.add(path, read.bytes);
		else if (options.onOver === 'leave-out') builder.leaveOut('over-limit', path);
		else throw await overLimit(found, options);
	}
}

/** Reads one file; never rejects. Binary and oversized files are told by their head and size alone. */
async function readText(file: string, options: CollectOptions): Promise<Read> {
	let handle: FileHandle | undefined;
	try {
		handle = await open(file);
		const { size } = await handle.stat();
		if (size > (options.maxFileBytes ?? Number.POSITIVE_INFINITY)) return { reason: 'too-large' };
		const head = await readPart(handle, 0, Math.min(size, SNIFF_BYTES));
		if (looksBinary(head)) return { reason: 'binary' };
		if (size > options.maxBytes) return { reason: 'over-limit' };
		if (size <= head.length || options.signal.aborted) return { bytes: head };
		return { bytes: Buffer.concat([head, await readPart(handle, head.length, size - head.length)]) };
	} catch {
		return { reason: 'unreadable' };
	} finally {
		// Nothing was written: a handle that fails to close has lost nothing.
		await handle?.close().catch(() => undefined);
	}
}

async function readPart(handle: FileHandle, position: number, length: number): Promise<Buffer> {
	const buffer = Buffer.allocUnsafe(length);
	let filled = 0;
	while (filled < length) {
		const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
		if (bytesRead === 0) break;
		filled += bytesRead;
	}
	return buffer.subarray(0, filled);
}

/** Says how much there is and which files are the largest. */
async function overLimit(found: readonly Found[], options: CollectOptions): Promise<InputError> {
	const sizes: { path: string; bytes: number }[] = [];
	for (const { file, path } of found) {
		throwIfCancelled(options.signal);
		sizes.push({ path, bytes: (await stat(file).catch(() => undefined))?.size ?? 0 });
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

function isCode(error: unknown, code: string): boolean {
	return error instanceof Error && 'code' in error && error.code === code;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
