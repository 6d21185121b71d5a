import { fold } from './fold.ts';
import type { NamedPlace } from './places.ts';
import { blocksOf, inlineQuotes, type Quote } from './quotes.ts';

/** A place of an answer with what the answer quotes from it. */
export interface Claim {
	readonly place: NamedPlace;
	readonly quote?: string;
	/** The quote may only be a name or a paraphrase, so that nothing is wrong when it does not stand there. */
	readonly isLoose?: boolean;
}

const SAYS = String.raw`(?:(?:which|that|it|there|der|die|das|da)\s)?(?:says?|reads?|states?|said|contains?|shows?|enthält|zeigt|lautet|sagt|steht|hei(?:ß|ss)t|schreibt)(?:[ \t]+(?:that|dass|da|dort))?[ \t]*[:,]?[ \t]*`;
/** What may stand between a place and a text quoted from it. */
const BEHIND_PLACE = new RegExp(
	String.raw`^[\x60*_"')\]]{0,4}[ \t]*(?:[:,;|→–—=-]{0,2}>?|\()[ \t]*(?:${SAYS})?(?:\n[ \t]+(?:[-*+][ \t]+)?)?[*_]{0,2}$`,
	'i',
);
/** What may stand between a quoted text and the place that it is from. */
const BEFORE_PLACE =
	/^[*_]{0,2}[.,;:]?[ \t]*(?:[|–—-]{0,2}[ \t]*)?[([]?[ \t]*(?:(?:at|in|from|on|see|cf\.?|per|source:|quelle:|aus|siehe|vgl\.?|bei|auf)\s+)?(?:\[[^\]\n]{0,80}\])?[`*_"'(<[]{0,4}$/i;
/** Says that a place is the source of what stands before it. */
const IS_SOURCE = /^(?!.*\b(?:see|cf|siehe|vgl)\b)(?:[*_]*[.,]?\s*[([—–-]|[*_]*\s+(?:at|in|from|on|aus|bei)\s)/i;
/** Says that the block which follows is what ought to stand at a place, not what does. */
const PROPOSES =
	/\b(?:add|change|replace|fix|becomes?|rewrite|rewritten|instead|should|could|would|insert|use|ändern?|ersetzen?|einfügen|statt|sollte|könnte|würde)\b/i;
const ATTRIBUTION = /^[ \t]*(?:—|–|--?[ \t]|\(|source:|quelle:|from |aus )/i;
/** A name alone says what a place is about; its text may differ. */
const NAME = /^(?!\d[\d.,]*$)(?!.*[:=]\d)[#@$.\w:~<>/-]+(?:\(\))?$/;
/** A call as documentation writes it. */
const SIGNATURE = /^(?!.*\b\d)[\w.#$:]+\([\w\s,.:|<>=?*[\]{}…]*\)$/;
/** Characters that may introduce the place at the end of a block. */
const MOST_LINK = 200;
/** Share of a block that is one quotation inside it, so that this counts and not the block. */
const MOST_OF_BLOCK = 0.5;
/** What may stand before a place that is alone in the first line of a code block. */
const COMMENT_BEGINS = /^[ \t]*(?:(?:\/\/|#|--|\/\*|<!--|;|%)[ \t]*)?[`"*_]*(?:\[[^\][\n]*\]\(?)?$/;
/** A text of this length is quoted even when words stand between it and its place. Characters. */
const LONG_QUOTE = 20;
const MAX_QUOTE = 20_000;

interface Found {
	readonly quote: Quote;
	readonly claim: Claim;
}

/** Each place of an answer with each text that the answer quotes from it. */
export function claimsOf(answer: string, places: readonly NamedPlace[], question: string): Claim[] {
	const { blocks, plain } = blocksOf(answer);
	const inline = inlineQuotes(plain, masked(plain, places)).filter(
		(quote) => !places.some((place) => partOf(place, quote)),
	);
	let found = inline.flatMap((quote): Found[] => {
		const claim = inlineClaim(plain, quote, places, blocks, fold(question));
		return claim ? [{ quote, claim }] : [];
	});
	for (const block of blocks) {
		const within = ({ quote }: Found) => block.at <= quote.at && quote.end <= block.end;
		const isQuoted = found.some((one) => within(one) && one.quote.text.length > MOST_OF_BLOCK * block.text.length);
		const own = isQuoted ? [] : blockClaims(answer, plain, block, places);
		// A block that is quoted as a whole is not also read for the quotations in it.
		if (own.length > 0) found = found.filter((one) => !within(one));
		found.push(...own.map((claim) => ({ quote: block, claim })));
	}
	const claims = found.map(({ claim }) => claim);
	const quoted = new Set(claims.map(({ place }) => place));
	const rest = places.filter((place) => !quoted.has(place) && !isQuotedItself(place, [...inline, ...blocks]));
	return [...claims.map(bounded), ...rest.map((place) => ({ place }))].sort((a, b) => a.place.at - b.place.at);
}

/** The text without the marks that belong to the notation of a place. */
function masked(plain: string, places: readonly NamedPlace[]): string {
	let text = '';
	for (const { at, end } of places) {
		const from = Math.max(text.length, at - 1);
		const notation = plain.slice(from, end + 1);
		const paired = ['`', '"', "'"].filter((mark) => notation.split(mark).length === 3);
		const blanked = paired.reduce((shown, mark) => shown.replaceAll(mark, ' '), notation);
		text += plain.slice(text.length, from) + blanked;
	}
	return text + plain.slice(text.length);
}

function bounded(claim: Claim): Claim {
	return claim.quote === undefined ? claim : { ...claim, quote: claim.quote.slice(0, MAX_QUOTE) };
}

/** Whether the marks of a quote belong to the notation of a place: `a.ts:12`, `a.ts`:12. */
function partOf(place: NamedPlace, quote: Quote): boolean {
	const [overlaps, isInside] = [
		place.at < quote.end && quote.at < place.end,
		place.at > quote.at && place.end < quote.end,
	];
	return overlaps && !(isInside && quote.end - quote.at > place.end - place.at + 8);
}

/** A place that does not exist and stands in a text that is quoted is no place of the answer. */
function isQuotedItself(place: NamedPlace, quotes: readonly Quote[]): boolean {
	return place.fault === 'no-file' && quotes.some(({ at, end }) => at < place.at && place.end < end);
}

function inlineClaim(
	plain: string,
	quote: Quote,
	places: readonly NamedPlace[],
	blocks: readonly Quote[],
	question: string,
): Claim | undefined {
	if (!/[\p{L}\p{N}]/u.test(quote.text)) return undefined;
	const isLoose = quote.kind === 'code' && (NAME.test(quote.text) || SIGNATURE.test(quote.text));
	const place = neighbour(plain, quote, places);
	const isAsked = question.includes(fold(quote.text));
	if (place) return { place, quote: quote.text, isLoose: isLoose || isAsked };
	const [from, to] = [plain.lastIndexOf('\n', quote.at), endOf(plain, quote.end)];
	const [only, ...others] = places.filter(({ at, end }) => from < at && end <= to);
	if (!only || others.length > 0 || (only.at > quote.at && only.end < quote.end)) return undefined;
	if (blocks.some(({ at }) => at > quote.end && !plain.slice(quote.end, at).includes('\n\n'))) return undefined;
	const isLong = quote.kind === 'quoted' && quote.text.length >= LONG_QUOTE && /\s/.test(quote.text.trim());
	return { place: only, quote: quote.text, isLoose: !isLong || isAsked };
}

/** The place that a quotation stands beside. */
function neighbour(plain: string, quote: Quote, places: readonly NamedPlace[]): NamedPlace | undefined {
	const before = places.findLast(({ end }) => end <= quote.at);
	const after = places.find(({ at }) => at >= quote.end);
	const gapBefore = before && plain.slice(before.end, quote.at);
	const gapAfter = after && plain.slice(quote.end, after.at);
	// The place in `… (a.ts:12) "…"` is the source of what stands before it.
	const isClosed = before && plain[before.at - 1] === '(' && /^\)(?!:)/.test(gapBefore ?? '');
	const isBehind = gapBefore !== undefined && !isClosed && BEHIND_PLACE.test(gapBefore);
	const isAhead = gapAfter !== undefined && BEFORE_PLACE.test(gapAfter);
	if (isBehind && isAhead) return IS_SOURCE.test(gapAfter) ? after : before;
	return isBehind ? before : isAhead ? after : undefined;
}

function blockClaims(answer: string, plain: string, block: Quote, places: readonly NamedPlace[]): readonly Claim[] {
	const inside = places.filter(({ at, end }) => block.at < at && end <= block.end);
	if (block.kind === 'fence' && isListOfPlaces(block)) return listedClaims(block, inside);
	for (const own of new Set([...inside.slice(-1), ...inside.slice(0, 1)])) {
		const text = withoutPlace(answer, plain, block, own);
		if (text !== undefined) return text.trim() === '' ? [] : [{ place: own, quote: text }];
	}
	const place =
		introduction(plain, block, places) ?? sourceBelow(plain, block, places) ?? sourceAbove(plain, block, places);
	return place && block.text.trim() !== '' ? [{ place, quote: block.text }] : [];
}

/** Output of a search: every line begins with its place. */
function isListOfPlaces({ text }: Quote): boolean {
	const lines = text.split('\n').filter((line) => line.trim() !== '');
	return lines.length > 0 && lines.every((line) => /^\s*[^\s:]{1,300}:\d{1,7}[:\s]\s*\S/.test(line));
}

function listedClaims(block: Quote, inside: readonly NamedPlace[]): readonly Claim[] {
	const lines = block.text.split('\n').filter((line) => line.trim() !== '');
	if (inside.length !== lines.length) return [];
	return inside.map((place, index) => ({
		place,
		quote: (lines[index] ?? '').replace(/^\s*[^\s:]{1,300}:\d{1,7}(?::\d{1,5}(?=:))?[:\s]\s*/, ''),
	}));
}

/** The text of a block that names its own place, in a comment of its first line or at an end; undefined elsewhere. */
function withoutPlace(answer: string, plain: string, block: Quote, place: NamedPlace): string | undefined {
	if (block.kind === 'fence') {
		const head = answer.slice(endOf(answer, block.at) + 1, place.at);
		return COMMENT_BEGINS.test(head) ? block.text.slice(block.text.indexOf('\n') + 1) : undefined;
	}
	const [head, tail] = [plain.slice(block.at, place.at), plain.slice(place.end, block.end)];
	const kept = head.slice(0, -MOST_LINK);
	if (/^[\s)\]*_`."”]{0,40}$/.test(tail))
		return kept + head.slice(kept.length).replace(/[\s—–([*_`-]*(?:\[[^\][\n]*\]\(?)?$/, '');
	return /^[\s([*_`]*$/.test(head) ? tail.replace(/^[\s)\]*_`:—–-]+/, '') : undefined;
}

/** The place that introduces a block: on its opening line, or in a line above it that ends with a colon. */
function introduction(plain: string, block: Quote, places: readonly NamedPlace[]): NamedPlace | undefined {
	const end = endOf(plain, block.at);
	const opening = block.kind === 'fence' ? places.find(({ at }) => block.at <= at && at < end) : undefined;
	return opening ?? placeAbove(plain, block, places, (line) => line.endsWith(':'));
}

/** The place that ends the line directly above a block, or that is alone in the line before a blank one. */
function sourceAbove(plain: string, block: Quote, places: readonly NamedPlace[]): NamedPlace | undefined {
	return placeAbove(plain, block, places, (line, place, isDirect) => {
		const isAlone = line.length - (place.end - place.at) <= 6 && !ATTRIBUTION.test(line);
		return isAlone || (isDirect && line.length - place.end <= 3);
	});
}

/** The last place of the line above a block, if it suits. Offsets of the place are those of the line. */
function placeAbove(
	plain: string,
	block: Quote,
	places: readonly NamedPlace[],
	suits: (line: string, place: { readonly at: number; readonly end: number }, isDirect: boolean) => boolean,
): NamedPlace | undefined {
	const above = plain.slice(0, block.at).trimEnd();
	const lines = plain.slice(above.length, block.at).split('\n').length - 1;
	const lineAt = above.lastIndexOf('\n') + 1;
	const line = above.slice(lineAt);
	const place = places.findLast(({ at, end }) => at >= lineAt && end <= above.length);
	if (!place || lines > 2 || PROPOSES.test(line)) return undefined;
	return suits(line, { at: place.at - lineAt, end: place.end - lineAt }, lines === 1) ? place : undefined;
}

/** The place below a block that says where it is from. */
function sourceBelow(plain: string, block: Quote, places: readonly NamedPlace[]): NamedPlace | undefined {
	const below = plain.slice(block.end);
	const at = block.end + below.length - below.trimStart().length;
	if (plain.slice(block.end, at).split('\n').length > 3) return undefined;
	const end = endOf(plain, at);
	const place = places.find((candidate) => candidate.at >= at && candidate.end <= end);
	if (!place) return undefined;
	return ATTRIBUTION.test(plain.slice(at, end)) && end - place.end <= 4 && place.at - at <= 20 ? place : undefined;
}

function endOf(plain: string, at: number): number {
	const end = plain.indexOf('\n', at);
	return end < 0 ? plain.length : end;
}
