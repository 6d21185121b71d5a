import { cell } from './cells.ts';
import type { Question } from './question.ts';
import { isStopWord } from './words.ts';

/** A value that a plan passes to its Python. */
export type PythonValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** Cells of Python, preceded by the values that they use. */
export function python(values: Readonly<Record<string, PythonValue>>, ...cells: readonly string[]): string {
	const assignments = Object.entries(values).map(([name, value]) => `${name} = ${literal(value)}`);
	return [...assignments, ...cells.map(cell)].join('\n');
}

/** A value as a Python literal. Whatever the text, its literal stays on one line and ends where it should. */
export function literal(value: PythonValue): string {
	if (typeof value === 'boolean') return value ? 'True' : 'False';
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return textLiteral(value);
	if (isList(value)) return `[${value.map(textLiteral).join(', ')}]`;
	const entries = Object.entries(value).map(([key, item]) => `    ${textLiteral(key)}: ${textLiteral(item)},`);
	return `{\n${entries.join('\n')}\n}`;
}

function isList(value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] {
	return Array.isArray(value);
}

/** A raw literal where that is more readable, which means for patterns; else JSON, whose strings are valid Python. */
function textLiteral(text: string): string {
	const wellFormed = text.replace(/\p{Surrogate}/gu, '\uFFFD');
	const canBeRaw = wellFormed.includes('\\') && /^[ -~]*$/.test(wellFormed) && !/"|\\$/.test(wellFormed);
	// JSON leaves characters unescaped that some programs treat as line ends.
	const escaped = JSON.stringify(wellFormed).replace(
		/[\u007f-\u009f\u2028\u2029]/g,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
	return canBeRaw ? `r"${wellFormed}"` : escaped;
}

/** A pattern that matches a text literally, in the syntax that Python and JavaScript share. */
function escapePattern(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** How lines are searched for the subjects of a question. */
interface SubjectPattern {
	readonly pattern: string;
	readonly ignoreCase: boolean;
}

/** A pattern for the subjects: a name as a whole word, the words of a phrase in any naming style. */
export function subjectPattern(subjects: readonly string[]): SubjectPattern {
	return {
		pattern: subjects.map((subject) => (subject.includes(' ') ? phrase(subject) : word(subject))).join('|'),
		ignoreCase: subjects.every((subject) => subject.includes(' ')),
	};
}

function word(name: string): string {
	const before = /^\w/.test(name) ? String.raw`(?<!\w)` : '';
	const after = /\w$/.test(name) ? String.raw`(?!\w)` : '';
	return `${before}${escapePattern(name)}${after}`;
}

function phrase(text: string): string {
	return text
		.split(/\s+/)
		.filter((part) => part !== '')
		.map(escapePattern)
		.join('[ \\t_.-]*');
}

/**
 * Python that sets `paths` to the files in question and `where` to the words for them. Reports a file or folder that
 * the question names but the context lacks.
 */
export function scope({ endings, paths, english }: Question): string {
	const code = [python({}, 'common.scope')];
	if (endings.length > 0) {
		code.push(python({ endings, where_endings: ` (only ${endings.join(', ')})` }, 'common.scope_endings'));
	}
	if (paths.length > 0) {
		// A plain word may not be a path at all, as in "the config file".
		const isSoft = paths.every((path) => /^[\w-]+$/.test(path));
		const missing = isSoft ? '' : ` (nothing here is called ${paths.join(', ')}, so everything was searched)`;
		const named = paths.map((path) => path.replace(/\/+$|^\.?\/+/g, ''));
		code.push(python({ named, missing }, 'common.scope_named'));
	} else if (/\b(?:test files?|in (?:the )?tests)\b/i.test(english)) code.push(cell('common.scope_tests'));
	return code.join('\n');
}

/** What a plan's cell prints when its search found nothing; the next iteration reads it. */
export const NOTHING_FOUND = 'nothing found:';

/** Subjects and distinctive words for sentences in answers. */
export function subjectWords({ kind, subjects, text }: Question): string {
	const isOne = kind === 'where' || kind === 'explain';
	if (subjects.length > 0) return subjects.slice(0, isOne ? 1 : undefined).join(', ');
	const words = (text.match(/[\p{L}\p{N}_]+/gu) ?? []).filter((found) => !isStopWord(found));
	return words.join(' ') || text;
}
