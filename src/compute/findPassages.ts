import { CorpusView } from '../context/corpusView.ts';
import { type Extent, excerpts } from '../context/excerpts.ts';
import type { CorpusFile, Passage, TextContext } from '../core/ports/context.ts';

/** A text context in a form whose table of files can be handed over quickly: a hundred thousand objects cannot. */
export interface PackedContext {
	readonly bytes: SharedArrayBuffer;
	/** JSON text of the list of paths. */
	readonly paths: string;
	/** Offset, length, lines and first line of each file. */
	readonly places: Float64Array;
}

/** What is searched, and for what. */
export interface PassageSearch extends Extent {
	readonly contexts: readonly PackedContext[];
	readonly question: string;
}

const FIGURES = 4;

/** Packs a context for another thread. */
export function packed({ bytes, files }: TextContext): PackedContext {
	const places = new Float64Array(files.length * FIGURES);
	files.forEach(({ offset, length, lineCount, firstLine }, index) => {
		places.set([offset, length, lineCount, firstLine], index * FIGURES);
	});
	return { bytes, paths: JSON.stringify(files.map(({ path }) => path)), places };
}

/** Searches texts of any size for the passages that fit a question best. */
export function findPassages({ contexts, question, ...extent }: PassageSearch): Passage[] {
	const views = contexts.map((context) => new CorpusView(unpacked(context)));
	return excerpts(views, question, extent);
}

function unpacked({ bytes, paths, places }: PackedContext): TextContext {
	const files = (JSON.parse(paths) as string[]).map((path, index): CorpusFile => {
		const [offset = 0, length = 0, lineCount = 0, firstLine = 1] = places.subarray(index * FIGURES);
		return { path, offset, length, lineCount, firstLine };
	});
	return { kind: 'files', label: '', bytes, files, leftOut: [] };
}
