import { setImmediate } from 'node:timers/promises';
import { InputError } from '../core/errors.ts';
import type { Context, CorpusReader, JsonContext, LeftOut, SourceSpan, TextContext } from '../core/ports/context.ts';
import { ContextBuilder } from './contextBuilder.ts';
import { CorpusView } from './corpusView.ts';

/** Makes a context of one text: a selection, a buffer, piped text. @param firstLine number of its first line, from 1 */
export async function textContext(input: {
	readonly label: string;
	readonly path: string;
	readonly text: string;
	readonly firstLine?: number;
}): Promise<TextContext> {
	const builder = new ContextBuilder();
	await builder.addText(input.path, input.text, input.firstLine);
	return builder.finish('text', input.label);
}

/** Makes a context of several files. Files that are neither UTF-8 nor marked UTF-16 go to `leftOut`. */
export async function filesContext(input: {
	readonly label: string;
	readonly files: Iterable<{ readonly path: string; readonly bytes: Uint8Array }>;
	readonly leftOut: readonly LeftOut[];
}): Promise<TextContext> {
	const builder = new ContextBuilder();
	for (const { path, bytes } of input.files) await builder.add(path, bytes);
	const context = await builder.finish('files', input.label);
	return { ...context, leftOut: mergeLeftOut([...input.leftOut, ...context.leftOut]) };
}

/** Makes a context of a structured value. @throws InputError when JSON cannot express it */
export function jsonContext(label: string, value: unknown): JsonContext {
	const json = jsonOf(label, value);
	if (json === undefined) throw new InputError(`The context ${label} is not a JSON value.`);
	return { kind: 'json', label, json };
}

function jsonOf(label: string, value: unknown): string | undefined {
	try {
		return JSON.stringify(value);
	} catch (cause) {
		const reason = cause instanceof RangeError ? 'it is nested too deeply' : String(cause);
		throw new InputError(`The context ${label} cannot be written as JSON: ${reason}.`, undefined, { cause });
	}
}

/** One entry per reason. */
function mergeLeftOut(parts: readonly LeftOut[]): LeftOut[] {
	const merged = new Map<string, LeftOut>();
	for (const part of parts) {
		const { count, examples } = merged.get(part.reason) ?? { count: 0, examples: [] };
		merged.set(part.reason, {
			reason: part.reason,
			count: count + part.count,
			examples: [...examples, ...part.examples].slice(0, 5),
		});
	}
	return [...merged.values()];
}

/** Reads all text contexts of a run as one corpus. A path that occurs in several of them means the first. */
export function createCorpusReader(contexts: readonly Context[]): CorpusReader {
	const views = contexts.filter((context) => context.kind !== 'json').map((context) => new CorpusView(context));
	const viewOf = (path: string) => views.find((view) => view.has(path));
	let byName: Map<string, Set<string>> | undefined;
	return {
		resolvePaths(path) {
			if (viewOf(path)) return [path];
			byName ??= pathsByName(views);
			return [...(byName.get(nameOf(path)) ?? [])].filter((candidate) => candidate.endsWith(`/${path}`));
		},
		lineRange(path) {
			const file = viewOf(path)?.file(path);
			return file && { first: file.firstLine, last: file.firstLine + file.lineCount - 1 };
		},
		lines(span: SourceSpan, maxCharacters: number) {
			const text = viewOf(span.path)?.lines(span);
			return text === undefined ? undefined : cutAtCharacter(text, maxCharacters);
		},
		async find(text, signal, path) {
			const wanted = Buffer.from(text);
			const first = path === undefined ? undefined : viewOf(path);
			const file = path === undefined ? undefined : first?.file(path);
			const ranges = views.map((view) => ({ view, from: 0, to: view.bytes.length }));
			if (first && file) ranges.unshift({ view: first, from: file.offset, to: file.offset + file.length });
			for (const { view, from, to } of ranges) {
				const place = await findIn(view, wanted, from, to, signal);
				if (place) return place;
			}
			return undefined;
		},
	};
}

/** Bytes searched before others get a turn: about 5 ms. */
const SEARCH_BYTES = 4 << 20;

/** The first place of a text between two offsets of a view. */
async function findIn(
	view: CorpusView,
	wanted: Buffer,
	from: number,
	to: number,
	signal: AbortSignal,
): Promise<SourceSpan | undefined> {
	for (let at = from; at < to; at += SEARCH_BYTES) {
		if (signal.aborted) return undefined;
		const end = Math.min(to, at + SEARCH_BYTES + wanted.length - 1);
		for (let found = at - 1; ; ) {
			found = view.bytes.subarray(0, end).indexOf(wanted, found + 1);
			if (found < 0) break;
			const place = isWhole(view.bytes, found, wanted.length) ? placeOf(view, found, wanted.length) : undefined;
			if (place) return place;
		}
		await setImmediate();
	}
	return undefined;
}

/** Whether bytes do not begin or end inside a word of letters and digits. */
function isWhole(bytes: Buffer, at: number, length: number): boolean {
	const isInside = (left: number) => isWordByte(bytes[left]) && isWordByte(bytes[left + 1]);
	return !isInside(at - 1) && !isInside(at + length - 1);
}

/** Letters and digits, and the bytes of characters beyond ASCII. */
function isWordByte(byte: number | undefined): boolean {
	if (byte === undefined) return false;
	return (
		byte >= 0x80 || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
	);
}

function placeOf(view: CorpusView, offset: number, length: number): SourceSpan | undefined {
	const file = view.files.find((one) => one.offset <= offset && offset + length <= one.offset + one.length);
	const line = file && view.lineOf(file.path, offset - file.offset);
	return file && line !== undefined ? { path: file.path, startLine: line, endLine: line } : undefined;
}

function pathsByName(views: readonly CorpusView[]): Map<string, Set<string>> {
	const byName = new Map<string, Set<string>>();
	for (const { path } of views.flatMap((view) => view.files)) {
		const paths = byName.get(nameOf(path)) ?? new Set();
		byName.set(nameOf(path), paths.add(path));
	}
	return byName;
}

function nameOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

/** The first characters of a text, without splitting a surrogate pair. */
function cutAtCharacter(text: string, maxCharacters: number): string {
	if (text.length <= maxCharacters) return text;
	return text.slice(0, maxCharacters).replace(/[\uD800-\uDBFF]$/, '');
}
