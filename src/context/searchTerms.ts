import { nameParts, STOP_WORDS, stem } from '../core/words.ts';

/** One term to search for. */
export interface SearchTerm {
	/** Global and case-insensitive. */
	readonly expression: RegExp;
	/** True when it must start at the border of a word or of a part of a name; false for scripts without spaces. */
	readonly isWord: boolean;
	/** Letters that may follow in the same word: inflections. */
	readonly forgivenLetters: number;
}

/** Scripts written without spaces: Chinese, Japanese, Thai and similar. */
const UNSPACED =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]+/gu;
const MAX_TERMS = 24;

/** The terms of a question: words, the parts of names, and pairs of characters in scripts without spaces. */
export function queryTerms(query: string): SearchTerm[] {
	const unspaced = (query.match(UNSPACED) ?? []).flatMap(pairs);
	const words = query.replace(UNSPACED, ' ').match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
	const names = words.flatMap((word) => [word, ...partsOf(word)]).map((word) => word.toLowerCase());
	const telling = names.filter((word) => !STOP_WORDS.has(word) && /[\p{L}\p{N}]/u.test(word));
	const chosen = telling.length + unspaced.length > 0 ? telling : names;
	return [
		...new Map(chosen.map((word) => [stem(word), wordTerm(word)])).values(),
		...[...new Set(unspaced)].map((pair) => ({
			expression: new RegExp(pair, 'gu'),
			isWord: false,
			forgivenLetters: 0,
		})),
	].slice(0, MAX_TERMS);
}

/** The parts of a name, if there are several. */
function partsOf(word: string): string[] {
	const found = nameParts(word);
	return found.length > 1 ? found : [];
}

function pairs(run: string): string[] {
	const characters = [...run];
	if (characters.length === 1) return characters;
	return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

function wordTerm(word: string): SearchTerm {
	const stemmed = stem(word);
	return {
		expression: new RegExp(stemmed, /^[\x20-\x7e]*$/.test(stemmed) ? 'gi' : 'giu'),
		isWord: true,
		forgivenLetters: stemmed.length >= 4 ? 3 : word.length - stemmed.length,
	};
}

const LETTER = /\p{L}/u;

function isLetter(unit: number): boolean {
	if (unit < 128) return isLower(unit) || isUpper(unit);
	return LETTER.test(String.fromCharCode(unit));
}

function isLower(unit: number): boolean {
	return unit >= 97 && unit <= 122;
}

function isUpper(unit: number): boolean {
	return unit >= 65 && unit <= 90;
}

/** Whether a word or a part of a name starts at a position: not after a letter, or at a change of case. */
export function isPartBorder(text: string, position: number): boolean {
	if (position === 0) return true;
	const before = text.charCodeAt(position - 1);
	if (!isLetter(before)) return true;
	const here = text.charCodeAt(position);
	return isUpper(here) && (!isUpper(before) || isLower(text.charCodeAt(position + 1)));
}

/** Whether at most `forgiven` letters of the same part follow. */
export function isPartEnd(text: string, end: number, forgiven: number): boolean {
	const isUpperPart = isUpper(text.charCodeAt(end - 1));
	for (let letters = 0; ; letters++) {
		const unit = text.charCodeAt(end + letters);
		const ends = Number.isNaN(unit) || !isLetter(unit) || (isUpper(unit) && !isUpperPart);
		if (ends) return true;
		if (letters === forgiven) return false;
	}
}
