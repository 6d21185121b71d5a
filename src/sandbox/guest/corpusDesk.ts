import * as v from 'valibot';
import { chunks } from '../../context/chunks.ts';
import { CorpusView } from '../../context/corpusView.ts';
import { grep } from '../../context/grep.ts';
import { outline } from '../../context/outline.ts';
import { pathFilter } from '../../context/pathFilter.ts';
import { PatternError } from '../../context/patternError.ts';
import { search } from '../../context/search.ts';
import { SpanTracer } from '../../context/trace.ts';
import type { Context, SourceSpan, TextContext } from '../../core/ports/context.ts';
import { parseBoundedJson } from '../../protocol/boundedJson.ts';
import { list } from '../../protocol/sandboxFrames.ts';
import { fillStr, type StrShape, strShape } from './strLoader.ts';

/** Time for tracing the texts of one frame to their source; the rest stay untraced. ms */
const TRACE_MS = 250;
const SPANS = 500;

/** Longer than any path, and more entries than a context has files. */
const PATH_CHARACTERS = 4096;
const PATHS = 500_000;

const path = v.pipe(v.string(), v.maxLength(PATH_CHARACTERS));
const paths = v.nullable(list(path, PATHS));
const grepQuery = v.object({
	pattern: v.string(),
	paths,
	ignoreCase: v.boolean(),
	maxResults: v.number(),
	contextLines: v.number(),
});
const searchQuery = v.object({ query: v.string(), k: v.number() });
const pathsQuery = v.object({ paths });
const pathQuery = v.object({ path });
const chunkQuery = v.object({ paths, size: v.number(), overlap: v.number() });

/** Larger texts are written straight into a `str` that Python made, without bytes in between. Bytes. */
const LARGE_TEXT_BYTES = 64 << 10;

/** The answer to a corpus question: pieces of bytes to read one after the other, and header fields. */
export interface DeskReply {
	readonly parts: readonly Uint8Array[];
	readonly header?: object;
}

type Answer = (header: Record<string, unknown>, payload: Uint8Array) => DeskReply;

/** Answers Python's questions about the texts of the run inside the worker, where they are mapped. */
export class CorpusDesk {
	readonly #contexts: readonly Context[];
	readonly #views: ReadonlyMap<TextContext, CorpusView>;
	readonly #tracers: readonly SpanTracer[];
	readonly #memory: () => Uint8Array;
	/** The text for which Python is making room. */
	#announced: { readonly parts: readonly Uint8Array[]; readonly shape: StrShape } | undefined;

	/** @param memory returns the interpreter's current linear memory */
	constructor(contexts: readonly Context[], memory: () => Uint8Array) {
		this.#contexts = contexts;
		this.#memory = memory;
		this.#views = new Map(contexts.filter(isText).map((context) => [context, new CorpusView(context)]));
		this.#tracers = [...this.#views.values()].map((view) => new SpanTracer(view));
	}

