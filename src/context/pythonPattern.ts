/** A pattern that JavaScript's engine cannot run exactly as Python's would. The caller asks Python's own `re` then. */
export class PatternError extends Error {
	/** True when Python would refuse the pattern as well. */
	readonly isInvalid: boolean;

	constructor(message: string, isInvalid: boolean) {
		super(message);
		this.name = 'PatternError';
		this.isInvalid = isInvalid;
	}
}

/** A Python pattern as two JavaScript ones: a fast one for texts of ASCII only, and one for all texts. */
export interface PythonPattern {
	readonly ascii: RegExp;
	readonly unicode: RegExp;
	/** The text itself when the pattern is nothing but case-sensitive text. */
	readonly literal: string | undefined;
	/** Text that every match contains, the longest that is known; undefined when there is none. */
	readonly required: string | undefined;
	/** Every match starts on the line on which its first `required` text starts. */
	readonly isRequiredOnFirstLine: boolean;
}

/**
 * Translates a pattern of Python's `re`. Always multi-line: `^` and `$` match at the borders of lines, `$` also
 * before CRLF. Patterns that could backtrack without end (a repeated group that holds a repetition or alternatives)
 * are refused too, because JavaScript's engine cannot be interrupted and Python's can.
 * @throws PatternError
 */
export function translatePythonPattern(pattern: string, ignoreCase: boolean): PythonPattern {
	const ascii = new Translator(pattern, ignoreCase, true).translate();
	const unicode = new Translator(pattern, ignoreCase, false).translate();
	const flags = ascii.ignoreCase ? 'giv' : 'gv';
	return {
		ascii: compile(ascii.source, flags),
		unicode: compile(unicode.source, flags),
		literal: ascii.ignoreCase ? undefined : ascii.literal,
		required: ascii.ignoreCase ? undefined : ascii.required,
		isRequiredOnFirstLine: unicode.isRequiredOnFirstLine,
	};
}

function compile(source: string, flags: string): RegExp {
	try {
		return new RegExp(source, flags);
	} catch (error) {
		throw new PatternError(error instanceof Error ? error.message : String(error), false);
	}
}

/** Classes as Python defines them for str patterns, as the inside of a JavaScript class. */
const SPACE = '\\t\\n\\v\\f\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const UNICODE_CLASSES: Readonly<Record<string, string>> = { w: '\\p{L}\\p{N}_', d: '\\p{Nd}', s: SPACE };
const ASCII_CLASSES: Readonly<Record<string, string>> = { w: '\\w', d: '\\d', s: '\\t-\\r\\x1c-\\x1f ' };
const CONTROL_ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
/** A shorter text is in nearly every file. */
const REQUIRED_CHARACTERS = 3;
/** Code points that JavaScript accepts unescaped everywhere. */
const PLAIN = /^[\p{L}\p{N}]$/u;

/** What a piece of the pattern was, for the rules about what may follow it. */
interface Piece {
	readonly source: string;
	readonly isRepeatable: boolean;
	/** Can match in several ways (a variable repetition, alternatives): repeating it could explode. */
	readonly hasRepetition: boolean;
	/** Set when the piece is nothing but this text. */
	readonly text?: string;
}

/** Collects the longest run of text that stands outside of groups. */
class RequiredText {
	#longest = '';
	#run = '';
	#isKnown = true;
	/** Whether what stands before the run can match a line feed. */
	#isAfterFeed = false;
	/** The same for the longest run. */
	isAfterFeed = false;

