import { termScore, termWeight } from '../core/bm25.ts';
import type { CorpusFile } from '../core/ports/context.ts';
import type { CorpusView } from './corpusView.ts';
import { isPartBorder, isPartEnd, queryTerms, type SearchTerm } from './searchTerms.ts';

/** Lines of a stretch, the unit of counting. A result is one or two stretches that follow each other. */
const STRETCH_LINES = 16;
/** Maximum characters of a result's text. */
const RESULT_CHARACTERS = 4000;
/** How strongly the length of a passage counts against it. */
const LENGTH_SHARE = 0.75;

/** A passage that answers a query. */
export interface SearchHit {
	readonly path: string;
	readonly startLine: number;
	readonly endLine: number;
	/** BM25 score; comparable within one query only. */
	readonly score: number;
	/** Text of the passage, cut when lines are very long. */
	readonly text: string;
}

/** Occurrences of the query's terms in one stretch. */
interface Stretch {
	readonly file: CorpusFile;
	readonly index: number;
	readonly characters: number;
	readonly counts: Uint16Array;
}

/**
 * Ranks passages by BM25. There is no index: one pass over the corpus finds the stretches that contain a term, and only
 * those are ranked. Terms also match parts of words (`parse` in `parseReply`) and other inflections.
 */
export function search(view: CorpusView, query: string, maxResults: number): SearchHit[] {
	const terms = queryTerms(query);
	if (terms.length === 0 || maxResults < 1) return [];
	const stretches = view.files.flatMap((file) => stretchesOfFile(view, file, terms));
	const scored = passages(stretches, weights(view, stretches, terms.length), averageCharacters(view));
	return bestWithoutOverlap(scored, maxResults).map((passage) => hit(view, passage));
}

function stretchesOfFile(view: CorpusView, file: CorpusFile, terms: readonly SearchTerm[]): Stretch[] {
	const text = view.fileText(file);
	const stretches = new Map<number, Stretch>();
	const starts = lazily(() => blockStarts(text));
	const count = (term: number, position: number) => {
		const index = blockAt(starts(), position);
		let stretch = stretches.get(index);
		if (!stretch) {
			const characters = (starts()[index + 1] ?? text.length) - (starts()[index] ?? 0);
			stretch = { file, index, characters, counts: new Uint16Array(terms.length) };
			stretches.set(index, stretch);
		}
		stretch.counts[term] = Math.min(65_535, (stretch.counts[term] ?? 0) + 1);
	};
	terms.forEach((term, index) => {
		for (const position of occurrences(text, term)) count(index, position);
		if (text.length > 0 && !occurrences(file.path, term).next().done) count(index, 0);
	});
	return [...stretches.values()].sort((left, right) => left.index - right.index);
}

function* occurrences(text: string, term: SearchTerm): Generator<number> {
	const expression = new RegExp(term.expression);
	for (let match = expression.exec(text); match; match = expression.exec(text)) {
		const end = match.index + match[0].length;
		if (!term.isWord || (isPartBorder(text, match.index) && isPartEnd(text, end, term.forgivenLetters))) {
			yield match.index;
		}
	}
}

function lazily<T>(make: () => T): () => T {
	let made: { value: T } | undefined;
	return () => {
		made ??= { value: make() };
		return made.value;
	};
}

/** Offset of every stretch's first line. */
function blockStarts(text: string): number[] {
	const starts = [0];
	let lines = 0;
	for (let feed = text.indexOf('\n'); feed !== -1 && feed + 1 < text.length; feed = text.indexOf('\n', feed + 1)) {
		if (++lines % STRETCH_LINES === 0) starts.push(feed + 1);
	}
	return starts;
}

function blockAt(starts: readonly number[], position: number): number {
	let low = 0;
	let high = starts.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >>> 1;
		if ((starts[middle] ?? 0) <= position) low = middle;
		else high = middle - 1;
	}
	return low;
}

function stretchCount(file: CorpusFile): number {
	return Math.ceil(file.lineCount / STRETCH_LINES);
}

/** Inverse document frequency of every term, over stretches. */
function weights(view: CorpusView, stretches: readonly Stretch[], termCount: number): number[] {
	const total = view.files.reduce((sum, file) => sum + stretchCount(file), 0);
	return Array.from({ length: termCount }, (_, term) => {
		const holding = stretches.reduce((sum, stretch) => sum + ((stretch.counts[term] ?? 0) > 0 ? 1 : 0), 0);
		return termWeight(total, holding);
	});
}

function averageCharacters(view: CorpusView): number {
	const bytes = view.files.reduce((sum, file) => sum + file.length, 0);
	const stretches = view.files.reduce((sum, file) => sum + stretchCount(file), 0);
	return Math.max(1, (2 * bytes) / Math.max(1, stretches));
}

/** One or two stretches, scored. */
interface Passage {
	readonly first: Stretch;
	readonly stretches: 1 | 2;
	readonly score: number;
}

function passages(stretches: readonly Stretch[], weights: readonly number[], average: number): Passage[] {
	return stretches.map((stretch, position) => {
		const next = stretches[position + 1];
		const follower = next && next.file === stretch.file && next.index === stretch.index + 1 ? next : undefined;
		const characters = stretch.characters + (follower?.characters ?? 0);
		let score = 0;
		weights.forEach((weight, term) => {
			const count = (stretch.counts[term] ?? 0) + (follower?.counts[term] ?? 0);
			score += termScore(weight, count, characters / average, LENGTH_SHARE);
		});
		return { first: stretch, stretches: follower ? 2 : 1, score };
	});
}

function bestWithoutOverlap(scored: readonly Passage[], maxResults: number): Passage[] {
	const taken = new Map<CorpusFile, Set<number>>();
	const best: Passage[] = [];
	for (const passage of [...scored].sort((left, right) => right.score - left.score)) {
		const used = taken.get(passage.first.file) ?? new Set();
		const last = passage.first.index + passage.stretches - 1;
		if (used.has(passage.first.index) || used.has(last)) continue;
		taken.set(passage.first.file, used.add(passage.first.index).add(last));
		best.push(passage);
		if (best.length === maxResults) break;
	}
	return best;
}

function hit(view: CorpusView, { first, stretches, score }: Passage): SearchHit {
	const { file } = first;
	const startLine = file.firstLine + first.index * STRETCH_LINES;
	const endLine = Math.min(startLine + stretches * STRETCH_LINES, file.firstLine + file.lineCount) - 1;
	const text = view.lines({ path: file.path, startLine, endLine }) ?? '';
	return { path: file.path, startLine, endLine, score, text: text.slice(0, RESULT_CHARACTERS) };
}
