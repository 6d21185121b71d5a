import { breathe } from '../../core/breathe.ts';
import type { RunState } from '../../core/runState.ts';
import { STOP_WORDS, stem } from '../../core/words.ts';

/** A longer text is not searched for words: to judge each of its records would take too many calls. Bytes. */
const MOST_BYTES = 4 << 20;
/** Lines looked at before others may work. */
const LINES_AT_ONCE = 2_000;

/** Words of questions that say what is to be done, and not of what. */
const OF_QUESTIONS = new Set(
	(
		'according answer answers average contain contains count different distinct earliest each every fewest find give greatest highest itself largest latest least ' +
		'list lowest many maximum mean median minimum more most much name names number often one ones only other percent ' +
		'percentage please ratio say says share show smallest sum tell text themselves total unique ' +
		'alle anzahl bitte der die das den dem des ein eine einer gib ist liste nenne namen oft sind summe und viel viele ' +
		'von waren welche welcher welches wer wie wieviele zeige'
	).split(' '),
);

/** What the records are called: the noun behind `how many`, `which of the`, `all`. It need not stand in them. */
const NOUN =
	/\b(?:how many|(?:which|what)(?: of the| of these)?|(?:names?|list|count|number|all|each|every|most|any) of(?: the| these| all| their)?|all(?: the)?|each|every|wie ?viele|welche[rs]?(?: der)?|alle[rn]?|jede[rs]?)\s+([\p{L}-]+)/giu;

/**
 * Words of a question that occur nowhere in the context, so that what they ask for is not written there. Undefined when
 * the context is no text, or too long to look.
 */
export async function wordsNotIn({ request, corpus }: RunState): Promise<readonly string[] | undefined> {
	const { contexts, query } = request;
	const nouns = [...query.matchAll(NOUN)].map(([, noun = '']) => noun.toLowerCase());
	const words = (query.toLowerCase().match(/\p{L}[\p{L}\p{N}_-]{2,}/gu) ?? []).filter(
		(word) => !STOP_WORDS.has(word) && !OF_QUESTIONS.has(word) && !nouns.includes(word),
	);
	let missing = [...new Set(words)];
	let bytes = 0;
	for (const context of contexts) {
		if (context.kind === 'json') return undefined;
		for (const { path, length, firstLine, lineCount } of context.files) {
			bytes += length;
			if (bytes > MOST_BYTES) return undefined;
			missing = missing.filter((word) => !path.toLowerCase().includes(stem(word)));
			const end = firstLine + lineCount - 1;
			for (let startLine = firstLine; startLine <= end && missing.length > 0; startLine += LINES_AT_ONCE) {
				const span = { path, startLine, endLine: Math.min(end, startLine + LINES_AT_ONCE - 1) };
				const text = corpus.lines(span, length)?.toLowerCase() ?? '';
				missing = missing.filter((word) => !text.includes(stem(word)));
				await breathe();
			}
		}
	}
	return missing;
}
