/** Words of questions that are answered by counting or computing over the data, and not by reading a passage. */
const COMPUTED = [
	/\bhow (?:many|much|often|frequently)\b|\bcount\b|\bnumber of\b|\btotal\b|\bsum\b|\b(?:on )?average\b|\bmean\b|\bmedian\b/i,
	/\b(?:most|least|fewest|highest|lowest|largest|smallest|biggest|longest|shortest|maximum|minimum|earliest|latest)\b/i,
	/\bper ?cent(?:age)?\b|\bshare of\b|\bratio\b|\bdistinct\b|\bunique\b|\bper (?:day|month|year|region|user|hour)\b/i,
	/\bwie ?viele?\b|\banzahl\b|\binsgesamt\b|\bsumme\b|\bdurchschnitt|\bmeisten?\b|\bh(?:ö|oe)chste|\bniedrigste|\bprozent\b/i,
];

/** Whether a question asks for something that has to be computed. */
export function isComputed(question: string): boolean {
	return COMPUTED.some((pattern) => pattern.test(question));
}