	/** @param isAfterFeed whether anything so far, this text included, can match a line feed */
	add(text: string | undefined, isAfterFeed: boolean): void {
		if (text === undefined) {
			this.#run = '';
			this.#isAfterFeed = isAfterFeed;
			return;
		}
		this.#run += text;
		if (this.#run.length <= this.#longest.length) return;
		this.#longest = this.#run;
		this.isAfterFeed = this.#isAfterFeed;
	}

	/** There is another way to match. */
	forget(): void {
		this.#isKnown = false;
	}

	get value(): string | undefined {
		return this.#isKnown && this.#longest.length >= REQUIRED_CHARACTERS ? this.#longest : undefined;
	}
}

class Translator {
	readonly #characters: readonly string[];
	readonly #classes: Readonly<Record<string, string>>;
	readonly #isAscii: boolean;
	#position = 0;
	#isDotAll = false;
	#isVerbose = false;
	#ignoreCase: boolean;
	#literal: string | undefined = '';
	readonly #required = new RequiredText();
	/** Whether any piece so far can match a line feed. */
	#matchesFeed = false;
	#depth = 0;
	#groupCount = 0;
	readonly #openGroups = new Set<number>();
	readonly #groupNames = new Map<string, number>();
	#hasBackreference = false;
	/** A group may stay unset or be set again: then backreferences differ between the languages. */
	#hasUncertainGroups = false;
	#lookbehindDepth = 0;

	constructor(pattern: string, ignoreCase: boolean, isAscii: boolean) {
		this.#characters = [...pattern];
		this.#ignoreCase = ignoreCase;
		this.#isAscii = isAscii;
		this.#classes = isAscii ? ASCII_CLASSES : UNICODE_CLASSES;
	}

	translate() {
		this.#leadingFlags();
		const { source } = this.#alternatives();
		if (this.#position < this.#characters.length) throw this.#invalid('unbalanced parenthesis');
		if (this.#hasBackreference && this.#hasUncertainGroups) {
			throw unsupported('a backreference in a pattern with alternatives or repeated groups');
		}
		return {
			source,
			ignoreCase: this.#ignoreCase,
			literal: this.#literal || undefined,
			required: this.#required.value,
			isRequiredOnFirstLine: !this.#required.isAfterFeed,
		};
	}

	/** `(?im)` and the like; Python allows them at the start only. */
	#leadingFlags(): void {
		for (;;) {
			const rest = this.#characters.slice(this.#position, this.#position + 12).join('');
			const flags = /^\(\?([aiLmsux]+)\)/.exec(rest);
			if (!flags) return;
			for (const flag of flags[1] ?? '') {
				if (flag === 'i') this.#ignoreCase = true;
				else if (flag === 's') this.#isDotAll = true;
				else if (flag === 'x') this.#isVerbose = true;
				else if (flag === 'L') throw this.#invalid("bad inline flags: cannot use 'L' flag with a str pattern");
				else if (flag === 'a') throw unsupported('the flag (?a)');
			}
			this.#position += flags[0].length;
		}
	}

	#alternatives(): { source: string; hasRepetition: boolean } {
		let source = '';
		let hasRepetition = false;
		for (;;) {
			const sequence = this.#sequence();
			source += sequence.source;
			hasRepetition ||= sequence.hasRepetition;
			if (this.#peek() !== '|') return { source, hasRepetition };
			this.#next();
			source += '|';
			hasRepetition = true;
			this.#literal = undefined;
			if (this.#depth === 0) this.#required.forget();
			this.#hasUncertainGroups = true;
		}
	}

	#sequence(): { source: string; hasRepetition: boolean } {
		let source = '';
		let hasRepetition = false;
		for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
			if (this.#skipVerbose()) continue;
			const piece = this.#quantified(this.#piece());
			source += piece.source;
			if (this.#depth === 0) this.#required.add(piece.text, this.#matchesFeed);
			hasRepetition ||= piece.hasRepetition;
		}
		return { source, hasRepetition };
	}

	#skipVerbose(): boolean {
		if (!this.#isVerbose) return false;
		const character = this.#peek() ?? '';
		if (/^[ \t\n\r\f\v]$/.test(character)) {
			this.#next();
			return true;
		}
		if (character !== '#') return false;
		while (this.#peek() !== undefined && this.#next() !== '\n');
		return true;
	}

	#piece(): Piece {
		const character = this.#next();
		switch (character) {
			case '.':
				return this.#oneOf(this.#isDotAll ? '[\\s\\S]' : '[^\\n]');
			case '^':
				return this.#special('(?<![^\\n])', false);
			case '$':
				return this.#special('(?=\\r?\\n|\\r?$)', false);
			case '(':
				return this.#group();
			case '[':
				return this.#oneOf(this.#class());
			case '\\':
				return this.#escape();
			case '*':
			case '+':
			case '?':
				throw this.#invalid('nothing to repeat');
			case '{':
				if (this.#bounds()) throw this.#invalid('nothing to repeat');
				return this.#text(character);
			default:
				return this.#text(character ?? '');
		}
	}

	#text(character: string): Piece {
		if (this.#literal !== undefined) this.#literal += character;
		this.#matchesFeed ||= character === '\n';
		return { source: quote(character), isRepeatable: true, hasRepetition: false, text: character };
	}

	#special(source: string, isRepeatable = true): Piece {
		this.#literal = undefined;
		return { source, isRepeatable, hasRepetition: false };
	}

	/** A character of a class, which is given as JavaScript. */
	#oneOf(source: string): Piece {
		this.#matchesFeed ||= compile(source, 'v').test('\n');
		return this.#special(source);
	}

