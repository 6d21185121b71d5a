import type { Question } from './question.ts';
import { isStopWord } from './words.ts';

/** A value as a Python literal. Whatever the value, the literal stands on one line and ends where it ends. */
export function literal(
	value: string | number | boolean | readonly string[] | Readonly<Record<string, string>>,
): string {
	if (typeof value === 'boolean') return value ? 'True' : 'False';
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return textLiteral(value);
	if (isList(value)) return `[${value.map(textLiteral).join(', ')}]`;
	const entries = Object.entries(value).map(([key, item]) => `\t${textLiteral(key)}: ${textLiteral(item)},`);
	return `{\n${entries.join('\n').replaceAll('\t', '    ')}\n}`;
}

function isList(value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] {
	return Array.isArray(value);
}

/** A raw literal where that reads better, which is for patterns; else JSON, whose strings are Python's too. */
function textLiteral(text: string): string {
	const wellFormed = text.replace(/\p{Surrogate}/gu, '\uFFFD');
	const canBeRaw = wellFormed.includes('\\') && /^[ -~]*$/.test(wellFormed) && !/"|\\$/.test(wellFormed);
	// Inside JSON, characters that some programs take for line ends are escaped as well.
	const escaped = JSON.stringify(wellFormed).replace(
		/[\u007f-\u009f\u2028\u2029]/g,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
	return canBeRaw ? `r"${wellFormed}"` : escaped;
}

/** A text as a pattern that matches it literally, in the syntax that Python and JavaScript share. */
function escapePattern(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** How the subjects of a question are looked for in lines. */
interface SubjectPattern {
	readonly pattern: string;
	readonly ignoreCase: boolean;
}

/** A pattern for the subjects: a name as a whole word; the words of a phrase in any style of writing names. */
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
 * Python that sets `paths` to the files in question and `where` to the words for them. A file or folder that the
 * question names but the context does not have is said so.
 */
export function scope(question: Question, endings: readonly string[] = question.endings): string {
	const lines = ['paths = list(files.paths)', "where = ''"];
	if (endings.length > 0) lines.push(`paths = [p for p in paths if p.lower().endswith(${tuple(endings)})]`);
	if (question.endings.length > 0) lines.push(`where = ${literal(` (only ${question.endings.join(', ')})`)}`);
	// A plain word may be no path at all, as in "the config file".
	const isSoft = question.paths.every((path) => /^[\w-]+$/.test(path));
	const missing = ` (nothing here is called ${question.paths.join(', ')}, so everything was searched)`;
	if (question.paths.length > 0) {
		lines.push(
			`named = ${literal(question.paths.map((path) => path.replace(/\/+$|^\.?\/+/g, '')))}`,
			"inside = [p for p in paths if any(f'/{n}/'.lower() in whole.lower() for n in named for whole in (f'/{p}/', '/' + re.sub(r'\\.\\w+$', '', p) + '/'))]",
			`where += f' in {", ".join(named)}' if inside else ${literal(isSoft ? '' : missing)}`,
			'paths = inside or paths',
		);
	} else if (/\b(?:test files?|the tests|in tests)\b/i.test(question.text)) {
		lines.push(
			"paths = [p for p in paths if re.search(r'(^|[/_.-])tests?([/_.-]|$)', p)]",
			"where += ' in test files'",
		);
	}
	return lines.join('\n');
}

function tuple(values: readonly string[]): string {
	return `(${values.map(textLiteral).join(', ')},)`;
}

/** Python that defines `find`: lines of the files in question, in one pass over the corpus. */
export const FIND = `def find(pattern, chosen, ignore_case=False, limit=100_000):
    wanted = set(chosen)
    hits = grep(pattern, chosen if len(chosen) < 20 else None, ignore_case, limit) if chosen else []
    return [hit for hit in hits if hit.path in wanted]`;

/** Python that defines `lines_of`: a selection begins in the middle of its file, and its lines are numbered as there. */
export const LINES = `def lines_of(path):
    """The lines of a file, and the number of the first one."""
    first = next((hit.line for hit in grep('^', [path], max_results=1)), 1)
    return files[path].removesuffix('\\n').split('\\n'), first`;

/** What a plan's cell prints when its search came back empty; the next iteration reads it. */
export const NOTHING_FOUND = 'nothing found:';

/** Subjects and telling words for sentences in answers. */
export function subjectWords({ kind, subjects, terms, text }: Question): string {
	const isOne = kind === 'where' || kind === 'explain';
	if (subjects.length > 0) return subjects.slice(0, isOne ? 1 : undefined).join(', ');
	const words = (text.match(/[\p{L}\p{N}_]+/gu) ?? []).filter((found) => !isStopWord(found));
	return words.join(' ') || terms.join(' ') || text;
}