	/** Handlers of the frames that are answered here. Each throws an Error whose message the code sees. */
	readonly answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
		['files', () => json(this.#sizes())],
		['file', (_header, payload) => this.#text([this.#bytesOf(textOf(payload))])],
		['text', (header) => this.#text(this.#contextText(Number(header.context)))],
		['fill', (header) => this.#fill(Number(header.address))],
		['lines', (_header, payload) => json(this.#lineRange(query(pathQuery, payload).path))],
		['match', (_header, payload) => json(this.#matching(query(pathsQuery, payload).paths))],
		['grep', (_header, payload) => json(this.#grep(query(grepQuery, payload)))],
		['search', (_header, payload) => json(this.#search(query(searchQuery, payload)))],
		['outline', (_header, payload) => json(this.#outline(query(pathQuery, payload).path))],
		['chunks', (_header, payload) => json(this.#chunks(query(chunkQuery, payload)))],
	]);

	/** Finds where texts (UTF-8) occur in the corpus; one list per text. */
	trace(texts: readonly Uint8Array[]): SourceSpan[][] {
		if (this.#tracers.length === 0) return texts.map(() => []);
		const deadline = performance.now() + TRACE_MS;
		return texts.map((text) => (performance.now() < deadline ? this.#spans(textOf(text)) : []));
	}

	#spans(text: string): SourceSpan[] {
		return this.#tracers.flatMap((tracer) => tracer.trace(text)).slice(0, SPANS);
	}

	#sizes(): [path: string, bytes: number][] {
		const sizes = new Map<string, number>();
		for (const view of this.#views.values()) {
			for (const file of view.files) if (!sizes.has(file.path)) sizes.set(file.path, file.length);
		}
		return [...sizes];
	}

	#viewOf(path: string): CorpusView {
		for (const view of this.#views.values()) if (view.has(path)) return view;
		throw new Error(`no file ${JSON.stringify(path)} in the context`);
	}

	#bytesOf(path: string): Uint8Array {
		return this.#viewOf(path).bytesOf(path) ?? new Uint8Array();
	}

	/** Returns small texts directly; for large ones the shape, so that Python makes room and asks to fill it. */
	#text(parts: readonly Uint8Array[]): DeskReply {
		const bytes = parts.reduce((sum, part) => sum + part.length, 0);
		const shape = bytes < LARGE_TEXT_BYTES ? undefined : strShape(parts);
		if (!shape) return { parts };
		this.#announced = { parts, shape };
		return { parts: [], header: shape };
	}

	#fill(address: number): DeskReply {
		const announced = this.#announced;
		this.#announced = undefined;
		if (!announced) throw new Error('no text was announced');
		fillStr(this.#memory(), address, announced.parts, announced.shape);
		return { parts: [] };
	}

	#contextText(index: number): readonly Uint8Array[] {
		const context = this.#contexts[index];
		const view = context?.kind === 'json' ? undefined : context && this.#views.get(context);
		if (!context || !view) throw new Error(`no text context ${index}`);
		const parts = view.files.map((file) => view.fileBytes(file));
		if (context.kind === 'text') return parts;
		const encoder = new TextEncoder();
		return view.files.flatMap((file, number) => {
			const isEnded = (parts[number - 1]?.at(-1) ?? LINE_FEED) === LINE_FEED;
			const header = encoder.encode(`${isEnded ? '' : '\n'}===== ${file.path} =====\n`);
			return [header, parts[number] ?? new Uint8Array()];
		});
	}

	#lineRange(path: string): { first: number; last: number } {
		const file = this.#viewOf(path).file(path);
		const first = file?.firstLine ?? 1;
		return { first, last: first + (file?.lineCount ?? 0) - 1 };
	}

	#grep(request: v.InferOutput<typeof grepQuery>) {
		this.#requireFiles(request.paths);
		const { pattern, ignoreCase, contextLines } = request;
		const maxResults = Math.max(0, request.maxResults);
		const wanted = request.paths ? { paths: request.paths } : {};
		try {
			const found = [...this.#views.values()].map((view) =>
				grep(view, { pattern, ignoreCase, contextLines, maxResults, ...wanted }),
			);
			return {
				matches: found.flatMap((result) => result.matches.map(({ column: _, ...match }) => match)).slice(0, maxResults),
				total: found.reduce((sum, result) => sum + result.total, 0),
			};
		} catch (error) {
			// Python's own engine also gives the error message for an invalid pattern.
			if (error instanceof PatternError) return { isUnsupported: true };
			throw error;
		}
	}

	#matching(wanted: readonly string[] | null): string[] {
		this.#requireFiles(wanted);
		const isWanted = wanted ? pathFilter(wanted) : () => true;
		return this.#sizes().flatMap(([path]) => (isWanted(path) ? [path] : []));
	}

	/** Resolves paths, which may be folders or globs. One that matches nothing is an error: usually a typo. */
	#requireFiles(wanted: readonly string[] | null): void {
		const views = [...this.#views.values()];
		for (const path of wanted ?? []) {
			// Most are exact paths; checking every file for each of them would take minutes in a large folder.
			if (views.some((view) => view.has(path))) continue;
			const isWanted = pathFilter([path]);
			const isFound = views.some((view) => view.files.some((file) => isWanted(file.path)));
			if (!isFound) throw new Error(`no file of the context matches ${JSON.stringify(path)}`);
		}
	}

	#search(request: v.InferOutput<typeof searchQuery>) {
		return [...this.#views.values()]
			.flatMap((view) => search(view, request.query, request.k))
			.sort((left, right) => right.score - left.score)
			.slice(0, Math.max(0, request.k))
			.map(({ path, startLine, endLine, score, text }) => ({ path, line: startLine, endLine, score, text }));
	}

	#outline(path: string) {
		return outline(this.#viewOf(path), path) ?? [];
	}

	#chunks(request: v.InferOutput<typeof chunkQuery>) {
		this.#requireFiles(request.paths);
		const { size, overlap } = request;
		const wanted = request.paths ? { paths: request.paths } : {};
		return [...this.#views.values()].flatMap((view) => [...chunks(view, { size, overlap, ...wanted })]);
	}
}

const LINE_FEED = 10;

function isText(context: Context): context is TextContext {
	return context.kind !== 'json';
}

function query<S extends v.GenericSchema>(schema: S, payload: Uint8Array): v.InferOutput<S> {
	return v.parse(schema, parseBoundedJson(payload));
}

function textOf(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function json(value: unknown): DeskReply {
	return { parts: [Buffer.from(JSON.stringify(value))] };
}
