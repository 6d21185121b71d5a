/** English words that say nothing about the subject of a question. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
	(
		'a about all an and any are as at be been but by can could did do does for from had has have how i if ' +
		'in into is it its me my no not of on or our should so some than that the their them then there these ' +
		'they this to was we were what when where which who why will with would you your'
	).split(' '),
);

/** The parts of a name: `parseHTTPReply_v2` -> parse, HTTP, Reply, v2. */
export function nameParts(word: string): string[] {
	return word.match(/\p{Lu}+(?!\p{Ll})\p{N}*|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+\p{N}*|\p{N}+/gu) ?? [];
}

/** Strips the commonest English endings if at least four letters remain; from shorter words only the plural. */
export function stem(word: string): string {
	const stemmed = word.replace(/(?:ies|ing|ed|es|s|e|y)$/, '');
	return stemmed.length >= 4 && !word.includes('_') ? stemmed : word.replace(/(?<=\w{3})s$/, '');
}
