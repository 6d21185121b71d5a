import type { Citation } from './events.ts';
import type { CorpusReader, SourceSpan } from './ports/context.ts';

/** Characters of a quote. */
const QUOTE_CHARACTERS = 400;
/** Caps the work on hostile answers; nobody follows more citations than this. */
const MAX_CITATIONS = 200;
const MAX_ANSWER = 1 << 20;

const PATH_CHARACTER = String.raw`[^\s\x60"'<>()\[\]{}|*:,;#]`;
/** Starts only at the beginning of a word, so that a long word is scanned once. */
const PATH = `(?<!${PATH_CHARACTER})(?<path>${PATH_CHARACTER}{1,300})`;
/** Inside backticks, quotes or parentheses a path may contain blanks and brackets. */
const MARKED_PATH = String.raw`(?<path>[^\x60"()\n:]{1,300})`;
const CLOSING = String.raw`[\x60"'*]{0,3}`;
const RANGE = String.raw`(?<start>\d{1,7})(?:\s?(?:-|–|—|to)\s?(?:L|l|line )?(?<end>\d{1,7}))?`;
/** The notations for a place that answers use. */
const FORMS = [
	// path:12, path:12-20, path:L12, **path**:12
	`${PATH}${CLOSING}:\\s?[Ll]?${RANGE}`,
	// path#L12, path#L12-L20
	`${PATH}#L${RANGE}`,
	// path (line 12), path (lines 12-20), path, lines 12-20, path at line 12
	`${PATH}${CLOSING}(?:\\s?\\(|,|\\s+at|\\s+on)?\\s*[Ll]ines?\\s+${RANGE}`,
	// line 12 of path, lines 12-20 in path
	`[Ll]ines?\\s+${RANGE}\\s+(?:of|in)\\s+${CLOSING}${PATH}`,
	// `my file.md:12`, `my file.md`:12, [text](my file.md:12), `app/[id].tsx` (lines 3-4)
	`[\\x60"(]${MARKED_PATH}[\\x60"]?:[Ll]?${RANGE}`,
	`[\\x60"(]${MARKED_PATH}#L${RANGE}`,
	`[\\x60"]${MARKED_PATH}[\\x60"](?:\\s?\\(|,)?\\s*[Ll]ines?\\s+${RANGE}`,
].map((form) => new RegExp(form, 'g'));

/**
 * Collects the evidence of an answer: what the code recorded with `cite`, then the places named in the answer
 * (`path:12-20`, `path#L12`, `path (lines 12-20)`). Drops places that the corpus does not have. A file may be named by
 * the end of its path if that is unambiguous.
 */
export function extractCitations(answer: string, recorded: readonly SourceSpan[], corpus: CorpusReader): Citation[] {
	const citations = new Map<string, Citation>();
	for (const span of [...recorded, ...namedPlaces(answer.slice(0, MAX_ANSWER))]) {
		const citation = check(span, corpus);
		if (citation) citations.set(`${citation.path}:${citation.startLine}-${citation.endLine}`, citation);
		if (citations.size === MAX_CITATIONS) break;
	}
	return [...citations.values()];
}

/** Places in the order in which the answer names them. */
function namedPlaces(answer: string): SourceSpan[] {
	const places: { at: number; span: SourceSpan }[] = [];
	for (const form of FORMS) {
		for (const match of answer.matchAll(form)) {
			const { path = '', start = '', end = start } = match.groups ?? {};
			places.push({ at: match.index, span: { path, startLine: Number(start), endLine: Number(end) } });
		}
	}
	return places.sort((left, right) => left.at - right.at).map(({ span }) => span);
}

function check(span: SourceSpan, corpus: CorpusReader): Citation | undefined {
	const path = corpus.resolvePath(withoutDecoration(span.path));
	const range = path === undefined ? undefined : corpus.lineRange(path);
	if (path === undefined || !range) return undefined;
	const { startLine, endLine } = span;
	if (startLine < range.first || startLine > range.last || endLine < startLine || endLine > range.last)
		return undefined;
	const checked = { path, startLine, endLine };
	const quote = corpus.lines(checked, QUOTE_CHARACTERS);
	return quote === undefined ? undefined : { ...checked, quote };
}

function withoutDecoration(path: string): string {
	return path.replace(/^\.\//, '').replace(/\.$/, '');
}