	#quantified(piece: Piece): Piece {
		while (this.#skipVerbose());
		const start = this.#position;
		const quantifier = this.#quantifier();
		if (!quantifier) return piece;
		this.#literal = undefined;
		if (!piece.isRepeatable) throw unsupported('a repeated assertion');
		const lazy = this.#peek() === '?' ? (this.#next() ?? '') : '';
		if (!lazy && this.#peek() === '+') throw unsupported('a possessive quantifier');
		while (this.#skipVerbose());
		const again = this.#position;
		if (this.#quantifier()) {
			this.#position = again;
			throw this.#invalid('multiple repeat');
		}
		if (quantifier.max > 1 && piece.hasRepetition) {
			this.#position = start;
			throw unsupported('a repeated group that holds a repetition or alternatives');
		}
		if (piece.source.includes('(')) this.#hasUncertainGroups = true;
		const isVariable = quantifier.min !== quantifier.max;
		if (isVariable && this.#lookbehindDepth > 0) throw this.#invalid('look-behind requires fixed-width pattern');
		return {
			source: piece.source + quantifier.source + lazy,
			isRepeatable: true,
			hasRepetition: piece.hasRepetition || isVariable,
		};
	}

	#quantifier(): { source: string; min: number; max: number } | undefined {
		const character = this.#peek();
		if (character === '*' || character === '+' || character === '?') {
			this.#next();
			const max = character === '?' ? 1 : Number.POSITIVE_INFINITY;
			return { source: character, min: character === '+' ? 1 : 0, max };
		}
		if (character !== '{') return undefined;
		this.#next();
		const bounds = this.#bounds();
		if (!bounds) this.#position--;
		return bounds;
	}

	/** What stands after `{`, when it is a quantifier; in Python any other `{` is text. */
	#bounds(): { source: string; min: number; max: number } | undefined {
		const rest = this.#characters.slice(this.#position, this.#position + 40).join('');
		const bounds = /^(?:(\d+)|(\d*),(\d*))\}/.exec(rest);
		if (!bounds) return undefined;
		const min = Number(bounds[1] ?? bounds[2] ?? 0);
		const upper = bounds[1] ?? bounds[3];
		const max = upper ? Number(upper) : Number.POSITIVE_INFINITY;
		if (max < min) throw this.#invalid('min repeat greater than max repeat');
		this.#position += bounds[0].length;
		return { source: `{${min},${Number.isFinite(max) ? max : ''}}`, min, max };
	}

