import { compilePattern } from './patternReader.ts';
import { PatternTranslator } from './patternTranslator.ts';

/** A Python pattern as two JavaScript ones: a fast one for texts of ASCII only, and one for all texts. */
export interface PythonPattern {
	readonly ascii: RegExp;
	readonly unicode: RegExp;
	/** The text itself when the pattern is only case-sensitive text. */
	readonly literal: string | undefined;
	/** Longest known text that every match contains; undefined when there is none. */
	readonly required: string | undefined;
	/** True when every match starts on the line of its first `required` text. */
	readonly isRequiredOnFirstLine: boolean;
}

/**
 * Translates a pattern of Python's `re`. Always multi-line: `^` and `$` match at line borders, `$` also before CRLF.
 * Also rejects patterns that could backtrack without end (a repeated group that contains a repetition or alternatives),
 * because JavaScript's engine cannot be interrupted and Python's can.
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
