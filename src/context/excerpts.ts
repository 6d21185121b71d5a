import type { Passage } from '../core/ports/context.ts';
import { nameParts, stem } from '../core/words.ts';
import type { CorpusView } from './corpusView.ts';
import { type SearchHit, search } from './search.ts';

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Shorter words say little of what a question is about. Characters. */
const TELLING_CHARACTERS = 4;

/** How much is wanted: passages, and characters of each. */
export interface Extent {
	readonly count: number;
	readonly characters: number;
}

/**
 * The passages of texts that fit a question best, the best first, each cut to the lines around the one with most words
 * of the question; all files as they are when they are no longer than that.
 */
export function excerpts(views: readonly CorpusView[], question: string, { count, characters }: Extent): Passage[] {
	const bytes = views.flatMap(({ files }) => files).reduce((sum, { length }) => sum + length, 0);
	if (bytes <= count * characters) return views.flatMap(wholeFiles);
	const words = wordsOf(question, TELLING_CHARACTERS);
	const hits = views
		.flatMap((view) => search(view, question, count))
		.sort((left, right) => right.score - left.score)
		.slice(0, count)
		.map((hit) => ({ hit, scores: hit.text.split('\n').map((line) => overlap(line, words)) }));
	// What shares few words with the question only distracts a small model.
	const best = Math.max(0, ...hits.flatMap(({ scores }) => scores));
	return hits
		.filter(({ scores }) => 2 * Math.max(...scores) >= best)
		.map(({ hit, scores }) => excerptOf(hit, scores, characters));
}

function wholeFiles(view: CorpusView): Passage[] {
	return view.files.map((file) => ({ path: file.path, text: view.fileText(file).trimEnd() }));
}

/** The line with the highest score, and its neighbours as far as there is room. */
function excerptOf({ path, startLine, text }: SearchHit, scores: readonly number[], characters: number): Passage {
	const lines = text.split('\n');
	let first = scores.indexOf(Math.max(...scores));
	let last = first;
	let room = characters - (lines[first]?.length ?? 0);
	for (;;) {
		const [below, above] = [lines[last + 1], lines[first - 1]];
		if (below !== undefined && below.length < room) {
			room -= below.length + 1;
			last++;
		} else if (above !== undefined && above.length < room) {
			room -= above.length + 1;
			first--;
		} else break;
	}
	const shown = lines.slice(first, last + 1).map((line) => line.slice(0, characters));
	return { path, line: startLine + first, text: shown.join('\n') };
}

/** How many of the words a line has. */
function overlap(line: string, words: ReadonlySet<string>): number {
	return [...wordsOf(line, 1)].filter((word) => words.has(word)).length;
}

/** Stems of the words of a text, and of the parts of names in it. */
function wordsOf(text: string, leastCharacters: number): Set<string> {
	const words = (text.match(WORD) ?? []).flatMap((word) => [word, ...nameParts(word)]);
	return new Set(words.filter(({ length }) => length >= leastCharacters).map((word) => stem(word.toLowerCase())));
}