	#group(): Piece {
		this.#literal = undefined;
		if (this.#peek() !== '?') return this.#body('(', true);
		this.#next();
		const kind = this.#next();
		if (kind === ':') return this.#body('(?:');
		if (kind === '=' || kind === '!') return { ...this.#body(`(?${kind}`), isRepeatable: false };
		if (kind === '#') return this.#comment();
		if (kind === '<') return this.#lookbehind();
		if (kind === 'P') return this.#named();
		if (kind === '>') throw unsupported('an atomic group');
		if (kind === '(') throw unsupported('a conditional group');
		if (kind !== undefined && /[aiLmsux-]/.test(kind)) throw unsupported('inline flags that are not at the start');
		throw this.#invalid(kind === undefined ? 'unexpected end of pattern' : `unknown extension ?${kind}`);
	}

	#body(opening: string, isCapture = false): Piece {
		const number = isCapture ? ++this.#groupCount : 0;
		if (isCapture) this.#openGroups.add(number);
		this.#depth++;
		const { source, hasRepetition } = this.#alternatives();
		this.#depth--;
		if (this.#next() !== ')') throw this.#invalid('missing ), unterminated subpattern');
		this.#openGroups.delete(number);
		return { source: `${opening}${source})`, isRepeatable: true, hasRepetition };
	}

	#comment(): Piece {
		for (let next = this.#next(); next !== ')'; next = this.#next()) {
			if (next === undefined) throw this.#invalid('missing ), unterminated comment');
		}
		return { source: '', isRepeatable: false, hasRepetition: false };
	}

	#lookbehind(): Piece {
		const kind = this.#next();
		if (kind !== '=' && kind !== '!') throw this.#invalid(`unknown extension ?<${kind ?? ''}`);
		this.#lookbehindDepth++;
		const piece = this.#body(`(?<${kind}`);
		this.#lookbehindDepth--;
		if (piece.source.includes('|')) throw unsupported('alternatives in a look-behind');
		return { ...piece, isRepeatable: false };
	}

	#named(): Piece {
		const kind = this.#next();
		if (kind === '<') {
			const name = this.#name('>');
			if (this.#groupNames.has(name)) throw this.#invalid(`redefinition of group name '${name}'`);
			this.#groupNames.set(name, this.#groupCount + 1);
			return this.#body('(', true);
		}
		if (kind !== '=') throw this.#invalid(`unknown extension ?P${kind ?? ''}`);
		const name = this.#name(')');
		const number = this.#groupNames.get(name);
		if (number === undefined) throw this.#invalid(`unknown group name '${name}'`);
		return this.#backreference(number);
	}

