import { CITATION_CHECKS, type Citation } from '../events.ts';
import type { CorpusReader, SourceSpan } from '../ports/context.ts';
import { type Claim, claimsOf } from './claims.ts';
import { type Agreement, agreement, linesOfQuote } from './fold.ts';
import { hasLines, namedPlaces, placeIn } from './places.ts';

/** Characters of a quote that views show. */
const QUOTE_CHARACTERS = 400;
/** Nobody follows more citations than this. */
const MAX_CITATIONS = 200;
const MAX_ANSWER = 1 << 20;
/** Characters of cited lines that a quotation is compared with. */
const CITED_CHARACTERS = 1 << 18;
/** Citations that are checked before others get a turn. */
const AT_A_TIME = 20;
/** Quotations that are looked for elsewhere, and how long they have to be to be looked for in other files. */
const MOST_SEARCHES = 20;
const SEARCHED_CHARACTERS = 8;
/** Lines of a file that is folded to look for a quotation in it; a longer one is searched as it is. */
const FOLDED_LINES = 5_000;
/** A quotation reaches beyond the cited lines by a line for each of these characters, at least. */
const LINE_CHARACTERS = 40;

/**
 * Collects the evidence of an answer and checks it against the corpus: what the code recorded with `cite`, then the
 * places that the answer names, each with what the answer quotes from it. What does not hold is kept and marked.
 */
export async function extractCitations(
	answer: string,
	recorded: readonly SourceSpan[],
	corpus: CorpusReader,
	question: string,
	signal: AbortSignal,
): Promise<Citation[]> {
	const read = answer.slice(0, MAX_ANSWER);
	const citations = new Map<string, Citation>();
	let searches = 0;
	const add = (citation: Citation) => {
		const key = keyOf(citation);
		const known = citations.get(key);
		if (!known || CITATION_CHECKS.indexOf(citation.check) < CITATION_CHECKS.indexOf(known.check))
			citations.set(key, citation);
	};
	for (const span of recorded) {
		if (citations.size >= MAX_CITATIONS) break;
		add(placeCitation({ place: { ...placeIn(corpus, span), at: 0, end: 0 } }, corpus));
	}
	for (const [index, claim] of claimsOf(read, namedPlaces(read, corpus), question).entries()) {
		if (citations.size >= MAX_CITATIONS) break;
		if (index % AT_A_TIME === AT_A_TIME - 1) await new Promise<void>((resolve) => setTimeout(resolve, 0));
		const citation = checked(claim, corpus);
		const isLost = citation.check === 'not-found' && searches++ < MOST_SEARCHES;
		const settled = isLost ? await settle(citation, corpus, question, signal) : citation;
		if (settled) add(settled);
	}
	return withoutBare([...citations.values()]);
}

/** Each place is listed once, and once more with each quotation that does not stand there. */
function keyOf({ path, startLine, endLine, quoted, check }: Citation): string {
	return JSON.stringify([path, startLine, endLine, check === 'not-found' ? (quoted ?? '') : undefined]);
}

/** A place that is listed with a wrong quotation need not be listed without one. */
function withoutBare(citations: readonly Citation[]): Citation[] {
	const wrong = new Set(wrongCitations(citations).map(placeKey));
	return citations.filter((citation) => citation.check !== 'place' || !wrong.has(placeKey(citation)));
}

function placeKey({ path, startLine, endLine }: SourceSpan): string {
	return JSON.stringify([path, startLine, endLine]);
}

function checked(claim: Claim, corpus: CorpusReader): Citation {
	const { place, quote, isLoose } = claim;
	if (quote === undefined || quote.trim() === '') return placeCitation(claim, corpus);
	for (const path of place.paths) {
		const span = { ...place.span, path };
		const found = agreementAt(quote, span, corpus);
		if (found) return { ...span, quote: textAt(span, corpus), check: found, quoted: shown(quote) };
	}
	if (isLoose) return placeCitation(claim, corpus);
	const fault = place.fault ?? 'other-text';
	const text = fault === 'other-text' ? textAt(place.span, corpus) : '';
	return { ...place.span, quote: text, check: 'not-found', fault, quoted: shown(quote) };
}

function placeCitation({ place }: Claim, corpus: CorpusReader): Citation {
	const { span, fault } = place;
	if (fault !== undefined) return { ...span, quote: '', check: 'not-found', fault };
	return { ...span, quote: textAt(span, corpus), check: 'place' };
}

function agreementAt(quote: string, span: SourceSpan, corpus: CorpusReader): Agreement | undefined {
	if (!hasLines(corpus, span)) return undefined;
	const cited = corpus.lines(span, CITED_CHARACTERS) ?? '';
	const lines = Math.max(quote.split('\n').length, Math.ceil(quote.length / LINE_CHARACTERS)) + 1;
	const reach = corpus.lines({ ...span, endLine: span.endLine + lines }, CITED_CHARACTERS + quote.length * 2) ?? cited;
	return agreement(quote, cited, reach, span.startLine);
}

/**
 * Looks further for a citation that was not found. Undefined when it cites nothing: a file that the text or the question
 * names, as a log names the files of its program, is what the answer is about.
 */
async function settle(
	citation: Citation,
	corpus: CorpusReader,
	question: string,
	signal: AbortSignal,
): Promise<Citation | undefined> {
	const { path, fault, quoted } = citation;
	if (quoted !== undefined) {
		const elsewhere = await whereElse(citation, corpus, signal);
		return elsewhere ? { ...citation, elsewhere } : citation;
	}
	const isSubject = fault === 'no-file' && (question.includes(path) || (await corpus.find(path, signal)) !== undefined);
	return isSubject ? undefined : citation;
}

/** Where a quotation stands that does not stand where the answer says. */
async function whereElse(
	citation: Citation,
	corpus: CorpusReader,
	signal: AbortSignal,
): Promise<SourceSpan | undefined> {
	const { path, quoted = '' } = citation;
	const range = corpus.lineRange(path);
	if (range && range.last - range.first < FOLDED_LINES) {
		const text = corpus.lines({ path, startLine: range.first, endLine: range.last }, CITED_CHARACTERS) ?? '';
		const lines = linesOfQuote(quoted, text);
		if (lines) return { path, startLine: range.first + lines[0], endLine: range.first + lines[1] };
	}
	const longest = quoted
		.split('\n')
		.reduce((most, line) => (line.trim().length > most.length ? line.trim() : most), '');
	return longest.length < SEARCHED_CHARACTERS ? undefined : corpus.find(longest, signal, path);
}

function textAt(span: SourceSpan, corpus: CorpusReader): string {
	return corpus.lines(span, QUOTE_CHARACTERS) ?? '';
}

function shown(quote: string): string {
	const text = quote.trim();
	return text.length <= QUOTE_CHARACTERS ? text : text.slice(0, QUOTE_CHARACTERS);
}

/** Citations that do not hold. */
export function wrongCitations(citations: readonly Citation[]): readonly Citation[] {
	return citations.filter(({ check }) => check === 'not-found');
}

/** Says in English what is wrong with a citation; undefined when nothing is. */
export function citationProblem({ check, fault, elsewhere }: Citation): string | undefined {
	if (check !== 'not-found') return undefined;
	const there = elsewhere === undefined ? '' : `; it stands at ${elsewhere.path}:${elsewhere.startLine}`;
	switch (fault) {
		case 'no-file':
			return `there is no such file${there}`;
		case 'several-files':
			return `several files are called that${there}`;
		case 'no-lines':
			return `the file has no such lines${there}`;
		default:
			return `not found in the text${there}`;
	}
}
