import type { UnsupportedSentence } from '../events.ts';
import type { CorpusReader } from '../ports/context.ts';
import { figureValue, isRounded, NUMBER } from '../steps/support.ts';
import { fold } from './fold.ts';
import { namedPlaces } from './places.ts';
import { blocksOf, inlineQuotes } from './quotes.ts';
import type { Seen } from './seen.ts';

/** Bounds: sentences of an answer that are looked at, those that are listed, and searches of the corpus. */
const MOST_SENTENCES = 300;
const MOST_LISTED = 20;
const MOST_SEARCHES = 40;
/** Figures up to this are counted by readers of any text: three reasons, two files. */
const SMALL_FIGURE = 12;
/** Shorter texts in quotes are ways of speaking. Words. */
const QUOTED_WORDS = 4;
const FIGURE =
	/(?<!\b(?:about|around|roughly|approximately|circa|ca\.|nearly|almost|over|under|than|etwa|rund|knapp|fast|über|unter|als) |~ ?)(?<![\p{L}\d_.,#:/@-])\d+(?:[.,]\d+)*(?![\p{L}\d_]|[:/-]\d)/gu;
/** `Ada Brandt`: two words or more that begin in upper case, not at the beginning of a sentence. */
const NAME = /(?<=[\p{Ll}\d,;:)] )\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+)+/gu;
const SENTENCE = /[^.!?\n]+(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]*/g;

/** What an answer can rest on. */
export interface Ground {
	readonly question: string;
	/** Other texts that the models were given: earlier exchanges, memory, values. */
	readonly given: readonly string[];
	readonly seen: Seen;
	readonly corpus: CorpusReader;
}

/**
 * Sentences of an answer with figures, quotations or names that occur neither in what cells have printed, nor in the
 * text, nor in the question. What code has computed without printing it is not among them: only what a model wrote is
 * doubted. Nothing is marked when more was printed than is kept.
 */
export async function unsupportedSentences(
	answer: string,
	ground: Ground,
	signal: AbortSignal,
): Promise<UnsupportedSentence[]> {
	const { seen, corpus, question, given } = ground;
	if (!seen.isWhole || answer === '') return [];
	const known = new Known([seen.printed, question, ...given].join('\n'), seen.written, corpus, signal);
	const found: UnsupportedSentence[] = [];
	for (const sentence of sentencesOf(answer, corpus)) {
		const terms = await missingTerms(sentence.checked, known);
		if (terms.length > 0) found.push({ sentence: sentence.shown, terms });
		if (found.length === MOST_LISTED || known.isExhausted) break;
	}
	return found;
}

interface Sentence {
	readonly shown: string;
	/** The sentence without places, addresses and inline code. */
	readonly checked: string;
}

function sentencesOf(answer: string, corpus: CorpusReader): Sentence[] {
	const { plain } = blocksOf(answer);
	let checked = plain;
	const blank = (at: number, end: number) => {
		checked = checked.slice(0, at) + ' '.repeat(end - at) + checked.slice(end);
	};
	for (const { at, end } of namedPlaces(plain, corpus)) blank(at, end);
	for (const { at, end, kind } of inlineQuotes(checked, checked)) if (kind === 'code') blank(at, end);
	for (const { 0: text, index } of checked.matchAll(/\bhttps?:\/\/\S+|^\s*(?:[-*+]|\d+[.)])\s|^#.*$/gm)) {
		blank(index, index + text.length);
	}
	const sentences: Sentence[] = [];
	for (const { 0: text, index } of checked.matchAll(SENTENCE)) {
		const shown = plain.slice(index, index + text.length).trim();
		if (shown.length > 3) sentences.push({ shown: shown.slice(0, 500), checked: text });
		if (sentences.length === MOST_SENTENCES) break;
	}
	return sentences;
}

async function missingTerms(sentence: string, known: Known): Promise<string[]> {
	const missing: string[] = [];
	const quotes = inlineQuotes(sentence, sentence).filter(({ kind }) => kind === 'quoted');
	let rest = sentence;
	for (const { text, at, end } of quotes) {
		rest = rest.slice(0, at) + ' '.repeat(end - at) + rest.slice(end);
		if (text.trim().split(/\s+/).length >= QUOTED_WORDS && !(await known.hasQuote(text))) missing.push(text);
	}
	let holds = 0;
	for (const [figure] of rest.matchAll(FIGURE)) {
		if (await known.hasFigure(figure)) holds++;
		else missing.push(figure);
	}
	const names: string[] = [];
	for (const [name] of rest.matchAll(NAME)) {
		if (await known.hasName(name)) holds++;
		else names.push(name);
	}
	// A name may be a way of speaking; it counts where nothing else in the sentence was read.
	return holds === 0 ? [...missing, ...names] : missing;
}

/** What was read, and searches for the rest in the text. */
class Known {
	readonly #text: string;
	readonly #folded: string;
	readonly #values: readonly number[];
	readonly #written: string;
	readonly #corpus: CorpusReader;
	readonly #signal: AbortSignal;
	#searches = 0;

	constructor(text: string, written: string, corpus: CorpusReader, signal: AbortSignal) {
		this.#text = text;
		this.#folded = fold(text);
		this.#values = [...new Set((text.match(NUMBER) ?? []).map(figureValue))];
		this.#written = written;
		this.#corpus = corpus;
		this.#signal = signal;
	}

	/** True when no more can be looked up, so that no more may be doubted. */
	get isExhausted(): boolean {
		return this.#searches >= MOST_SEARCHES || this.#signal.aborted;
	}

	async hasFigure(figure: string): Promise<boolean> {
		const value = figureValue(figure);
		if (Number.isInteger(value) && value <= SMALL_FIGURE) return true;
		if (!this.#written.includes(figure)) return true;
		if (this.#values.some((one) => isRounded(figure, one) || isRounded(figure, one * 100))) return true;
		const plain = figure.replace(/[.,](?=\d{3}\b)/g, '');
		const grouped = plain.replace(/\B(?=(?:\d{3})+$)/g, ',');
		return this.#isInCorpus([...new Set([figure, plain, grouped, grouped.replaceAll(',', '.')])]);
	}

	async hasQuote(quote: string): Promise<boolean> {
		const words = fold(quote).split(' ');
		const parts = [words.slice(0, QUOTED_WORDS).join(' '), words.slice(-QUOTED_WORDS).join(' ')];
		if (!this.#written.includes(quote) || parts.some((part) => this.#folded.includes(part))) return true;
		return this.#isInCorpus([quote.trim(), ...parts]);
	}

	async hasName(name: string): Promise<boolean> {
		const words = name.split(' ').flatMap((word) => [word, word.toLowerCase()]);
		if (!this.#written.includes(name) || words.some((word) => this.#text.includes(word))) return true;
		return this.#isInCorpus(words);
	}

	async #isInCorpus(texts: readonly string[]): Promise<boolean> {
		for (const text of texts) {
			if (this.isExhausted) return true;
			this.#searches++;
			if (await this.#corpus.find(text, this.#signal)) return true;
		}
		return this.#signal.aborted;
	}
}
