import { normal } from './normal.ts';

const SAYING =
	'in|stated?|mention(?:ed)?|given?|specif(?:y|ied)|provided?|found|named?|list(?:ed)?|documented|available|says?|contain(?:ed)?|included?|known?|appear|determined?|answer(?:ed)?';

/** Ways to say that a text does not say something, in English and German. */
const SAID: readonly RegExp[] = [
	new RegExp(`(?:\\bnot|n't) (?:\\w+ ){0,2}(?:${SAYING})\\b`),
	/\bno (?:\w+ )?(?:mention|information|record|entry|answer|statement|indication|such)\b/,
	/\bnothing (?:in|about|answers)\b|\b(?:unknown|absent)\b/,
	/\bnicht (?:im text|genannt|erwähnt|angegeben|enthalten|gefunden|bekannt)\b|\bkeine? (?:angabe|information|hinweis)/,
];

/** Whether an answer says that the text does not say. */
export function saysAbsent(answer: string): boolean {
	const text = normal(answer.replace(/’/g, "'"));
	return SAID.some((pattern) => pattern.test(text));
}
