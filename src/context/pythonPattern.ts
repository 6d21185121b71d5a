import { compilePattern } from './patternReader.ts';
import { PatternTranslator } from './patternTranslator.ts';

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
	const ascii = new PatternTranslator(pattern, ignoreCase, true).translate();
	const unicode = new PatternTranslator(pattern, ignoreCase, false).translate();
	const flags = ascii.ignoreCase ? 'giv' : 'gv';
	return {
		ascii: compilePattern(ascii.source, flags),
		unicode: compilePattern(unicode.source, flags),
		literal: ascii.ignoreCase ? undefined : ascii.literal,
		required: ascii.ignoreCase ? undefined : ascii.required,
		isRequiredOnFirstLine: unicode.isRequiredOnFirstLine,
	};
}
