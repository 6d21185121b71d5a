import type { Context } from '../ports/context.ts';
import { STOP_WORDS } from '../words.ts';

const FEW_WORDS = 6;

/** The line of code with which a model that has not looked at anything begins. */
export function searchLine(question: string, contexts: readonly Context[]): string {
	if (contexts[0]?.kind === 'json') return 'print(str(context)[:2000])';
	return `print(search(${JSON.stringify(tellingWords(question).join(' ') || question.slice(0, 80))}, 5))`;
}

/** Words of the question that say what it is about, in its order. */
function tellingWords(question: string): string[] {
	const words = question.match(/[\p{L}\p{N}_.-]*[\p{L}\p{N}_]/gu) ?? [];
	return words.filter((word) => !STOP_WORDS.has(word.toLowerCase())).slice(0, FEW_WORDS);
}

/**
 * What a model may try that repeats itself: the first of some looks that none of its blocks has taken.
 * @param hasUsed whether any block so far holds the text
 */
export function otherLook(
	question: string,
	contexts: readonly Context[],
	hasUsed: (text: string) => boolean,
): string | undefined {
	if (contexts.length === 0) return undefined;
	const [word = 'the'] = tellingWords(question).sort((left, right) => right.length - left.length);
	const looks: readonly (readonly [string, string])[] =
		contexts[0]?.kind === 'json'
			? [
					['str(context)[', 'print(str(context)[:2000])'],
					['records(', 'rows = records()\nprint(overview(rows))'],
				]
			: [
					['search(', searchLine(question, contexts)],
					['records(', 'rows = records()\nprint(overview(rows))'],
					['grep(', `print(grep(${JSON.stringify(word)}, ignore_case=True, max_results=20))`],
					['context[', 'print(context[:3000])'],
				];
	return looks.find(([name]) => !hasUsed(name))?.[1];
}
