import type { Summary } from './summaryStore.ts';

/** State of a symbol's summary. */
export type SummaryState =
	| { readonly kind: 'absent' }
	| { readonly kind: 'running' }
	| { readonly kind: 'fresh'; readonly summary: Summary }
	/** The symbol has changed since. */
	| { readonly kind: 'stale'; readonly summary: Summary }
	| { readonly kind: 'failed'; readonly reason: string };

const TITLE_CHARACTERS = 100;

/** Gives the first sentence of a summary without Markdown, cut to fit over a line of code. */
export function firstSentence(markdown: string): string {
	const line = markdown
		.split('\n')
		.map((text) => text.replace(/^(#+|[-*+]|\d+\.)\s+/, '').trim())
		.find((text) => text !== '');
	const plain = (line ?? '')
		.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
		.replaceAll(/[*_`]+/g, '')
		.replaceAll(/\s+/g, ' ');
	const [sentence = plain] = /^.*?[.!?](?=\s|$)/.exec(plain) ?? [];
	return shortened(sentence, TITLE_CHARACTERS);
}

/** Cuts a text at a word and adds an ellipsis. */
export function shortened(text: string, characters: number): string {
	if (text.length <= characters) return text;
	const cut = text.slice(0, characters);
	const end = cut.lastIndexOf(' ');
	return `${cut.slice(0, end > characters / 2 ? end : characters).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
