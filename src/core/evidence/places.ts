import type { CorpusReader, SourceSpan } from '../ports/context.ts';

const PATH_CHARACTER = String.raw`[^\s\x60"'<>()\[\]{}|*:,;#]`;
/** Starts only at the beginning of a word, so that a long word is scanned once. */
const PATH = `(?<!${PATH_CHARACTER})(?<path>${PATH_CHARACTER}{1,300})`;
/** Inside backticks, quotes or parentheses a path may contain blanks and brackets. */
const MARKED_PATH = String.raw`(?<path>[^\x60"()\n:]{1,300})`;
const CLOSING = String.raw`[\x60"'*]{0,3}`;
const RANGE = String.raw`(?<start>\d{1,7})(?:\s?(?:-|–|—|to)\s?(?:L|l|line )?(?<end>\d{1,7}))?`;
/** `a.ts, line 3 in b.ts` is a place in b.ts. */
const NOT_OF_ANOTHER = String.raw`(?!\s+(?:of|in)\s+[\x60"'*]{0,3}\S*\.\w)`;
/** `a.ts: 4 lines` is a count, `a.ts: 1,200` a figure. */
const NOT_A_COUNT = String.raw`(?!\s\d[\d,.–-]*\s*[A-Za-zÀ-ÿ%])`;
const NOT_A_FIGURE = String.raw`(?![.,]?\d)`;
/** The notations for a place that answers use. */
const FORMS = [
	// path:12, path:12-20, path:L12, **path**:12
	`${PATH}${CLOSING}:${NOT_A_COUNT}\\s?[Ll]?${RANGE}${NOT_A_FIGURE}`,
	// path#L12, path#L12-L20
	`${PATH}#L${RANGE}`,
	// path (line 12), path (lines 12-20), path, lines 12-20, path at line 12
	`${PATH}${CLOSING}(?:\\s?\\(|,|\\s+at|\\s+on)?\\s*[Ll]ines?\\s+${RANGE}${NOT_OF_ANOTHER}`,
	// line 12 of path, lines 12-20 in path
	`[Ll]ines?\\s+${RANGE}\\s+(?:of|in)\\s+${CLOSING}${PATH}`,
	// `my file.md:12`, `my file.md`:12, [text](my file.md:12), `app/[id].tsx` (lines 3-4)
	`[\\x60"(]${MARKED_PATH}[\\x60"]?:[Ll]?${RANGE}`,
	`[\\x60"(]${MARKED_PATH}#L${RANGE}`,
	`[\\x60"]${MARKED_PATH}[\\x60"](?:\\s?\\(|,)?\\s*[Ll]ines?\\s+${RANGE}`,
].map((form) => new RegExp(form, 'g'));

/** Caps the work on hostile answers. */
const MAX_MATCHES = 2_000;
const MAX_PLACES = 400;

/** Endings of files that people name without a folder; anything else before a colon may be a host or a word. */
const FILE_NAME =
	/\.(?:adoc|bash|bat|c|cc|cfg|clj|cmake|conf|cpp|cs|css|csv|cts|dart|erl|ex|exs|go|gradle|h|hpp|hs|htm|html|ini|ipynb|java|jl|js|json|jsonl|jsx|kt|kts|less|log|lua|m|md|mdx|mjs|mk|ml|mm|mts|nix|org|pdf|php|pl|proto|ps1|py|pyi|r|rb|rs|rst|sass|scala|scss|sh|sql|svelte|svg|swift|tex|tf|toml|ts|tsv|tsx|txt|vue|xml|ya?ml|zig)$|(?:^|\/)(?:Makefile|Dockerfile|LICENSE|README|CHANGELOG)$/i;
const IN_FOLDER = /^(?!\/\/)(?!.*:\/\/).*\/[^/]*\.[A-Za-z][A-Za-z0-9]{0,9}$/;

/** Why a cited place does not exist. */
export type PlaceFault = 'no-file' | 'several-files' | 'no-lines';

/** A place that an answer names. */
export interface NamedPlace {
	/** Where in the answer, as offsets. */
	readonly at: number;
	readonly end: number;
	/** Its path as the corpus has it, else as the answer writes it. */
	readonly span: SourceSpan;
	/** Files that an ambiguous path may mean; else the one file. */
	readonly paths: readonly string[];
	readonly fault?: PlaceFault;
}

/** The place as the corpus has it, with what is wrong with it. */
export function placeIn(corpus: CorpusReader, named: SourceSpan): Omit<NamedPlace, 'at' | 'end'> {
	const path = named.path.replace(/^\.\//, '').replace(/\.$/, '');
	const { startLine, endLine } = named;
	const paths = corpus.resolvePaths(path);
	const [first] = paths;
	if (first === undefined || paths.length > 1) {
		return { span: { path, startLine, endLine }, paths, fault: first === undefined ? 'no-file' : 'several-files' };
	}
	const span = { path: first, startLine, endLine };
	return hasLines(corpus, span) ? { span, paths } : { span, paths, fault: 'no-lines' };
}

export function hasLines(corpus: CorpusReader, { path, startLine, endLine }: SourceSpan): boolean {
	const range = corpus.lineRange(path);
	return range !== undefined && startLine >= range.first && startLine <= endLine && endLine <= range.last;
}

/**
 * Places that an answer names, in its order. Of notations that overlap, the one whose place exists counts. What names no
 * file of the corpus counts only if it looks like a file.
 */
export function namedPlaces(answer: string, corpus: CorpusReader): NamedPlace[] {
	const matches = FORMS.flatMap((form) => [...firstMatches(answer, form)]).map((match): NamedPlace => {
		const { path = '', start = '', end = start } = match.groups ?? {};
		const place = placeIn(corpus, { path: path.trim(), startLine: Number(start), endLine: Number(end) });
		return { ...place, at: match.index, end: match.index + match[0].length };
	});
	matches.sort((left, right) => left.at - right.at || right.end - left.end);
	const kept: NamedPlace[] = [];
	for (const fits of RANKS) {
		for (const place of matches.filter(fits)) {
			const overlaps = kept.some(({ at, end }) => place.at < end && at < place.end);
			if (!overlaps) kept.push(place);
			if (kept.length === MAX_PLACES) return inOrder(kept);
		}
	}
	return inOrder(kept);
}

function* firstMatches(answer: string, form: RegExp): Generator<RegExpExecArray> {
	let count = 0;
	for (const match of answer.matchAll(form)) {
		yield match;
		if (++count === MAX_MATCHES) return;
	}
}

function inOrder(places: readonly NamedPlace[]): NamedPlace[] {
	return [...places].sort((left, right) => left.at - right.at);
}

/** Which of overlapping notations is meant, best first. */
const RANKS: readonly ((place: NamedPlace) => boolean)[] = [
	({ fault }) => fault === undefined,
	({ fault }) => fault === 'no-lines' || fault === 'several-files',
	({ fault, span }) => fault === 'no-file' && !/\s/.test(span.path) && looksLikeFile(span.path),
	({ fault, span }) => fault === 'no-file' && looksLikeFile(span.path),
];

function looksLikeFile(path: string): boolean {
	return FILE_NAME.test(path) || IN_FOLDER.test(path);
}
