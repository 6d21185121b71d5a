import { nameParts, STOP_WORDS, stem } from '../core/words.ts';

/** Words of questions about themselves and their context, and further words without a subject. */
const QUESTION_WORDS = new Set(
	(
		'above after also am because before being below between both doing done down each every few find ' +
		'further give having he her here hers him his itself just list many may might more most much must nor ' +
		'off once only other out over own please s same she show such t tell those through too under until up ' +
		'us use used uses using very while whom whose work works explain describe happen happens mean means ' +
		'exist summarise summarize summary overview compare difference differences count number file files ' +
		'folder line lines code text context passage passages question answer'
	).split(' '),
);

/** Words of a text for matching: names are split, inflections removed, all in lower case. */
export function tokens(text: string): string[] {
	const found: string[] = [];
	for (const [word] of text.matchAll(/[\p{L}\p{M}\p{N}_$]+/gu)) {
		const pieces = nameParts(word);
		found.push(stem(word.toLowerCase()));
		if (pieces.length > 1) found.push(...pieces.map((piece) => stem(piece.toLowerCase())));
	}
	return found;
}

/** The distinctive tokens of a question, each once. All tokens when none is distinctive. */
export function tellingTokens(question: string): string[] {
	const words = question.match(/[\p{L}\p{M}\p{N}_$]+/gu) ?? [];
	const telling = words.filter((word) => !isStopWord(word));
	return [...new Set(tokens((telling.length > 0 ? telling : words).join(' ')))];
}

/** Whether a word says nothing about the subject of a question. */
export function isStopWord(word: string): boolean {
	const lower = word.toLowerCase();
	return STOP_WORDS.has(lower) || QUESTION_WORDS.has(lower);
}
