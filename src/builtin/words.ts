const STOP_WORDS = new Set(
	(
		'a about above after all also am an and any are as at be because been before being below between both but by can ' +
		'could did do does doing done down each every few find for from further give had has have having he her here hers him ' +
		'his how i if in into is it its itself just list many may me might more most much must my no nor not of off on once ' +
		'only or other our out over own please s same she should show so some such t tell than that the their them then there ' +
		'these they this those through to too under until up us use used uses using very was we were what when where which ' +
		'while who whom whose why will with work works would you your explain describe happen happens mean means exist ' +
		'summarise summarize summary overview compare difference differences count number file files folder line lines code ' +
		'text context passage passages question answer'
	).split(' '),
);

/** Words of a text for matching: names are split into their parts, endings of inflection cut, all in lower case. */
export function tokens(text: string): string[] {
	const found: string[] = [];
	for (const [word] of text.matchAll(/[\p{L}\p{M}\p{N}_$]+/gu)) {
		const pieces = parts(word);
		found.push(stem(word.toLowerCase()));
		if (pieces.length > 1) found.push(...pieces.map((piece) => stem(piece.toLowerCase())));
	}
	return found;
}

/** The tokens of a question that say what it is about, each once. All of them when none is telling. */
export function tellingTokens(question: string): string[] {
	const words = question.match(/[\p{L}\p{M}\p{N}_$]+/gu) ?? [];
	const telling = words.filter((word) => !isStopWord(word));
	return [...new Set(tokens((telling.length > 0 ? telling : words).join(' ')))];
}

/** Whether a word says nothing about the subject of a question. */
export function isStopWord(word: string): boolean {
	return STOP_WORDS.has(word.toLowerCase());
}

/** `parseHTTPReply_v2` -> parse, HTTP, Reply, v2. */
function parts(word: string): string[] {
	return word.match(/\p{Lu}+(?!\p{Ll})\p{N}*|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+\p{N}*|\p{N}+/gu) ?? [];
}

/** Cuts the commonest English endings as long as four letters remain. */
function stem(word: string): string {
	const stemmed = word.replace(/(?:ies|ing|ed|es|s|e|y)$/, '');
	return stemmed.length >= 4 && !word.includes('_') ? stemmed : word.replace(/(?<=\w{3})s$/, '');
}
