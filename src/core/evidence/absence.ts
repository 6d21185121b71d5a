// Ways to say that there is no answer in what was read, in English and German.

/** Replies of a call that was asked to look: they may be as short as `not found`. */
const NOTHING_FOUND =
	/^\W*(?:not found|none|unknown|n\/a|nicht gefunden|keine|unbekannt)\W*$|\bnot found\b|\b(?:does|do|did) not (?:say|mention|state|tell|contain|specify|provide|show|answer|include|give)\b|\bno (?:information|mention|answer)\b|\bcannot (?:be (?:determined|answered|found)|answer|determine)\b/i;

const SAYING =
	'in|stated?|mention(?:ed)?|given?|specif(?:y|ied)|provided?|found|named?|list(?:ed)?|documented|available|says?|contain(?:ed)?|included?|known?|appear|determined?|answer(?:ed)?';

/** Any way to say so, for answers that are known to be no others. In lower case. */
const SAID: readonly RegExp[] = [
	new RegExp(`(?:\\bnot|n't) (?:\\w+ ){0,2}(?:${SAYING})\\b`),
	/\bno (?:\w+ )?(?:mention|information|record|entry|answer|statement|indication|such)\b/,
	/\bnothing (?:in|about|answers)\b|\b(?:unknown|absent)\b/,
	/\bnicht (?:im text|genannt|erwähnt|angegeben|enthalten|gefunden|bekannt)\b|\bkeine? (?:angabe|information|hinweis)/,
];

const TEXT =
	'(?:texts?|contexts?|documents?|files?|passages?|excerpts?|corpus|sources?|data|logs?|reports?|articles?|selection|workspace|materials?|records?|code ?base)';
const INFORMATION = String.raw`(?:any |an |the )?(?:\w+ )?(?:information|mention|answer|details?|statement|reference|indication)`;
const GERMAN_TEXT = String.raw`(?:text|kontext|dokument\w*|datei\w*|quell\w*|daten|protokoll\w*|abschnitt\w*|unterlagen|auszüg\w*)`;
const GERMAN_SAID = '(?:genannt|erwähnt|angegeben|enthalten|gesagt|beschrieben|gefunden|hervor|steht)';

/** Sentences whose whole statement is that the text does not say. In lower case. */
const NOT_IN_TEXT: readonly RegExp[] = [
	new RegExp(
		String.raw`\b${TEXT}\b[^.]{0,60}?\b(?:do|does|did)(?: not|n't) (?:\w+ ){0,2}(?:say|mention|state|tell|specify|reveal|answer|indicate|disclose|name)\b`,
	),
	new RegExp(
		String.raw`\b${TEXT}\b[^.]{0,60}?\b(?:do|does|did)(?: not|n't) (?:contain|include|have|provide|give|offer) ${INFORMATION}\b`,
	),
	new RegExp(String.raw`\b${TEXT}\b[^.]{0,40}?\b(?:contains?|has|have|gives?|provides?|includes?) no ${INFORMATION}\b`),
	new RegExp(
		String.raw`\b(?:not|never|nowhere|n't) (?:\w+ )?(?:mentioned|stated|specified|given|said|named|listed|documented|provided|found|disclosed|recorded|described)\b[^.]{0,30}\b(?:in|by|anywhere in) (?:\w+ ){0,3}${TEXT}\b`,
	),
	/^(?:it is |it's |this is |that is )?not (?:found|stated|mentioned|specified|given|said|in the (?:text|context|document|file|passage)s?)\b[^.]{0,30}[.!]?$/,
	/^nothing (?:was|is|could be) found (?:for|in|about|on)\b/,
	/^(?:there is |there's |i (?:found|find|could find|see) )?no (?:\w+ )?(?:information|mention|statement|indication)\b/,
	new RegExp(
		String.raw`\b(?:cannot|can't|could not|couldn't) (?:be )?(?:determined?|answer(?:ed)?|found?|find|tell|told|say|inferred|infer)\b[^.]{0,60}\b(?:from|in|with|based on|using) (?:\w+ ){0,3}${TEXT}\b`,
	),
	new RegExp(
		String.raw`\b${GERMAN_TEXT}\b[^.]{0,60}?\b(?:nicht|kein\w*|nirgends)\b[^.]{0,40}?\b(?:${GERMAN_SAID}|information\w*|angaben?|hinweise?|antwort|auskunft)\b`,
	),
	new RegExp(
		String.raw`\b${GERMAN_TEXT}\b (?:sagt|nennt|erwähnt|verrät|beantwortet|steht)\b[^.]{0,60}?\b(?:nicht|kein\w*|nichts)\b`,
	),
	new RegExp(
		String.raw`\b(?:wird|werden|ist|sind|steht|stehen|geht)\b[^.]{0,60}?\bnicht\b[^.]{0,30}?\b${GERMAN_TEXT}\b`,
	),
	/^(?:das |es )?(?:steht |ist |wird )?(?:\w+ )?nicht (?:im (?:text|kontext|dokument)|angegeben|genannt|erwähnt|gefunden)\b[^.]{0,30}[.!]?$/,
	new RegExp(String.raw`\bkeine? (?:\w+ )?(?:angaben?|informationen?|hinweise?)\b[^.]{0,40}?\b${GERMAN_TEXT}\b`),
	/^(?:es gibt |ich finde )?keine? (?:\w+ )?(?:angaben?|informationen?|hinweise?|auskunft)\b/,
];

const YES_OR_NO =
	/^\W*(?:is|are|was|were|does|do|did|can|could|has|have|had|will|should|ist|sind|war|hat|haben|gibt|kann|wird)\b/i;
/** What follows is an answer after all. */
const EXCEPTION = /\b(?:but|however|although|though|except|aber|jedoch|allerdings|sondern|außer)\b/;
/** An answer that says more than this has found something. Characters. */
const LONG_ANSWER = 700;

/** Whether a reply says that there is no answer where it was asked to look. */
export function findsNothing(reply: string): boolean {
	return reply.trim() === '' || NOTHING_FOUND.test(reply.trim().slice(0, 300));
}

/** Whether an answer says in some way that the text does not say. */
export function saysAbsent(answer: string): boolean {
	const text = plainOf(answer);
	return SAID.some((pattern) => pattern.test(text));
}

/**
 * Whether the statement of an answer is that the text does not say: its first sentence is that and nothing more. `It
 * does not contain any` answers the question whether it does.
 */
export function isNotInText(answer: string, question: string): boolean {
	const text = plainOf(answer).replace(/^(?:final )?(?:answer|antwort)\s*:\s*/, '');
	if (text === '' || text.length > LONG_ANSWER || /^(?:yes|no|ja|nein)\b/.test(text)) return false;
	const first = /^.*?[.!](?=\s|$)/.exec(text)?.[0] ?? text;
	if (EXCEPTION.test(first) || !NOT_IN_TEXT.some((pattern) => pattern.test(first))) return false;
	// Whether something is in the text was answered, unless the text leaves it open.
	return !YES_OR_NO.test(question) || /\b(?:whether|if|ob)\b|\b(?:information|angaben?)\b/.test(first);
}

/** An answer in lower case, without marks of Markdown and quotes. */
function plainOf(answer: string): string {
	return answer
		.slice(0, 2_000)
		.normalize('NFKC')
		.toLowerCase()
		.replace(/’/g, "'")
		.replace(/[*_`"“”„«»#>]/g, '')
		.replace(/\s+/g, ' ')
		.trim();
}
