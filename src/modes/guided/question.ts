/**
 * What a question asks for; each kind has its plans. `fact`: something that a passage says. `figure`: something to count
 * or compute over values. `judgement`: something that has to be judged of each record. `comparison`: the same of several
 * parts or subjects. `overview`: what all of the text says about something.
 */
export type QuestionKind = 'fact' | 'figure' | 'judgement' | 'comparison' | 'overview';

/** Words of questions that are answered by counting or computing over the data, and not by reading a passage. */
const COMPUTED = [
	/\bhow (?:many|much|often|frequently)\b|\bcount\b|\bnumber of\b|\btotal\b|\bsum\b|\b(?:on )?average\b|\bmean\b|\bmedian\b/i,
	/\b(?:most|least|fewest|highest|lowest|largest|smallest|biggest|longest|shortest|maximum|minimum|earliest|latest)\b/i,
	/\bper ?cent(?:age)?\b|\bshare of\b|\bratio\b|\bdistinct\b|\bunique\b|\bper (?:day|month|year|region|user|hour)\b/i,
	/\bwie ?viele?\b|\banzahl\b|\binsgesamt\b|\bsumme\b|\bdurchschnitt|\bmeisten?\b|\bh(?:ö|oe)chste|\bniedrigste|\bprozent\b/i,
];

/** Words of questions about several records. */
const OF_MANY = [
	/\b(?:which|name|list|show)\b.*\b(?:of (?:the|these|those|all|them)|all|each|every|those)\b|\bnames of\b|\blist the\b/i,
	/\b(?:which|what) [\p{L}-]+s (?:are|were|is|was|have|has|do|sound|express|mention)\b|\bclassif|\bcategor|\blabel/iu,
	/\bwelche(?:r|s)?\b.*\b(?:sind|waren|der|von)\b|\b(?:nenne|liste)\b|\bjede[rs]?\b/i,
];

const COMPARES =
	/\bcompar(?:e|ed|ing|ison)\b|\bdiffer(?:s|ent|ences?|ently)?\b|\bversus\b|\bvs\b|\bin common\b|\bboth\b|\bvergleich|\bunterschied|\bgemeinsam\b/i;

const OVERVIEW =
	/\bsummar|\boverview\b|\bgist\b|\b(?:main|key|central|important) (?:points?|topics?|themes?|ideas?|arguments?|events?|findings?|messages?|decisions?)\b|\bwhat(?:'s| is| are) .{1,60}\babout\??\s*$|\bzusammenfass|\b(?:ü|ue)berblick\b|\bworum geht\b|\bwichtigste[nr]?\b/i;

/** Whether a question asks for something that has to be computed. */
export function isComputed(question: string): boolean {
	return COMPUTED.some((pattern) => pattern.test(question));
}

/** Whether a question is about several records, so that each may have to be judged. */
export function isOfMany(question: string): boolean {
	return isComputed(question) || OF_MANY.some((pattern) => pattern.test(question));
}

/** Whether a question asks how things compare. */
export function isComparison(question: string): boolean {
	return COMPARES.test(question);
}

/** Whether a question asks what all of a text says. */
export function isOverview(question: string): boolean {
	return OVERVIEW.test(question);
}
