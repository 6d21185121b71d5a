import { unsupported } from './patternError.ts';
import { compilePattern, PatternReader, quote } from './patternReader.ts';
import { RequiredText } from './requiredText.ts';

/** Properties of a piece of the pattern, for the rules about what may follow it. */
interface Piece {
	readonly source: string;
	readonly isRepeatable: boolean;
	/** True when it can match in several ways (a variable repetition, alternatives): repeating it could explode. */
	readonly hasRepetition: boolean;
	/** Set when the piece is only this text. */
	readonly text?: string;
}

/** Translates one pattern for one kind of text. */
export class PatternTranslator {
	readonly #reader: PatternReader;
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
	/** A group may stay unset or be set again. Backreferences to it then behave differently in the two languages. */
	#hasUncertainGroups = false;
	#lookbehindDepth = 0;

	constructor(pattern: string, ignoreCase: boolean, isAscii: boolean) {
		this.#reader = new PatternReader(pattern, isAscii);
		this.#ignoreCase = ignoreCase;
	}

	translate() {
		this.#leadingFlags();
		const { source } = this.#alternatives();
		if (this.#reader.peek() !== undefined) throw this.#reader.invalid('unbalanced parenthesis');
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

	/** `(?im)` and similar; Python allows them only at the start. */
	#leadingFlags(): void {
		for (;;) {
			const rest = this.#reader.ahead(12);
			const flags = /^\(\?([aiLmsux]+)\)/.exec(rest);
			if (!flags) return;
			for (const flag of flags[1] ?? '') {
				if (flag === 'i') this.#ignoreCase = true;
				else if (flag === 's') this.#isDotAll = true;
				else if (flag === 'x') this.#isVerbose = true;
				else if (flag === 'L') throw this.#reader.invalid("bad inline flags: cannot use 'L' flag with a str pattern");
				else if (flag === 'a') throw unsupported('the flag (?a)');
			}
			this.#reader.position += flags[0].length;
		}
	}

	#alternatives(): { source: string; hasRepetition: boolean } {
		let source = '';
		let hasRepetition = false;
		for (;;) {
			const sequence = this.#sequence();
			source += sequence.source;
			hasRepetition ||= sequence.hasRepetition;
			if (this.#reader.peek() !== '|') return { source, hasRepetition };
			this.#reader.next();
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
		for (
			let next = this.#reader.peek();
			next !== undefined && next !== '|' && next !== ')';
			next = this.#reader.peek()
		) {
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
		const character = this.#reader.peek() ?? '';
		if (/^[ \t\n\r\f\v]$/.test(character)) {
			this.#reader.next();
			return true;
		}
		if (character !== '#') return false;
		while (this.#reader.peek() !== undefined && this.#reader.next() !== '\n');
		return true;
	}

	#piece(): Piece {
		const character = this.#reader.next();
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
				return this.#oneOf(this.#reader.characterClass());
			case '\\':
				return this.#escape();
			case '*':
			case '+':
			case '?':
				throw this.#reader.invalid('nothing to repeat');
			case '{':
				if (this.#bounds()) throw this.#reader.invalid('nothing to repeat');
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

	/** A character of a class, given as JavaScript. */
	#oneOf(source: string): Piece {
		this.#matchesFeed ||= compilePattern(source, 'v').test('\n');
		return this.#special(source);
	}

	#quantified(piece: Piece): Piece {
		while (this.#skipVerbose());
		const start = this.#reader.position;
		const quantifier = this.#quantifier();
		if (!quantifier) return piece;
		this.#literal = undefined;
		if (!piece.isRepeatable) throw unsupported('a repeated assertion');
		const lazy = this.#reader.peek() === '?' ? (this.#reader.next() ?? '') : '';
		if (!lazy && this.#reader.peek() === '+') throw unsupported('a possessive quantifier');
		while (this.#skipVerbose());
		const again = this.#reader.position;
		if (this.#quantifier()) {
			this.#reader.position = again;
			throw this.#reader.invalid('multiple repeat');
		}
		if (quantifier.max > 1 && piece.hasRepetition) {
			this.#reader.position = start;
			throw unsupported('a repeated group that holds a repetition or alternatives');
		}
		if (piece.source.includes('(')) this.#hasUncertainGroups = true;
		const isVariable = quantifier.min !== quantifier.max;
		if (isVariable && this.#lookbehindDepth > 0) throw this.#reader.invalid('look-behind requires fixed-width pattern');
		return {
			source: piece.source + quantifier.source + lazy,
			isRepeatable: true,
			hasRepetition: piece.hasRepetition || isVariable,
		};
	}

	#quantifier(): { source: string; min: number; max: number } | undefined {
		const character = this.#reader.peek();
		if (character === '*' || character === '+' || character === '?') {
			this.#reader.next();
			const max = character === '?' ? 1 : Number.POSITIVE_INFINITY;
			return { source: character, min: character === '+' ? 1 : 0, max };
		}
		if (character !== '{') return undefined;
		this.#reader.next();
		const bounds = this.#bounds();
		if (!bounds) this.#reader.position--;
		return bounds;
	}

	/** The text after `{`, if it is a quantifier; in Python any other `{` is literal. */
	#bounds(): { source: string; min: number; max: number } | undefined {
		const rest = this.#reader.ahead(40);
		const bounds = /^(?:(\d+)|(\d*),(\d*))\}/.exec(rest);
		if (!bounds) return undefined;
		const min = Number(bounds[1] ?? bounds[2] ?? 0);
		const upper = bounds[1] ?? bounds[3];
		const max = upper ? Number(upper) : Number.POSITIVE_INFINITY;
		if (max < min) throw this.#reader.invalid('min repeat greater than max repeat');
		this.#reader.position += bounds[0].length;
		return { source: `{${min},${Number.isFinite(max) ? max : ''}}`, min, max };
	}

	#group(): Piece {
		this.#literal = undefined;
		if (this.#reader.peek() !== '?') return this.#body('(', true);
		this.#reader.next();
		const kind = this.#reader.next();
		if (kind === ':') return this.#body('(?:');
		if (kind === '=' || kind === '!') return { ...this.#body(`(?${kind}`), isRepeatable: false };
		if (kind === '#') return this.#comment();
		if (kind === '<') return this.#lookbehind();
		if (kind === 'P') return this.#named();
		if (kind === '>') throw unsupported('an atomic group');
		if (kind === '(') throw unsupported('a conditional group');
		if (kind !== undefined && /[aiLmsux-]/.test(kind)) throw unsupported('inline flags that are not at the start');
		throw this.#reader.invalid(kind === undefined ? 'unexpected end of pattern' : `unknown extension ?${kind}`);
	}

	#body(opening: string, isCapture = false): Piece {
		const number = isCapture ? ++this.#groupCount : 0;
		if (isCapture) this.#openGroups.add(number);
		this.#depth++;
		const { source, hasRepetition } = this.#alternatives();
		this.#depth--;
		if (this.#reader.next() !== ')') throw this.#reader.invalid('missing ), unterminated subpattern');
		this.#openGroups.delete(number);
		return { source: `${opening}${source})`, isRepeatable: true, hasRepetition };
	}

	#comment(): Piece {
		for (let next = this.#reader.next(); next !== ')'; next = this.#reader.next()) {
			if (next === undefined) throw this.#reader.invalid('missing ), unterminated comment');
		}
		return { source: '', isRepeatable: false, hasRepetition: false };
	}

	#lookbehind(): Piece {
		const kind = this.#reader.next();
		if (kind !== '=' && kind !== '!') throw this.#reader.invalid(`unknown extension ?<${kind ?? ''}`);
		this.#lookbehindDepth++;
		const piece = this.#body(`(?<${kind}`);
		this.#lookbehindDepth--;
		if (piece.source.includes('|')) throw unsupported('alternatives in a look-behind');
		return { ...piece, isRepeatable: false };
	}

	#named(): Piece {
		const kind = this.#reader.next();
		if (kind === '<') {
			const name = this.#name('>');
			if (this.#groupNames.has(name)) throw this.#reader.invalid(`redefinition of group name '${name}'`);
			this.#groupNames.set(name, this.#groupCount + 1);
			return this.#body('(', true);
		}
		if (kind !== '=') throw this.#reader.invalid(`unknown extension ?P${kind ?? ''}`);
		const name = this.#name(')');
		const number = this.#groupNames.get(name);
		if (number === undefined) throw this.#reader.invalid(`unknown group name '${name}'`);
		return this.#backreference(number);
	}

	#name(end: string): string {
		let name = '';
		for (let next = this.#reader.next(); next !== end; next = this.#reader.next()) {
			if (next === undefined) throw this.#reader.invalid(`missing ${end}, unterminated name`);
			name += next;
		}
		if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw this.#reader.invalid(`bad character in group name '${name}'`);
		return name;
	}

	#backreference(number: number): Piece {
		if (number > this.#groupCount) throw this.#reader.invalid(`invalid group reference ${number}`);
		if (this.#openGroups.has(number)) throw this.#reader.invalid('cannot refer to an open group');
		this.#hasBackreference = true;
		return this.#special(`(?:\\${number})`);
	}

	#escape(): Piece {
		const character = this.#reader.next();
		if (character === undefined) throw this.#reader.invalid('bad escape (end of pattern)');
		switch (character) {
			case 'A':
				return this.#special('(?<![\\s\\S])', false);
			case 'Z':
			case 'z':
				return this.#special('(?![\\s\\S])', false);
			case 'b':
			case 'B':
				return this.#special(this.#reader.wordBorder(character), false);
		}
		const shorthand = this.#reader.shorthand(character);
		if (shorthand) return this.#oneOf(`[${shorthand}]`);
		if (/[1-9]/.test(character) && !this.#reader.isOctal(character)) return this.#numberedReference(character);
		return this.#text(String.fromCodePoint(this.#reader.escapedCodePoint(character)));
	}

	#numberedReference(first: string): Piece {
		const second = this.#reader.peek();
		const digits = second !== undefined && /\d/.test(second) ? first + (this.#reader.next() ?? '') : first;
		return this.#backreference(Number(digits));
	}
}