	#name(end: string): string {
		let name = '';
		for (let next = this.#next(); next !== end; next = this.#next()) {
			if (next === undefined) throw this.#invalid(`missing ${end}, unterminated name`);
			name += next;
		}
		if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw this.#invalid(`bad character in group name '${name}'`);
		return name;
	}

	#backreference(number: number): Piece {
		if (number > this.#groupCount) throw this.#invalid(`invalid group reference ${number}`);
		if (this.#openGroups.has(number)) throw this.#invalid('cannot refer to an open group');
		this.#hasBackreference = true;
		return this.#special(`(?:\\${number})`);
	}

	#escape(): Piece {
		const character = this.#next();
		if (character === undefined) throw this.#invalid('bad escape (end of pattern)');
		switch (character) {
			case 'A':
				return this.#special('(?<![\\s\\S])', false);
			case 'Z':
			case 'z':
				return this.#special('(?![\\s\\S])', false);
			case 'b':
			case 'B':
				return this.#special(this.#wordBorder(character), false);
		}
		const shorthand = this.#shorthand(character);
		if (shorthand) return this.#oneOf(`[${shorthand}]`);
		if (/[1-9]/.test(character) && !this.#isOctal(character)) return this.#numberedReference(character);
		return this.#text(String.fromCodePoint(this.#escapedCodePoint(character)));
	}

	#wordBorder(kind: 'b' | 'B'): string {
		if (this.#isAscii) return `\\${kind}`;
		const word = `[${UNICODE_CLASSES.w}]`;
		if (kind === 'b') return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
		return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;
	}

	/** `\w` and its like as the inside of a class. */
	#shorthand(character: string): string | undefined {
		const inside = /[wdsWDS]/.test(character) ? this.#classes[character.toLowerCase()] : undefined;
		return inside && (/[WDS]/.test(character) ? `[^${inside}]` : inside);
	}

	#isOctal(first: string): boolean {
		const rest = first + this.#characters.slice(this.#position, this.#position + 2).join('');
		return /^[0-3][0-7][0-7]/.test(rest);
	}

	#numberedReference(first: string): Piece {
		const second = this.#peek();
		const digits = second !== undefined && /\d/.test(second) ? first + (this.#next() ?? '') : first;
		return this.#backreference(Number(digits));
	}

	/** The character that `\n`, `\x41`, `\u00e9`, `\.` and the like stand for; the first one is consumed already. */
	#escapedCodePoint(character: string): number {
		const control = CONTROL_ESCAPES[character];
		if (control !== undefined) return control;
		const digits = { x: 2, u: 4, U: 8 }[character];
		if (digits) return this.#hexadecimal(character, digits);
		if (/[0-7]/.test(character)) return this.#octal(character);
		if (character === 'N') throw unsupported('a character by name');
		if (/[A-Za-z89]/.test(character)) throw this.#invalid(`bad escape \\${character}`);
		return character.codePointAt(0) ?? 0;
	}

	#hexadecimal(kind: string, count: number): number {
		const digits = this.#characters.slice(this.#position, this.#position + count).join('');
		const value = Number.parseInt(digits, 16);
		if (digits.length !== count || !/^[\da-f]+$/i.test(digits) || value > 0x10ffff) {
			throw this.#invalid(`incomplete escape \\${kind}${digits}`);
		}
		this.#position += count;
		return value;
	}

	#octal(first: string): number {
		let digits = first;
		while (digits.length < 3 && /^[0-7]$/.test(this.#peek() ?? '')) digits += this.#next();
		return Number.parseInt(digits, 8);
	}

	#class(): string {
		const isNegated = this.#peek() === '^';
		if (isNegated) this.#next();
		let inside = '';
		for (let isFirst = true; ; isFirst = false) {
			const character = this.#next();
			if (character === undefined) throw this.#invalid('unterminated character set');
			if (character === ']' && !isFirst) return `[${isNegated ? '^' : ''}${inside}]`;
			inside += this.#classItem(character);
		}
	}

	/** One member of a class: a character, a shorthand, or a range. */
	#classItem(character: string): string {
		const low = this.#classMember(character);
		const isRange = this.#peek() === '-' && this.#characters[this.#position + 1] !== ']';
		if (!isRange) return typeof low === 'string' ? low : codePointSource(low);
		this.#next();
		const end = this.#next();
		if (end === undefined) throw this.#invalid('unterminated character set');
		const high = this.#classMember(end);
		if (typeof low === 'string' || typeof high === 'string' || high < low) throw this.#invalid('bad character range');
		return `${codePointSource(low)}-${codePointSource(high)}`;
	}

	#classMember(character: string): number | string {
		if (character !== '\\') return character.codePointAt(0) ?? 0;
		const escaped = this.#next();
		if (escaped === undefined) throw this.#invalid('unterminated character set');
		return this.#shorthand(escaped) ?? this.#escapedCodePoint(escaped);
	}

	#peek(): string | undefined {
		return this.#characters[this.#position];
	}

	#next(): string | undefined {
		const character = this.#characters[this.#position];
		if (character !== undefined) this.#position++;
		return character;
	}

	#invalid(problem: string): PatternError {
		return new PatternError(`${problem} at position ${Math.max(0, this.#position - 1)}`, true);
	}
}

function unsupported(what: string): PatternError {
	return new PatternError(`${what} is left to Python`, false);
}

function quote(character: string): string {
	return PLAIN.test(character) ? character : codePointSource(character.codePointAt(0) ?? 0);
}

function codePointSource(codePoint: number): string {
	return `\\u{${codePoint.toString(16)}}`;
}
