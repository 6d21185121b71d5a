import { reasonOf } from '../core/errors.ts';
import { PatternError, unsupported } from './patternError.ts';

/** Python's classes for str patterns, as the inside of a JavaScript class. */
const SPACE = '\\t\\n\\v\\f\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const UNICODE_CLASSES: Readonly<Record<string, string>> = { w: '\\p{L}\\p{N}_', d: '\\p{Nd}', s: SPACE };
const ASCII_CLASSES: Readonly<Record<string, string>> = { w: '\\w', d: '\\d', s: '\\t-\\r\\x1c-\\x1f ' };
const CONTROL_ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
/** Code points that need no escape anywhere in JavaScript. */
const PLAIN = /^[\p{L}\p{N}]$/u;

/** Reads a pattern of Python's `re` from left to right: single characters, escapes and classes. */
export class PatternReader {
	/** Index of the next character. */
	position = 0;
	readonly #characters: readonly string[];
	readonly #classes: Readonly<Record<string, string>>;
	readonly #isAscii: boolean;

	/** @param isAscii whether the texts are ASCII only */
	constructor(pattern: string, isAscii: boolean) {
		this.#characters = [...pattern];
		this.#isAscii = isAscii;
		this.#classes = isAscii ? ASCII_CLASSES : UNICODE_CLASSES;
	}

	/** The next characters, without consuming them. */
	ahead(count: number): string {
		return this.#characters.slice(this.position, this.position + count).join('');
	}

	/** Boundary escapes `\b` and `\B`. */
	wordBorder(kind: 'b' | 'B'): string {
		if (this.#isAscii) return `\\${kind}`;
		const word = `[${UNICODE_CLASSES.w}]`;
		if (kind === 'b') return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
		return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;
	}

	/** `\w` and similar, as the inside of a class. */
	shorthand(character: string): string | undefined {
		const inside = /[wdsWDS]/.test(character) ? this.#classes[character.toLowerCase()] : undefined;
		return inside && (/[WDS]/.test(character) ? `[^${inside}]` : inside);
	}

	/** Whether a digit and the following characters form an octal escape. */
	isOctal(first: string): boolean {
		const rest = first + this.ahead(2);
		return /^[0-3][0-7][0-7]/.test(rest);
	}

	/**
	 * The character that `\n`, `\x41`, `\u00e9`, `\.` and similar stand for.
	 * @param character the one after the backslash, already consumed
	 */
	escapedCodePoint(character: string): number {
		const control = CONTROL_ESCAPES[character];
		if (control !== undefined) return control;
		const digits = { x: 2, u: 4, U: 8 }[character];
		if (digits) return this.#hexadecimal(character, digits);
		if (/[0-7]/.test(character)) return this.#octal(character);
		if (character === 'N') throw unsupported('a character by name');
		if (/[A-Za-z89]/.test(character)) throw this.invalid(`bad escape \\${character}`);
		return character.codePointAt(0) ?? 0;
	}

	#hexadecimal(kind: string, count: number): number {
		const digits = this.ahead(count);
		const value = Number.parseInt(digits, 16);
		if (digits.length !== count || !/^[\da-f]+$/i.test(digits) || value > 0x10ffff) {
			throw this.invalid(`incomplete escape \\${kind}${digits}`);
		}
		this.position += count;
		return value;
	}

	#octal(first: string): number {
		let digits = first;
		while (digits.length < 3 && /^[0-7]$/.test(this.peek() ?? '')) digits += this.next();
		return Number.parseInt(digits, 8);
	}

	/** A class after its opening bracket, as JavaScript. */
	characterClass(): string {
		const isNegated = this.peek() === '^';
		if (isNegated) this.next();
		let inside = '';
		for (let isFirst = true; ; isFirst = false) {
			const character = this.next();
			if (character === undefined) throw this.invalid('unterminated character set');
			if (character === ']' && !isFirst) return `[${isNegated ? '^' : ''}${inside}]`;
			inside += this.#classItem(character);
		}
	}

	/** One member of a class: a character, a shorthand, or a range. */
	#classItem(character: string): string {
		const low = this.#classMember(character);
		const isRange = this.peek() === '-' && this.#characters[this.position + 1] !== ']';
		if (!isRange) return typeof low === 'string' ? low : codePointSource(low);
		this.next();
		const end = this.next();
		if (end === undefined) throw this.invalid('unterminated character set');
		const high = this.#classMember(end);
		if (typeof low === 'string' || typeof high === 'string' || high < low) throw this.invalid('bad character range');
		return `${codePointSource(low)}-${codePointSource(high)}`;
	}

	#classMember(character: string): number | string {
		if (character !== '\\') return character.codePointAt(0) ?? 0;
		const escaped = this.next();
		if (escaped === undefined) throw this.invalid('unterminated character set');
		return this.shorthand(escaped) ?? this.escapedCodePoint(escaped);
	}

	/** The next character, without consuming it. */
	peek(): string | undefined {
		return this.#characters[this.position];
	}

	/** The next character; undefined at the end. */
	next(): string | undefined {
		const character = this.#characters[this.position];
		if (character !== undefined) this.position++;
		return character;
	}

	/** The error for a pattern that Python rejects too. */
	invalid(problem: string): PatternError {
		return new PatternError(`${problem} at position ${Math.max(0, this.position - 1)}`, true);
	}
}

/** Compiles JavaScript. @throws PatternError */
export function compilePattern(source: string, flags: string): RegExp {
	try {
		return new RegExp(source, flags);
	} catch (error) {
		throw new PatternError(reasonOf(error), false);
	}
}

/** A character as JavaScript. */
export function quote(character: string): string {
	return PLAIN.test(character) ? character : codePointSource(character.codePointAt(0) ?? 0);
}

function codePointSource(codePoint: number): string {
	return `\\u{${codePoint.toString(16)}}`;
}
