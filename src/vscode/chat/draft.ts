import { type RunTree, rootRun } from '../../core/tree.ts';

/** The beginnings of code that hands in a literal text. */
const HANDED_IN = /(?:FINAL\(|answer\[\s*["']content["']\s*\]\s*=)\s*[rRuU]?(?<quote>"""|'''|"|')(?<text>[\s\S]*)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', "'": "'", '\\': '\\', '\n': '' };

/**
 * Gives the answer as far as the root model has written it: the text that its newest reply hands in by `FINAL("…`
 * or `answer["content"] = "…`. Empty while it only looks around, and when the answer is the value of a variable.
 */
export function draftOf(tree: RunTree): string {
	const root = rootRun(tree);
	const last = root?.children.map((id) => tree.nodes.get(id)).findLast((node) => node?.kind === 'iteration');
	return last?.kind === 'iteration' ? draftInReply(last.text) : '';
}

/** Finds the answer in a reply that may still be growing. */
export function draftInReply(reply: string): string {
	const { quote, text } = HANDED_IN.exec(reply)?.groups ?? {};
	if (quote === undefined || text === undefined) return '';
	const end = text.search(new RegExp(`(?<!\\\\)${quote}`));
	const handedIn = end < 0 ? withoutTail(text, quote) : text.slice(0, end);
	return handedIn.replace(/\\([\s\S])/g, (written, character: string) => ESCAPES[character] ?? written);
}

/** Cuts off what may be half of an escape or of the closing quotes. */
function withoutTail(text: string, quote: string): string {
	const tail = quote.length === 3 ? /(?:\\|["']{1,2})$/ : /\\$/;
	return text.replace(tail, '');
}
